package engine

import (
	"context"

	"github.com/xadb/xadb/engine/lock"
)

// LockRange keeps others from changing the rows of [start, end), and from
// adding some there; a nil end is the end of the table. Exclusive keeps them
// from locking any, too. It is held until the transaction ends.
func (t *Txn) LockRange(ctx context.Context, tbl Table, start, end []byte, m lock.Mode) error {
	if err := t.usable(); err != nil {
		return err
	}
	return t.acquire(ctx, lock.OfRange(tbl.ID, start, end), m)
}

// TryLock locks a row, there or not, if that needs no waiting, and reports
// whether the transaction has the lock: SKIP LOCKED.
func (t *Txn) TryLock(tbl Table, key []byte, m lock.Mode) (bool, error) {
	if err := t.usable(); err != nil {
		return false, err
	}
	return t.locks.TryAcquire(lock.OfRow(tbl.ID, key), m), nil
}
