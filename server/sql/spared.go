package sql

import (
	"errors"

	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/mysqlerr"
)

// spared makes a warning of the error of a change that foreign keys forbid, if the
// statement has IGNORE: the row stays as it is, and the library goes on with the next.
// made is how many rows the statement had changed before: where a cascade has changed
// one since, nothing would take that back, and it is an error.
func (e *editor) spared(row gms.Row, made int, err error) error {
	var forbidden *mysqlerr.Error
	if !errors.As(err, &forbidden) || forbidden.Code != mysqlerr.RowIsReferenced && forbidden.Code != mysqlerr.NoReferencedRow {
		return err
	}
	if !e.t.c.ignores() || e.t.c.log.Made() != made {
		return err
	}
	e.t.c.warn(forbidden)
	return gms.NewIgnorableError(row)
}
