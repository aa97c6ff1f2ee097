package lock

// Deadlocks are looked for when an owner begins to wait, never by a timer. The
// waits-for graph has an edge from a waiter to everybody whom blockers names.
//
// All edges that a new wait adds begin or end at its owner. A grant adds edges
// only to the owner who was granted, and that one does not wait; a release adds
// none. So every new cycle passes through the new waiter, and a search from it
// finds them all (K4). It can be spared if nobody ever waited for a lock of the
// owner: no edge ends there. The search goes in breadth: the shortest cycle
// holds nobody who merely waits behind the deadlocked ones.
//
// The victim is whoever of the cycle has done least, so that little is lost. Of
// those who have done equally little it is the one who asked last: often the
// owner whose wait closed the cycle, and who then learns of it without waiting.
// Applications rely on that, as MySQL chooses so.

// breakCycles removes victims until w is in no cycle. w itself may be one of
// them, and may be granted as a consequence. REQUIRES: graph.
func (m *Manager) breakCycles(w *waiter) {
	for w.owner.wait == w && w.owner.waited.Load() {
		cycle := m.cycle(w)
		if cycle == nil {
			return
		}
		victim := cycle[0]
		for _, c := range cycle {
			if c.cheaper(victim) {
				victim = c
			}
		}
		m.report(cycle, victim)
		m.leave(victim, ErrDeadlock)
	}
}

// spaceWork is what it counts to hold locks in a space, in writes. How many they
// are does not count: a scan that locks many rows has changed nothing.
const spaceWork = 2

// cheaper reports whether w's owner rather than v's is to be the victim.
// REQUIRES: graph.
func (w *waiter) cheaper(v *waiter) bool {
	if a, b := w.owner.work(), v.owner.work(); a != b {
		return a < b
	}
	return w.arrival > v.arrival
}

// work is about what a rollback of o loses. REQUIRES: graph, and o waits or is
// asking.
func (o *Owner) work() int {
	n := o.writes
	for _, u := range o.uses {
		if u.points > 0 || u.spans != nil {
			n += spaceWork
		}
	}
	return n
}

// report keeps what the cycle looked like. REQUIRES: graph.
func (m *Manager) report(cycle []*waiter, victim *waiter) {
	d := &Deadlock{At: m.opts.Clock.Now(), Victim: victim.owner.id}
	for _, w := range cycle[:min(len(cycle), deadlockShown)] {
		d.Waits = append(d.Waits, m.describe(w))
	}
	m.last = d
}

// cycle returns the waiters of a shortest cycle through start, or nil.
func (m *Manager) cycle(start *waiter) []*waiter {
	m.search++
	start.parent = nil
	start.owner.seen = m.search
	m.path = append(m.path[:0], start)
	defer func() { clear(m.path) }() // keeps no waiter alive
	for i := 0; i < len(m.path); i++ {
		w := m.path[i]
		if !m.expand(w, start.owner) {
			continue
		}
		var cycle []*waiter
		for ; w != nil; w = w.parent {
			cycle = append(cycle, w)
		}
		return cycle
	}
	return nil
}

// expand adds the waits of all whom w waits for to the path and reports
// whether target is among them.
func (m *Manager) expand(w *waiter, target *Owner) bool {
	if w.covered == m.search {
		return false
	}
	for o, ahead := range m.blockers(w) {
		if o == target {
			return true
		}
		m.reach(o, w)
		// An Exclusive waiter waits for everybody before it, so whoever stands
		// before it leads to nobody new. Without this a long queue costs its
		// square. An upgrade is itself a holder whom those ahead wait for, and
		// among ranges those ahead may wait elsewhere.
		if ahead != nil && w.mode == Exclusive && !w.upgrade && w.region == nil {
			ahead.covered = m.search
		}
	}
	return false
}

func (m *Manager) reach(o *Owner, from *waiter) {
	if o.seen == m.search {
		return
	}
	o.seen = m.search
	if o.wait != nil {
		o.wait.parent = from
		m.path = append(m.path, o.wait)
	}
}
