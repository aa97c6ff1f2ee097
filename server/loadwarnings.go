package server

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
)

// loadWarnings are those of all INSERTs of one LOAD DATA.
type loadWarnings struct {
	n    int // all; no more than exec.DiagnosticsMax are in list
	list []Diagnostic
}

func (w *loadWarnings) add(d Diagnostic) {
	if w.n++; len(w.list) < exec.DiagnosticsMax {
		w.list = append(w.list, d)
	}
}

// take adds an INSERT's warnings, before which there were rows of the file.
func (w *loadWarnings) take(r *Result, rows uint64) {
	for _, d := range r.Diagnostics {
		d.Message = laterRow(d.Message, rows)
		if d.Code == mysqlerr.DeprecatedSyntax && slices.Contains(w.list, d) {
			continue // about the statement's words, and not a row
		}
		w.add(d)
	}
	w.n += max(int(r.Warnings)-len(r.Diagnostics), 0)
}

// rowsBehind is an INSERT's error, likewise.
func rowsBehind(err error, rows uint64) error {
	var known *mysqlerr.Error
	if !errors.As(err, &known) {
		return err
	}
	out := *known
	out.Message = laterRow(out.Message, rows)
	return &out
}

var atRow = regexp.MustCompile(`^((?s:.*) at row )(\d+)$`)

// laterRow counts the rows of the file in a message that counts those of an INSERT.
func laterRow(message string, rows uint64) string {
	m := atRow.FindStringSubmatch(message)
	if m == nil {
		return message
	}
	n, err := strconv.ParseUint(m[2], 10, 32)
	if err != nil {
		return message
	}
	return fmt.Sprint(m[1], n+rows)
}
