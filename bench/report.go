package main

import (
	"fmt"
	"io"
	"time"
)

// Of the goal for syncs that were made longer.
const (
	groupedShare = 0.8
	groupedSize  = 64
	groupedMean  = 50
)

const columns = "%-12s %12s %7s %7s %6s  %9s %9s %9s  %9s %9s %8s %7s  %8s\n"

// report prints a contest as a table.
func (c *contest) report(w io.Writer) {
	fmt.Fprintf(w, "\n%s: %s; %d clients", c.w.name, c.w.what, c.clients)
	if c.added > 0 {
		fmt.Fprintf(w, ", %v added to each sync", c.added)
	}
	fmt.Fprintln(w)
	fmt.Fprintf(w, columns, "", "ops/s", "ratio", "goal", "", "syncs/op", "syncs/grp", "sync us", "p50 us", "p99 us", "p99 rat.", "cpu us", "log/byte")
	base := c.entries[0]
	for i, e := range c.entries {
		ratio, goal, met, p99 := "", "", "", ""
		if i > 0 {
			r := e.against(base, rateOf)
			ratio = fmt.Sprintf("%.2f", r)
			if g, ok := e.goals[c.clients]; ok {
				goal, met = fmt.Sprintf("%.2f", g), verdict(r >= g)
			}
			p99 = fmt.Sprintf("%.2f", e.against(base, p99Of))
		}
		perOp, perGroup, own := e.syncColumns()
		fmt.Fprintf(w, columns, e.name, fmt.Sprintf("%.0f", e.median(rateOf)), ratio, goal, met,
			perOp, perGroup, own, micros(e.median(p50Of)), micros(e.median(p99Of)), p99, micros(e.median(cpuOf)), c.logColumn(e))
	}
	for _, e := range c.entries {
		if e.grouped && c.added > 0 {
			c.reportGrouped(w, e)
		}
		if e.budget > 0 {
			took := time.Duration(e.median(p50Of) * float64(time.Second))
			fmt.Fprintf(w, "%s: %v of at most %v for one, %s\n", e.name, took, e.budget, verdict(took <= e.budget))
		}
		if rate := e.median(rateOf); e.least > 0 {
			fmt.Fprintf(w, "%s: %.0f of at least %.0f per second, %s\n", e.name, rate, e.least, verdict(rate >= e.least))
		}
		if e.idle > 0 {
			fmt.Fprintf(w, "%s: %d MiB of memory before, %d MiB behind\n", e.name, e.idle>>20, e.took[len(e.took)-1].memory>>20)
		}
	}
}

// reportGrouped compares a rate with what groups of groupedSize would give.
func (c *contest) reportGrouped(w io.Writer, e *entry) {
	own := e.median(ownOf)
	want := groupedShare * groupedSize / (c.added.Seconds() + own)
	rate := e.median(rateOf)
	mean := e.median(func(t turn) float64 { return float64(t.ops) / float64(max(t.groups, 1)) })
	fmt.Fprintf(w, "%s: %.0f of at least %.0f commits per second, %s; a mean group of %.0f of at least %d, %s\n",
		e.name, rate, want, verdict(rate >= want), mean, groupedMean, verdict(mean >= groupedMean))
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "missed"
}

func rateOf(t turn) float64 { return t.rate }
func p50Of(t turn) float64  { return t.p50.Seconds() }
func p99Of(t turn) float64  { return t.p99.Seconds() }
func cpuOf(t turn) float64  { return t.cpu.Seconds() / float64(max(t.ops, 1)) }
func ownOf(t turn) float64  { return t.own.Seconds() }

// syncColumns are syncs per operation and per group, and the time of one;
// of a store that is not seen to sync they are empty.
func (e *entry) syncColumns() (perOp, perGroup, own string) {
	var ops, syncs, groups int64
	for _, t := range e.took {
		ops, syncs, groups = ops+t.ops, syncs+t.syncs, groups+t.groups
	}
	if syncs == 0 {
		return "-", "-", "-"
	}
	perGroup = "-"
	if groups > 0 {
		perGroup = fmt.Sprintf("%.2f", float64(syncs)/float64(groups))
	}
	return fmt.Sprintf("%.4f", float64(syncs)/float64(ops)), perGroup, micros(e.median(ownOf))
}

// logColumn is how many bytes went to logs for each byte of keys and values; of
// a store that is not seen to write a log it is empty.
func (c *contest) logColumn(e *entry) string {
	var ops, logged int64
	for _, t := range e.took {
		ops, logged = ops+t.ops, logged+t.logged
	}
	if c.w.bytes == 0 || logged == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", float64(logged)/float64(ops*c.w.bytes))
}

func micros(seconds float64) string { return fmt.Sprintf("%.1f", seconds*1e6) }
