package wal

import (
	"fmt"

	"github.com/xadb/xadb/internal/bug"
)

// SetCheckpoint notes durably that a recovery finds what it needs in the record
// at checkpoint and in those from keepFrom on, and then retires the segments
// that lie wholly below keepFrom. Both positions must be durable already, both
// must be a record's LSN, and keepFrom neither lower than before nor above
// checkpoint.
//
// Commit point: the sync of the control slot. Before it every segment is still
// there; behind it a crash leaves files that the next Open removes (R4).
func (l *Log) SetCheckpoint(checkpoint, keepFrom LSN) error {
	l.ckptMu.Lock()
	defer l.ckptMu.Unlock()
	if err := l.usable(); err != nil {
		return err
	}
	if synced := l.SyncedLSN(); checkpoint >= synced || keepFrom > checkpoint || keepFrom < l.KeepFrom() {
		return fmt.Errorf("wal: checkpoint at %d keeping from %d: needs %d <= keepFrom <= checkpoint < %d",
			checkpoint, keepFrom, l.KeepFrom(), synced)
	}
	for _, lsn := range []LSN{checkpoint, keepFrom} {
		if err := l.mustBeRecord(lsn); err != nil {
			return err
		}
	}
	if bug.On(bug.UnlinkBeforeMarker) {
		if err := l.retire(keepFrom); err != nil {
			return l.fail(err)
		}
	}
	// In this order: a change of segments may write a slot in between.
	l.checkpoint.Store(uint64(checkpoint))
	l.keepFrom.Store(uint64(keepFrom))
	if err := l.writeCtrl(false); err != nil {
		return l.fail(err)
	}
	if err := l.retire(keepFrom); err != nil {
		return l.fail(err)
	}
	return nil
}

// mustBeRecord checks a position that the next recovery will begin at: from a
// wrong one on, the log would look damaged.
func (l *Log) mustBeRecord(lsn LSN) error {
	r, err := openFrames(l.o.FS, l.dir, l.holding(lsn))
	if err != nil {
		return err
	}
	defer r.close()
	_, reason, err := r.read(lsn)
	if err == nil && reason != "" {
		err = fmt.Errorf("wal: checkpoint: there is no record at lsn %d: %s", lsn, reason)
	}
	return err
}

// writeCtrl writes the control slot for the present state.
func (l *Log) writeCtrl(clean bool) error {
	l.ctrlMu.Lock()
	defer l.ctrlMu.Unlock()
	next := l.ctrl.last
	next.synced = l.SyncedLSN()
	next.epoch = l.epoch
	next.checkpoint, next.keepFrom = l.CheckpointLSN(), l.KeepFrom()
	next.firstNeeded = l.holding(next.keepFrom).number
	next.last = l.lastSegment().number
	next.clean = clean
	return l.ctrl.write(next)
}

// holding is the last segment that begins at or below lsn.
func (l *Log) holding(lsn LSN) segment {
	l.mu.Lock()
	defer l.mu.Unlock()
	seg := l.segs[0]
	for _, s := range l.segs {
		if s.first <= lsn {
			seg = s
		}
	}
	return seg
}

func (l *Log) lastSegment() segment {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.segs[len(l.segs)-1]
}

// retire takes the segments that end at or below keepFrom out of the chain and
// recycles or removes their files, unless a Replay may be reading them: then a
// later checkpoint does it.
func (l *Log) retire(keepFrom LSN) error {
	gone := l.unchain(keepFrom)
	if len(gone) == 0 {
		l.addFree() // the tables' own files may have gone
		return nil
	}
	if err := deleteObsoleteBefore.Eval(); err != nil {
		return err
	}
	var free []freeFile
	for _, s := range gone {
		f, kept, err := l.dispose(s, len(free))
		if err != nil {
			return err
		}
		if kept {
			free = append(free, f)
		}
		l.o.OnSegment(s.number, false)
	}
	if err := deleteObsoleteAfter.Eval(); err != nil {
		return err
	}
	if err := syncDir(l.o.FS, l.dir); err != nil {
		return err
	}
	// Only now may the files be written: their old names are durably gone.
	l.addFree(free...)
	return deleteAfterDirSync.Eval()
}

// unchain removes from the chain, and returns, the segments below keepFrom.
func (l *Log) unchain(keepFrom LSN) []segment {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for n+1 < len(l.segs) && l.segs[n+1].first <= keepFrom {
		n++
	}
	if l.pins > 0 || n == 0 {
		return nil
	}
	gone := l.segs[:n:n]
	l.segs = l.segs[n:]
	return gone
}

// dispose keeps one segment's file for reuse, or removes it. Not kept are
// larger files than usual, those smaller than a spare, and those of earlier
// boots: their tails may be unsynced for ever.
func (l *Log) dispose(s segment, more int) (f freeFile, kept bool, err error) {
	path := l.o.FS.PathJoin(l.dir, s.name())
	info, err := l.o.FS.Stat(path)
	if err != nil {
		return f, false, fmt.Errorf("wal: stat retired segment: %w", err)
	}
	usual := info.Size() >= l.spareLen() && info.Size() <= l.o.SegmentSize
	if l.spares()+more >= l.o.RecycleMax || !usual || s.epoch != l.epoch {
		if err := l.o.FS.Remove(path); err != nil {
			return f, false, fmt.Errorf("wal: remove retired segment: %w", err)
		}
		return f, false, nil
	}
	f = freeFile{name: freeName(s.number), size: info.Size()}
	if err := l.o.FS.Rename(path, l.o.FS.PathJoin(l.dir, f.name)); err != nil {
		return f, false, fmt.Errorf("wal: keep retired segment: %w", err)
	}
	return f, true, nil
}
