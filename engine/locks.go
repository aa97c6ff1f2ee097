package engine

import (
	"context"

	"github.com/xadb/xadb/engine/lock"
)

// LockRange keeps others from changing the rows of [start, end), and from
// adding some there. It takes the table for itself: coarse, and sound.
func (t *Txn) LockRange(ctx context.Context, tbl Table, _, _ []byte, _ lock.Mode) error {
	return t.LockTable(ctx, tbl, lock.Exclusive)
}
