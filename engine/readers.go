package engine

import (
	"sync"

	"github.com/cockroachdb/pebble/v2"
)

// Pebble cannot close under its readers, so the engine knows all that are open
// and closes those that their users have left.

// A reader is a link in the list of what users have open.
type reader struct {
	next, prev *reader
	close      func() error // of what it stands for
}

// A readerList is every snapshot and scan that is open. Its mutex is a leaf.
type readerList struct {
	mu    sync.Mutex
	first *reader
}

func (l *readerList) add(r *reader, closer func() error) {
	r.close = closer
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

// closeAll closes what is left. REQUIRES: nobody can enter the engine.
func (l *readerList) closeAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for r := l.first; r != nil; r = r.next {
		_ = r.close() // its user hears of the engine's end instead
	}
	l.first = nil
}

// A snapshot is one of pebble's, in the list of readers while it is open.
type snapshot struct {
	*pebble.Snapshot // nil: none
	link             reader
}

func (e *Engine) openSnapshot(s *snapshot) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.exit()
	s.Snapshot = e.db.NewSnapshot()
	e.readers.add(&s.link, s.Snapshot.Close)
	return nil
}

// closeSnapshot leaves the snapshot alone once the engine is closing: it closes
// those that are left itself.
func (e *Engine) closeSnapshot(s *snapshot) {
	snap := s.Snapshot
	s.Snapshot = nil
	if e.enter() != nil {
		return
	}
	defer e.exit()
	e.readers.remove(&s.link)
	_ = snap.Close() // only ever reports a second Close
}
