package status

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/xadb/xadb/internal/histogram"
)

// A page is text in Prometheus' exposition format, version 0.0.4.
type page struct{ bytes.Buffer }

// contentType is that of a page.
const contentType = "text/plain; version=0.0.4; charset=utf-8"

// nanosecond is the unit of durations, in seconds, which Prometheus has.
const nanosecond = 1e-9

// A label is a label's name and value.
type label struct{ name, value string }

// family begins a metric: what follows are its samples.
func (p *page) family(name, kind, help string) {
	p.WriteString("# HELP " + name + " " + help + "\n# TYPE " + name + " " + kind + "\n")
}

var escaper = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

func (p *page) sample(name string, value float64, labels ...label) {
	p.WriteString(name)
	for i, l := range labels {
		p.WriteByte("{,"[min(i, 1)])
		p.WriteString(l.name + `="` + escaper.Replace(l.value) + `"`)
	}
	if len(labels) > 0 {
		p.WriteByte('}')
	}
	p.WriteString(" " + strconv.FormatFloat(value, 'g', -1, 64) + "\n")
}

// counter is a metric of one sample that only grows.
func (p *page) counter(name, help string, value float64) {
	p.family(name, "counter", help)
	p.sample(name, value)
}

// gauge is a metric of one sample that goes up and down.
func (p *page) gauge(name, help string, value float64) {
	p.family(name, "gauge", help)
	p.sample(name, value)
}

// histogram is all of a histogram, whose values count unit each.
func (p *page) histogram(name, help string, s histogram.Snapshot, unit float64) {
	p.family(name, "histogram", help)
	below := uint64(0)
	for i, n := range s.Counts[:histogram.Buckets-1] {
		below += n
		le := strconv.FormatFloat(float64(s.Bound(i))*unit, 'g', 6, 64)
		p.sample(name+"_bucket", float64(below), label{"le", le})
	}
	all := below + s.Counts[histogram.Buckets-1]
	p.sample(name+"_bucket", float64(all), label{"le", "+Inf"})
	p.sample(name+"_sum", float64(s.Sum)*unit)
	p.sample(name+"_count", float64(all))
}

// flag is 1 or 0.
func flag(on bool) float64 {
	if on {
		return 1
	}
	return 0
}
