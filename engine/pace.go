package engine

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// retryDelay is how long pebble's background work rests after a failure. Left
// alone it tries again at once, 70,000 times a second (C11).
const retryDelay = 100 * time.Millisecond

// A pacer has pebble's background work rest after a failure. With manual
// checkpoints the rest ends with the next one.
type pacer struct {
	mu    sync.Mutex
	until time.Time
	rest  chan struct{} // closed when the rest ends early; nil: there is none
	flush chan struct{} // closed by the next flush that fails; nil: nobody asked
}

// nextFailure is closed by the next flush that fails.
func (p *pacer) nextFailure() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.flush == nil {
		p.flush = make(chan struct{})
	}
	return p.flush
}

// flushFailed begins a rest after a flush that failed.
func (p *pacer) flushFailed(e *Engine) {
	p.failed(e)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.flush != nil {
		close(p.flush)
		p.flush = nil
	}
}

// failed begins a rest.
func (p *pacer) failed(e *Engine) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until = e.opts.Clock.Now().Add(retryDelay)
	if p.rest == nil {
		p.rest = make(chan struct{})
	}
}

// end ends the rest, if there is one.
func (p *pacer) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.endLocked()
}

func (p *pacer) endLocked() {
	if p.rest != nil {
		close(p.rest)
		p.rest = nil
	}
}

// wait returns when the rest is over. No lock of pebble's may be held.
func (p *pacer) wait(e *Engine) {
	p.mu.Lock()
	rest, until := p.rest, p.until
	p.mu.Unlock()
	if rest == nil {
		return
	}
	var due <-chan time.Time
	if !e.opts.ManualCheckpoint {
		timer := e.opts.Clock.NewTimer(until.Sub(e.opts.Clock.Now()))
		defer timer.Stop()
		due = timer.C()
	}
	select {
	case <-rest:
	case <-due:
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.rest == rest {
			p.endLocked()
		}
	case <-e.poisoned:
	case <-e.closing:
	}
}

// A gatedScheduler grants no compaction before Open has succeeded, and none of
// a poisoned engine: it would fail and be tried again without end. Of an Open
// that fails, pebble forgets its scheduler; a compaction that this one granted
// would then run into files that are closed, and panic. The scheduler below
// grants on demand and when another compaction ends, not by a timer: a timer
// would be forgotten, too, and run for ever.
type gatedScheduler struct {
	*pebble.ConcurrencyLimitScheduler
	e      *Engine
	opened atomic.Bool
}

func newGatedScheduler(e *Engine) *gatedScheduler {
	return &gatedScheduler{
		ConcurrencyLimitScheduler: pebble.NewConcurrencyLimitSchedulerWithNoPeriodicGrantingForTest(), e: e,
	}
}

// open lets compactions run. One that was refused meanwhile is not asked for
// again, and writes would wait for it without end: the end of another, which
// does nothing, has it granted.
func (s *gatedScheduler) open() {
	s.opened.Store(true)
	if granted, h := s.ConcurrencyLimitScheduler.TrySchedule(); granted {
		h.Done()
	}
}

// TrySchedule implements pebble.CompactionScheduler.
func (s *gatedScheduler) TrySchedule() (bool, pebble.CompactionGrantHandle) {
	if !s.opened.Load() || s.e.failure() != nil {
		return false, nil
	}
	granted, h := s.ConcurrencyLimitScheduler.TrySchedule()
	return granted, pacedGrant{h, s.e}
}

// Register implements pebble.CompactionScheduler.
func (s *gatedScheduler) Register(goroutines int, db pebble.DBForCompaction) {
	s.ConcurrencyLimitScheduler.Register(goroutines, pacedDB{db, s.e})
}

// A pacedDB is pebble as its scheduler sees it.
type pacedDB struct {
	pebble.DBForCompaction
	e *Engine
}

// Schedule implements pebble.DBForCompaction.
func (db pacedDB) Schedule(h pebble.CompactionGrantHandle) bool {
	return db.e.failure() == nil && db.DBForCompaction.Schedule(pacedGrant{h, db.e})
}

// A pacedGrant is given back, by a compaction that failed, after a rest only:
// whoever gives it back is granted the same compaction again.
type pacedGrant struct {
	pebble.CompactionGrantHandle
	e *Engine
}

// Done implements pebble.CompactionGrantHandle.
func (g pacedGrant) Done() {
	g.e.pace.wait(g.e)
	g.CompactionGrantHandle.Done()
}
