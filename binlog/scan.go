package binlog

import (
	"errors"
	"fmt"
	"io"
)

// A Summary is what Scan found.
type Summary struct {
	Files []FileInfo // as the index names them
	GTIDs GTIDSet    // of all groups up to End, older files included
	End   Pos        // behind the last complete group or file event; zero if there is no file
	Torn  int64      // bytes behind End that a crash left incomplete
}

// Scan reads the log in dir without changing anything. It checks every event
// from the file of from on and calls visit, unless that is nil, for each
// complete group that ends behind from; the zero Pos means the first file.
//
// Incomplete bytes at the end of the last file are what a crash leaves and no
// error. Damage that a crash cannot explain is: a *CorruptError says where
// (the package comment has the rules). A file that is needed but gone is
// ErrMissingFile. An error of visit ends the scan.
func Scan(dir string, o Options, from Pos, visit func(Group) error) (Summary, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return Summary{}, err
	}
	s, err := newScanner(dir, o, from, visit)
	if err != nil {
		return Summary{}, err
	}
	if err := s.run(); err != nil {
		return Summary{}, err
	}
	return s.Summary, nil
}

// A scanner reads the whole log once.
type scanner struct {
	folder
	Summary
	from      Pos
	tail      Chunk // what another log holds of the last file; none if it is empty
	visit     func(Group) error
	indexed   fileIndex
	unindexed uint32   // a file that was created but never made it into the index; 0 for none
	leftovers []string // temporary files
	purged    []string // files in front of those that the index names
	unclean   bool     // the last file was not closed
	complete  bool     // the last file ends in ROTATE or STOP
	headEnd   int64    // where the last file's first group begins, or would
	lastTime  uint32   // of the last event in the log
}

func newScanner(dir string, o Options, from Pos, visit func(Group) error) (*scanner, error) {
	s := &scanner{folder: folder{o.FS, dir, o.BaseName}, from: from, tail: o.Tail, visit: visit}
	if visit == nil {
		s.visit = func(Group) error { return nil }
	}
	var haveIndex bool
	var err error
	if s.indexed, haveIndex, err = s.readIndex(); err != nil {
		return nil, err
	}
	present, leftovers, err := s.list()
	if err != nil {
		return nil, err
	}
	s.leftovers = leftovers
	if haveIndex {
		err = s.matchIndex(present)
	} else {
		err = s.matchNoIndex(present)
	}
	return s, err
}

// matchNoIndex accepts an empty folder, or one whose first file was created
// when the machine stopped.
func (s *scanner) matchNoIndex(present []uint32) error {
	if s.from != (Pos{}) {
		return fmt.Errorf("%w: %s, which recovery needs from %v on", ErrMissingFile, s.index(), s.from)
	}
	if len(present) == 0 {
		return nil
	}
	if len(present) > 1 || present[0] != 1 {
		return fmt.Errorf("%w: %s, while %s exists", ErrMissingFile, s.index(), s.name(present[len(present)-1]))
	}
	return s.setUnindexed(present[0])
}

// matchIndex compares the index with the files in the folder. A file behind
// the last one may be left over from a crash while it was created, those in front
// of the first from one while they were purged (B8).
func (s *scanner) matchIndex(present []uint32) error {
	first, last := s.indexed.span()
	for _, n := range present {
		switch {
		case n < first:
			s.purged = append(s.purged, s.name(n))
		case n <= last:
		case n == last+1:
			if err := s.setUnindexed(n); err != nil {
				return err
			}
		default:
			return &CorruptError{s.index(), 0, fmt.Sprintf("ends at %s but %s exists", s.name(last), s.name(n))}
		}
	}
	for _, n := range s.indexed.numbers {
		size, _, err := s.size(s.name(n))
		if err != nil {
			return err
		}
		s.Files = append(s.Files, FileInfo{Name: s.name(n), Number: n, Size: size})
	}
	return nil
}

// setUnindexed accepts a file that the index does not name if nothing was
// ever logged in it.
func (s *scanner) setUnindexed(n uint32) error {
	s.unindexed = n
	r, err := OpenReader(s.fs, s.path(s.name(n)))
	if errors.Is(err, errBadEvent) {
		return nil
	}
	if err != nil {
		return err
	}
	defer r.Close()
	for {
		ev, err := r.Next()
		switch {
		case err == io.EOF || errors.Is(err, errBadEvent):
			return nil
		case err != nil:
			return err
		case ev.Type != EventFormatDescription && ev.Type != EventPreviousGTIDs:
			return &CorruptError{s.index(), 0, fmt.Sprintf("does not name %s, which holds a %v event", s.name(n), ev.Type)}
		}
	}
}

// run reads the files from that of s.from on.
func (s *scanner) run() error {
	if len(s.indexed.numbers) == 0 {
		return nil
	}
	first, last := s.indexed.span()
	oldest := first
	if begun := s.indexed.restart.file; s.from.File < begun && begun == oldest {
		s.from = Pos{} // all that was in front of a reset is settled
	}
	if s.from.File != 0 {
		first = s.from.File
	}
	if s.tail.File > last {
		return fmt.Errorf("%w: %s, of which another log holds the bytes from %d on", ErrMissingFile, s.name(s.tail.File), s.tail.Offset)
	}
	if s.tail.File < last {
		s.tail = Chunk{} // its file was closed, and so it is whole (B6)
	}
	if first < oldest || first > last {
		return fmt.Errorf("%w: %s, which recovery needs from %v on; the index has %s to %s",
			ErrMissingFile, s.name(first), s.from, s.name(oldest), s.name(last))
	}
	for n := first; n <= last; n++ {
		f := fileScan{scanner: s, number: n, name: s.name(n), last: n == last, first: n == first}
		if err := f.run(); err != nil {
			return err
		}
	}
	if s.End.Less(s.from) {
		return &CorruptError{s.name(last), int64(s.End.Offset), fmt.Sprintf("ends before %v, which was durable", s.from)}
	}
	return nil
}
