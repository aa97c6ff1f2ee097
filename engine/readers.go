package engine

import (
	"io"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"github.com/xadb/xadb/internal/gate"
)

// Pebble cannot close under its readers, so the engine knows all that are open
// and closes those that their users have left.

// A reader is a link in the list of what users have open.
type reader struct {
	next, prev *reader
	closer     io.Closer // what it stands for
	// gate is closed when closer is: who reads on is inside. All of the engine go
	// through its one gate, which costs scans on several processors more.
	gate gate.Gate
}

// A readerList is every snapshot and scan that is open. Its mutex is a leaf.
type readerList struct {
	mu    sync.Mutex
	first *reader
}

func (l *readerList) add(r *reader, c io.Closer) {
	r.closer = c
	l.mu.Lock()
	defer l.mu.Unlock()
	r.prev, r.next = nil, l.first
	if l.first != nil {
		l.first.prev = r
	}
	l.first = r
}

func (l *readerList) remove(r *reader) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.next != nil {
		r.next.prev = r.prev
	}
	if r.prev != nil {
		r.prev.next = r.next
	} else {
		l.first = r.next
	}
	r.next, r.prev = nil, nil
}

func (l *readerList) count() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for r := l.first; r != nil; r = r.next {
		n++
	}
	return n
}

// closeAll closes what is left, once nobody reads on there. REQUIRES: nobody can
// enter the engine.
func (l *readerList) closeAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for r := l.first; r != nil; r = r.next {
		r.gate.Close(nil)
		_ = r.closer.Close() // its user hears of the engine's end instead
	}
	l.first = nil
}

// A snapshot is one of pebble's, shared by all who take theirs before the next
// group is applied: they would see the same.
type snapshot struct {
	*pebble.Snapshot
	link reader
	// users is who holds it: snapshots, as long as it is the newest, and those
	// who took it. Whoever leaves last closes it; from 0 it never rises.
	users atomic.Int64
	// number is 1 + the commit number up to which the snapshot has everything,
	// and behind which it has nothing; 0 is not known yet.
	number atomic.Uint64
}

// share begins one more use, unless the last one has ended.
func (s *snapshot) share() bool {
	for n := s.users.Load(); n > 0; n = s.users.Load() {
		if s.users.CompareAndSwap(n, n+1) {
			return true
		}
	}
	return false
}

// snapshots gives out the newest snapshot. Taking and closing one of pebble's
// goes through the mutex that its writes and compactions need, so a transaction
// that reads pays for it only behind a group that wrote; all others take what is
// there without a mutex.
type snapshots struct {
	newest atomic.Pointer[snapshot] // nil: the next one is taken anew
	// mu is held while newest changes: a snapshot that was taken ahead of a
	// group must not become the newest behind it.
	mu sync.Mutex // before readerList.mu and pebble's own
}

// takeSnapshot returns a snapshot of all that is acknowledged.
func (e *Engine) takeSnapshot() (*snapshot, error) {
	if err := e.failure(); err != nil {
		return nil, err
	}
	l := &e.snapshots
	if s := l.newest.Load(); s != nil && s.share() {
		return s, nil
	}
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.exit()
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.newest.Load(); s != nil && s.share() {
		return s, nil
	}
	s := &snapshot{}
	err := e.guard(func() error {
		s.Snapshot = e.db.NewSnapshot()
		return nil
	})
	if err != nil {
		return nil, err
	}
	e.readers.add(&s.link, s.Snapshot)
	s.users.Store(2)
	l.newest.Store(s)
	return s, nil
}

// returnSnapshot ends one use of a snapshot. It leaves it open once the engine
// is closing: that closes those that are left itself.
func (e *Engine) returnSnapshot(s *snapshot) {
	if s.users.Add(-1) > 0 || e.enter() != nil {
		return
	}
	defer e.exit()
	e.readers.remove(&s.link)
	_ = e.guard(s.Snapshot.Close) // only ever reports a second Close
}

// outdate makes later readers take a new snapshot. It must come behind the rows
// of a group and ahead of everything that tells of its outcome.
func (e *Engine) outdate() {
	e.snapshots.mu.Lock()
	s := e.snapshots.newest.Swap(nil)
	e.snapshots.mu.Unlock()
	if s != nil {
		e.returnSnapshot(s)
	}
}

// commitNo is the commit number up to which the snapshot has everything. It
// comes from the applied row read through the snapshot itself (C14).
func (s *snapshot) commitNo(e *Engine) (uint64, error) {
	if n := s.number.Load(); n > 0 {
		return n - 1, nil
	}
	val, ok, err := e.read(s.Snapshot, appliedKey)
	if err != nil {
		return 0, err
	}
	var row appliedRow
	if ok {
		if row, err = decodeApplied(val); err != nil {
			return 0, err
		}
	}
	s.number.Store(row.commitNo + 1)
	return row.commitNo, nil
}
