package binlog

import (
	"errors"
	"fmt"
	"io"
)

// checkMode refuses a log whose groups have GTIDs if new ones are to have none, or
// the other way round: replicas and indexes could not be told where they are.
func (s *scanner) checkMode(anonymous bool) error {
	for i := len(s.Files) - 1; i >= 0; i-- {
		typ, err := s.firstGroup(s.Files[i].Number)
		switch {
		case err != nil:
			return err
		case typ == EventAnonymousGTID && !anonymous:
			return fmt.Errorf("%w: the groups in the log have no GTIDs (gtid_mode=OFF), and cannot be followed by some that have", ErrInvalid)
		case typ == EventGTID && anonymous:
			return fmt.Errorf("%w: the groups in the log have GTIDs, and cannot be followed by some that have none (gtid_mode=OFF)", ErrInvalid)
		case typ != 0:
			return nil
		}
	}
	if anonymous && !s.GTIDs.IsEmpty() {
		return fmt.Errorf("%w: there were groups with GTIDs, which cannot be followed by some that have none (gtid_mode=OFF)", ErrInvalid)
	}
	return nil
}

// firstGroup is how the first group of a file begins; 0 if it has none.
func (s *scanner) firstGroup(number uint32) (_ EventType, err error) {
	r, err := OpenReader(s.fs, s.path(s.name(number)))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if number == s.End.File {
		r.overlay(s.tail)
		r.SetLimit(int64(s.End.Offset))
	}
	for {
		ev, err := r.Next()
		switch {
		case err == io.EOF:
			return 0, nil
		case err != nil:
			return 0, err
		case ev.Type == EventGTID, ev.Type == EventAnonymousGTID:
			return ev.Type, nil
		}
	}
}
