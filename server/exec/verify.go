package exec

import (
	"context"

	"github.com/xadb/xadb/server/rows"
)

// Verified counts what Verify has compared.
type Verified struct{ Tables, Indexes, Rows int }

// Verify compares the rows of all tables with their indexes. What differs is
// catalog.ErrCorrupt, and names the table and the index.
func (e *Executor) Verify(ctx context.Context, txn Txn) (found Verified, err error) {
	databases, err := e.Databases(txn)
	if err != nil {
		return found, err
	}
	for _, db := range databases {
		names, err := e.Tables(txn, db)
		if err != nil {
			return found, err
		}
		for _, name := range names {
			def, err := e.Table(txn, db, name)
			if err != nil {
				return found, err
			}
			n, err := rows.Verify(ctx, txn, def)
			found = Verified{found.Tables + 1, found.Indexes + len(def.Indexes), found.Rows + n}
			if err != nil {
				return found, err
			}
		}
	}
	return found, nil
}
