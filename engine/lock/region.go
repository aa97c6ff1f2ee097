package lock

import (
	"bytes"
	"iter"
	"slices"

	"github.com/RaduBerinde/btreemap"
)

// A region is a space that has a range, held or wanted. Guarded by
// Manager.graph.
type region struct {
	space  space
	points *btreemap.BTreeMap[[]byte, *entry] // every entry of the space
	spans  []*ownSpans                        // of each owner that holds ranges
	waits  int                                // waiters in this space
	ranges int                                // those of them that want a range
}

// degree is how many keys a node of the tree holds, at least.
const degree = 16

// ownSpans are one owner's ranges in one space.
type ownSpans struct {
	owner *Owner
	space space
	s, x  spans // Shared and Exclusive; s has nothing that is all in one of x
}

// openRegion is the region of a space; it makes one if there is none, and turns
// all who come for points of the space to graph. REQUIRES: graph.
func (m *Manager) openRegion(sp space) *region {
	if r := m.regions[sp]; r != nil {
		return r
	}
	r := &region{space: sp, points: btreemap.New[[]byte, *entry](degree, bytes.Compare)}
	m.regions[sp] = r
	m.gates[sp.gate()].Add(1)
	for i := range m.stripes {
		s := &m.stripes[i]
		s.mu.Lock()
		for _, e := range s.entries {
			for ; e != nil; e = e.next {
				if e.space == sp {
					r.points.ReplaceOrInsert(e.key, e)
				}
			}
		}
		s.mu.Unlock()
	}
	for w := m.waiting.first; w != nil; w = w.next {
		if w.space == sp {
			w.region = r
			r.waits++
		}
	}
	return r
}

// closeIfIdle drops a region without ranges (K6). REQUIRES: graph.
func (m *Manager) closeIfIdle(r *region) {
	if len(r.spans) > 0 || r.ranges > 0 {
		return
	}
	for w := m.waiting.first; w != nil; w = w.next {
		if w.region == r {
			w.region = nil
		}
	}
	delete(m.regions, r.space)
	m.gates[r.space.gate()].Add(-1)
}

// within is the entries of [start, end), in order.
func (r *region) within(s span) iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		if s.empty() {
			return
		}
		upper := btreemap.Max[[]byte]()
		if s.end != nil {
			upper = btreemap.LT(s.end)
		}
		for _, e := range r.points.Ascend(btreemap.GE(s.start), upper) {
			if !yield(e) {
				return
			}
		}
	}
}

// grant gives o a range. REQUIRES: graph.
func (r *region) grant(o *Owner, s span, mode Mode) {
	u := o.use(r.space)
	if u.spans == nil {
		u.spans = &ownSpans{owner: o, space: r.space}
		r.spans = append(r.spans, u.spans)
	}
	own := u.spans
	if mode == Exclusive {
		own.x = own.x.add(s)
		own.s = own.s.without(s)
		return
	}
	own.s = own.s.add(s)
}

// drop takes one owner's ranges away. REQUIRES: graph.
func (r *region) drop(own *ownSpans) {
	at := slices.Index(r.spans, own)
	r.spans = slices.Delete(r.spans, at, at+1)
}

// against reports whether the ranges conflict with another owner's p in mode.
func (own *ownSpans) against(p place, mode Mode) bool {
	return own.x.meets(p) || mode == Exclusive && own.s.meets(p)
}

// covers reports whether the ranges include the owner's p in mode.
func (own *ownSpans) covers(p place, mode Mode) bool {
	if p.point {
		return own.x.has(p.start) || mode == Shared && own.s.has(p.start)
	}
	return own.x.covers(p.span) || mode == Shared && own.s.covers(p.span)
}

// list appends the ranges to list.
func (own *ownSpans) list(list []Lock) []Lock {
	for _, s := range own.s {
		list = append(list, Lock{place{space: own.space, span: s}.target(), Shared})
	}
	for _, s := range own.x {
		list = append(list, Lock{place{space: own.space, span: s}.target(), Exclusive})
	}
	return list
}
