package wal

import (
	"fmt"

	"github.com/xadb/xadb/internal/bug"
)

// Sync returns nil once every record that begins at or before upTo is durable.
// upTo is what Append returned or End did; a position beyond the end stands for
// the end at the time of the call. Everything appended so far becomes durable
// with it; a call whose records another call made durable costs nothing.
//
// After a failed Sync the log is poisoned: nobody knows which of the unsynced
// bytes the disk has, and syncing again would not tell (R1).
func (l *Log) Sync(upTo LSN) error {
	if end := l.End(); upTo >= end {
		return l.syncBelow(end)
	}
	return l.syncBelow(upTo + 1)
}

// SyncAll makes everything durable that was appended before the call.
func (l *Log) SyncAll() error { return l.syncBelow(l.End()) }

// syncBelow returns once every byte below end is durable, and with it every
// record that begins there. Callers queue on syncMu; all but the first of a
// group usually find their records durable when it is their turn.
func (l *Log) syncBelow(end LSN) error {
	if err := l.usable(); err != nil || l.SyncedLSN() >= end {
		return err
	}
	l.syncMu.Lock()
	defer l.syncMu.Unlock()
	if err := l.usable(); err != nil || l.SyncedLSN() >= end {
		return err
	}
	return l.flushLocked()
}

// flushLocked writes out and syncs everything. It needs syncMu.
func (l *Log) flushLocked() error {
	if err := l.writeOutLocked(); err != nil {
		return err
	}
	if err := concurrentAppendDuring.Eval(); err != nil {
		return l.fail(err)
	}
	if l.written == l.SyncedLSN() {
		return nil
	}
	return l.syncFileLocked()
}

// syncFileLocked syncs the last segment and publishes how far the log is
// durable. Earlier segments were synced when they were left.
func (l *Log) syncFileLocked() error {
	if err := syncError.Eval(); err != nil {
		return l.fail(err)
	}
	l.stats.syncs.Add(1)
	f := l.file
	if bug.On(bug.WrongFileSynced) {
		f = l.ctrl.f
	}
	err := f.SyncData()
	if err != nil && bug.On(bug.SyncRetried) {
		err = f.SyncData()
	}
	if err != nil {
		return l.fail(err)
	}
	l.synced.Store(uint64(l.written))
	return nil
}

// writeOutLocked hands the active buffer to the file system, one write for each
// segment it touches, and gives Append the other buffer meanwhile.
func (l *Log) writeOutLocked() error {
	l.mu.Lock()
	if len(l.active.data) == 0 {
		l.mu.Unlock()
		return nil
	}
	full := l.active
	l.spare.start = full.end()
	l.active = l.spare
	l.mu.Unlock()
	l.spare = buffer{}

	rest := full.data
	at := full.start
	for _, c := range full.cuts {
		if err := l.writeRun(rest[:c.at-at]); err != nil {
			return l.fail(err)
		}
		rest, at = rest[c.at-at:], c.at
		if err := l.rotate(c); err != nil {
			return l.fail(err)
		}
	}
	if err := l.writeRun(rest); err != nil {
		return l.fail(err)
	}
	l.spare = full.reset(l.o.BufferSizeMax)
	return nil
}

// reset empties the buffer; memory that one large record took is not kept.
func (b buffer) reset(sizeMax int) buffer {
	if cap(b.data) > 2*sizeMax {
		return buffer{}
	}
	return buffer{data: b.data[:0], cuts: b.cuts[:0]}
}

// writeRun writes whole records to the last segment.
func (l *Log) writeRun(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if err := appendENOSPC.Eval(); err != nil {
		return err
	}
	if l.lazy {
		if err := reserve(l.file, l.o.SegmentSize); err != nil {
			return fmt.Errorf("wal: reserving a segment of %d bytes: %w", l.o.SegmentSize, err)
		}
		l.lazy = false
	}
	l.stats.writes.Add(1)
	if err := writeFullAt(l.file, b, l.off); err != nil {
		return err
	}
	l.off += int64(len(b))
	l.written += LSN(len(b))
	if l.reused {
		l.reused = false
		return recycleAfterFirst.Eval()
	}
	return nil
}

// rotate closes the last segment and begins the next one at c. The old one is
// synced to its end first: a reader takes the new one's existence as the proof
// of that (C9).
func (l *Log) rotate(c cut) error {
	if err := rotateBeforeSwitch.Eval(); err != nil {
		return err
	}
	if l.written > l.SyncedLSN() {
		if err := l.syncFileLocked(); err != nil {
			return err
		}
	}
	if err := rotateAfterOldSync.Eval(); err != nil {
		return err
	}
	old := l.file
	l.file = nil
	if err := old.Close(); err != nil {
		return err
	}
	if err := rotateAfterOldClose.Eval(); err != nil {
		return err
	}
	return l.begin(c)
}

// begin makes the next segment of the chain the one that is written.
func (l *Log) begin(c cut) error {
	l.mu.Lock()
	last := l.segs[len(l.segs)-1]
	seg := segment{number: last.number + 1, first: c.at, epoch: l.epoch}
	reuse := ""
	if n := len(l.free); n > 0 && c.size <= l.o.SegmentSize {
		reuse, l.free = l.free[n-1], l.free[:n-1]
	}
	l.mu.Unlock()

	f, err := l.maker.create(blank{seg: seg, reuse: reuse, prealloc: c.size})
	if err != nil {
		return err
	}
	l.file, l.off, l.reused = f, segmentHeaderLen, reuse != ""
	l.stats.created.Add(1)
	if reuse != "" {
		l.stats.recycled.Add(1)
	}
	l.mu.Lock()
	l.segs = append(l.segs, seg)
	l.mu.Unlock()
	return nil
}
