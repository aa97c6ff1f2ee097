package xadb

import (
	"context"
	"iter"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine/lock"
	"github.com/xadb/xadb/tclog"
	"github.com/xadb/xadb/xid"
)

// A Tx is one transaction. One goroutine at a time may use it. It must end in
// Commit, Rollback or Prepare.
type Tx struct {
	// ctx bounds the waits of the transaction's calls, from Begin to its end,
	// as in database/sql.
	ctx context.Context
	db  *DB
	txn *tclog.Txn
}

// Begin starts a transaction. Ctx ends its waits for locks, and its wait for a
// commit group until the group is on its way.
func (db *DB) Begin(ctx context.Context) *Tx {
	return db.BeginWith(ctx, TxOptions{})
}

// Get returns the value of key, as of the snapshot or as this transaction
// wrote it; ok is false if there is none.
func (tx *Tx) Get(t *Table, key []byte) (val []byte, ok bool, err error) {
	return tx.txn.Get(t.rows, key)
}

// GetForUpdate is Get with the row locked until the transaction ends.
func (tx *Tx) GetForUpdate(t *Table, key []byte) (val []byte, ok bool, err error) {
	return tx.txn.GetForUpdate(tx.ctx, t.rows, key, lock.Exclusive)
}

// Put writes a row. Keys have at most 16 KiB, values at most 16 MiB, all
// writes of a transaction together 16 MiB.
func (tx *Tx) Put(t *Table, key, val []byte) error {
	if !tx.db.log.BinlogOn() {
		return tx.txn.Put(tx.ctx, t.rows, key, val)
	}
	old, had, err := tx.GetForUpdate(t, key)
	if err != nil {
		return err
	}
	kind, row := binlog.WriteRows, binlog.RowChange{After: []binlog.Value{key, val}}
	if had {
		kind, row.Before = binlog.UpdateRows, []binlog.Value{key, old}
	}
	return tx.logged(t, kind, row, func() error { return tx.txn.Put(tx.ctx, t.rows, key, val) })
}

// Delete removes a row; it is fine if there is none.
func (tx *Tx) Delete(t *Table, key []byte) error {
	if !tx.db.log.BinlogOn() {
		return tx.txn.Delete(tx.ctx, t.rows, key)
	}
	old, had, err := tx.GetForUpdate(t, key)
	if err != nil || !had {
		return err
	}
	row := binlog.RowChange{Before: []binlog.Value{key, old}}
	return tx.logged(t, binlog.DeleteRows, row, func() error { return tx.txn.Delete(tx.ctx, t.rows, key) })
}

// logged writes a row and its event, both or neither.
func (tx *Tx) logged(t *Table, kind binlog.RowsKind, row binlog.RowChange, write func() error) error {
	sp := tx.txn.Savepoint()
	err := write()
	if err == nil {
		err = tx.txn.LogRows(t.log, kind, []binlog.RowChange{row})
	}
	if err != nil {
		if uerr := tx.txn.RollbackTo(sp); uerr != nil {
			return uerr
		}
	}
	return err
}

// A Row is one key and its value.
type Row struct {
	Key, Value []byte
}

// Scan iterates over the rows of [start, end) in key order; a nil end is the
// end of the table. A row's bytes are valid until the next one. An error comes
// last, with an empty Row. Rows that the transaction writes during the scan
// are not met.
func (tx *Tx) Scan(t *Table, start, end []byte) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		it := tx.txn.Scan(t.rows, start, end)
		for it.Next() {
			if !yield(Row{Key: it.Key(), Value: it.Value()}, nil) {
				_ = it.Close()
				return
			}
		}
		if err := it.Close(); err != nil {
			yield(Row{}, err)
		}
	}
}

// Commit makes the transaction durable and visible. If it fails the
// transaction is rolled back, unless the error is ErrUnknownOutcome.
func (tx *Tx) Commit() error {
	err := tx.db.log.Commit(tx.ctx, tx.txn)
	if err != nil {
		_ = tx.Rollback()
	}
	return err
}

// Rollback undoes the transaction. After Commit or Prepare it does nothing, so
// it can be deferred.
func (tx *Tx) Rollback() error { return tx.db.log.Rollback(tx.txn) }

// Prepare makes the transaction a prepared branch named x, durable when it
// returns. The Tx is finished then; CommitXID or RollbackXID decides, in this
// process or after any number of crashes. If it fails the transaction is
// rolled back, unless the error is ErrUnknownOutcome.
func (tx *Tx) Prepare(x xid.XID) error {
	err := tx.db.log.Prepare(tx.ctx, tx.txn, x)
	if err != nil {
		_ = tx.Rollback()
	}
	return err
}
