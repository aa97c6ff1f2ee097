package server

import (
	"context"
	"errors"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/xa"
)

// An isolation level of SQL.
type isolation uint8

const (
	readUncommitted isolation = iota // runs as READ COMMITTED
	readCommitted
	repeatableRead
	serializable
)

// A mode is what SET TRANSACTION and START TRANSACTION choose.
type mode struct {
	isolation isolation
	readOnly  bool
	// snapshotIsolation: under REPEATABLE READ, to change a row that has
	// changed since the snapshot is an error (1020). Otherwise the newest row
	// is changed, as in MySQL.
	snapshotIsolation bool
	view              string // the named view to read from, or ""
}

// engine is the mode as the engine knows it. Which statements lock what under
// SERIALIZABLE is the executor's doing.
func (m mode) engine() engine.TxnOptions {
	if m.isolation <= readCommitted {
		return engine.TxnOptions{Isolation: engine.ReadCommitted}
	}
	return engine.TxnOptions{CurrentReads: m.isolation == serializable || !m.snapshotIsolation}
}

// A transaction is one of the session, plain or an XA branch.
type transaction struct {
	t Txn
	mode
	explicit   bool // BEGIN, or a branch; false: opened by autocommit=0
	changed    bool // by a statement that changes what others see
	alone      bool // of one statement, not of a definition: without changes it is none that has a GTID
	lost       bool // t is rolled back, only the branch's name is left
	savepoints []savepoint
	memo       exec.Memo
}

// nextMode is the mode of a transaction that begins now.
func (s *session) nextMode() mode {
	m := mode{
		isolation: s.settings.isolation, readOnly: s.settings.readOnly,
		snapshotIsolation: s.settings.snapshotIsolation,
	}
	if s.next != nil {
		m, s.next = *s.next, nil
	}
	m.view = s.settings.readView
	return m
}

// begin begins a transaction; without a read view that cannot fail.
func (s *session) begin(m mode, explicit bool) (*transaction, error) {
	if m.view != "" && m.isolation != repeatableRead {
		return nil, mysqlerr.New(mysqlerr.WrongUsage, "xadb_read_view", "an isolation level other than REPEATABLE READ")
	}
	t := &transaction{t: s.srv.store.Begin(s.id, m.engine()), mode: m, explicit: explicit}
	s.txnLevel.Store(uint32(m.isolation))
	s.txnID.Store(t.t.ID())
	t.t.SetLockTimeout(s.settings.lockTimeout)
	if s.locked != nil {
		t.t.Under(s.locked.holder)
	}
	if m.view != "" {
		if err := t.t.ReadView(m.view); err != nil {
			s.drop(t.t)
			return nil, err
		}
	}
	return t, nil
}

// commitNamed is COMMIT: with a GTID that was said ahead of it there is a transaction, and be it
// empty.
func (s *session) commitNamed(ctx context.Context) error {
	if s.txn == nil && s.ownedGTID() != (binlog.GTID{}) {
		var err error
		if s.txn, err = s.begin(s.nextMode(), true); err != nil {
			return err
		}
	}
	return s.commit(ctx)
}

// commit ends the session's transaction, if there is one.
func (s *session) commit(ctx context.Context) error {
	if s.txn == nil {
		return nil
	}
	t := s.txn
	s.txn = nil
	return s.commitTxn(ctx, t)
}

func (s *session) commitTxn(ctx context.Context, t *transaction) error {
	named := s.ownedGTID()
	if t.alone && !t.t.HasWrites() {
		named = binlog.GTID{}
	} else {
		defer s.spendGTID()
	}
	if t.changed && t.t.HasWrites() || named != (binlog.GTID{}) {
		done, err := s.decide(ctx)
		if err != nil {
			s.drop(t.t)
			return err
		}
		defer done()
	}
	t.t.SetGTID(named)
	s.state.Store(stateCommitting)
	err := s.srv.store.Commit(ctx, t.t)
	s.state.Store(stateExecuting)
	if err != nil {
		s.drop(t.t)
		return commitError{err}
	}
	s.committed(t.t)
	return nil
}

// committed notes a transaction that is in the binary log, for the client that
// wants to know: its name takes some making.
func (s *session) committed(t Txn) {
	if s.tracker.on {
		s.tracker.committed(t.GTID())
	}
}

// commitError marks an error of COMMIT, whose outcome a client must be told
// apart from a failed statement's.
type commitError struct{ error }

func (e commitError) Unwrap() error { return e.error }

// rollback ends the session's transaction, if there is one.
func (s *session) rollback() error {
	if s.txn == nil {
		return nil
	}
	t := s.txn
	s.txn = nil
	s.spendGTID()
	if t.lost {
		return nil
	}
	return s.srv.store.Rollback(t.t)
}

// drop rolls back where nobody can be told of an error. What it leaves behind
// is undone by the next start of the store.
func (s *session) drop(t Txn) {
	if err := s.srv.store.Rollback(t); err != nil && !errors.Is(err, engine.ErrTxnDone) {
		s.srv.log.Warn("rollback failed; the next start of the store undoes the transaction",
			"connection", s.id, "error", err)
	}
}

// abandon rolls back and gives the name of a branch back.
func (s *session) abandon() {
	if s.txn != nil && !s.txn.lost {
		s.drop(s.txn.t)
	}
	s.txn = nil
	if s.machine.State() != xa.NonExisting {
		s.srv.store.ReleaseXID(s.machine.XID())
	}
}
