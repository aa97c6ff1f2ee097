package lock

import (
	"iter"
	"slices"
	"time"
)

// A waiter is a request that could not be granted at once. Guarded by
// Manager.graph.
type waiter struct {
	place
	owner   *Owner
	mode    Mode
	entry   *entry     // of a point
	region  *region    // of the space, if it has one; a range always has one
	upgrade bool       // the owner holds the point as Shared already
	arrival uint64     // its number, of all that came to graph
	since   time.Time  // when it began to wait
	done    chan error // one value, sent under graph: granted or why not

	prev, next *waiter // in Manager.waiting

	parent  *waiter // who was found waiting for this one, in the running search
	covered uint64  // the search that needs not look at its blockers any more
}

// A waiterList links waiters in order of arrival.
type waiterList struct{ first, last *waiter }

func (l *waiterList) add(w *waiter) {
	w.prev = l.last
	if l.last != nil {
		l.last.next = w
	} else {
		l.first = w
	}
	l.last = w
}

func (l *waiterList) remove(w *waiter) {
	if w.prev != nil {
		w.prev.next = w.next
	} else {
		l.first = w.next
	}
	if w.next != nil {
		w.next.prev = w.prev
	} else {
		l.last = w.prev
	}
	w.prev, w.next = nil, nil
}

// before reports whether v comes before w in the order of K2.
func (v *waiter) before(w *waiter) bool {
	if v.entry != nil && v.entry == w.entry && v.upgrade != w.upgrade {
		return v.upgrade
	}
	return v.arrival < w.arrival
}

// enqueue makes w wait, an upgrade before all at its point that are none. For
// a point it REQUIRES its stripe.
func (m *Manager) enqueue(w *waiter) {
	w.since, w.done = m.opts.Clock.Now(), make(chan error, 1)
	w.owner.wait = w
	m.waiting.add(w)
	if r := w.region; r != nil {
		r.waits++
		if !w.point {
			r.ranges++
		}
	}
	if w.entry == nil {
		return
	}
	q := w.entry.queue
	at := len(q)
	if w.upgrade {
		for at = 0; at < len(q) && q[at].upgrade; at++ {
		}
	}
	w.entry.queue = slices.Insert(q, at, w)
}

// settle takes w out of all queues and tells it the outcome. For a point it
// REQUIRES its stripe.
func (m *Manager) settle(w *waiter, outcome error) {
	took := max(m.opts.Clock.Now().Sub(w.since), 0)
	w.owner.spent.Add(int64(took))
	m.stats.Waits++
	m.stats.WaitTime += took
	m.waiting.remove(w)
	if r := w.region; r != nil {
		r.waits--
		if !w.point {
			r.ranges--
		}
	}
	if e := w.entry; e != nil {
		at := slices.Index(e.queue, w)
		e.queue = slices.Delete(e.queue, at, at+1)
	}
	w.owner.wait = nil
	w.done <- outcome
}

// give grants w what it waits for. For a point it REQUIRES its stripe.
func (m *Manager) give(w *waiter) {
	w.take()
	m.settle(w, nil)
}

// take grants w, which nobody blocks.
func (w *waiter) take() {
	if w.point {
		w.entry.grant(w.owner, w.mode)
	} else {
		w.region.grant(w.owner, w.span, w.mode)
	}
}

// leave ends w's wait without a grant and lets others go on, unless the manager
// was stopped.
func (m *Manager) leave(w *waiter, outcome error) {
	r := w.region
	if w.entry == nil {
		m.settle(w, outcome)
		m.promoteRegion(r)
		return
	}
	s := m.stripe(w.entry.hash)
	s.mu.Lock()
	m.settle(w, outcome)
	m.promote(s, w.entry)
	s.mu.Unlock()
	if r != nil {
		m.promoteRegion(r)
	}
}

// promote grants what can be granted now at a point (K3) and drops its entry
// when nobody needs it (K6). Where there is a region, granting is
// promoteRegion's. REQUIRES: the point's stripe.
func (m *Manager) promote(s *stripe, e *entry) {
	r := m.regions[e.space]
	for r == nil && m.stopped == nil && len(e.queue) > 0 {
		w := e.queue[0]
		if !e.free(w.owner, w.mode) {
			break
		}
		m.give(w)
	}
	if len(e.queue) > 0 {
		for i := range e.holders {
			e.holders[i].owner.waited.Store(true)
		}
	}
	if e.unused() {
		if r != nil {
			r.points.Delete(e.key)
		}
		s.unlink(e)
	}
}

// promoteRegion grants what can be granted now in a space with ranges (K3), and
// drops the region when nobody needs it (K6).
func (m *Manager) promoteRegion(r *region) {
	for w := m.waiting.first; w != nil && r.waits > 0 && m.stopped == nil; {
		next := w.next
		if w.region == r && !m.blocked(w) {
			m.giveInRegion(w)
		}
		w = next
	}
	m.closeIfIdle(r)
}

func (m *Manager) giveInRegion(w *waiter) {
	if w.entry != nil {
		s := m.stripe(w.entry.hash)
		s.mu.Lock()
		defer s.mu.Unlock()
	}
	m.give(w)
	w.owner.waited.Store(true) // by whom is not worth looking for
}

func (m *Manager) blocked(w *waiter) bool {
	for range m.blockers(w) {
		return true
	}
	return false
}

// blockers yields whom w waits for: holders alone, and then the owners of
// waiters that go before it, with those.
func (m *Manager) blockers(w *waiter) iter.Seq2[*Owner, *waiter] {
	return func(yield func(*Owner, *waiter) bool) {
		for o := range m.holding(w) {
			if !yield(o, nil) {
				return
			}
		}
		for v := range m.ahead(w) {
			if !yield(v.owner, v) {
				return
			}
		}
	}
}

// holding yields the others that hold what conflicts with w, some of them more
// than once.
func (m *Manager) holding(w *waiter) iter.Seq[*Owner] {
	return func(yield func(*Owner) bool) {
		if w.entry != nil {
			if !w.entry.against(w, yield) {
				return
			}
		} else {
			for e := range w.region.within(w.span) {
				if !e.against(w, yield) {
					return
				}
			}
		}
		if w.region == nil {
			return
		}
		for _, own := range w.region.spans {
			if own.owner != w.owner && own.against(w.place, w.mode) && !yield(own.owner) {
				return
			}
		}
	}
}

// against yields the holders that w waits for, and returns what yield did.
func (e *entry) against(w *waiter, yield func(*Owner) bool) bool {
	for i := range e.holders {
		h := &e.holders[i]
		if h.owner != w.owner && conflicts(h.mode, w.mode) && !yield(h.owner) {
			return false
		}
	}
	return true
}

// ahead yields the waiters that w waits for (K2).
func (m *Manager) ahead(w *waiter) iter.Seq[*waiter] {
	if w.region != nil {
		return m.aheadInRegion(w)
	}
	return func(yield func(*waiter) bool) {
		// Upgrades stand first, and whoever is none holds nothing here: nobody
		// before w waits for its owner.
		for _, v := range w.entry.queue {
			if v == w || w.upgrade && !v.upgrade {
				return
			}
			if conflicts(v.mode, w.mode) && !yield(v) {
				return
			}
		}
	}
}

func (m *Manager) aheadInRegion(w *waiter) iter.Seq[*waiter] {
	return func(yield func(*waiter) bool) {
		for v := m.waiting.first; v != nil; v = v.next {
			if v == w || v.region != w.region || !conflicts(v.mode, w.mode) || !v.before(w) || !v.meets(w.place) {
				continue
			}
			if !w.owner.against(v) && !yield(v) {
				return
			}
		}
	}
}
