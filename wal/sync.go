package wal

import (
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
	began := l.o.Clock.Now()
	err := f.SyncData()
	l.o.OnSync(l.o.Clock.Now().Sub(began))
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
	if err := l.makeRoom(int64(len(b))); err != nil {
		return err
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

// begin makes the next segment of the chain the one that is written, and names
// it in the control file before any record goes in (W10).
func (l *Log) begin(c cut) error {
	seg, free := l.nextSegment(c)
	f, err := l.maker.create(blank{seg: seg, reuse: free.name})
	if free.name == "" && noSpace(err) {
		l.awaitSpare()
		if seg, free = l.nextSegment(c); free.name != "" {
			f, err = l.maker.create(blank{seg: seg, reuse: free.name})
		}
	}
	if err != nil {
		return err
	}
	l.file, l.off, l.reused = f, segmentHeaderLen, free.name != ""
	l.setFilled(max(free.size, segmentHeaderLen))
	l.stats.created.Add(1)
	if l.reused {
		l.stats.recycled.Add(1)
	}
	l.mu.Lock()
	l.segs = append(l.segs, seg)
	l.mu.Unlock()
	l.o.OnSegment(seg.number, true)
	if err := rotateBeforeCtrl.Eval(); err != nil {
		return err
	}
	if err := l.writeCtrl(false); err != nil {
		return err
	}
	return rotateAfterCtrl.Eval()
}

// nextSegment numbers the segment that begins at c and takes a free file for
// it, if there is one and it is not too small.
func (l *Log) nextSegment(c cut) (seg segment, free freeFile) {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := l.segs[len(l.segs)-1]
	if n := len(l.free); n > 0 && c.size <= l.o.SegmentSize {
		free, l.free = l.free[n-1], l.free[:n-1]
	}
	l.spareDue.Store(len(l.free) == 0)
	return segment{number: last.number + 1, first: c.at, epoch: l.epoch}, free
}
