package xadb

import (
	"cmp"
	"context"
	"fmt"
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
	// the transaction ends, the absence of rows too. Reads wait for writers.
	Serializable = engine.Serializable
)

// TxOptions say how a transaction runs. The zero value means the defaults.
type TxOptions struct {
	// Isolation is the level.
	//
	// Default: RepeatableRead.
	Isolation Isolation
	// ReadOnly refuses writes with ErrReadOnly.
	//
	// Default: off.
	ReadOnly bool
	// LockTimeout bounds one wait for a lock; negative is without limit.
	//
	// Default: Options.LockTimeout.
	LockTimeout time.Duration
}

func (o TxOptions) validate() error {
	if o.Isolation > Serializable {
		return fmt.Errorf("xadb: option Isolation is %v: there is no such level", o.Isolation)
	}
	return nil
}

// Begin starts a transaction; ctx ends its waits for locks. It must be ended,
// which a deferred Rollback will do: until then it holds locks and a snapshot.
// ErrClosed if the store is closed.
func (db *DB) Begin(ctx context.Context, o TxOptions) (*Tx, error) {
	if err := db.calls.enter(); err != nil {
		return nil, err
	}
	defer db.calls.exit()
	if err := cmp.Or(ctx.Err(), o.validate()); err != nil {
		return nil, err
	}
	return db.begin(ctx, o), nil
}

func (db *DB) begin(ctx context.Context, o TxOptions) *Tx {
	txn := db.log.BeginWith(engine.TxnOptions{
		Isolation: o.Isolation, ReadOnly: o.ReadOnly, LockTimeout: o.LockTimeout, Context: ctx,
	})
	return &Tx{ctx: ctx, db: db, txn: txn, readOnly: o.ReadOnly}
}
