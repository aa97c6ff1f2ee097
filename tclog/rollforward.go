package tclog

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/cockroachdb/errors/oserror"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/wal"
)

// ErrNoPoint: backup and archive do not hold the moment that a restore was to
// bring the store to.
var ErrNoPoint = errors.New("tclog: the archive does not reach this moment")

// A Point is the moment that Restore brings a store to, behind the backup.
type Point struct {
	// Archive is the ArchiveDir of the store that was backed up; empty, there
	// is none, and the moment is the backup's.
	Archive string
	// Index is the last transaction that the store shall have: its index in the
	// binlog, or its commit number in a store without one. 0: all there are.
	Index int64
	// Time, unless zero, leaves out the first transaction that is later, and
	// what follows it. In a store with a binlog it is the time in there: what is
	// not in the binlog goes with what is in front of it.
	Time time.Time
}

// A forward is one way from a backup to a Point. What lies behind the backup
// comes from the archive: the binlog's files, then the log's segments, both cut
// at one place. A CHECKPOINT record behind the backup speaks of tables that the
// backup does not have, so it is blanked.
type forward struct {
	*restorer
	p       Point
	sources []wal.CopySource
	gap     string     // a segment that the archive lacks, and goes on behind
	end     binlog.Pos // of the last group
	blanks  []wal.LSN
	cut     wal.LSN
}

// rollForward adds to the files of the backup, and returns what the log is then.
func (re *restorer) rollForward(p Point) (wal.CopyState, error) {
	f := &forward{restorer: re, p: p}
	if p.Archive == "" {
		return re.m.Log, nil
	}
	steps := []func() error{f.findSegments, f.findEnd, f.findCut, f.cutBinlog, f.addSegments}
	for _, step := range steps {
		if err := re.ctx.Err(); err != nil {
			return wal.CopyState{}, err
		}
		if err := step(); err != nil {
			return wal.CopyState{}, fmt.Errorf("tclog: restoring from the archive: %w", err)
		}
	}
	return f.state(), nil
}

func (f *forward) archived(folder string) string {
	return f.fs.PathJoin(f.p.Archive, f.m.Store, folder)
}

func (f *forward) restored(folder string) string { return f.fs.PathJoin(f.dir, folder) }

// findSegments lists, from the backup's first on, the longer copy of each
// segment, and notes how far the archived log reaches.
func (f *forward) findSegments() error {
	for _, s := range f.m.Log.Segments {
		f.sources = append(f.sources, wal.CopySource{Dir: f.restored(engine.BackupLogDir), Name: s.Name, Size: s.Size})
	}
	for i := 0; ; i++ {
		name, err := wal.NextSegment(f.m.Log.Segments[0].Name, i)
		if err != nil {
			return err
		}
		info, err := f.fs.Stat(f.fs.PathJoin(f.archived(engine.BackupLogDir), name))
		found := wal.CopySource{Dir: f.archived(engine.BackupLogDir), Name: name}
		if err == nil {
			found.Size = info.Size()
		}
		switch {
		case i < len(f.sources) && found.Size > f.sources[i].Size:
			f.sources[i] = found
		case err != nil && i >= len(f.m.Log.Segments)-1: // of the last, the backup may have the beginning only
			return f.findGap(name)
		case i < len(f.sources):
		default:
			f.sources = append(f.sources, found)
		}
	}
}

// findGap notes whether the archive goes on behind a segment that it lacks.
func (f *forward) findGap(missing string) error {
	names, err := f.fs.List(f.archived(engine.BackupLogDir))
	if oserror.IsNotExist(err) {
		return fmt.Errorf("%w: %s has no log of this store; a log file gets there once it is full, and all when the server stops", ErrNoPoint, f.p.Archive)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoPoint, err)
	}
	if slices.ContainsFunc(names, func(name string) bool { return name > missing && len(name) == len(missing) }) {
		f.gap = missing
	}
	return nil
}

// findEnd brings the archived binlog into the store, and finds the last group
// that is wanted and that the log has, too.
func (f *forward) findEnd() error {
	if !f.m.Binlog {
		return nil
	}
	names := f.m.binlogNames()
	if len(names) == 0 {
		return fmt.Errorf("%w: no file of the binlog", ErrBackup)
	}
	first, ok := binlog.ParseFileName("binlog", names[len(names)-1])
	if !ok {
		return fmt.Errorf("%w: binlog file %s", ErrBackup, names[len(names)-1])
	}
	if err := f.addBinlog(first); err != nil {
		return err
	}
	var reached engine.TCPos
	_, err := wal.WalkCopy(f.fs, f.sources, f.m.Log.KeepFrom, func(rec *wal.Record) error {
		m, err := engine.MarkOf(rec)
		if rec.Type != wal.TypeTCBytes && reached.Less(m.TC) {
			reached = m.TC
		}
		return err
	})
	if err != nil {
		return err
	}
	f.end = binlog.Pos{File: first, Offset: uint64(f.m.sizeOf(BinlogDir + "/" + names[len(names)-1]))}
	last := f.m.Index
	err = binlog.WalkCopy(f.restored(BinlogDir), binlog.Options{FS: f.fs}, first, func(t *binlog.Transaction) error {
		if !f.end.Less(t.End) {
			return nil
		}
		if f.p.Index > 0 && t.Index() > f.p.Index || !f.p.Time.IsZero() && t.Time.After(f.p.Time) || reached.Less(engine.TCPos(t.End)) {
			return errEnough
		}
		f.end, last = t.End, t.Index()
		return f.ctx.Err()
	})
	if errors.Is(err, binlog.ErrReset) {
		return fmt.Errorf("%w: %w; name a transaction in front of that", ErrNoPoint, err)
	}
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	return f.check(last, f.m.Index)
}

// errEnough ends a walk.
var errEnough = errors.New("tclog: far enough")

// check compares where the log can be cut with what was asked for.
func (f *forward) check(last, backup int64) error {
	if f.p.Index > 0 && f.p.Index < backup || !f.p.Time.IsZero() && f.p.Time.Before(f.m.Time) {
		return fmt.Errorf("%w: the backup, of %s with index %d, is later", ErrNoPoint, f.m.Time.Format(time.RFC3339Nano), backup)
	}
	if last < f.p.Index && f.p.Time.IsZero() {
		return fmt.Errorf("%w: it ends at index %d", ErrNoPoint, last)
	}
	if f.m.Binlog {
		f.m.Index = max(f.m.Index, last)
	}
	return nil
}

// addBinlog copies the archived files from number first on, where they are
// longer than what the store has.
func (f *forward) addBinlog(first uint32) error {
	for n := first; ; n++ {
		name := binlog.FileName("binlog", n)
		from, to := f.fs.PathJoin(f.archived(BinlogDir), name), f.fs.PathJoin(f.restored(BinlogDir), name)
		info, err := f.fs.Stat(from)
		if err != nil && n > first {
			return nil
		}
		if have, herr := f.fs.Stat(to); err == nil && (herr != nil || info.Size() > have.Size()) {
			if err := f.copy(from, to, info.Size()); err != nil {
				return err
			}
		}
	}
}

func (f *forward) copy(from, to string, size int64) error {
	return replaceFile(f.fs, to, func(w io.Writer) error { return copyFile(w, f.fs, from, size) })
}

// copyFile writes the first size bytes of a file to w.
func copyFile(w io.Writer, fs vfs.FS, name string, size int64) error {
	file, err := fs.Open(name)
	if err != nil {
		return fmt.Errorf("tclog: opening %s: %w", name, err)
	}
	n, err := io.Copy(w, io.LimitReader(file, size))
	if err == nil && n < size {
		err = fmt.Errorf("tclog: copying %s: %w", name, io.ErrUnexpectedEOF)
	}
	return errors.Join(err, file.Close())
}

// findCut finds where the log ends: in front of the first record that tells of
// something later than the end.
func (f *forward) findCut() error {
	last := int64(f.m.CommitNo)
	end, err := wal.WalkCopy(f.fs, f.sources, f.m.Log.KeepFrom, func(rec *wal.Record) error {
		m, err := engine.MarkOf(rec)
		if err != nil {
			return err
		}
		if !f.m.Binlog && rec.LSN >= f.m.Log.End && m.TC != (engine.TCPos{}) {
			return fmt.Errorf("%w: the binlog was switched on at lsn %d, behind the backup", ErrNoPoint, rec.LSN)
		}
		if f.tooLate(m) {
			f.cut = rec.LSN
			return errEnough
		}
		if rec.Type == wal.TypeCheckpoint && rec.LSN >= f.m.Log.End {
			f.blanks = append(f.blanks, rec.LSN)
		}
		last = max(last, int64(m.CommitNo))
		return f.ctx.Err()
	})
	switch {
	case err == nil && f.gap != "" && f.p.Index == 0:
		return fmt.Errorf("%w: it lacks %s; name a transaction in front of that", ErrNoPoint, f.gap)
	case err == nil:
		f.cut = end
	case !errors.Is(err, errEnough):
		return err
	}
	backup := int64(f.m.CommitNo)
	f.m.CommitNo = uint64(last)
	if f.cut < f.m.Log.End {
		return fmt.Errorf("%w: the backup is later", ErrNoPoint)
	}
	if !f.m.Binlog {
		return f.check(last, backup)
	}
	return nil
}

// tooLate reports whether a record lies behind the end.
func (f *forward) tooLate(m engine.LogMark) bool {
	if f.m.Binlog {
		return f.end.Less(binlog.Pos(m.TC))
	}
	return m.CommitNo > 0 && (f.p.Index > 0 && int64(m.CommitNo) > f.p.Index || !f.p.Time.IsZero() && m.Time.After(f.p.Time))
}

func (f *forward) cutBinlog() error {
	if !f.m.Binlog {
		return nil
	}
	return binlog.CutCopy(f.restored(BinlogDir), binlog.Options{FS: f.fs}, f.end)
}

// addSegments copies the log's segments up to the cut into the store.
func (f *forward) addSegments() error {
	dir := f.restored(engine.BackupLogDir)
	f.sources = slices.DeleteFunc(f.sources, func(s wal.CopySource) bool { return s.SizeTo(f.cut) == 0 })
	for i := range f.sources {
		s := &f.sources[i]
		size := s.SizeTo(f.cut)
		if s.Dir == dir && size == s.Size {
			continue
		}
		if err := f.copy(f.fs.PathJoin(s.Dir, s.Name), f.fs.PathJoin(dir, s.Name), size); err != nil {
			return err
		}
		s.Size = size
	}
	for _, lsn := range f.blanks {
		for i := len(f.sources) - 1; i >= 0; i-- {
			if f.sources[i].Begin() <= lsn {
				if err := f.sources[i].BlankRecord(f.fs, dir, lsn); err != nil {
					return err
				}
				break
			}
		}
	}
	return nil
}

// state is the log that the store begins with.
func (f *forward) state() wal.CopyState {
	s := f.m.Log
	s.End, s.Segments = f.cut, nil
	for _, src := range f.sources {
		s.Segments = append(s.Segments, wal.CopySegment{Name: src.Name, Size: src.Size})
	}
	return s
}

// binlogNames are the binlog's files in a backup, in order.
func (m *manifest) binlogNames() (names []string) {
	for _, f := range m.Files {
		folder, name, _ := strings.Cut(f.Name, "/")
		if _, ok := binlog.ParseFileName("binlog", name); ok && folder == BinlogDir {
			names = append(names, name)
		}
	}
	return names
}

func (m *manifest) sizeOf(name string) int64 {
	for _, f := range m.Files {
		if f.Name == name {
			return f.Size
		}
	}
	return 0
}
