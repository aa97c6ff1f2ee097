package engine

import (
	"context"

	"github.com/xadb/xadb/engine/lock"
)

// LockRange is a seam.
func (t *Txn) LockRange(ctx context.Context, tbl Table, start, end []byte, m lock.Mode) error {
	return nil
}
