// Package lock is the row and table lock manager: it grants keys to
// transactions, lets them queue, and finds deadlocks.
//
// A key is any byte string; the engine makes one of a table and a row, or of a
// table alone. An owner is a transaction's start number, so that a larger
// owner is a younger one.
//
//	entries                          txns
//	key ─► entry                     owner ─► txn
//	        holders  S S S               held   entries, oldest first
//	        queue    X S X ◄─────────── wait    at most one waiter
//
// # Invariants
//
//   - K1 (exclusion): the holders of a key are one owner, or all Shared.
//   - K2 (order): waiters are granted in the order of the queue, so a stream
//     of Shared requests cannot starve an Exclusive one. Only a holder that
//     wants more (Shared to Exclusive) goes ahead, for nobody behind it could
//     be granted before it gives up.
//   - K3 (no lost wake-up): after every change the first waiter of a queue
//     conflicts with a holder.
//   - K4 (deadlock): no cycle of waiters outlives the Acquire that closed it.
//     See deadlock.go.
//   - K5 (prepared): a prepared owner never waits. So it is in no cycle and no
//     deadlock's victim: its promise to commit was given (I10).
//   - K6 (no residue): an entry exists only while it has a holder or a waiter,
//     a txn only while it holds, waits or is prepared.
//
// # Locks and bounds
//
// One mutex guards everything; it is a leaf, and neither OnWait nor the caller's
// functions run under it. A queue is no longer than there are transactions,
// as each waits for one lock at a time; how many locks one transaction may
// take before it must lock the table is the engine's limit (C10).
package lock

import (
	"errors"
	"fmt"
	"sync"

	"github.com/xadb/xadb/internal/clock"
)

// Errors that Acquire and Restore wrap.
var (
	// ErrTimeout: the lock was not granted in time.
	ErrTimeout = errors.New("lock wait timeout")
	// ErrDeadlock: the wait closed a cycle and this owner is its victim. It
	// still holds what it held; rolling it back resolves the deadlock.
	ErrDeadlock = errors.New("deadlock")
	// ErrConflict: Restore found the key held by somebody else.
	ErrConflict = errors.New("conflicting lock is held")
	// ErrReleased: ReleaseAll was called for the owner while it waited.
	ErrReleased = errors.New("owner was released while it waited")
	// ErrOwnerWaits: the owner already waits for another lock. A transaction
	// runs on one goroutine.
	ErrOwnerWaits = errors.New("owner already waits for a lock")
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

// conflicts reports whether two owners may not have these modes at once.
func conflicts(a, b Mode) bool { return a == Exclusive || b == Exclusive }

// An Owner is a transaction's start number: larger means younger.
type Owner uint64

// Options of a Manager. The zero value works.
type Options struct {
	// Clock measures timeouts; clock.Real when nil.
	Clock clock.Clock
	// OnWait is called, outside the mutex, for each holder that an Acquire
	// begins to wait for. A holder that stands in a commit queue can then be
	// hurried.
	OnWait func(holder Owner)
}

// A Manager grants locks. It is safe for concurrent use.
type Manager struct {
	opts Options

	mu      sync.Mutex
	entries map[string]*entry
	txns    map[Owner]*txn
	search  uint64    // number of the running deadlock search
	path    []*waiter // scratch of the deadlock search
	stopped error     // why nobody waits any more; nil while the manager works
}

// NewManager returns a Manager without locks.
func NewManager(o Options) *Manager {
	if o.Clock == nil {
		o.Clock = clock.Real
	}
	return &Manager{opts: o, entries: map[string]*entry{}, txns: map[Owner]*txn{}}
}

// Stop ends all waiting with cause: that of those who wait now, and of whoever
// would have to wait later. Locks can still be released.
func (m *Manager) Stop(cause error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopped != nil {
		return
	}
	m.stopped = cause
	for _, t := range m.txns {
		if t.wait != nil {
			m.settleLocked(t.wait, cause)
		}
	}
}

// A txn is what the manager knows of one owner.
type txn struct {
	id       Owner
	held     []*entry // oldest first
	wait     *waiter
	prepared bool
	waited   bool   // somebody waits, or has waited, for a lock of this owner
	seen     uint64 // last deadlock search that reached it
}

func (m *Manager) txnLocked(id Owner) *txn {
	t := m.txns[id]
	if t == nil {
		t = &txn{id: id}
		m.txns[id] = t
	}
	return t
}

// forgetLocked drops t unless it is still needed (K6).
func (m *Manager) forgetLocked(t *txn) {
	if len(t.held) == 0 && t.wait == nil && !t.prepared {
		delete(m.txns, t.id)
	}
}
