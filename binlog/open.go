package binlog

import (
	"fmt"

	"github.com/xadb/xadb/binlog/writeset"
)

// Open reads the log in dir as Scan does and then repairs what a crash left:
// half-made files go, and a last file that was not closed is cut behind its last
// complete group and closed. Nothing is changed before everything was read
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
	return s.closeLast(o)
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
