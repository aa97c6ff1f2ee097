package exec

import "github.com/xadb/xadb/server/mysqlerr"

// noted is r with a note: why a statement with IF EXISTS or IF NOT EXISTS has
// done nothing.
func noted(r *Result, code uint16, args ...any) *Result {
	e := mysqlerr.New(code, args...)
	r.Diagnostics = append(r.Diagnostics, Diagnostic{"Note", e.Code, e.Message})
	r.Warnings = uint16(min(len(r.Diagnostics), 1<<16-1))
	return r
}
