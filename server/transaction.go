package server

import (
	"context"
	"errors"
	"math"
	"strings"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/lex"
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
	lost       bool // t is rolled back, only the branch's name is left
	savepoints []savepoint
	memo       exec.Memo
}

type savepoint struct {
	name string
	mark any
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
	if t.changed && t.t.HasWrites() {
		done, err := s.decide(ctx)
		if err != nil {
			s.drop(t.t)
			return err
		}
		defer done()
	}
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

// execute runs a statement of the executor under the rules of transactions:
// autocommit, implicit begin, implicit commit around DDL, read-only mode, and
// what an error undoes.
func (s *session) execute(ctx context.Context, st statement) (res *Result, err error) {
	if k := st.stmt.Kind(); k != Read && k != Locking {
		return s.executeKind(ctx, st)
	}
	if limit := s.settings.selectLimit; limit < math.MaxInt64 && st.out != nil {
		st.out.limit, st.out.limited = limit, !hasLimit(st.sql)
	}
	h := hints{}
	if !st.recalled {
		h = readHints(st.sql)
	}
	ctx, cancel := s.limited(ctx, h)
	defer cancel()
	if h.view != "" {
		res, err = s.inView(ctx, st, h.view)
	} else {
		res, err = s.executeKind(ctx, st)
	}
	return res, ranTooLong(ctx, err)
}

// hasLimit reports whether a SELECT says itself how many rows it gives: in its
// outermost part.
func hasLimit(sql string) bool {
	l, depth := lex.New(sql), 0
	for t := l.Next(); t.Kind != lex.EOF; t = l.Next() {
		switch {
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
		case depth == 0 && t.Is("LIMIT"):
			return true
		}
	}
	return false
}

func (s *session) executeKind(ctx context.Context, st statement) (*Result, error) {
	kind := st.stmt.Kind()
	if kind == Listing || kind == Read && !st.recalled && s.transactional() && isConstant(st.sql) {
		return s.list(ctx, st)
	}
	if err := s.machine.Allow(classOf(kind)); err != nil {
		return nil, err
	}
	if err := s.srv.store.Failed(); err != nil && kind != Read {
		return nil, err
	}
	if err := s.mayUse(st.stmt.Needs()); err != nil {
		return nil, err
	}
	if kind == DDL {
		if s.txn != nil && s.txn.readOnly {
			return nil, mysqlerr.New(mysqlerr.ReadOnlyTransaction)
		}
		if err := s.commit(ctx); err != nil {
			return nil, err
		}
	}
	changes := s.changes(st.stmt)
	if changes {
		done, err := s.change(ctx)
		if err != nil {
			return nil, err
		}
		defer done()
	}
	if kind == Read && s.next == nil && !s.transactional() {
		if res, err := s.readNow(ctx, &st); err != exec.ErrNoPlan {
			return res, err
		}
	}
	t, own := s.txn, false
	if t == nil {
		m := s.nextMode()
		if kind == DDL {
			m.view = "" // definitions are changed as they are now
		}
		var err error
		if t, err = s.begin(m, false); err != nil {
			return nil, err
		}
		own = s.settings.autocommit || kind == DDL
		if !own {
			s.txn = t
		}
	}
	t.changed = t.changed || changes
	res, err := s.executeIn(ctx, t, st)
	if !own {
		s.statementFailed(err)
		return res, err
	}
	switch {
	case err != nil || kind == Read:
		s.drop(t.t)
		err = s.undone(ctx, err)
	default:
		err = s.commitTxn(ctx, t)
	}
	if err != nil {
		return nil, err
	}
	if res.Leftover != nil {
		if err := res.Leftover(ctx); err != nil {
			s.srv.log.Warn("rows of dropped tables are left for the next start", "connection", s.id, "error", err)
		}
	}
	return res, nil
}

// undone takes back what a statement has committed before it failed.
func (s *session) undone(ctx context.Context, err error) error {
	var u *exec.Unfinished
	if !errors.As(err, &u) {
		return err
	}
	if uerr := u.Undo(context.WithoutCancel(ctx)); uerr != nil {
		s.srv.log.Warn("a table that could not be filled is left", "connection", s.id, "error", uerr)
	}
	return u.Err
}

// readNow runs a plain read without a transaction, if it can be.
func (s *session) readNow(ctx context.Context, st *statement) (*Result, error) {
	if s.settings.readView != "" || s.srv.tablesLocked.Load() > 0 {
		return nil, exec.ErrNoPlan
	}
	t := transaction{mode: mode{isolation: s.settings.isolation}}
	res, err := s.srv.exec.ReadNow(ctx, s.env(&t, st), st.stmt, st.args)
	if err != nil && st.out != nil && st.out.full {
		return &Result{Columns: st.out.columns}, nil
	}
	if res != nil {
		s.rowsRead += uint64(res.RowsRead)
	}
	return res, err
}

// transactional reports whether a read of a table would belong to, or begin, a
// transaction of several statements.
func (s *session) transactional() bool {
	return s.txn != nil || !s.settings.autocommit || s.machine.State() != xa.NonExisting
}

// list runs a statement about the catalog, or without any table. It is allowed in every state of a
// branch, and begins no transaction.
func (s *session) list(ctx context.Context, st statement) (*Result, error) {
	t, done := s.peek()
	defer done()
	env := s.env(&transaction{t: t, mode: mode{isolation: s.settings.isolation}}, &st)
	return s.srv.exec.Execute(ctx, env, st.stmt, st.args)
}

func classOf(k Kind) xa.Class {
	if k == DDL {
		return xa.Boundary
	}
	return xa.Table
}

func (s *session) executeIn(ctx context.Context, t *transaction, st statement) (*Result, error) {
	if t.readOnly && st.stmt.Kind() != Read && st.stmt.Kind() != Locking {
		return nil, mysqlerr.New(mysqlerr.ReadOnlyTransaction)
	}
	env := s.env(t, &st)
	t.t.SetLockTimeout(s.settings.lockTimeout)
	if st.stmt.Kind() == DDL {
		t.t.SetLockTimeout(s.settings.ddlTimeout)
		t.t.SetContext(s.context(env.Now))
	}
	t.t.SetRowImage(s.settings.rowImage)
	t.t.SetText("")
	if s.settings.rowsQuery {
		t.t.SetText(st.sql)
	}
	t.t.SetCompression(s.settings.compression)
	waited := t.t.LockWaitTime()
	res, err := s.srv.exec.Execute(ctx, env, st.stmt, st.args)
	s.lockWait += t.t.LockWaitTime() - waited
	if err != nil && st.out != nil && st.out.full {
		return &Result{Columns: st.out.columns}, nil
	}
	if res != nil {
		s.rowsRead += uint64(res.RowsRead)
	}
	return res, err
}

// statementFailed does what an error of a statement does to the transaction
// around it: most, a lock timeout too, undo their statement only, which the
// executor has done. A deadlock undoes everything; a branch then still has its name, until XA
// ROLLBACK.
func (s *session) statementFailed(err error) {
	switch {
	case err == nil:
		return
	case errors.Is(err, engine.ErrDeadlock), mysqlerr.Is(err, mysqlerr.LockDeadlock):
		s.machine.StatementFailed(mysqlerr.LockDeadlock)
	case errors.Is(err, engine.ErrRollbackOnly), errors.Is(err, engine.ErrConflict):
		s.machine.RolledBack()
	default:
		return
	}
	s.drop(s.txn.t)
	if s.machine.State() == xa.NonExisting {
		s.txn = nil
		return
	}
	s.txn.lost, s.txn.savepoints = true, nil
}

// setSavepoint replaces one of the same name. Outside of a transaction there
// is nothing to mark.
func (s *session) setSavepoint(name string) error {
	if err := s.machine.Allow(xa.Savepoint); err != nil {
		return err
	}
	if s.txn == nil {
		if s.settings.autocommit {
			return nil
		}
		t, err := s.begin(s.nextMode(), false)
		if err != nil {
			return err
		}
		s.txn = t
	}
	if i := s.findSavepoint(name); i >= 0 {
		s.txn.savepoints = append(s.txn.savepoints[:i:i], s.txn.savepoints[i+1:]...)
	}
	if len(s.txn.savepoints) >= savepointsMax {
		return mysqlerr.New(mysqlerr.UnknownError, "too many savepoints in one transaction; release some")
	}
	s.txn.savepoints = append(s.txn.savepoints, savepoint{strings.Clone(name), s.txn.t.Mark()})
	return nil
}

// savepointsMax bounds the savepoints of one transaction.
const savepointsMax = 10000

func (s *session) findSavepoint(name string) int {
	if s.txn == nil {
		return -1
	}
	for i, p := range s.txn.savepoints {
		if strings.EqualFold(p.name, name) {
			return i
		}
	}
	return -1
}

// rollbackTo undoes what was done after the savepoint, and forgets the
// savepoints set since.
func (s *session) rollbackTo(name string) error {
	i, err := s.knownSavepoint(name)
	if err != nil {
		return err
	}
	if err := s.txn.t.RollbackTo(s.txn.savepoints[i].mark); err != nil {
		return err
	}
	s.txn.savepoints = s.txn.savepoints[:i+1]
	return nil
}

func (s *session) releaseSavepoint(name string) error {
	i, err := s.knownSavepoint(name)
	if err != nil {
		return err
	}
	s.txn.savepoints = s.txn.savepoints[:i]
	return nil
}

func (s *session) knownSavepoint(name string) (int, error) {
	err := s.machine.Allow(xa.Savepoint)
	i := s.findSavepoint(name)
	if i < 0 && (err == nil || s.machine.State() == xa.Idle) { // that it is not there comes first
		err = mysqlerr.New(mysqlerr.SPDoesNotExist, "SAVEPOINT", name)
	}
	return i, err
}
