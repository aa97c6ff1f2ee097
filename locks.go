package xadb

import (
	"encoding/binary"
	"time"

	"github.com/xadb/xadb/engine/lock"
)

// A LockMode says what a lock excludes.
type LockMode = lock.Mode

// The modes. A transaction that has a Shared lock may ask for Exclusive.
const (
	Shared    = lock.Shared    // others may read under a lock, and not write
	Exclusive = lock.Exclusive // others may do neither
)

// GetForShare is Get of the newest committed value with the row locked Shared,
// there or not, until the transaction ends. ErrConflict, ErrLockTimeout and
// ErrDeadlock as for GetForUpdate.
func (tx *Tx) GetForShare(t *Table, key []byte) (val []byte, ok bool, err error) {
	if err := tx.db.owns(t); err != nil {
		return nil, false, err
	}
	return tx.txn.GetForUpdate(tx.ctx, t.rows, key, lock.Shared)
}

// LockRange locks the rows of r, those that are there and those that could be,
// until the transaction ends: with Shared nobody else can change them or add
// some. Under RepeatableRead a Scan behind it shows the snapshot all the same,
// so lock the range before the first read.
func (tx *Tx) LockRange(t *Table, r Range, m LockMode) error {
	if err := tx.db.owns(t); err != nil {
		return err
	}
	return tx.txn.LockRange(tx.ctx, t.rows, r.Start, r.End, m)
}

// TryLock locks a row, there or not, if that needs no waiting. False says that
// somebody else has it: whoever looks for work takes another row, as SQL's SKIP
// LOCKED does. ErrConflict if it has changed since the snapshot.
func (tx *Tx) TryLock(t *Table, key []byte, m LockMode) (ok bool, err error) {
	if err := tx.db.owns(t); err != nil {
		return false, err
	}
	return tx.txn.TryLock(t.rows, key, m)
}

// SetLockTimeout bounds each later wait of the transaction for a lock. Zero is
// not to wait: ErrNoWait then, as SQL's NOWAIT. Negative is without limit.
func (tx *Tx) SetLockTimeout(d time.Duration) { tx.txn.SetLockTimeout(d) }

// A HeldLock is one lock. Key and End are nil for a whole table; End is nil for
// a row, and for a range that ends with its table.
type HeldLock struct {
	Table    string // "" for the store's own tables and those made with SQL
	TableID  uint32
	Kind     string // table, row or range
	Key, End []byte
	Mode     LockMode
	Tx       uint64 // number of the transaction, in the order of their beginnings
	Prepared bool   // the transaction is a prepared branch
}

// A LockWait is a transaction that waits for the lock that it names.
type LockWait struct {
	HeldLock
	Since time.Time
	For   []uint64 // the transactions it waits for
}

// Locks lists every lock and every wait, the longest first, as of one moment.
// It stops the giving of locks for as long.
func (db *DB) Locks() (held []HeldLock, waits []LockWait) {
	h, w := db.log.Engine().Locks().Dump()
	tables := db.tableNames()
	describe := func(l lock.Lock, owner uint64, prepared bool) HeldLock {
		return HeldLock{
			Table: tables[l.Target.Table], TableID: l.Target.Table, Kind: lockKinds[l.Target.Kind],
			Key: l.Target.Key, End: l.Target.End, Mode: l.Mode, Tx: owner, Prepared: prepared,
		}
	}
	for _, l := range h {
		held = append(held, describe(l.Lock, l.Owner, l.Prepared))
	}
	for _, l := range w {
		waits = append(waits, LockWait{describe(l.Lock, l.Owner, false), l.Since, l.For})
	}
	return held, waits
}

var lockKinds = map[lock.Kind]string{lock.Table: "table", lock.Row: "row", lock.Range: "range"}

// tableNames are the names of this API's tables, as far as they can be read.
func (db *DB) tableNames() map[uint32]string {
	list := map[uint32]string{}
	tx := db.log.Begin()
	defer db.log.Rollback(tx)
	it := tx.Scan(names, []byte{0}, nil)
	defer it.Close()
	for it.Next() {
		if id := it.Value(); len(id) == 4 {
			list[binary.BigEndian.Uint32(id)] = string(it.Key())
		}
	}
	return list
}
