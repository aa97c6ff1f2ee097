// Package lock is the lock manager: it grants tables, rows and ranges of rows
// to transactions, lets them queue, and finds deadlocks.
//
// # What is locked
//
// A lock lies on a point or a range of a space, the ordered keys of one kind in
// one table:
//
//	rows of t     point k        one row, which need not exist
//	              range [a, b)   every row between, also those to come
//	table t       point          Shared: each owner's own point, named by its id
//	              whole range    Exclusive
//
// So a table that every statement locks Shared is no hot spot: each owner locks
// a point that nobody else wants, and whoever wants the table alone wants all
// points.
//
//	stripes, by hash of the point      regions, only where a range is
//	[0] point ─► entry                 space ─► region
//	[1]           holders  S S S                 points  in order of keys
//	 …            queue    X S X                 spans   each owner's ranges
//
// # Invariants
//
//   - K1 (exclusion): two owners hold what overlaps only if both are Shared.
//     An owner never stands against itself.
//   - K2 (order): a request waits for whoever holds what conflicts with it, and
//     for every conflicting request that came before it, so a stream of Shared
//     requests cannot starve an Exclusive one. It goes ahead of requests that
//     wait for its own owner: they could not be granted before it anyway.
//   - K3 (no lost wake-up): after every change each waiter waits for somebody.
//   - K4 (deadlock): no cycle of waiters outlives the Acquire that closed it.
//     See deadlock.go.
//   - K5 (prepared): a prepared owner never waits. So it is in no cycle and no
//     deadlock's victim: its promise to commit was given (I10).
//   - K6 (no residue): an entry exists only while it has a holder or a waiter,
//     a region only while its space has a range, held or wanted.
//
// # Mutexes
//
//	Manager.graph > stripe.mu, in order of stripes
//
// Both are leaves to everybody else: neither OnWait nor the caller's functions
// run under them.
//
// A point without a queue, in a space without ranges, is guarded by its stripe
// alone. That is the fast way, of which nearly all requests are: one mutex of
// many, and nobody to tell. All else is the slow way, under graph: whatever
// changes a point that has a queue, a point in a space that has a region, a
// range or a waiter. Hence under graph the whole waits-for graph stands still,
// and the deadlock search reads it without a stripe: every point it comes to
// has a queue or lies in a region.
//
// Which way is right is decided under the stripe, from the point's queue and
// the gate of its space. A new region first shuts the fast way at its gate, and
// then goes through all stripes to collect the points: a fast request either
// came before, and its point is collected, or comes after and finds the gate.
// Spaces of one hash share a gate; a stranger's region costs time only.
//
// # Bounds
//
// A queue is no longer than there are transactions, as each waits for one lock
// at a time. An owner that holds more than Options.RowsMax rows of one table is
// given all rows of the table instead (C10). Ranges of one owner and mode that
// touch are one range. Each stripe keeps at most freeMax entries for reuse.
package lock

import (
	"errors"
	"fmt"
	"hash/maphash"
	"sync"
	"sync/atomic"

	"github.com/xadb/xadb/internal/clock"
)

// Errors that Acquire and Restore wrap.
var (
	// ErrTimeout: the lock was not granted in time.
	ErrTimeout = errors.New("lock wait timeout")
	// ErrNoWait: the lock is not free, and the caller would not wait. It is an
	// ErrTimeout.
	ErrNoWait = fmt.Errorf("%w: not to be waited for", ErrTimeout)
	// ErrDeadlock: the wait closed a cycle and this owner is its victim. It
	// still holds what it held; rolling it back resolves the deadlock.
	ErrDeadlock = errors.New("deadlock")
	// ErrConflict: Restore found the target held by somebody else.
	ErrConflict = errors.New("conflicting lock is held")
	// ErrPrepared: the owner is prepared and may not wait for locks any more.
	ErrPrepared = errors.New("owner is prepared")
	// ErrMode: the mode is neither Shared nor Exclusive.
	ErrMode = errors.New("unknown lock mode")
)

// A Mode says what a lock excludes.
type Mode uint8

// The modes. A mode includes every smaller one.
const (
	Shared    Mode = 1 // excludes Exclusive
	Exclusive Mode = 2 // excludes both
)

// String is "S" or "X".
func (m Mode) String() string {
	switch m {
	case Shared:
		return "S"
	case Exclusive:
		return "X"
	}
	return fmt.Sprintf("Mode(%d)", uint8(m))
}

func (m Mode) valid() bool { return m == Shared || m == Exclusive }

// conflicts reports whether two owners may not have these modes at once. Zero,
// no lock, conflicts with nothing.
func conflicts(a, b Mode) bool { return a+b > 2*Shared && a != 0 && b != 0 }

// Options of a Manager. The zero value works.
type Options struct {
	// Clock measures timeouts and dates waits; clock.Real when nil.
	Clock clock.Clock
	// OnWait is called, under no mutex, with the id of each holder that an
	// Acquire begins to wait for. A holder that stands in a commit queue can
	// then be hurried.
	OnWait func(holder uint64)
	// RowsMax is how many rows of one table an owner may lock one by one.
	//
	// Default: 100,000.
	RowsMax int
}

// gates is how many spaces have a gate of their own, at best.
const gates = 256

// A Manager grants locks. It is safe for concurrent use.
type Manager struct {
	opts    Options
	seed    maphash.Seed
	stripes [stripes]stripe
	gates   [gates]atomic.Int32 // regions of the spaces behind each gate

	graph   sync.Mutex
	regions map[space]*region
	waiting waiterList // in order of arrival
	arrived uint64     // number of the last request
	search  uint64     // number of the running deadlock search
	path    []*waiter  // scratch of the deadlock search
	stopped error      // why nobody waits any more; nil while the manager works
	stats   Stats
	last    *Deadlock // the last one that was broken, or nil
}

// NewManager returns a Manager without locks.
func NewManager(o Options) *Manager {
	if o.Clock == nil {
		o.Clock = clock.Real
	}
	if o.RowsMax == 0 {
		o.RowsMax = 100_000
	}
	m := &Manager{opts: o, seed: maphash.MakeSeed(), regions: map[space]*region{}}
	for i := range m.stripes {
		m.stripes[i].entries = map[uint64]*entry{}
	}
	return m
}

// Stop ends all waiting with cause: that of those who wait now, and of whoever
// would have to wait later. Locks can still be released.
func (m *Manager) Stop(cause error) {
	m.graph.Lock()
	defer m.graph.Unlock()
	if m.stopped != nil {
		return
	}
	m.stopped = cause
	for w := m.waiting.first; w != nil; {
		next := w.next
		m.leave(w, cause)
		w = next
	}
}
