package engine

import (
	"bytes"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
)

// gaps knows ranges of keys that have no rows, so that a new row among them
// need not be looked up: rows that arrive in the order of their keys, or of
// several such orders, all fall into a few gaps.
//
// A gap was empty at one commit, and recentWrites knows whether a key has
// changed since. Together they say for certain that there is no row; whatever
// they do not know is looked up.
//
// Learning a gap costs two looks around a key. It is done for a key of a gap that
// has earned it, as recentWrites has begun to forget, and for one in every
// learnEvery keys that no gap had: those of rows that arrive in no order teach
// nothing.
type gaps struct {
	known      atomic.Pointer[[]*gap] // never changed, but replaced
	misses     atomic.Int64           // keys that no gap had, since one was learned
	learnEvery int64

	mu sync.Mutex // whoever learns
}

const (
	gapsMax    = 8
	learnEvery = 64
	// gapEarns is how many lookups a gap must have saved to be learned again.
	gapEarns = 8
)

// A gap is the keys between two rows, or a row and an end of the table.
type gap struct {
	lower, upper []byte // full keys, outside
	number       uint64 // the commit at which it was empty
	hits         atomic.Int64
}

func (g *gap) has(full []byte) bool {
	return bytes.Compare(g.lower, full) < 0 && bytes.Compare(full, g.upper) < 0
}

func newGaps() *gaps {
	s := &gaps{learnEvery: learnEvery}
	s.known.Store(new([]*gap))
	s.misses.Store(learnEvery) // the first may be learned
	return s
}

// of is the gap that has the key, or nil.
func (s *gaps) of(full []byte) *gap {
	for _, g := range *s.known.Load() {
		if g.has(full) {
			return g
		}
	}
	return nil
}

// learn replaces what is known of the gap's keys.
func (s *gaps) learn(n *gap) {
	list := make([]*gap, 0, gapsMax)
	var least *gap
	for _, g := range *s.known.Load() {
		if bytes.Compare(g.lower, n.upper) < 0 && bytes.Compare(n.lower, g.upper) < 0 {
			continue
		}
		if list = append(list, g); least == nil || g.hits.Load() < least.hits.Load() {
			least = g
		}
	}
	if len(list) == gapsMax {
		for i, g := range list {
			g.hits.Store(g.hits.Load() / 2) // what was long ago counts less
			if g == least {
				list[i] = n
			}
		}
	} else {
		list = append(list, n)
	}
	s.known.Store(&list)
}

// readLocked returns the newest committed value of a row that the caller has
// locked, so that no newer one can come.
func (e *Engine) readLocked(tbl Table, full []byte) (val []byte, ok bool, err error) {
	g := e.gaps.of(full)
	if g != nil && e.recent.since(full, g.number) == unchanged {
		g.hits.Add(1)
		return nil, false, nil
	}
	val, ok, err = e.read(e.newest(), full)
	if err == nil && !ok {
		e.missed(tbl, full, g)
	}
	return val, ok, err
}

// missed hears of a key without a row that was looked up; g is its gap, if one
// is known.
func (e *Engine) missed(tbl Table, full []byte, g *gap) {
	s := e.gaps
	earned := g != nil && g.hits.Load() >= gapEarns
	if s.misses.Add(1) <= s.learnEvery && !earned || e.ReadOnly() || !s.mu.TryLock() {
		return
	}
	defer s.mu.Unlock()
	s.misses.Store(0)
	if n, err := e.lookAround(tbl, full); err == nil && n.has(full) {
		s.learn(n)
	} // else the next look says what is wrong
}

// lookAround finds the gap that has a key, as it is now.
func (e *Engine) lookAround(tbl Table, full []byte) (*gap, error) {
	snap, err := e.takeSnapshot()
	if err != nil {
		return nil, err
	}
	defer e.returnSnapshot(snap)
	n := &gap{}
	if n.number, err = snap.commitNo(e); err != nil {
		return nil, err
	}
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.exit()
	n.lower, n.upper = tbl.bounds(nil, nil)
	it, err := snap.NewIter(&pebble.IterOptions{LowerBound: n.lower, UpperBound: n.upper})
	if err != nil {
		return nil, err
	}
	if it.SeekLT(full) {
		n.lower = bytes.Clone(it.Key())
	}
	if it.SeekGE(full) {
		n.upper = bytes.Clone(it.Key())
	}
	if err := it.Error(); err != nil {
		_ = it.Close()
		return nil, err
	}
	return n, it.Close()
}
