package lock

// Deadlocks are looked for when an owner begins to wait, never by a timer.
// The waits-for graph has an edge from a waiter to every other owner that
//
//   - holds the key in a conflicting mode, or
//   - stands before it in the queue with a conflicting mode (K2).
//
// All edges that a new wait adds begin or end at its owner, and granting or
// releasing adds no cycle; so every new cycle passes through the new waiter
// and a search from it finds them all (K4). The search goes in breadth: the
// shortest cycle holds nobody who merely waits behind the deadlocked ones.

// breakCyclesLocked removes victims until w is in no cycle. w itself may be
// one of them, and may be granted as a consequence.
func (m *Manager) breakCyclesLocked(w *waiter) {
	for w.txn.wait == w {
		cycle := m.cycleLocked(w)
		if cycle == nil {
			return
		}
		victim := cycle[0]
		for _, c := range cycle {
			if c.txn.id > victim.txn.id { // the youngest has done least
				victim = c
			}
		}
		m.settleLocked(victim, ErrDeadlock)
		m.promoteLocked(victim.entry)
	}
}

// cycleLocked returns the waiters of a shortest cycle through start, or nil.
func (m *Manager) cycleLocked(start *waiter) []*waiter {
	m.search++
	start.parent = nil
	start.txn.seen = m.search
	m.path = append(m.path[:0], start)
	defer func() { clear(m.path) }() // keeps no waiter alive
	for i := 0; i < len(m.path); i++ {
		w := m.path[i]
		if !m.expandLocked(w, start.txn) {
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

// expandLocked adds the waits of all whom w waits for to the path and reports
// whether target is among them.
func (m *Manager) expandLocked(w *waiter, target *txn) bool {
	if w.covered == m.search {
		return false
	}
	for i := range w.entry.holders {
		h := &w.entry.holders[i]
		if h.txn == w.txn || !conflicts(h.mode, w.mode) {
			continue
		}
		if h.txn == target {
			return true
		}
		m.reachLocked(h.txn, w)
	}
	for _, ahead := range w.entry.queue {
		if ahead == w {
			break
		}
		if !conflicts(ahead.mode, w.mode) {
			continue
		}
		if ahead.txn == target {
			return true
		}
		m.reachLocked(ahead.txn, w)
		// An Exclusive waiter waits for everybody before it, so whoever stands
		// before it leads to nobody new. Without this a long queue costs its
		// square. An upgrade is itself a holder whom those ahead wait for.
		if w.mode == Exclusive && !w.upgrade {
			ahead.covered = m.search
		}
	}
	return false
}

func (m *Manager) reachLocked(t *txn, from *waiter) {
	if t.seen == m.search {
		return
	}
	t.seen = m.search
	if t.wait != nil {
		t.wait.parent = from
		m.path = append(m.path, t.wait)
	}
}
