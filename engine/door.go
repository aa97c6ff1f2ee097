package engine

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
)

const (
	// memTablesMax is how many memtables full of rows may wait to be flushed,
	// and l0Max how many layers of flushed ones to be compacted, while new
	// transactions are let in.
	memTablesMax = 4
	l0Max        = 12
	// reserveMemTables and reserveL0 are what outcomes of prepared branches
	// may use beyond.
	reserveMemTables = 1
	reserveL0        = 12
	// entryOverhead is more than a memtable takes for a row beside its bytes.
	entryOverhead = 160
)

// The door is where a transaction waits while pebble has more than it can flush
// (C11). Behind its decision nothing waits.
type door struct {
	queued atomic.Int64 // bytes in memtables when last measured
	since  atomic.Int64 // bytes applied since then
	l0     atomic.Int64 // layers of level 0 when last measured
	stale  atomic.Bool  // pebble has flushed or compacted since then
	mu     sync.Mutex
	change chan struct{} // closed by the next flush or compaction; nil: nobody waits
}

// applied counts a batch.
func (d *door) applied(b *pebble.Batch) {
	d.since.Add(int64(b.Len()) + int64(b.Count())*entryOverhead)
}

// moved wakes whoever waits. Pebble's lock may be held.
func (d *door) moved() {
	d.stale.Store(true)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.change != nil {
		close(d.change)
		d.change = nil
	}
}

// next is closed by the next flush or compaction.
func (d *door) next() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.change == nil {
		d.change = make(chan struct{})
	}
	return d.change
}

// Admit is asked before anything of a transaction is logged. It waits, as long
// as ctx lets it, while the tables cannot take more, and refuses with
// ErrDiskFull if the disk is full. The outcome of a prepared branch may use the
// reserve: it is refused only if nothing but more disk would help.
func (e *Engine) Admit(ctx context.Context, outcome bool) error {
	for {
		if err := e.failure(); err != nil {
			return err
		}
		if !outcome && e.full() {
			return e.diskFull("beginning a commit")
		}
		crowded, err := e.crowded(outcome)
		if err != nil || !crowded {
			return err
		}
		change := e.door.next() // before looking again, so that none is missed
		if crowded, err = e.crowded(outcome); err != nil || !crowded {
			return err
		}
		if e.full() {
			return e.diskFull("making room for an outcome")
		}
		select {
		case <-change:
		case <-ctx.Done():
			return fmt.Errorf("engine: waiting for the tables to be flushed: %w", ctx.Err())
		case <-e.poisoned:
		}
	}
}

// outcomeRoom is more than outcomes take that are logged at the same time.
const outcomeRoom = 8 << 10

// logShort reports whether the log may not find room for n bytes, not even in the
// reserve: it would stop the store. What waits in front of it is refused instead.
func (e *Engine) logShort(n int64) bool { return e.files.Short(n) && e.log.Room() < n }

// OutcomeRoom is ErrDiskFull if an outcome may not find room in the log, or, if
// file is set, in one that the coordinator appends it to.
func (e *Engine) OutcomeRoom(file bool) error {
	if (e.logShort(outcomeRoom) || file && e.files.Short(outcomeRoom)) && e.full() {
		return e.diskFull("logging an outcome")
	}
	return nil
}

// Writable is ErrDiskFull while the disk is full.
func (e *Engine) Writable() error {
	if e.full() {
		return e.diskFull("beginning a file")
	}
	return nil
}

// full reports whether the disk is full, and tries whether it still is.
func (e *Engine) full() bool {
	if !e.files.Full() {
		return false
	}
	if !e.files.Refill() {
		return true
	}
	if e.events.full.CompareAndSwap(true, false) {
		tell(&e.events, e.opts.Events.DiskWritable, DiskInfo{Free: e.files.Free()})
	}
	if !e.opts.ManualCheckpoint {
		e.pace.end()
	}
	return false
}

// diskFull says what cannot be done, why, and what would help.
func (e *Engine) diskFull(doing string) error {
	return fmt.Errorf("%w: %s: the disk of %s has %d bytes free, %d are needed; make room, or decide prepared branches and read meanwhile",
		ErrDiskFull, doing, e.dir, e.files.Free(), e.files.Need())
}

// crowded reports whether the tables hold as much as may wait. Who checkpoints
// by hand has as much wait as it likes.
func (e *Engine) crowded(outcome bool) (bool, error) {
	if e.opts.ManualCheckpoint {
		return false, nil
	}
	bytes, l0 := int64(memTablesMax)*e.opts.MemTableSize, int64(l0Max)
	if outcome {
		bytes, l0 = bytes+reserveMemTables*e.opts.MemTableSize, l0+reserveL0
	}
	d := &e.door
	crowded := func() bool { return d.queued.Load()+d.since.Load() >= bytes || d.l0.Load() >= l0 }
	if !crowded() {
		return false, nil
	}
	if d.stale.Swap(false) || d.since.Load() >= e.opts.MemTableSize/8 {
		if err := e.measure(); err != nil {
			return false, err
		}
	}
	return crowded(), nil
}

// measure asks pebble what waits in it.
func (e *Engine) measure() error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.exit()
	var m *pebble.Metrics
	since := e.door.since.Load()
	err := e.guard(func() error {
		m = e.db.Metrics()
		return nil
	})
	if err != nil {
		return err
	}
	e.door.queued.Store(int64(m.MemTable.Size))
	e.door.l0.Store(int64(m.Levels[0].Sublevels))
	e.door.since.Add(-since)
	return nil
}
