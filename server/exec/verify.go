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
			one, err := e.VerifyTable(ctx, txn, db, name)
			found = Verified{found.Tables + one.Tables, found.Indexes + one.Indexes, found.Rows + one.Rows}
			if err != nil {
				return found, err
			}
		}
	}
	return found, nil
}

// VerifyTable is Verify of one.
func (e *Executor) VerifyTable(ctx context.Context, txn Txn, db, table string) (Verified, error) {
	def, err := e.Table(txn, db, table)
	if err != nil {
		return Verified{}, err
	}
	n, err := rows.Verify(ctx, txn, def)
	return Verified{1, len(def.Indexes), n}, err
}
