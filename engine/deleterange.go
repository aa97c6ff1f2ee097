package engine

import (
	"context"

	"github.com/xadb/xadb/engine/lock"
)

// DeleteRange removes the rows of [start, end), a nil end is the end of the
// table, and returns how many. It is a delete of each row: absolute, and in the
// log like any other, at the cost of each key's bytes in the write set.
//
// Under RepeatableRead these are the rows that the transaction sees, and one
// that has changed since is ErrConflict. Otherwise they are the newest: under
// ReadCommitted those found when it looks, else all, behind an exclusive lock on
// the range. On an error nothing is deleted; locks stay.
func (t *Txn) DeleteRange(ctx context.Context, tbl Table, start, end []byte) (n int, err error) {
	if err := t.usable(); err != nil {
		return 0, err
	}
	sp := t.Savepoint()
	it, err := t.scanToDelete(ctx, tbl, start, end)
	if err != nil {
		return 0, err
	}
	for it.Next() && err == nil {
		err = t.Delete(ctx, tbl, it.Key())
		n++
	}
	if cerr := it.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		_ = t.RollbackTo(sp) // the transaction is active, and the place its own
		return 0, err
	}
	return n, nil
}

func (t *Txn) scanToDelete(ctx context.Context, tbl Table, start, end []byte) (*Iterator, error) {
	if t.opts.ReadOnly {
		return nil, ErrReadOnly
	}
	if t.opts.Isolation == RepeatableRead && !t.opts.CurrentReads {
		return t.Scan(tbl, start, end), nil
	}
	if t.opts.Isolation != ReadCommitted {
		if err := t.LockRange(ctx, tbl, start, end, lock.Exclusive); err != nil {
			return nil, err
		}
	}
	return t.ScanLatest(tbl, start, end), nil
}
