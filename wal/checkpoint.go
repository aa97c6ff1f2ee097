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
	l.ctrlMu.Lock()
	defer l.ctrlMu.Unlock()
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
	l.checkpoint.Store(uint64(checkpoint))
	l.keepFrom.Store(uint64(keepFrom))
	if bug.On(bug.UnlinkBeforeMarker) {
		if err := l.retire(keepFrom); err != nil {
			return l.fail(err)
		}
	}
	if err := l.writeCtrlLocked(false); err != nil {
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

// writeCtrlLocked writes the control slot for the present state. It needs
// ctrlMu, or a Log that nobody else has yet.
func (l *Log) writeCtrlLocked(clean bool) error {
	next := l.ctrl.last
	next.synced = l.SyncedLSN()
	next.epoch = l.epoch
	next.checkpoint, next.keepFrom = l.CheckpointLSN(), l.KeepFrom()
	next.firstNeeded = l.holding(next.keepFrom).number
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

// retire takes the segments that end at or below keepFrom out of the chain and
// recycles or removes their files, unless a Replay may be reading them: then a
// later checkpoint does it.
func (l *Log) retire(keepFrom LSN) error {
	gone := l.unchain(keepFrom)
	if len(gone) == 0 {
		return nil
	}
	if err := deleteObsoleteBefore.Eval(); err != nil {
		return err
	}
	var free []string
	for _, s := range gone {
		name, err := l.dispose(s, len(free))
		if err != nil {
			return err
		}
		if name != "" {
			free = append(free, name)
		}
	}
	if err := deleteObsoleteAfter.Eval(); err != nil {
		return err
	}
	if err := syncDir(l.o.FS, l.dir); err != nil {
		return err
	}
	// Only now may the files be written: their old names are durably gone.
	l.mu.Lock()
	l.free = append(l.free, free...)
	l.mu.Unlock()
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

// dispose keeps one segment's file for reuse, under the name it returns, or
// removes it. Not kept are larger files than usual, and those of earlier boots:
// their tails may be unsynced for ever.
func (l *Log) dispose(s segment, kept int) (string, error) {
	path := l.o.FS.PathJoin(l.dir, s.name())
	l.mu.Lock()
	kept += len(l.free)
	l.mu.Unlock()
	info, err := l.o.FS.Stat(path)
	if err != nil {
		return "", fmt.Errorf("wal: stat retired segment: %w", err)
	}
	if kept >= l.o.RecycleMax || info.Size() > l.o.SegmentSize || s.epoch != l.epoch {
		if err := l.o.FS.Remove(path); err != nil {
			return "", fmt.Errorf("wal: remove retired segment: %w", err)
		}
		return "", nil
	}
	name := freeName(s.number)
	if err := l.o.FS.Rename(path, l.o.FS.PathJoin(l.dir, name)); err != nil {
		return "", fmt.Errorf("wal: keep retired segment: %w", err)
	}
	return name, nil
}
