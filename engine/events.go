package engine

import (
	"sync/atomic"
	"time"

	"github.com/xadb/xadb/wal"
	"github.com/xadb/xadb/xid"
)

// An EventListener hears what happens in a store. A nil field is not called.
// The calls come one after the other, in the order of the events, from a
// goroutine that holds no lock of the store. Who falls behind by eventsMax
// events misses later ones (Metrics.EventsMissed). A call must not wait for
// Close, which waits for it.
type EventListener struct {
	// CheckpointBegin and CheckpointEnd: tables are being flushed, or the log
	// is being cut after they were.
	CheckpointBegin func(CheckpointInfo)
	CheckpointEnd   func(CheckpointInfo)
	// SegmentCreated and SegmentRemoved: the log begins a file, or no longer
	// needs one.
	SegmentCreated func(SegmentInfo)
	SegmentRemoved func(SegmentInfo)
	// SlowSync: a sync of the log took Options.SlowSync or longer.
	SlowSync func(SlowSyncInfo)
	// DiskFull: the disk is full, and the store takes no new writes (C11).
	// DiskWritable: there is room again, and it does.
	DiskFull     func(DiskInfo)
	DiskWritable func(DiskInfo)
	// Poisoned: the store has stopped. Cause is why.
	Poisoned func(cause error)
	// RecoveryProgress: Open reads the log; once a second and at the end.
	RecoveryProgress func(RecoveryInfo)
	// PreparedOld: a client's branch has been prepared for as long as
	// Options.PreparedAgeMax, or another multiple of that.
	PreparedOld func(PreparedOldInfo)
	// ViewExpired: a named view was released for its age.
	ViewExpired func(ViewInfo)
}

// Why a checkpoint is made.
const (
	CheckpointCalled  = "call"     // somebody called Checkpoint or Close
	CheckpointLogSize = "log size" // Options.LogSizeMax
	CheckpointTimer   = "timer"    // Options.CheckpointInterval
	CheckpointFlushed = "flush"    // pebble has flushed by itself
)

// CheckpointInfo tells of a checkpoint. At its begin only Reason is set.
type CheckpointInfo struct {
	Reason   string
	KeepFrom wal.LSN       // where the log begins now
	Live     int64         // bytes of log from there on
	Duration time.Duration // flush included
	Err      error
}

// SegmentInfo tells of a file of the log.
type SegmentInfo struct {
	Number uint64
}

// SlowSyncInfo tells of a sync.
type SlowSyncInfo struct {
	Duration time.Duration
}

// DiskInfo tells of the disk that holds the store.
type DiskInfo struct {
	Free int64 // bytes
}

// RecoveryInfo tells how far Open is with reading the log.
type RecoveryInfo struct {
	Read, Total int64 // bytes of log
	Records     int64 // of those read
	Redone      int64 // commits that the tables lacked
	Prepared    int64 // branches without an outcome so far
	Done        bool
	Duration    time.Duration // since Open began to read; in the end, locks and redo included
}

// PreparedOldInfo tells of a branch that waits long for its outcome.
type PreparedOldInfo struct {
	XID xid.XID
	Age time.Duration
}

// eventsMax is how many events wait for a listener.
const eventsMax = 1024

// A notifier is the goroutine that calls the listener. Without a listener
// there is none.
type notifier struct {
	queue  chan func()
	end    chan struct{}
	gone   chan struct{}
	missed atomic.Uint64
	full   atomic.Bool // DiskFull was the last of its kind
}

func (n *notifier) start() {
	n.queue, n.end, n.gone = make(chan func(), eventsMax), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(n.gone)
		for {
			select {
			case call := <-n.queue:
				call()
			case <-n.end:
				n.drain()
				return
			}
		}
	}()
}

func (n *notifier) drain() {
	for {
		select {
		case call := <-n.queue:
			call()
		default:
			return
		}
	}
}

// stop returns when the last event was heard.
func (n *notifier) stop() {
	if n.end != nil {
		close(n.end)
		<-n.gone
	}
}

// tell queues an event for a field of the listener. It never waits.
func tell[T any](n *notifier, field func(T), event T) {
	if field == nil || n.queue == nil {
		return
	}
	select {
	case n.queue <- func() { field(event) }:
	default:
		n.missed.Add(1)
	}
}

// A progress says how far Open is.
type progress struct {
	e     *Engine
	began time.Time
	told  time.Time
	info  RecoveryInfo
}

// progressEvery is how often Open says how far it is, and progressLook after
// how many bytes of log it looks at the clock.
const (
	progressEvery = time.Second
	progressLook  = 64 << 10
)

func (e *Engine) beginProgress() *progress {
	now := e.opts.Clock.Now()
	return &progress{e: e, began: now, told: now, info: RecoveryInfo{Total: e.log.Size()}}
}

// record takes in one record that is about to be replayed.
func (p *progress) record(rec *wal.Record, r *replayer) {
	was := p.info.Read
	p.info.Records++
	p.info.Read = int64(rec.End() - p.e.log.KeepFrom())
	if p.info.Read/progressLook == was/progressLook {
		return
	}
	if now := p.e.opts.Clock.Now(); now.Sub(p.told) >= progressEvery {
		p.told = now
		p.tell(now, r)
	}
}

// done tells that the store is as the log says, locks included.
func (p *progress) done(r *replayer) {
	p.info.Done = true
	p.tell(p.e.opts.Clock.Now(), r)
	p.e.recovered = p.info
}

func (p *progress) tell(now time.Time, r *replayer) {
	p.info.Redone, p.info.Prepared, p.info.Duration = int64(r.redone), int64(len(r.live)), now.Sub(p.began)
	if p.info.Duration >= progressEvery {
		p.e.opts.Logger.Info("engine: reading the log", "read", p.info.Read, "of", p.info.Total,
			"records", p.info.Records, "redone", p.info.Redone, "prepared", p.info.Prepared)
	}
	tell(&p.e.events, p.e.opts.Events.RecoveryProgress, p.info)
}

// filled hears that the disk is full. It is called with locks held.
func (e *Engine) filled() {
	e.ckpt.filled()
	e.events.full.Store(true)
	tell(&e.events, e.opts.Events.DiskFull, DiskInfo{Free: e.files.Free()})
}

// segment passes on what the log does with its files.
func (e *Engine) segment(number uint64, created bool) {
	field := e.opts.Events.SegmentRemoved
	if created {
		field = e.opts.Events.SegmentCreated
	}
	tell(&e.events, field, SegmentInfo{Number: number})
}

// synced hears how long each sync of the log took.
func (e *Engine) synced(d time.Duration) {
	e.syncs.Took(d)
	if d < e.opts.SlowSync || e.opts.SlowSync < 0 {
		return
	}
	e.opts.Logger.Warn("engine: slow sync of the log", "duration", d)
	tell(&e.events, e.opts.Events.SlowSync, SlowSyncInfo{Duration: d})
}
