package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/xadb/xadb/internal/bug"
	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/internal/failpoint"
	"github.com/xadb/xadb/wal"
)

var (
	fpCkptBegin        = failpoint.New("ckpt.begin")
	fpCkptAfterFlush   = failpoint.New("ckpt.after_engine_flush")
	fpCkptAfterSnap    = failpoint.New("ckpt.after_snapshot_prepared_set")
	fpCkptAfterRecord  = failpoint.New("ckpt.after_write_record")
	fpCkptAfterSync    = failpoint.New("ckpt.after_sync")
	fpCkptAfterControl = failpoint.New("ckpt.after_wal_gc")
)

// refillDelay is how often a full disk is looked at.
const refillDelay = 100 * time.Millisecond

// A checkpointer cuts the log when pebble has flushed, and asks pebble to
// flush when the log has grown.
type checkpointer struct {
	mu    sync.Mutex    // one checkpoint at a time
	asked atomic.Uint64 // end of the log when grown last asked for one
	done  atomic.Uint64 // end of the log after the last checkpoint
	flush chan struct{}
	tick  chan struct{}
	cut   chan struct{}
	spare chan struct{}
	full  chan struct{}
	end   chan struct{}
	gone  chan struct{}
}

// init goes ahead of pebble's opening: pebble flushes while Open still replays.
func (c *checkpointer) init() {
	for _, ch := range []*chan struct{}{&c.flush, &c.tick, &c.cut, &c.spare, &c.full} {
		*ch = make(chan struct{}, 1)
	}
}

func (c *checkpointer) start(e *Engine) {
	c.end, c.gone = make(chan struct{}), make(chan struct{})
	if !e.opts.ManualCheckpoint {
		c.signal(c.spare)
	}
	go c.run(e)
}

func (c *checkpointer) run(e *Engine) {
	defer close(c.gone)
	var again clock.Timer // when to look whether a full disk still is; nil: it is not
	defer func() { stopTimer(again) }()
	for {
		var err error
		select {
		case <-c.end:
			return
		case <-c.full:
			stopTimer(again)
			again, err = e.diskFilled()
		case <-dueOf(again):
			if again = nil; e.full() {
				again = e.opts.Clock.NewTimer(refillDelay)
			}
		case <-c.cut:
			if err = e.observed(CheckpointFlushed, e.cutLog); err == nil {
				err = e.relocate() // for the next cut
			}
		case <-c.tick:
			err = e.checkpoint(context.Background(), CheckpointTimer)
		case <-c.flush:
			err = e.checkpoint(context.Background(), CheckpointLogSize)
		case <-c.spare:
			e.prepareSpare()
		}
		if err != nil && !errors.Is(err, ErrClosed) && !errors.Is(err, ErrDiskFull) {
			e.opts.Logger.Warn("engine: checkpoint", "error", err)
		}
	}
}

func (c *checkpointer) stop() {
	if c.end == nil {
		return
	}
	close(c.end)
	<-c.gone
}

// dueOf is when the timer fires: never, if there is none.
func dueOf(t clock.Timer) <-chan time.Time {
	if t == nil {
		return nil
	}
	return t.C()
}

func stopTimer(t clock.Timer) {
	if t != nil {
		t.Stop()
	}
}

// filled hears that the disk was found full.
func (c *checkpointer) filled() { c.signal(c.full) }

// diskFilled has the full disk looked at from time to time. A checkpoint may
// make room: it cuts the log.
func (e *Engine) diskFilled() (again clock.Timer, err error) {
	if !e.opts.ManualCheckpoint && e.files.Need() > 0 {
		err = e.Checkpoint(context.Background())
	}
	return e.opts.Clock.NewTimer(refillDelay), err
}

// wake asks for the log to be cut; pebble calls it after a flush.
func (c *checkpointer) wake() { c.signal(c.cut) }

// grown asks for a checkpoint when the log is larger than it should be, and
// again each time it has grown by another quarter of that: a prepared branch
// may pin it. And it asks for the log's next spare.
func (c *checkpointer) grown(e *Engine) {
	if e.opts.ManualCheckpoint {
		return
	}
	if e.log.NeedSpare() {
		c.signal(c.spare)
	}
	if e.log.Size() <= e.opts.LogSizeMax {
		return
	}
	end, asked := uint64(e.log.End()), c.asked.Load()
	if end-asked > uint64(e.opts.LogSizeMax/4) && c.asked.CompareAndSwap(asked, end) {
		c.signal(c.flush)
	}
}

func (*checkpointer) signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default: // asked already, or not started yet
	}
}

// Checkpoint flushes the tables and cuts the log: it then holds only what
// unresolved branches and transactions in flight need.
func (e *Engine) Checkpoint(ctx context.Context) error { return e.checkpoint(ctx, CheckpointCalled) }

func (e *Engine) checkpoint(ctx context.Context, reason string) error {
	return e.observed(reason, func() error { return e.flushAndCut(ctx) })
}

// observed makes a checkpoint, counts it and tells of it.
func (e *Engine) observed(reason string, do func() error) error {
	tell(&e.events, e.opts.Events.CheckpointBegin, CheckpointInfo{Reason: reason})
	began := e.opts.Clock.Now()
	err := do()
	took := e.opts.Clock.Now().Sub(began)
	if err != nil {
		e.counts.checkpointsFailed.Add(1)
	} else {
		e.counts.checkpoints.Add(1)
		e.counts.lastCheckpoint.Store(int64(took))
	}
	tell(&e.events, e.opts.Events.CheckpointEnd, CheckpointInfo{
		Reason: reason, KeepFrom: e.log.KeepFrom(), Live: e.log.Size(), Duration: took, Err: err,
	})
	return err
}

func (e *Engine) flushAndCut(ctx context.Context) error {
	if err := errors.Join(ctx.Err(), fpCkptBegin.Eval()); err != nil {
		return err
	}
	if e.ReadOnly() {
		return ErrReadOnly
	}
	if !bug.On(bug.MovedNotDurable) {
		if err := e.relocate(); err != nil {
			return err
		}
	}
	if err := e.enter(); err != nil {
		return err
	}
	err := e.flushTables(ctx)
	e.exit()
	if err != nil {
		return err
	}
	if err := fpCkptAfterFlush.Eval(); err != nil {
		return err
	}
	if bug.On(bug.MovedNotDurable) {
		if err := e.relocate(); err != nil {
			return err
		}
	}
	return e.cutLog()
}

// flushTables waits until all that was applied is in tables on disk, or there
// is no room for them, or ctx ends.
func (e *Engine) flushTables(ctx context.Context) error {
	var done <-chan struct{}
	failed := e.pace.nextFailure()
	err := e.guard(func() (err error) {
		done, err = e.db.AsyncFlush()
		return err
	})
	if err != nil {
		return e.tableError("flushing the tables", err)
	}
	if e.opts.ManualCheckpoint {
		e.pace.end()
	}
	for again := false; ; again = true {
		select {
		case <-done:
			return nil
		case <-failed:
			// The try that failed may have begun before there was room.
			if again || e.full() {
				return e.diskFull("flushing the tables")
			}
			failed = e.pace.nextFailure()
			if e.opts.ManualCheckpoint {
				e.pace.end()
			}
		case <-ctx.Done():
			return fmt.Errorf("engine: flushing the tables: %w", ctx.Err())
		case <-e.poisoned:
			return e.failure()
		}
	}
}

// cutLog writes a CHECKPOINT record and lets the log drop what lies below it
// and everything still needed (C1).
func (e *Engine) cutLog() error {
	e.ckpt.mu.Lock()
	defer e.ckpt.mu.Unlock()
	if err := e.enter(); err != nil {
		return err
	}
	defer e.exit()
	var durable appliedRow
	var moved []*Txn
	err := e.guard(func() (err error) {
		durable, moved, err = e.durableTables()
		return err
	})
	if err != nil {
		return err
	}
	rec := e.checkpointRecord(durable, moved)
	if err := fpCkptAfterSnap.Eval(); err != nil {
		return err
	}
	if ok, err := e.syncTC(&rec); err != nil || !ok {
		return err
	}
	at := wal.Record{Type: wal.TypeCheckpoint, Body: rec.encode(nil)}
	if e.logShort(int64(len(at.Body)) + outcomeRoom) {
		return e.diskFull("logging a checkpoint")
	}
	lsn, err := e.log.Append(&at)
	if err != nil {
		return e.poison(err)
	}
	if err := fpCkptAfterRecord.Eval(); err != nil {
		return err
	}
	if err := e.FlushLogs(false); err != nil {
		return err
	}
	e.mu.Lock()
	e.mu.floor = maxPos(e.mu.floor, rec.tc) // as the next Open will have it
	e.mu.Unlock()
	if err := fpCkptAfterSync.Eval(); err != nil {
		return err
	}
	// Now, as the record itself may have filled a segment.
	if err := e.archive(); err != nil {
		return err
	}
	if err := e.log.SetCheckpoint(lsn, wal.LSN(rec.keepFrom)); err != nil {
		return e.poison(err)
	}
	e.ckpt.done.Store(uint64(at.End()))
	e.prepareSpare()
	return fpCkptAfterControl.Eval()
}

// prepareSpare makes the log's next segment ahead of need. Without one the log
// works on; its Room says how long.
func (e *Engine) prepareSpare() {
	if !e.log.NeedSpare() {
		return
	}
	if err := e.log.PrepareSpare(); err != nil && e.log.Failed() == nil {
		e.opts.Logger.Warn("engine: the log has no spare segment", "error", err, "room", e.log.Room())
	}
}

// durableTables is the applied row that pebble would come back with, and the
// branches whose bodies it would have.
func (e *Engine) durableTables() (row appliedRow, moved []*Txn, err error) {
	if bug.On(bug.CheckpointBeforeFlush) {
		e.mu.Lock()
		defer e.mu.Unlock()
		return e.mu.applied, nil, nil
	}
	it, err := e.db.NewIter(&pebble.IterOptions{
		LowerBound: appliedKey, UpperBound: []byte{prefixRow}, OnlyReadGuaranteedDurable: true,
	})
	if err != nil {
		return row, nil, e.tableError("reading the durable position", err)
	}
	if it.First() && bytes.Equal(it.Key(), appliedKey) {
		var val []byte
		if val, err = it.ValueAndErr(); err == nil {
			row, err = decodeApplied(val)
		}
	}
	moved = e.durableMoves(it)
	if err = errors.Join(err, it.Error(), it.Close()); err != nil {
		return row, nil, e.tableError("reading the durable position", err)
	}
	return row, moved, nil
}

// syncTC makes the coordinator's own log durable before this one drops its copy
// (C1d). It follows the snapshot: the bytes of a transaction are written there
// before its pin goes.
func (e *Engine) syncTC(rec *checkpointRec) (ok bool, err error) {
	if e.opts.SyncTC == nil {
		return true, nil
	}
	pos, ok, err := e.opts.SyncTC()
	if err != nil {
		return false, e.poison(err)
	}
	rec.tc = pos
	return ok, nil
}

// checkpointRecord computes the cut from one locked snapshot.
func (e *Engine) checkpointRecord(durable appliedRow, moved []*Txn) checkpointRec {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.unpinLocked(moved)
	rec := checkpointRec{commitNo: durable.commitNo, keepFrom: uint64(e.log.End()), tc: e.mu.floor, mode: e.opts.TCMode}
	kept := e.mu.unflushed[:0]
	for _, a := range e.mu.unflushed {
		if a.number > durable.batch {
			kept = append(kept, a)
			rec.keepFrom = min(rec.keepFrom, uint64(a.firstLSN))
		}
	}
	e.mu.unflushed = kept
	for t := range e.mu.logged {
		rec.keepFrom = min(rec.keepFrom, uint64(t.firstLSN))
	}
	for _, t := range e.preparedLocked(func(t *Txn) bool { return !t.claimed }) {
		rec.branches = append(rec.branches, uint64(t.prepLSN))
		t.checkpoints++
	}
	return rec
}
