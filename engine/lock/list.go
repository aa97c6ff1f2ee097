package lock

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// A Lock is a lock that somebody holds or wants.
type Lock struct {
	Target Target
	Mode   Mode
}

// String is for messages: `X on row "k" of table 16`.
func (l Lock) String() string { return fmt.Sprintf("%s on %s", l.Mode, l.Target) }

// A HeldLock is a lock with its holder's id.
type HeldLock struct {
	Lock
	Owner    uint64
	Prepared bool // the holder is a prepared branch
}

// A Wait is a lock that its owner waits for.
type Wait struct {
	Lock
	Owner uint64
	Since time.Time
	For   []uint64 // the ids of those it waits for, ascending
}

// Stats are about waits since the manager was made.
type Stats struct {
	Waits    uint64        // that have ended, in whatever way
	WaitTime time.Duration // of those
	Waiting  int           // now
}

// Stats returns the counts so far.
func (m *Manager) Stats() Stats {
	m.graph.Lock()
	defer m.graph.Unlock()
	s := m.stats
	for w := m.waiting.first; w != nil; w = w.next {
		s.Waiting++
	}
	return s
}

// deadlockShown is how many waits of a deadlock are kept for LastDeadlock.
const deadlockShown = 16

// A Deadlock is a cycle of waits that was broken. It is not changed any more.
type Deadlock struct {
	At     time.Time
	Victim uint64 // the owner whose wait failed
	Waits  []Wait // each for the next and the last for the first; the first deadlockShown of them
}

// LastDeadlock is the last deadlock that was broken, nil if there was none.
func (m *Manager) LastDeadlock() *Deadlock {
	m.graph.Lock()
	defer m.graph.Unlock()
	return m.last
}

// Dump lists every lock, by target and owner, and every wait, the longest
// first, all as of one moment. It stops the manager for as long.
func (m *Manager) Dump() (held []HeldLock, waits []Wait) {
	m.graph.Lock()
	defer m.graph.Unlock()
	for i := range m.stripes {
		s := &m.stripes[i]
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, e := range s.entries {
			for ; e != nil; e = e.next {
				held = e.list(held)
			}
		}
	}
	for _, r := range m.regions {
		for _, own := range r.spans {
			for _, l := range own.list(nil) {
				held = append(held, HeldLock{l, own.owner.id, own.owner.Prepared()})
			}
		}
	}
	slices.SortFunc(held, func(a, b HeldLock) int {
		return cmp.Or(a.Target.compare(b.Target), cmp.Compare(a.Owner, b.Owner))
	})
	for w := m.waiting.first; w != nil; w = w.next {
		waits = append(waits, m.describe(w))
	}
	return held, waits
}

func (m *Manager) describe(w *waiter) Wait {
	info := Wait{Lock: Lock{w.target(), w.mode}, Owner: w.owner.id, Since: w.since}
	for o := range m.blockers(w) {
		info.For = append(info.For, o.id)
	}
	slices.Sort(info.For)
	info.For = slices.Compact(info.For)
	return info
}

func (e *entry) place() place { return place{e.space, true, span{start: e.key}} }

func (e *entry) list(list []HeldLock) []HeldLock {
	t := e.place().target()
	for _, h := range e.holders {
		list = append(list, HeldLock{Lock{t, h.mode}, h.owner.id, h.owner.Prepared()})
	}
	return list
}
