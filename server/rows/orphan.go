package rows

import (
	"context"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// FindOrphan refuses a foreign key of a table for which some row has no parent
// (1452). Both tables are locked exclusively, so no row needs a lock.
func FindOrphan(ctx context.Context, txn Txn, c *catalog.Catalog, t *catalog.Table, fk *catalog.ForeignKey) (err error) {
	parent := t
	if !fk.Own(t) {
		var ok bool
		if parent, ok, err = c.Open(ctx, txn, fk.RefDB, fk.RefTable, catalog.Exclusive); err != nil || !ok {
			return err
		}
	}
	cols, _ := t.ColumnsOf(fk.Columns)
	refs, _ := parent.ColumnsOf(fk.RefColumns)
	by, ok := parent.Lookup(refs)
	if !ok {
		return mysqlerr.New(mysqlerr.FKNoIndexParent, fk.Name, fk.RefTable)
	}
	rows := Read{Txn: txn, Table: t, Mode: Latest}.Open(ctx, All())
	defer func() {
		if cerr := rows.Close(); err == nil {
			err = cerr
		}
	}()
	for n := 1; rows.Next(); n++ {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return interrupted(ctx)
		}
		want := pick(rows.Row().Values, cols)
		if want == nil {
			continue
		}
		key, err := parent.Key(by, want)
		if err != nil {
			return err
		}
		end := catalog.After(key)
		if by.Whole {
			end = append(key[:len(key):len(key)], 0)
		}
		found, _, err := rowsWith(txn, parent, by, key, end, 1)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return mysqlerr.New(mysqlerr.NoReferencedRow, fk.Of(t))
		}
	}
	return rows.Err()
}
