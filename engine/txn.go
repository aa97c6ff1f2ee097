package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/xadb/xadb/engine/lock"
	"github.com/xadb/xadb/wal"
	"github.com/xadb/xadb/xid"
)

type txnState uint8

const (
	stateActive   txnState = iota
	statePrepared          // its PREPARE record is in the log buffer or beyond
	stateDone
)

// A Txn is one transaction. One goroutine at a time may use it; once it is
// prepared it belongs to the engine.
type Txn struct {
	e     *Engine
	id    lock.Owner // start order; the log's txn_id
	set   *writeSet
	snap  *pebble.Snapshot // taken at the first snapshot read
	state txnState

	lockTimeout time.Duration
	tableLocks  map[uint32]lock.Mode
	snapIso     bool
	doomed      error // why it may only roll back
	statement   int   // len(set.ops) at the last statement boundary

	body []byte // encoded, from BeginPrepare or BeginCommit until it is logged

	// Set at prepare, or by recovery; guarded by Engine.mu from then on.
	xid      xid.XID
	flags    uint32
	firstLSN wal.LSN // a lower bound of its records' LSNs (C1)
	prepLSN  wal.LSN
	inTC     bool // the coordinator's log has its prepare
	claimed  bool // somebody is preparing or deciding it
	reserved bool // the XID was reserved before the prepare
	// published says that its PREPARE is durable: it is listed.
	published bool
	reported  bool // Recover has returned it in this round
}

// Begin starts a transaction.
func (e *Engine) Begin() *Txn {
	return &Txn{
		e:           e,
		id:          lock.Owner(e.nextTxn.Add(1)),
		set:         newWriteSet(e.opts.WriteSetMax),
		lockTimeout: e.opts.LockTimeout,
	}
}

// ID is the transaction's number in start order.
func (t *Txn) ID() uint64 { return uint64(t.id) }

// SetLockTimeout bounds each later lock wait of this transaction.
func (t *Txn) SetLockTimeout(d time.Duration) { t.lockTimeout = d }

// SetSnapshotIsolation makes writes to rows that changed after the snapshot
// fail with ErrConflict: the first updater wins (C16).
func (t *Txn) SetSnapshotIsolation(on bool) { t.snapIso = on }

// ResetSnapshot makes the next read see the newest committed rows: READ
// COMMITTED calls it before each statement.
func (t *Txn) ResetSnapshot() {
	if t.snap != nil {
		t.e.closeSnapshot(t.snap)
		t.snap = nil
	}
}

// HasWrites reports whether the transaction would change any row.
func (t *Txn) HasWrites() bool { return t.set.newest.Len() > 0 }

func (t *Txn) usable() error {
	if err := t.e.failure(); err != nil {
		return err
	}
	if t.state != stateActive {
		return ErrTxnDone
	}
	if t.doomed != nil {
		return fmt.Errorf("%w: %w", ErrRollbackOnly, t.doomed)
	}
	return nil
}

// Get returns the row's value as this transaction sees it: its own write, or
// else the row in its snapshot. The value is the caller's.
func (t *Txn) Get(tbl Table, key []byte) (val []byte, ok bool, err error) {
	if err := t.usable(); err != nil {
		return nil, false, err
	}
	full := tbl.fullKey(key)
	if o := t.set.get(full); o != nil {
		return bytes.Clone(o.val), o.kind == opSet, nil
	}
	snap, err := t.snapshot()
	if err != nil {
		return nil, false, err
	}
	return t.e.read(snap, full)
}

// GetForUpdate locks the row and returns its newest value: this transaction's
// own write, or else the newest committed one.
func (t *Txn) GetForUpdate(ctx context.Context, tbl Table, key []byte, m lock.Mode) (val []byte, ok bool, err error) {
	if err := t.usable(); err != nil {
		return nil, false, err
	}
	full := tbl.fullKey(key)
	if err := t.acquire(ctx, string(full), m); err != nil {
		return nil, false, err
	}
	if err := t.checkUnchanged(full); err != nil {
		return nil, false, err
	}
	if o := t.set.get(full); o != nil {
		return bytes.Clone(o.val), o.kind == opSet, nil
	}
	return t.e.read(t.e.db, full)
}

// Put writes a row. It takes the row's exclusive lock, and a shared lock on the
// table, first. Key and value are copied.
func (t *Txn) Put(ctx context.Context, tbl Table, key, val []byte) error {
	if err := checkSizes(tbl, key, val); err != nil {
		return err
	}
	full, err := t.lockForWrite(ctx, tbl, key)
	if err != nil {
		return err
	}
	return t.set.add(tbl, opSet, full, bytes.Clone(val))
}

// Delete removes a row, which need not exist.
func (t *Txn) Delete(ctx context.Context, tbl Table, key []byte) error {
	if err := checkSizes(tbl, key, nil); err != nil {
		return err
	}
	full, err := t.lockForWrite(ctx, tbl, key)
	if err != nil {
		return err
	}
	return t.set.add(tbl, opDelete, full, nil)
}

func (t *Txn) lockForWrite(ctx context.Context, tbl Table, key []byte) (full []byte, err error) {
	if err := t.usable(); err != nil {
		return nil, err
	}
	if err := t.LockTable(ctx, tbl, lock.Shared); err != nil {
		return nil, err
	}
	full = tbl.fullKey(key)
	if err := t.acquire(ctx, string(full), lock.Exclusive); err != nil {
		return nil, err
	}
	return full, t.checkUnchanged(full)
}

// LockTable takes the table's metadata lock, held until the transaction ends:
// shared for statements, exclusive for DDL.
func (t *Txn) LockTable(ctx context.Context, tbl Table, m lock.Mode) error {
	if err := t.usable(); err != nil {
		return err
	}
	if have, ok := t.tableLocks[tbl.ID]; ok && (have == m || have == lock.Exclusive) {
		return nil
	}
	if err := t.acquire(ctx, tbl.lockName(), m); err != nil {
		return err
	}
	if t.tableLocks == nil {
		t.tableLocks = map[uint32]lock.Mode{}
	}
	t.tableLocks[tbl.ID] = m
	return nil
}

func (t *Txn) acquire(ctx context.Context, name string, m lock.Mode) error {
	err := t.e.locks.Acquire(ctx, t.id, name, m, t.lockTimeout)
	if errors.Is(err, ErrDeadlock) {
		t.doomed = err
	}
	return err
}

// checkUnchanged holds the first updater wins rule: the row is locked, so what
// is newest now stays newest.
func (t *Txn) checkUnchanged(full []byte) error {
	if !t.snapIso || t.snap == nil || t.set.get(full) != nil {
		return nil
	}
	was, had, err := t.e.read(t.snap, full)
	if err != nil {
		return err
	}
	is, has, err := t.e.read(t.e.db, full)
	if err != nil {
		return err
	}
	if had != has || !bytes.Equal(was, is) {
		return ErrConflict
	}
	return nil
}

// A Savepoint marks a place in a transaction's writes.
type Savepoint int

// Savepoint returns the present place.
func (t *Txn) Savepoint() Savepoint { return Savepoint(len(t.set.ops)) }

// RollbackTo undoes the writes made after the savepoint. Locks stay.
func (t *Txn) RollbackTo(sp Savepoint) error {
	if t.state != stateActive {
		return ErrTxnDone
	}
	if int(sp) < 0 || int(sp) > len(t.set.ops) {
		return fmt.Errorf("engine: savepoint %d is not in this transaction", sp)
	}
	t.set.undo(int(sp))
	t.statement = min(t.statement, int(sp)) // what follows is a new statement
	return nil
}

func (t *Txn) snapshot() (*pebble.Snapshot, error) {
	if t.snap == nil {
		snap, err := t.e.openSnapshot()
		if err != nil {
			return nil, err
		}
		t.snap = snap
	}
	return t.snap, nil
}

// finish releases what the transaction holds. Locks go last: whoever gets them
// must find the outcome in place.
func (t *Txn) finish() {
	t.state = stateDone
	t.ResetSnapshot()
	t.e.locks.ReleaseAll(t.id)
}

// read copies a row's value out of a reader.
func (e *Engine) read(r pebble.Reader, full []byte) (val []byte, ok bool, err error) {
	if err := e.enter(); err != nil {
		return nil, false, err
	}
	defer e.exit()
	return getFrom(r, full)
}

func getFrom(r pebble.Reader, full []byte) (val []byte, ok bool, err error) {
	v, closer, err := r.Get(full)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, tableError("reading a row", err)
	}
	val = bytes.Clone(v)
	if val == nil {
		val = []byte{}
	}
	return val, true, closer.Close()
}
