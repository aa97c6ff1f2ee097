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

// DiagnosticsMax is how many warnings of one statement say what they are: MySQL's
// max_error_count.
const DiagnosticsMax = 1024

// add adds a warning; those beyond DiagnosticsMax are counted.
func (c *call) add(d Diagnostic) {
	if len(c.diagnostics) >= DiagnosticsMax {
		c.warnings++
		return
	}
	c.diagnostics = append(c.diagnostics, d)
}

// warned is how many warnings there are.
func (c *call) warned() int { return c.warnings + len(c.diagnostics) }
