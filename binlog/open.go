package binlog

import (
	"errors"
	"fmt"
	"io"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog/writeset"
)

// Open reads the log in dir as Scan does and then repairs what a crash left:
// half-made files go, and a last file that was not closed is written anew up
// to its last complete group. Nothing is changed before everything was read
// and every visit returned nil. A crash in Open, followed by Open, ends in
// the same state.
//
// The log takes groups once Start was called.
func Open(dir string, o Options, from Pos, visit func(Group) error) (*Log, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	if !o.AnonymousGTID && o.ServerUUID == (UUID{}) {
		return nil, fmt.Errorf("%w: no ServerUUID to make GTIDs with", ErrInvalid)
	}
	s, err := newScanner(dir, o, from, visit)
	if err != nil {
		return nil, err
	}
	if err := s.run(); err != nil {
		return nil, err
	}
	if err := s.checkMode(o.AnonymousGTID); err != nil {
		return nil, err
	}
	if err := s.repair(o); err != nil {
		return nil, err
	}
	l := &Log{folder: s.folder, o: o, files: s.Files, tracker: writeset.NewTracker(o.Tracking, o.HistoryMax)}
	l.next = s.GTIDs.Last(o.ServerUUID) + 1
	l.numbers.Store(&numbering{base: s.GTIDs, count: s.GTIDs.Count(), before: s.indexed.restart.before})
	if s.indexed.restart.file != 0 {
		l.restarts = []restart{s.indexed.restart}
	}
	l.end, l.flushed, l.synced, l.durable, l.executed = s.End, s.End, s.End, s.End, s.End
	l.sizeMax.Store(o.SizeMax)
	if n := len(s.indexed.numbers); n > 0 {
		l.number = s.indexed.numbers[n-1]
	}
	return l, nil
}

// repair makes the folder what a clean shutdown would have left.
func (s *scanner) repair(o Options) error {
	if err := s.makeDir(); err != nil {
		return err
	}
	// The index may be in the cache alone, if the process died and the machine
	// did not: it must be durable before a file gets what follows from it.
	if err := s.sync(); err != nil {
		return err
	}
	gone := append(s.leftovers, s.purged...)
	if s.unindexed != 0 {
		gone = append(gone, s.name(s.unindexed))
	}
	for _, name := range gone {
		if err := s.fs.Remove(s.path(name)); err != nil {
			return fmt.Errorf("binlog: removing %s: %w", name, err)
		}
		o.Logger.Info("binlog: removed a file that a crash left half made, or half purged", "file", name)
	}
	if len(gone) > 0 {
		if err := s.sync(); err != nil {
			return err
		}
	}
	if !s.unclean {
		return nil
	}
	if s.Torn > 0 {
		o.Logger.Warn("binlog: cutting incomplete events that a crash left",
			"file", s.name(s.End.File), "offset", s.End.Offset, "bytes", s.Torn)
	}
	return s.rewriteLast(o)
}

// makeDir creates the folder, durably, if it is not there.
func (s *scanner) makeDir() error {
	if _, err := s.fs.List(s.dir); err == nil {
		return nil
	}
	if err := s.fs.MkdirAll(s.dir, 0o755); err != nil {
		return fmt.Errorf("binlog: creating %s: %w", s.dir, err)
	}
	return folder{fs: s.fs, dir: s.fs.PathDir(s.dir)}.sync()
}

// rewriteLast replaces the last file by a closed one with the same groups. A
// copy, and not a cut in place: what reads back after a failed sync need not
// be on the disk, and no later sync would bring it there (C6). The in-use flag
// goes last, when the copy is durable under its name: if the folder's sync
// fails, the next Open does not take what it reads for closed.
func (s *scanner) rewriteLast(o Options) error {
	if err := truncateTailBefore.Eval(); err != nil {
		return err
	}
	name := s.name(s.End.File)
	tmp := s.path(name + tmpSuffix)
	file, err := s.fs.Create(tmp, writeCategory)
	if err != nil {
		return fmt.Errorf("binlog: creating %s: %w", tmp, err)
	}
	size, err := s.copyLast(file, o)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		// A disk that is full needs the room, and the next Open finds nothing to use.
		return errors.Join(fmt.Errorf("binlog: rewriting %s: %w", name, err), s.fs.Remove(tmp))
	}
	if err := s.fs.Rename(tmp, s.path(name)); err != nil {
		return fmt.Errorf("binlog: renaming %s: %w", tmp, err)
	}
	if err := s.sync(); err != nil {
		return err
	}
	if err := s.closeLast(name); err != nil {
		return err
	}
	s.End.Offset = uint64(size)
	s.Files[len(s.Files)-1].Size = size
	return truncateTailAfter.Eval()
}

func (s *scanner) closeLast(name string) error {
	file, err := s.fs.OpenReadWrite(s.path(name), writeCategory)
	if err == nil {
		err = errors.Join(clearInUse(file), file.Close())
	}
	if err != nil {
		return fmt.Errorf("binlog: marking %s as closed: %w", name, err)
	}
	return nil
}

// copyLast writes the last file up to s.End into file, with a STOP event if
// no event ends it. The events are checked again on the way.
func (s *scanner) copyLast(file vfs.File, o Options) (size int64, err error) {
	const chunk = 1 << 20
	r, err := OpenReader(s.fs, s.path(s.name(s.End.File)))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	r.overlay(s.tail)
	r.SetLimit(int64(s.End.Offset))
	buf := []byte(Magic)
	for {
		ev, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return 0, err
		}
		buf = append(buf, ev.Raw...)
		if len(buf) >= chunk {
			if err := writeAll(file, buf); err != nil {
				return 0, err
			}
			buf = buf[:0]
		}
	}
	size = int64(s.End.Offset)
	if !s.complete {
		at := len(buf)
		buf = appendStop(buf)
		size += int64(len(buf) - at)
		// The time is that of the event before, so that a repeated recovery
		// writes the same bytes.
		sealEvent(buf[at:], s.lastTime, o.ServerID, uint32(size))
	}
	return size, writeAll(file, buf)
}
