package engine

import (
	"fmt"

	"github.com/xadb/xadb/internal/bug"
)

// A statement is a part of a transaction that is undone alone if it fails. Its
// scans do not meet its own writes (C17): they see the transaction's writes as
// they were at its start. Point reads see everything, which is what checks of
// keys need. Under ReadCommitted its reads share one snapshot. A transaction
// need not have statements; then each call is one.

// BeginStatement begins a statement; one that has not ended does.
func (t *Txn) BeginStatement() {
	t.statement, t.inStatement = len(t.set.ops), true
	if t.opts.Isolation == ReadCommitted {
		t.dropSnapshot()
	}
}

// EndStatement keeps what the statement has done.
func (t *Txn) EndStatement() {
	t.statement, t.inStatement = len(t.set.ops), false
	if t.opts.Isolation == ReadCommitted {
		t.dropSnapshot()
	}
}

// RollbackStatement undoes what was written since the statement began, or the
// last one ended, and ends it. Locks stay.
func (t *Txn) RollbackStatement() error {
	if err := t.RollbackTo(Savepoint(t.statement)); err != nil {
		return err
	}
	t.EndStatement()
	return nil
}

// seen is how many of its ops a scan that begins now sees.
func (t *Txn) seen() int {
	if t.inStatement {
		return t.statement
	}
	return len(t.set.ops)
}

// A Savepoint marks a place in a transaction's writes.
type Savepoint int

// Savepoint returns the present place.
func (t *Txn) Savepoint() Savepoint { return Savepoint(len(t.set.ops)) }

// RollbackTo undoes the writes made after the savepoint. Locks stay. A scan
// that is open must not be used any more if it has seen some of them.
func (t *Txn) RollbackTo(sp Savepoint) error {
	if t.state != stateActive {
		return ErrTxnDone
	}
	if int(sp) < 0 || int(sp) > len(t.set.ops) {
		return fmt.Errorf("engine: savepoint %d is not in this transaction", sp)
	}
	if !bug.On(bug.SavepointKeepsRows) || t.set.size <= t.e.opts.ChunkSize {
		t.set.undo(int(sp))
	}
	t.statement = min(t.statement, int(sp)) // what follows is a new statement
	return nil
}
