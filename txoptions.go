package xadb

import (
	"context"
	"time"

	"github.com/xadb/xadb/engine"
)

// An Isolation is a transaction's level.
type Isolation = engine.Isolation

// The levels; docs/isolation.md shows what each allows.
const (
	// RepeatableRead reads one snapshot, taken at the first read; changing a
	// row that has changed since is ErrConflict.
	RepeatableRead = engine.RepeatableRead
	// ReadCommitted reads what is committed when each call begins.
	ReadCommitted = engine.ReadCommitted
	// Serializable is two-phase locking: what was read stays as it is until
	// the transaction ends, the absence of rows too.
	Serializable = engine.Serializable
)

// TxOptions say how a transaction runs.
type TxOptions struct {
	// Isolation is the level.
	//
	// Default: RepeatableRead.
	Isolation Isolation
	// ReadOnly refuses writes with ErrReadOnly.
	ReadOnly bool
	// LockTimeout bounds one wait for a lock; negative is without limit.
	//
	// Default: Options.LockTimeout.
	LockTimeout time.Duration
}

// BeginWith starts a transaction as the options say; otherwise as Begin.
func (db *DB) BeginWith(ctx context.Context, o TxOptions) *Tx {
	txn := db.log.BeginWith(engine.TxnOptions{
		Isolation: o.Isolation, ReadOnly: o.ReadOnly, LockTimeout: o.LockTimeout, Context: ctx,
	})
	return &Tx{ctx: ctx, db: db, txn: txn}
}
