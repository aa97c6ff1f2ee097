// Package xa is what one session may do with XA statements, in MySQL 8's way:
// the states of a branch, the legal steps between them and the errors for all
// others (MySQL manual, XA Transaction States; X/Open XA). It does no I/O.
//
//	             START                END                PREPARE
//	NON-EXISTING ------> ACTIVE ----------------> IDLE ----------> NON-EXISTING
//	      ^                ^   |                  |  |             (the branch is detached:
//	      |                |   | rm error         |  |              any session may finish it)
//	      |                |   v                  |  |
//	      |                | ROLLBACK ONLY        |  |
//	      |                |   |   RESUME         |  |
//	      |                +---|------------------+  |
//	      +--------------------+---------------------+
//	              ROLLBACK, COMMIT ONE PHASE
//
// # What holds
//
//   - M1: Step changes the state before the session acts. A session whose
//     action fails calls Reset, which forgets the branch.
//   - M2: a step that returns an error and ActNone changed nothing.
//   - M3: a branch detaches at PREPARE (xa_detach_on_prepare=ON); this
//     machine is never in the state PREPARED.
package xa

import (
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/xid"
)

// A State is the state of the branch that a session works on.
type State uint8

// The states, as error 1399 names them.
const (
	NonExisting State = iota
	Active
	Idle
	Prepared
	RollbackOnly
)

// String is the state's name in error 1399.
func (s State) String() string {
	switch s {
	case Active:
		return "ACTIVE"
	case Idle:
		return "IDLE"
	case Prepared:
		return "PREPARED"
	case RollbackOnly:
		return "ROLLBACK ONLY"
	}
	return "NON-EXISTING"
}

// An Action is what the session has to do after a legal step.
type Action uint8

// The actions.
const (
	ActNone           Action = iota
	ActBegin                 // reserve the XID and begin a transaction
	ActPrepare               // prepare and let go of the session's transaction
	ActCommitOnePhase        // commit the session's transaction
	ActRollback              // roll back the session's transaction
	ActCommitXID             // commit the prepared branch
	ActRollbackXID           // roll back the prepared branch
)

// Facts is what a step has to know about the session beside the branch.
type Facts struct {
	InTransaction bool // BEGIN, or a statement with autocommit=0
	TablesLocked  bool
	Prepared      bool // for COMMIT … ONE PHASE: its XID names a prepared branch
}

// A Machine follows one session. The zero value is a session without a branch.
type Machine struct {
	state State
	xid   xid.XID
	rmErr uint16 // why the branch can only be rolled back, as MySQL's number
}

// State is the current state.
func (m *Machine) State() State { return m.state }

// XID names the session's branch; null without one.
func (m *Machine) XID() xid.XID { return m.xid }

// Reset forgets the branch.
func (m *Machine) Reset() { *m = Machine{} }

// Step makes the step that a statement asks for. An error with an action other
// than ActNone is the answer to give after the action was done.
func (m *Machine) Step(s Statement, f Facts) (Action, error) {
	switch s.Verb {
	case Start:
		return m.start(s, f)
	case End:
		return ActNone, m.end(s)
	case Prepare:
		return m.prepare(s)
	case Commit:
		return m.commit(s, f)
	case Rollback:
		return m.rollback(s, f)
	}
	return ActNone, nil // RECOVER is legal in every state
}

func (m *Machine) start(s Statement, f Facts) (Action, error) {
	switch {
	case s.Join, xid.IsInternalForm(s.XID.Gtrid()):
		return ActNone, invalid()
	case s.Resume:
		return ActNone, m.resume(s)
	case m.state != NonExisting:
		return ActNone, m.wrongState()
	case f.InTransaction, f.TablesLocked:
		return ActNone, mysqlerr.New(mysqlerr.XAerOutside)
	}
	*m = Machine{state: Active, xid: s.XID}
	return ActBegin, nil
}

func (m *Machine) resume(s Statement) error {
	switch {
	case m.state != Idle:
		return invalid()
	case s.XID != m.xid:
		return unknown()
	}
	m.state = Active
	return nil
}

func (m *Machine) end(s Statement) error {
	switch {
	case s.Suspend:
		return invalid()
	case m.state != Active:
		return m.wrongState()
	case s.XID != m.xid:
		return unknown()
	case m.rmErr != 0:
		m.state = RollbackOnly
		return m.rolledBack()
	}
	m.state = Idle
	return nil
}

func (m *Machine) prepare(s Statement) (Action, error) {
	switch {
	case m.state == Active && m.rmErr != 0: // as XA END would make it
		return ActNone, mysqlerr.New(mysqlerr.XAerRMFail, RollbackOnly.String())
	case m.state != Idle:
		return ActNone, m.wrongState()
	case s.XID != m.xid:
		return ActNone, unknown()
	}
	m.Reset()
	return ActPrepare, nil
}

func (m *Machine) commit(s Statement, f Facts) (Action, error) {
	switch {
	case m.foreign(s):
		return m.secondPhase(ActCommitXID, s, f)
	case m.state == RollbackOnly:
		err := m.rolledBack()
		m.Reset()
		return ActRollback, err
	case m.state != Idle || !s.OnePhase:
		return ActNone, m.wrongState()
	}
	m.Reset()
	return ActCommitOnePhase, nil
}

func (m *Machine) rollback(s Statement, f Facts) (Action, error) {
	switch {
	case m.foreign(s):
		return m.secondPhase(ActRollbackXID, s, f)
	case m.state == Active:
		return ActNone, m.wrongState()
	}
	m.Reset()
	return ActRollback, nil
}

// foreign reports whether the statement is about a branch that is not this
// session's.
func (m *Machine) foreign(s Statement) bool {
	return m.state == NonExisting || s.XID != m.xid
}

// secondPhase finishes a detached branch, which only a session without a
// transaction of its own may do. One phase is too late for such a branch.
// Whether the branch exists is for the store to say, when it acts.
func (m *Machine) secondPhase(a Action, s Statement, f Facts) (Action, error) {
	switch {
	case m.state != NonExisting, f.InTransaction:
		return ActNone, m.wrongState()
	case s.OnePhase && f.Prepared:
		return ActNone, m.wrongState()
	case s.OnePhase:
		return ActNone, unknown()
	}
	return a, nil
}

// A Class is what the state of a branch has to say about other statements.
type Class uint8

// The classes.
const (
	Table     Class = iota // reads or changes rows
	Savepoint              // SAVEPOINT, ROLLBACK TO, RELEASE SAVEPOINT
	Boundary               // begins, ends or implicitly commits a transaction
	Other                  // SET, SHOW, USE, SELECT without a table
)

// Allow returns the error for a statement of this class, if it is not allowed
// in the current state. A branch that can only be rolled back touches no more
// rows.
func (m *Machine) Allow(c Class) error {
	switch {
	case m.state == NonExisting, c == Other:
		return nil
	case m.state != Active, c == Boundary:
		return m.wrongState()
	case m.rmErr != 0:
		return m.rolledBack()
	}
	return nil
}

// StatementFailed notes a deadlock (1213): the branch can no longer be
// prepared or committed. Other errors, a lock timeout (1205) among them, undo
// their statement and leave the branch as it is: as MySQL without
// innodb_rollback_on_timeout.
func (m *Machine) StatementFailed(code uint16) {
	if m.state == Active && code == mysqlerr.LockDeadlock && m.rmErr == 0 {
		m.rmErr = code
	}
}

// RolledBack notes that the store undid the branch's work for another reason.
func (m *Machine) RolledBack() {
	if m.state == Active && m.rmErr == 0 {
		m.rmErr = mysqlerr.XARBRollback
	}
}

func (m *Machine) rolledBack() error {
	if m.rmErr == mysqlerr.LockDeadlock {
		return mysqlerr.New(mysqlerr.XARBDeadlock)
	}
	return mysqlerr.New(mysqlerr.XARBRollback)
}

func (m *Machine) wrongState() error {
	return mysqlerr.New(mysqlerr.XAerRMFail, m.state.String())
}

func unknown() error { return mysqlerr.New(mysqlerr.XAerNota) }

func invalid() error { return mysqlerr.New(mysqlerr.XAerInval) }
