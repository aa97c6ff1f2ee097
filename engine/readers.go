package engine

import (
	"io"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
)

// Pebble cannot close under its readers, so the engine knows all that are open
// and closes those that their users have left.

// A reader is a link in the list of what users have open.
type reader struct {
	next, prev *reader
	closer     io.Closer // what it stands for
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

// closeAll closes what is left. REQUIRES: nobody can enter the engine.
func (l *readerList) closeAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for r := l.first; r != nil; r = r.next {
		_ = r.closer.Close() // its user hears of the engine's end instead
	}
	l.first = nil
}

// A snapshot is one of pebble's, shared by all transactions that take theirs
// before the next group is applied: they would see the same.
type snapshot struct {
	*pebble.Snapshot
	link  reader
	users int  // guarded by snapshots.mu
	stale bool // a group was applied since; guarded by snapshots.mu
	// number is 1 + the commit number up to which the snapshot has everything,
	// and behind which it has nothing; 0 is not known yet.
	number atomic.Uint64
}

// snapshots gives out the newest snapshot. Taking and closing one of pebble's
// goes through the mutex that its writes and compactions need, so a transaction
// that reads pays for it only behind a group that wrote.
type snapshots struct {
	mu     sync.Mutex // before readerList.mu and pebble's own
	newest *snapshot  // nil: the next one is taken anew
}

// takeSnapshot returns a snapshot of all that is acknowledged.
func (e *Engine) takeSnapshot() (*snapshot, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.exit()
	l := &e.snapshots
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.newest == nil {
		s := &snapshot{}
		err := e.guard(func() error {
			s.Snapshot = e.db.NewSnapshot()
			return nil
		})
		if err != nil {
			return nil, err
		}
		e.readers.add(&s.link, s.Snapshot)
		l.newest = s
	}
	l.newest.users++
	return l.newest, nil
}

// shareSnapshot begins one more use of a snapshot that is in use.
func (e *Engine) shareSnapshot(s *snapshot) {
	e.snapshots.mu.Lock()
	defer e.snapshots.mu.Unlock()
	s.users++
}

// returnSnapshot ends one use of a snapshot. It leaves it alone once the engine
// is closing: that closes those that are left itself.
func (e *Engine) returnSnapshot(s *snapshot) {
	if e.enter() != nil {
		return
	}
	defer e.exit()
	e.snapshots.mu.Lock()
	s.users--
	last := s.users == 0 && s.stale
	e.snapshots.mu.Unlock()
	if last {
		e.closeSnapshot(s)
	}
}

// outdate makes later readers take a new snapshot. It must come behind the rows
// of a group and ahead of everything that tells of its outcome.
func (e *Engine) outdate() {
	if e.enter() != nil {
		return // nobody reads any more
	}
	defer e.exit()
	l := &e.snapshots
	l.mu.Lock()
	s := l.newest
	l.newest = nil
	last := false
	if s != nil {
		s.stale = true
		last = s.users == 0
	}
	l.mu.Unlock()
	if last {
		e.closeSnapshot(s)
	}
}

func (e *Engine) closeSnapshot(s *snapshot) {
	e.readers.remove(&s.link)
	_ = e.guard(s.Snapshot.Close) // only ever reports a second Close
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
