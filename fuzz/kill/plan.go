package kill

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/xadb/xadb/internal/failpoint"
	_ "github.com/xadb/xadb/tclog" // declares the points
)

// areas are the failpoints that a kill is planned for, by prefix.
var areas = []string{"prepare.", "gc.", "commit.", "cbx.", "wal.", "bl.", "rec.", "ckpt."}

// before names, for failpoints that a recovery passes only after certain
// crashes, the failpoint to crash at first.
var before = map[string]string{
	// In the binlog, but not yet committed in the engine.
	"rec.before_commit_by_xid": "gc.sync.after_fsync",
	"rec.after_commit_by_xid":  "gc.sync.after_fsync",
	// Prepared in the engine, but not in the binlog.
	"rec.before_rollback_by_xid": "gc.flush.after_engine_flush_logs",
	"rec.after_rollback_by_xid":  "gc.flush.after_engine_flush_logs",
}

// cuts reports whether a server passes the failpoint only when it cuts its log,
// which a branch that stays prepared prevents (I9).
func cuts(point string) bool {
	return strings.HasPrefix(point, "wal.recycle_") || strings.HasPrefix(point, "wal.delete_")
}

// background reports whether a server passes the failpoint, when it starts, at a
// time of its own: a start may be over before.
func background(point string) bool {
	for _, area := range []string{"ckpt.", "wal.spare_", "wal.rotate_"} {
		if strings.HasPrefix(point, area) {
			return true
		}
	}
	return cuts(point)
}

// A plan knows which failpoints a server passes, when, and how often.
type plan struct {
	all      []string
	creating map[string]int // while it makes a store
	starting map[string]int // while it recovers one
	running  map[string]int // while clients move money
	acks     int            // acknowledgements during running

	fresh, restart, traffic cycle
}

// points lists the failpoints of the areas.
func points() []string {
	return slices.DeleteFunc(failpoint.List(), func(name string) bool {
		return !slices.ContainsFunc(areas, func(area string) bool { return strings.HasPrefix(name, area) })
	})
}

// arrange puts each point where a kill can meet it.
func (p *plan) arrange(rng *rand.Rand) {
	for _, name := range p.all {
		_, conditional := before[name]
		switch {
		case p.running[name] > 0:
			p.traffic.names = append(p.traffic.names, name)
		case p.starting[name] > 0 && !background(name) || conditional:
			p.restart.names = append(p.restart.names, name)
		case p.creating[name] > 0:
			p.fresh.names = append(p.fresh.names, name)
		}
	}
	for _, name := range p.all {
		// Some moments are in every start and in the traffic.
		if p.running[name] > 0 && p.starting[name] > 0 && !background(name) {
			p.restart.names = append(p.restart.names, name)
		}
	}
	for _, c := range []*cycle{&p.fresh, &p.restart, &p.traffic} {
		rng.Shuffle(len(c.names), func(i, j int) { c.names[i], c.names[j] = c.names[j], c.names[i] })
	}
}

// unreached are the points that no cycle has.
func (p *plan) unreached() []string {
	var list []string
	for _, name := range p.all {
		if !slices.Contains(p.fresh.names, name) && !slices.Contains(p.restart.names, name) && !slices.Contains(p.traffic.names, name) {
			list = append(list, name)
		}
	}
	return list
}

// hit is at which hit a point shall kill so that about so many
// acknowledgements come before.
func (p *plan) hit(name string, acks int) int {
	return max(1, p.starting[name]+p.running[name]*acks/max(1, p.acks))
}

// A cycle gives its names in turn, for ever.
type cycle struct {
	names []string
	next  int
}

func (c *cycle) take() (name string, ok bool) {
	if len(c.names) == 0 {
		return "", false
	}
	name = c.names[c.next%len(c.names)]
	c.next++
	return name, true
}

// once is take, but gives each name once.
func (c *cycle) once() (name string, ok bool) {
	if c.next >= len(c.names) {
		return "", false
	}
	return c.take()
}
