package engine

import (
	"context"
	"fmt"

	"github.com/xadb/xadb/engine/lock"
)

// LockRange keeps others from changing the rows of [start, end), and from
// adding some there; a nil end is the end of the table. Exclusive keeps them
// from locking any, too. It is held until the transaction ends.
func (t *Txn) LockRange(ctx context.Context, tbl Table, start, end []byte, m lock.Mode) error {
	if err := t.usable(); err != nil {
		return err
	}
	if err := checkKey(start, end); err != nil {
		return err
	}
	return t.acquire(ctx, lock.OfRange(tbl.ID, start, end), m)
}

// TryLock locks a row, there or not, if that needs no waiting, and reports
// whether the transaction has the lock: SKIP LOCKED. Of a row that has changed
// since the snapshot it is ErrConflict, as GetForUpdate is.
func (t *Txn) TryLock(tbl Table, key []byte, m lock.Mode) (bool, error) {
	if err := t.usable(); err != nil {
		return false, err
	}
	if m != lock.Shared && m != lock.Exclusive {
		return false, fmt.Errorf("engine: trying a lock: %w: %s", lock.ErrMode, m)
	}
	if err := checkKey(key); err != nil {
		return false, err
	}
	if target := lock.OfRow(tbl.ID, key); !t.has(target, m) && !t.locks.TryAcquire(target, m) {
		return false, nil
	}
	if err := t.checkUnchanged(tbl, t.full(tbl, key)); err != nil {
		return false, err
	}
	return true, nil
}
