package rows

import (
	"bytes"
	"context"
	"fmt"

	"github.com/xadb/xadb/server/catalog"
)

// Verify compares a table's indexes with its rows (W1), as the transaction's
// snapshot has both, and returns how many rows there are. What differs is
// catalog.ErrCorrupt, and says where.
func Verify(ctx context.Context, txn Txn, t *catalog.Table) (n int, err error) {
	if n, err = verifyRows(ctx, txn, t); err != nil {
		return n, err
	}
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		entries, err := count(ctx, txn, t.IndexSpace(ix))
		if err != nil {
			return n, err
		}
		want := n
		if ix.IsEmpty() {
			want = 0
		}
		if entries != want { // each row has its own, so the others have none
			return n, fmt.Errorf("%w: table %s.%s: index %s has %d entries for %d rows",
				catalog.ErrCorrupt, t.DB, t.Name, ix.Name, entries, n)
		}
	}
	return n, nil
}

// verifyRows looks for the entries of every row.
func verifyRows(ctx context.Context, txn Txn, t *catalog.Table) (n int, err error) {
	c := Read{Txn: txn, Table: t}.Open(ctx, All())
	defer func() {
		if cerr := c.Close(); err == nil {
			err = cerr
		}
	}()
	for c.Next() {
		n++
		if n%checkEvery == 0 && ctx.Err() != nil {
			return n, ctx.Err()
		}
		for i := range t.Indexes {
			if err := verifyEntry(txn, t, &t.Indexes[i], c.Row()); err != nil {
				return n, err
			}
		}
	}
	return n, c.Err()
}

func verifyEntry(txn Txn, t *catalog.Table, ix *catalog.Index, r Row) error {
	e, err := t.Entry(ix, r.Values, r.Key)
	if err != nil || e.IsNone() {
		return err
	}
	val, ok, err := txn.Get(t.IndexSpace(ix), e.Key)
	switch {
	case err != nil:
		return err
	case !ok:
		return fmt.Errorf("%w: table %s.%s: index %s lacks the entry of row %x", catalog.ErrCorrupt, t.DB, t.Name, ix.Name, r.Key)
	case !bytes.Equal(val, e.Value):
		return fmt.Errorf("%w: table %s.%s: index %s has another row's entry for row %x", catalog.ErrCorrupt, t.DB, t.Name, ix.Name, r.Key)
	}
	return nil
}

func count(ctx context.Context, txn Txn, s catalog.Space) (n int, err error) {
	it := txn.Scan(s, nil, nil)
	defer func() {
		if cerr := it.Close(); err == nil {
			err = cerr
		}
	}()
	for it.Next() {
		if n++; n%checkEvery == 0 && ctx.Err() != nil {
			return n, ctx.Err()
		}
	}
	return n, it.Err()
}
