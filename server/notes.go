package server

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/xadb/xadb/server/exec"
)

// withNotes is a result, or an error, with what was to be said of its statement's words.
func withNotes(r *Result, err error, notes []Diagnostic) (*Result, error) {
	switch {
	case len(notes) == 0:
	case err == nil:
		r.Diagnostics = append(slices.Clone(notes), r.Diagnostics...)
		r.Warnings += uint16(min(len(notes), math.MaxUint16-int(r.Warnings)))
		if counts, _, is := strings.Cut(r.Info, "  Warnings: "); is {
			r.Info = fmt.Sprintf("%s  Warnings: %d", counts, r.Warnings)
		}
	default:
		all := slices.Clone(notes)
		if before := new(exec.Remarked); errors.As(err, &before) {
			all = append(all, before.Remarks...)
		}
		err = &exec.Remarked{Err: err, Remarks: all}
	}
	return r, err
}

func (s *sqlStmt) TakeNotes() []Diagnostic {
	notes := s.tree.Notes
	s.tree.Notes = nil
	return notes
}
