package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/xadb/xadb/engine/lock"
	"github.com/xadb/xadb/internal/bug"
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
	id    uint64 // start order; the log's txn_id
	locks lock.Owner
	set   *writeSet // noWrites until the first write
	state txnState
	opts  TxnOptions

	snap *snapshot // taken at the first read that wants one

	statement   int // len(set.ops) at the last statement boundary
	inStatement bool
	doomed      error    // why it may only roll back
	fullKey     []byte   // the key that the running call is about
	firstKey    [40]byte // room of fullKey
	scanned     bool     // a scan refers to the write set
	wrote       bool     // the write set was not empty when it was given back
	// kept is the full keys that KeepLock was told of; nil: none.
	kept map[string]struct{}

	body []byte // encoded, from BeginPrepare or BeginCommit until it is logged

	// Set at prepare, or by recovery; guarded by Engine.mu from then on.
	xid      *xid.XID // nil: it has none
	flags    uint32
	firstLSN wal.LSN // a lower bound of its records' LSNs (C1)
	prepLSN  wal.LSN
	inTC     bool // the coordinator's log has its prepare
	claimed  bool // somebody is preparing or deciding it
	deciding bool // its outcome has a record, or is about to get one
	reserved bool // the XID was reserved before the prepare
	// published says that its PREPARE is durable: it is listed.
	published   bool
	preparedAt  uint32 // seconds since 1970
	noted       int64  // multiples of PreparedAgeMax that were told
	reported    bool   // Recover has returned it in this round
	checkpoints int    // that have seen it prepared
	rows        int    // of its body in the tables, see relocate
	moved       bool   // all of them are there
}

// Begin starts a transaction under RepeatableRead.
func (e *Engine) Begin() *Txn { return e.BeginWith(TxnOptions{}) }

// BeginWith starts a transaction as the options say. If there is no such level
// the transaction can only be rolled back, and says why.
func (e *Engine) BeginWith(o TxnOptions) *Txn {
	if o.LockTimeout == 0 {
		o.LockTimeout = e.opts.LockTimeout
	}
	o.ReadOnly = o.ReadOnly || e.ReadOnly()
	t := &Txn{e: e, id: e.nextTxn.Add(1), set: noWrites, opts: o, doomed: o.check()}
	t.locks.Init(e.locks, t.id)
	t.fullKey = t.firstKey[:0]
	return t
}

// ID is the transaction's number in start order.
func (t *Txn) ID() uint64 { return t.id }

// SetLockTimeout bounds each later lock wait of this transaction; zero is not
// to wait, negative without limit.
func (t *Txn) SetLockTimeout(d time.Duration) { t.opts.LockTimeout = d }

// LockTimeout is what SetLockTimeout has set, or the options.
func (t *Txn) LockTimeout() time.Duration { return t.opts.LockTimeout }

// SetUnder is TxnOptions.Under, for a transaction that has not begun to lock.
func (t *Txn) SetUnder(holder *Txn) { t.opts.Under = holder }

// HasWrites reports whether the transaction would change any row.
func (t *Txn) HasWrites() bool { return t.wrote || len(t.set.ops) > 0 }

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

// full is the row's full key, valid until the transaction's next call.
func (t *Txn) full(tbl Table, key []byte) []byte {
	t.fullKey = tbl.appendFullKey(t.fullKey[:0], key)
	return t.fullKey
}

// Get returns the row's value as this transaction sees it: its own write, or
// else what its isolation level shows. The value is the caller's.
func (t *Txn) Get(tbl Table, key []byte) (val []byte, ok bool, err error) {
	if err := t.usable(); err != nil {
		return nil, false, err
	}
	full := t.full(tbl, key)
	if err := t.lockRead(full); err != nil {
		return nil, false, err
	}
	if o := t.set.get(full); o != nil {
		return bytes.Clone(o.val), o.kind == opSet, nil
	}
	snap, err := t.view()
	switch {
	case err != nil:
		return nil, false, err
	case snap == nil:
		return t.e.read(t.e.newest(), full)
	}
	return t.e.read(snap, full)
}

// GetForUpdate locks the row, there or not, and returns its newest value: this
// transaction's own write, or else the newest committed one.
func (t *Txn) GetForUpdate(ctx context.Context, tbl Table, key []byte, m lock.Mode) (val []byte, ok bool, err error) {
	if err := t.usable(); err != nil {
		return nil, false, err
	}
	if err := checkKey(key); err != nil {
		return nil, false, err
	}
	full := t.full(tbl, key)
	if err := t.acquire(ctx, lockOf(full), m); err != nil {
		return nil, false, err
	}
	if err := t.checkUnchanged(tbl, full); err != nil {
		return nil, false, err
	}
	if o := t.set.get(full); o != nil {
		return bytes.Clone(o.val), o.kind == opSet, nil
	}
	return t.e.readLocked(tbl, full)
}

// Put writes a row. It takes the row's exclusive lock, and a shared lock on the
// table, first. Key and value are copied.
func (t *Txn) Put(ctx context.Context, tbl Table, key, val []byte) error {
	return t.write(ctx, tbl, opSet, key, val, nil)
}

// Delete removes a row, which need not exist.
func (t *Txn) Delete(ctx context.Context, tbl Table, key []byte) error {
	return t.write(ctx, tbl, opDelete, key, nil, nil)
}

// PutOver is Put that first shows what GetForUpdate would return to see. An error
// of see's is PutOver's, and nothing is written then; behind see nothing fails. The
// old value must not be changed.
func (t *Txn) PutOver(ctx context.Context, tbl Table, key, val []byte, see func(old []byte, had bool) error) error {
	return t.write(ctx, tbl, opSet, key, val, see)
}

// DeleteOver is Delete, as PutOver is Put. If there is no row, it locks the key
// and that is all.
func (t *Txn) DeleteOver(ctx context.Context, tbl Table, key []byte, see func(old []byte) error) error {
	err := t.write(ctx, tbl, opDelete, key, nil, func(old []byte, had bool) error {
		if !had {
			return errNoRow
		}
		return see(old)
	})
	if err == errNoRow {
		return nil
	}
	return err
}

var errNoRow = errors.New("engine: no row to delete")

func (t *Txn) write(ctx context.Context, tbl Table, kind opKind, key, val []byte, see func(old []byte, had bool) error) error {
	if err := checkSizes(tbl, key, val); err != nil {
		return err
	}
	if err := t.usable(); err != nil {
		return err
	}
	if t.opts.ReadOnly {
		return ErrReadOnly
	}
	if err := t.LockTable(ctx, tbl, lock.Shared); err != nil {
		return err
	}
	full := t.full(tbl, key)
	if err := t.acquire(ctx, lockOf(full), lock.Exclusive); err != nil {
		return err
	}
	if err := t.checkUnchanged(tbl, full); err != nil {
		return err
	}
	if t.set == noWrites {
		t.set = newWriteSet(t.e.opts.WriteSetMax)
	}
	if see != nil {
		if err := t.set.room(tbl, full, val); err != nil {
			return err
		}
		if err := t.seeNewest(tbl, full, see); err != nil {
			return err
		}
	}
	return t.set.copyAdd(tbl, kind, full, val)
}

// seeNewest shows the newest value of a locked row.
func (t *Txn) seeNewest(tbl Table, full []byte, see func(old []byte, had bool) error) error {
	if o := t.set.get(full); o != nil {
		return see(o.val, o.kind == opSet)
	}
	old, had, err := t.e.readLocked(tbl, full)
	if err != nil {
		return err
	}
	return see(old, had)
}

// LockTable takes the table's metadata lock, held until the transaction ends:
// shared for statements, exclusive for DDL.
func (t *Txn) LockTable(ctx context.Context, tbl Table, m lock.Mode) error {
	if err := t.usable(); err != nil {
		return err
	}
	return t.acquire(ctx, lock.OfTable(tbl.ID), m)
}

// LockWaitTime is how long the transaction has waited for locks.
func (t *Txn) LockWaitTime() time.Duration { return t.locks.WaitTime() }

func (t *Txn) acquire(ctx context.Context, target lock.Target, m lock.Mode) error {
	if t.has(target, m) {
		return nil
	}
	t.locks.SetWrites(len(t.set.ops))
	err := t.locks.Acquire(ctx, target, m, t.opts.LockTimeout)
	t.e.counts.waited(err)
	if errors.Is(err, ErrDeadlock) {
		t.doomed = err
	}
	return err
}

// has reports whether the transaction that this one is under has a lock.
func (t *Txn) has(target lock.Target, m lock.Mode) bool {
	return t.opts.Under != nil && t.opts.Under.locks.Holds(target, m)
}

// finish releases what the transaction holds. Locks go last: whoever gets them
// must find the outcome in place.
func (t *Txn) finish() {
	t.state = stateDone
	t.dropSnapshot()
	if bug.On(bug.ReadLocksLeak) && len(t.set.locks) > 0 {
		t.locks.ReleaseExcept(func(l lock.Lock) bool { return !t.impliedLock(l) })
		return
	}
	t.locks.ReleaseAll()
}

// giveBack lets the next transactions have the memory of the writes. REQUIRES:
// they are committed, and nobody but a scan can refer to them.
func (t *Txn) giveBack() {
	if t.scanned || !t.HasWrites() {
		return
	}
	t.wrote = true
	t.set.release()
	t.set = noWrites
}

// keepBody takes back the memory of a body that is logged.
func (t *Txn) keepBody(body []byte) {
	t.body = nil
	if t.set != noWrites {
		t.set.body = body
	}
}

// read copies a row's value out of a reader.
func (e *Engine) read(r pebble.Reader, full []byte) (val []byte, ok bool, err error) {
	if err := e.enter(); err != nil {
		return nil, false, err
	}
	defer e.exit()
	return e.getFrom(r, full)
}

func (e *Engine) getFrom(r pebble.Reader, full []byte) (val []byte, ok bool, err error) {
	v, closer, err := r.Get(full)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, e.tableError("reading a row", err)
	}
	val = bytes.Clone(v)
	if val == nil {
		val = []byte{}
	}
	return val, true, closer.Close()
}
