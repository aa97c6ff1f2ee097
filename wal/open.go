package wal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/internal/bug"
)

// Open opens the log in dir, creates it if there is none, and recovers it. The
// caller keeps other processes out.
//
// The order of a recovery, and what a crash leaves after each step:
//
//  1. Read everything and judge it. Damage: ErrCorrupt, nothing was written.
//  2. Sync the directory: after the death of the process alone, names may be
//     in the cache that the disk does not have, and what is named next proves
//     them. Write the newest control slot once more, then the new boot epoch into
//     the other one. A crash: the same log, a higher epoch.
//  3. Remove what no recovery needs, so that a full disk has room for the rest.
//  4. Copy the records above the proven position, byte for byte, into a new
//     segment that begins there, sync it, name it, sync the directory. Before
//     the name: the same log and a file to remove. After it: the same records,
//     now proven.
//  5. Promise their durability, and name the segment, in the control file. A
//     crash: as a crash right after Open.
func Open(dir string, o Options) (*Log, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	t, err := scan(dir, o)
	if errors.Is(err, errNoLog) {
		if err := createLog(dir, o); err != nil {
			return nil, err
		}
		t, err = scan(dir, o)
	}
	if err != nil {
		return nil, err
	}
	l := newLog(dir, o, t)
	if err := l.recover(t); err != nil {
		return nil, errors.Join(err, l.release())
	}
	return l, nil
}

// OpenReadOnly opens the log in dir as a crash or a Close left it, with the
// verdict that Open would give, and writes nothing. Append and Sync fail with
// ErrReadOnly. A directory without a log is fs.ErrNotExist.
func OpenReadOnly(dir string, o Options) (*Log, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	t, err := scan(dir, o)
	if err != nil {
		return nil, err
	}
	l := newLog(dir, o, t)
	l.readOnly = true
	l.epoch = t.ctrl.epoch
	return l, nil
}

// Exists reports whether dir holds a log: its control file is the first thing
// that a log has.
func Exists(files vfs.FS, dir string) (bool, error) {
	_, err := files.Stat(files.PathJoin(dir, ctrlName))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("wal: looking for the control file: %w", err)
	}
	return true, nil
}

// createLog makes the directory and the control file of an empty log. The
// control file comes before any segment: a directory with neither is a new log,
// one with segments only is damaged. And it comes after the directory's own
// entry is durable; that of the directory above is the caller's business.
func createLog(dir string, o Options) error {
	if err := o.FS.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("wal: create directory: %w", err)
	}
	if err := syncDir(o.FS, o.FS.PathDir(dir)); err != nil {
		return err
	}
	c := ctrlState{seq: 1, store: o.StoreID, keepFrom: FirstLSN, synced: FirstLSN}
	if err := createCtrl(o.FS, o.FS.PathJoin(dir, ctrlName), c); err != nil {
		return err
	}
	return syncDir(o.FS, dir)
}

func newLog(dir string, o Options, t *tail) *Log {
	l := &Log{
		o: o, dir: dir, segs: t.segs,
		maker:   maker{o: o, dir: dir, store: t.ctrl.store},
		epoch:   t.epoch + 1,
		written: t.end,
	}
	l.active.start = t.end
	l.end.Store(uint64(t.end))
	l.synced.Store(uint64(t.end))
	l.keepFrom.Store(uint64(t.ctrl.keepFrom))
	l.checkpoint.Store(uint64(t.ctrl.checkpoint))
	l.spareDue.Store(true)
	return l
}

// recover makes the judged log durable and ready for Append (steps 2 to 5).
func (l *Log) recover(t *tail) error {
	if err := syncDir(l.o.FS, l.dir); err != nil {
		return err
	}
	var err error
	l.ctrl, err = openCtrl(l.o.FS, l.o.FS.PathJoin(l.dir, ctrlName), t.ctrl, t.ctrlSlot)
	if err != nil {
		return err
	}
	next := t.ctrl
	next.epoch, next.clean = l.epoch, false
	if err := l.ctrl.write(next); err != nil {
		return err
	}
	if err := l.removeObsolete(t.obsolete); err != nil {
		return err
	}
	if err := l.rewriteTail(t); err != nil {
		return err
	}
	if err := l.writeCtrl(false); err != nil {
		return err
	}
	level := slog.LevelInfo
	if t.end == t.floor && t.reason == "" { // as a clean close leaves it
		level = slog.LevelDebug
	}
	l.o.Logger.Log(context.Background(), level, "wal: opened", "dir", l.dir, "epoch", l.epoch, "end", t.end,
		"rewritten", t.end-t.floor, "stopped_by", t.reason)
	return nil
}

// rewriteTail begins the first segment of this boot at the last proven record
// boundary and copies the records behind it. That they can be read proves
// nothing: after a failed sync they may be in the page cache only (C6). The
// file is always a fresh one, so nothing follows the copied records but zeros,
// and no segment of an earlier boot is ever appended to.
//
// The file is filled from the first record on: a restart loop must not fill the
// disk with empty segments.
func (l *Log) rewriteTail(t *tail) error {
	if err := truncateTailBefore.Eval(); err != nil {
		return err
	}
	if bug.On(bug.LogNumberReused) && len(t.segs) > 0 {
		return l.reuseTail(t)
	}
	seg := segment{number: 1, first: t.floor, epoch: l.epoch}
	if n := len(t.segs); n > 0 {
		seg.number = t.segs[n-1].number + 1
	}
	f, err := l.maker.create(blank{seg: seg, fill: func(f vfs.File) error { return l.copyTail(f, t) }})
	if err != nil {
		return err
	}
	l.file, l.off = f, seg.offset(t.end)
	l.setFilled(l.off)
	l.segs = append(l.segs, seg)
	l.o.OnSegment(seg.number, true)
	l.stats.created.Add(1)
	l.plan = plan{first: seg.first, room: l.o.SegmentSize - segmentHeaderLen}
	return truncateTailAfterSync.Eval()
}

// reuseTail is the seeded bug: it goes on in the old segment, where it stopped.
func (l *Log) reuseTail(t *tail) error {
	seg := t.segs[len(t.segs)-1]
	f, err := l.o.FS.OpenReadWrite(l.o.FS.PathJoin(l.dir, seg.name()), writeCategory)
	if err != nil {
		return err
	}
	l.file, l.off, l.epoch = f, seg.offset(t.end), seg.epoch
	l.setFilled(l.o.SegmentSize)
	l.plan = plan{first: seg.first, room: l.o.SegmentSize - segmentHeaderLen}
	return nil
}

// copyTail copies the records from the floor to the end into f, each checked
// once more on its way.
func (l *Log) copyTail(f vfs.File, t *tail) error {
	if t.floor == t.end {
		return nil
	}
	old := t.segs[len(t.segs)-1]
	r, err := openFrames(l.o.FS, l.dir, old)
	if err != nil {
		return err
	}
	defer r.close()
	var out []byte
	w := walk{at: t.floor}
	err = w.run(r, t.end, func(fr frame) error {
		out = append(out, fr.bytes...)
		if len(out) < readChunk {
			return nil
		}
		err := writeFull(f, out)
		out = out[:0]
		return err
	})
	if err != nil {
		return err
	}
	if w.reason != "" {
		return fmt.Errorf("wal: %s changed while it was read: lsn %d: %s", old.name(), w.at, w.reason)
	}
	if err := writeFull(f, out); err != nil {
		return err
	}
	return truncateTailAfter.Eval()
}

// removeObsolete removes what crashes and earlier boots left. Nothing refers to
// these files any more, so the directory need not be synced; but it is, lest a
// retired file's old name comes back beside its new one.
func (l *Log) removeObsolete(names []string) error {
	for _, name := range names {
		if err := l.o.FS.Remove(l.o.FS.PathJoin(l.dir, name)); err != nil {
			return fmt.Errorf("wal: remove %s: %w", name, err)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return syncDir(l.o.FS, l.dir)
}
