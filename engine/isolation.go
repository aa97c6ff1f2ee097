package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/xadb/xadb/engine/lock"
)

// An Isolation says what a transaction's reads see, and which anomalies others
// can cause it: docs/isolation.md has the table.
type Isolation uint8

// The levels.
const (
	// RepeatableRead reads one snapshot, taken at the first read. A write to a
	// row, or a locking read of one, that another transaction has changed
	// since is ErrConflict: the first updater wins (C16).
	RepeatableRead Isolation = iota
	// ReadCommitted reads what is committed when the statement begins; outside
	// of a statement, when the call does.
	ReadCommitted
	// Serializable is two-phase locking: reads lock the key, there or not, and
	// scans their range, Shared and until the end, and see what is newest.
	Serializable
)

// String is the level's name in SQL.
func (i Isolation) String() string {
	switch i {
	case RepeatableRead:
		return "REPEATABLE READ"
	case ReadCommitted:
		return "READ COMMITTED"
	case Serializable:
		return "SERIALIZABLE"
	}
	return fmt.Sprintf("Isolation(%d)", uint8(i))
}

// TxnOptions say how a transaction runs. The zero value is what Begin gives.
type TxnOptions struct {
	// Isolation is the level.
	//
	// Default: RepeatableRead.
	Isolation Isolation
	// CurrentReads makes writes and locking reads under RepeatableRead take
	// the newest row, whatever the snapshot shows: MySQL's way. There is no
	// ErrConflict then, and updates can be lost.
	CurrentReads bool
	// ReadOnly refuses writes with ErrReadOnly.
	ReadOnly bool
	// LockTimeout bounds each lock wait; negative is without limit.
	//
	// Default: Options.LockTimeout.
	LockTimeout time.Duration
	// Under is a transaction whose locks count as this one's, too: it has taken
	// them for the transactions of a session, and must outlive this one, which so
	// must not become a branch that waits for its outcome. May be nil.
	Under *Txn
	// Context ends the lock waits of calls that are given none: reads and
	// scans under Serializable.
	//
	// Default: context.Background().
	Context context.Context
}

func (o TxnOptions) check() error {
	if o.Isolation > Serializable {
		return fmt.Errorf("engine: unknown isolation level: %s", o.Isolation)
	}
	return nil
}

// A ConflictError says in which table a row has changed. It is ErrConflict.
type ConflictError struct{ Table Table }

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s: a row of table %s.%s has changed since the snapshot", ErrConflict, e.Table.DB, e.Table.Name)
}

// Is makes it ErrConflict.
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

// Isolation is the transaction's level.
func (t *Txn) Isolation() Isolation { return t.opts.Isolation }

// ownContext is for the waits of calls without a context.
func (t *Txn) ownContext() context.Context {
	if t.opts.Context != nil {
		return t.opts.Context
	}
	return context.Background()
}

// view is what reads outside of locks look at: the snapshot, or for a nil one
// what is newest.
func (t *Txn) view() (*pebble.Snapshot, error) {
	if t.e.ReadOnly() || t.opts.Isolation == Serializable || t.opts.Isolation == ReadCommitted && !t.inStatement {
		return nil, nil
	}
	return t.snapshot()
}

// TakeSnapshot takes the snapshot now rather than at the first read. Without
// one, at the other levels, it does nothing.
func (t *Txn) TakeSnapshot() error {
	if err := t.usable(); err != nil {
		return err
	}
	_, err := t.view()
	return err
}

func (t *Txn) snapshot() (*pebble.Snapshot, error) {
	if t.snap == nil {
		snap, err := t.e.takeSnapshot()
		if err != nil {
			return nil, err
		}
		t.snap = snap
	}
	return t.snap.Snapshot, nil
}

// dropSnapshot makes the next read see the newest committed rows.
func (t *Txn) dropSnapshot() {
	if t.snap != nil {
		t.e.returnSnapshot(t.snap)
		t.snap = nil
	}
}

// checkUnchanged holds the first updater wins rule. The row is locked, so what
// is newest now stays newest; a row that the transaction has written already
// was checked then.
func (t *Txn) checkUnchanged(tbl Table, full []byte) error {
	if t.opts.Isolation != RepeatableRead || t.opts.CurrentReads || t.snap == nil || t.set.get(full) != nil {
		return nil
	}
	if tbl.ID < FirstUserTable { // a catalog's rows have versions of their own
		return nil
	}
	number, err := t.snap.commitNo(t.e)
	if err != nil {
		return err
	}
	is := t.e.recent.since(full, number)
	if is == unknown {
		is, err = t.e.compare(t.snap.Snapshot, full)
	}
	if err != nil || is == unchanged {
		return err
	}
	t.e.counts.conflicts.Add(1)
	return &ConflictError{Table: tbl}
}

// compare tells a change by the bytes: of a row that changed and changed back
// it does not know.
func (e *Engine) compare(snap *pebble.Snapshot, full []byte) (changed, error) {
	was, had, err := e.read(snap, full)
	if err != nil {
		return unknown, err
	}
	is, has, err := e.read(e.db, full)
	if err != nil {
		return unknown, err
	}
	if had != has || string(was) != string(is) {
		return hasChanged, nil
	}
	return unchanged, nil
}

// lockRead takes the lock that a read under Serializable needs.
func (t *Txn) lockRead(full []byte) error {
	if t.opts.Isolation != Serializable {
		return nil
	}
	if err := checkKey(full[prefixSize:]); err != nil {
		return err
	}
	return t.acquire(t.ownContext(), lockOf(full), lock.Shared)
}

// ErrReadOnly: the transaction was begun, or the store opened, as one that does
// not write.
var ErrReadOnly = errors.New("engine: read only")
