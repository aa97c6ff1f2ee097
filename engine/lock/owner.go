package lock

import (
	"encoding/binary"
	"sync/atomic"
	"time"
)

// An Owner is a transaction, or a prepared branch, as the manager knows it. It
// is a part of the transaction and must not be copied. One goroutine at a time
// may call its methods; only Prepared, Waited, WaitTime and ID are free for all.
type Owner struct {
	m        *Manager
	id       uint64
	point    [8]byte // id, the point that it locks of a table
	prepared atomic.Bool
	waited   atomic.Bool
	spent    atomic.Int64 // nanoseconds of waiting, those of running waits left out

	// While the owner waits, who grants to it changes these.
	held      []*entry // points, oldest first
	heldFirst [4]*entry
	uses      []use
	usesFirst [2]use
	writes    int // not changed while the owner waits

	// Guarded by Manager.graph.
	wait *waiter // nil: does not wait
	seen uint64  // last deadlock search that reached it
}

// A use is what an owner holds in one space.
type use struct {
	space  space
	points int
	spans  *ownSpans // nil: no ranges
}

// NewOwner returns an owner without locks. Two owners at a time must not have
// the same id.
func (m *Manager) NewOwner(id uint64) *Owner {
	o := new(Owner)
	o.Init(m, id)
	return o
}

// Init makes o, which must be zero, what NewOwner returns.
func (o *Owner) Init(m *Manager, id uint64) {
	o.m, o.id = m, id
	binary.BigEndian.PutUint64(o.point[:], id)
	o.held, o.uses = o.heldFirst[:0], o.usesFirst[:0]
}

// ID is the number that Init was given.
func (o *Owner) ID() uint64 { return o.id }

// Prepared reports whether SetPrepared was called since the last ReleaseAll.
func (o *Owner) Prepared() bool { return o.prepared.Load() }

// WaitTime is how long the owner has waited for locks, a running wait left out.
func (o *Owner) WaitTime() time.Duration { return time.Duration(o.spent.Load()) }

// Waited reports whether somebody waits, or has waited, for a lock of this
// owner. The answer may be stale; it is a hint not to delay its commit.
func (o *Owner) Waited() bool { return o.waited.Load() }

// SetWrites says how many writes would be lost with the owner: a deadlock's
// victim is whoever loses least.
func (o *Owner) SetWrites(n int) { o.writes = n }

// SetPrepared marks the owner as prepared until ReleaseAll: it keeps its locks
// and never waits again (K5).
func (o *Owner) SetPrepared() { o.prepared.Store(true) }

// find is what o holds in s, or nil. The pointer is good until the next use.
func (o *Owner) find(s space) *use {
	for i := range o.uses {
		if o.uses[i].space == s {
			return &o.uses[i]
		}
	}
	return nil
}

// use is find that makes what is missing.
func (o *Owner) use(s space) *use {
	if u := o.find(s); u != nil {
		return u
	}
	o.uses = append(o.uses, use{space: s})
	return &o.uses[len(o.uses)-1]
}

// has reports whether o needs no lock on p, as its ranges include it. A table's
// only point of o's own is found here too.
func (o *Owner) has(p place, mode Mode) bool {
	u := o.find(p.space)
	switch {
	case u == nil:
		return false
	case p.space&tablesBit != 0 && mode == Shared && u.points > 0:
		return true
	}
	return u.spans != nil && u.spans.covers(p, mode)
}

// Holds reports whether the owner has a lock that includes this one. Like
// Acquire it is for the owner's own goroutine.
func (o *Owner) Holds(t Target, mode Mode) bool {
	p := t.place(o, mode)
	if o.has(p, mode) {
		return true
	}
	if !p.point {
		return false
	}
	hash := o.m.hash(p)
	s := o.m.stripe(hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.find(hash, p)
	return e != nil && e.holds(o) >= mode
}

// against reports whether what o holds conflicts with w. REQUIRES: graph, and o
// waits or is asking.
func (o *Owner) against(w *waiter) bool {
	u := o.find(w.space)
	if u == nil {
		return false
	}
	if u.spans != nil && u.spans.against(w.place, w.mode) {
		return true
	}
	if w.entry != nil {
		return conflicts(w.entry.holds(o), w.mode)
	}
	for _, e := range o.held {
		if e.space == w.space && w.span.has(e.key) && conflicts(e.holds(o), w.mode) {
			return true
		}
	}
	return false
}

// Held lists the owner's locks: its tables and rows in the order in which it
// got them, then its ranges.
func (o *Owner) Held() []Lock {
	var list []Lock
	for _, e := range o.held {
		s := o.m.stripe(e.hash)
		s.mu.Lock()
		list = append(list, Lock{e.place().target(), e.holds(o)})
		s.mu.Unlock()
	}
	for i := range o.uses {
		if u := &o.uses[i]; u.spans != nil {
			list = u.spans.list(list)
		}
	}
	return list
}
