package xadb

import (
	"context"
	"fmt"
	"slices"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine/lock"
	"github.com/xadb/xadb/tclog"
	"github.com/xadb/xadb/xid"
)

// A Tx is one transaction. One goroutine at a time may use it. It must end in
// Commit, Rollback or Prepare.
type Tx struct {
	// ctx bounds the waits for locks, from Begin to the end, as in
	// database/sql.
	ctx      context.Context
	db       *DB
	txn      *tclog.Txn
	readOnly bool
	points   []uint64 // serials of the savepoints that can be used, ascending
	serial   uint64   // of the last one
}

// Get returns the value of key, as this transaction wrote it or as its
// isolation level shows it; ok is false if there is none. The value is the caller's.
func (tx *Tx) Get(t *Table, key []byte) (val []byte, ok bool, err error) {
	if err := tx.db.owns(t); err != nil {
		return nil, false, err
	}
	return tx.txn.Get(t.rows, key)
}

// GetForUpdate is Get with the row locked until the transaction ends: nobody
// else can change it, or get it for update. ErrConflict if it has changed
// since the snapshot.
func (tx *Tx) GetForUpdate(t *Table, key []byte) (val []byte, ok bool, err error) {
	if err := tx.db.owns(t); err != nil {
		return nil, false, err
	}
	return tx.txn.GetForUpdate(tx.ctx, t.rows, key, lock.Exclusive)
}

// Put writes a row; key and value are copied. Beyond the limits: ErrKey and
// ErrTooLarge. If the row is locked by another transaction, Put waits:
// ErrLockTimeout, ErrDeadlock, or ErrConflict if that one changed it.
func (tx *Tx) Put(t *Table, key, val []byte) error {
	if err := tx.db.owns(t); err != nil {
		return err
	}
	if tx.readOnly {
		return ErrReadOnly
	}
	if !tx.db.log.BinlogOn() {
		return tx.txn.Put(tx.ctx, t.rows, key, val)
	}
	return tx.txn.PutOver(tx.ctx, t.rows, key, val, func(old []byte, had bool) error {
		if !had {
			return tx.txn.LogRow(t.log, binlog.WriteRows, nil, [][]byte{key, val})
		}
		return tx.txn.LogRow(t.log, binlog.UpdateRows, [][]byte{key, old}, [][]byte{key, val})
	})
}

// Delete removes a row; it is fine if there is none. Otherwise as Put.
func (tx *Tx) Delete(t *Table, key []byte) error {
	if err := tx.db.owns(t); err != nil {
		return err
	}
	if tx.readOnly {
		return ErrReadOnly
	}
	if !tx.db.log.BinlogOn() {
		return tx.txn.Delete(tx.ctx, t.rows, key)
	}
	return tx.txn.DeleteOver(tx.ctx, t.rows, key, func(old []byte) error {
		return tx.txn.LogRow(t.log, binlog.DeleteRows, [][]byte{key, old}, nil)
	})
}

// DeleteRange removes the rows of r and returns how many they were: those that
// a Scan would show. Each counts as a Delete, in time and in the transaction's
// size. On an error nothing is deleted.
func (tx *Tx) DeleteRange(t *Table, r Range) (n int, err error) {
	if err := tx.db.owns(t); err != nil {
		return 0, err
	}
	if !tx.db.log.BinlogOn() {
		return tx.txn.DeleteRange(tx.ctx, t.rows, r.Start, r.End)
	}
	if tx.readOnly {
		return 0, ErrReadOnly
	}
	if tx.txn.Isolation() == Serializable { // exclusive at once: two scans that then write would be a deadlock
		if err := tx.txn.LockRange(tx.ctx, t.rows, r.Start, r.End, lock.Exclusive); err != nil {
			return 0, err
		}
	}
	sp := tx.txn.Savepoint()
	for row, err := range tx.Scan(t, r) {
		if err == nil {
			err = tx.Delete(t, row.Key)
		}
		if err != nil {
			if uerr := tx.txn.RollbackTo(sp); uerr != nil {
				return 0, uerr
			}
			return 0, err
		}
		n++
	}
	return n, nil
}

// Scan iterates over the rows of r, as Get would return them. A row's bytes
// are valid until the next one. An error comes last, with an empty Row. Rows
// that the transaction writes during the scan are not met.
func (tx *Tx) Scan(t *Table, r Range) RowSeq { return scan(tx.db, tx.txn, t, r) }

// A Savepoint marks a place in a transaction's writes. It takes 8 bytes until the
// transaction ends.
type Savepoint struct {
	tx     *Tx
	serial uint64
	at     tclog.Savepoint
}

// Savepoint returns the present place.
func (tx *Tx) Savepoint() Savepoint {
	tx.serial++
	tx.points = append(tx.points, tx.serial)
	return Savepoint{tx, tx.serial, tx.txn.Savepoint()}
}

// RollbackTo undoes the writes behind the savepoint; it can be used again, the
// later ones cannot (ErrSavepoint). Locks stay. A Scan that began behind the
// savepoint must not go on.
func (tx *Tx) RollbackTo(sp Savepoint) error {
	at, ok := slices.BinarySearch(tx.points, sp.serial)
	if sp.tx != tx || !ok {
		return ErrSavepoint
	}
	if err := tx.txn.RollbackTo(sp.at); err != nil {
		return err
	}
	tx.points = tx.points[:at+1]
	return nil
}

// Commit makes the transaction durable and visible. Ctx can end the wait for a
// place in a commit group. If Commit fails the transaction is rolled back,
// unless the error is ErrUnknownOutcome. ErrTxDone after the end.
func (tx *Tx) Commit(ctx context.Context) error {
	if err := tx.db.calls.enter(); err != nil {
		return err
	}
	defer tx.db.calls.exit()
	return tx.commit(ctx)
}

func (tx *Tx) commit(ctx context.Context) error {
	err := tx.db.log.Commit(ctx, tx.txn)
	if err != nil {
		tx.abort()
	}
	return err
}

// Rollback undoes the transaction. After Commit or Prepare it does nothing, so
// it can be deferred.
func (tx *Tx) Rollback() error { return tx.db.log.Rollback(tx.txn) }

// abort is Rollback where another error, or a panic, is on its way already.
func (tx *Tx) abort() { _ = tx.Rollback() }

// Prepare makes the transaction a prepared branch named x, durable when it
// returns. The Tx is finished then and its locks stay; the handle decides, or
// CommitXID and RollbackXID do, in this process or after any number of
// crashes. ErrDuplicateXID if a live branch has the XID, ErrInvalidXID if the
// store cannot carry it, ErrCoordinated if it looks like a Coordinator's. If Prepare fails the
// transaction is rolled back, unless the error is ErrUnknownOutcome.
func (tx *Tx) Prepare(ctx context.Context, x xid.XID) (*PreparedTx, error) {
	if err := tx.db.calls.enter(); err != nil {
		return nil, err
	}
	defer tx.db.calls.exit()
	if coordinated(x) {
		tx.abort()
		return nil, fmt.Errorf("%w: %s", ErrCoordinated, x)
	}
	if err := tx.db.log.Prepare(ctx, tx.txn, x); err != nil {
		tx.abort()
		return nil, err
	}
	return &PreparedTx{db: tx.db, x: x}, nil
}
