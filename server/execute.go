package server

import (
	"context"
	"errors"
	"math"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/xa"
)

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
	if kind != Read {
		if over, err := s.passOver(); over || err != nil {
			return &Result{}, err
		}
	}
	if kind == DDL {
		if err := s.commit(ctx); err != nil {
			return nil, err
		}
		if _, err := s.passOver(); err != nil {
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
	t, own, err := s.transactionFor(kind)
	if err != nil {
		return nil, err
	}
	t.changed = t.changed || changes
	t.alone = own && kind != DDL
	returned := false
	defer func() {
		if own && !returned { // by a panic, which ends the session: it does not know of t
			s.drop(t.t)
		}
	}()
	res, err := s.executeIn(ctx, t, st)
	returned = true
	if !own {
		s.statementFailed(err)
		return res, err
	}
	if err == nil && kind != Read {
		err = s.commitTxn(ctx, t)
	} else {
		s.drop(t.t)
		if kind != Read {
			s.spendGTID()
		}
		err = s.undone(ctx, err)
	}
	if err != nil {
		return nil, err
	}
	if kind == DDL {
		s.leaveDropped(ctx)
	}
	s.clearUp(ctx, res)
	return res, nil
}

// leaveDropped leaves the session without a current database if a statement has dropped it.
func (s *session) leaveDropped(ctx context.Context) {
	if s.db == "" {
		return
	}
	if there, err := s.hasDatabase(ctx, s.db); err == nil && !there {
		s.db = ""
		s.tracker.usedDB("")
	}
}

// transactionFor is the transaction that a statement runs in; own: it is the
// statement's alone, and ends with it.
func (s *session) transactionFor(kind Kind) (t *transaction, own bool, err error) {
	if s.txn != nil {
		return s.txn, false, nil
	}
	m := s.nextMode()
	if kind == DDL {
		m.view = "" // definitions are changed as they are now
	}
	if t, err = s.begin(m, false); err != nil {
		return nil, false, err
	}
	if own = s.settings.autocommit || kind == DDL; !own {
		s.txn = t
	}
	return t, own, nil
}

// clearUp removes the rows of what a statement of DDL has dropped.
func (s *session) clearUp(ctx context.Context, res *Result) {
	if res.Leftover == nil {
		return
	}
	if err := res.Leftover(ctx); err != nil {
		s.srv.log.Warn("rows of dropped tables are left for the next start", "connection", s.id, "error", err)
	}
}

// undone takes back what a statement has committed before it failed.
func (s *session) undone(ctx context.Context, err error) error {
	var u *exec.Unfinished
	if !errors.As(err, &u) {
		return err
	}
	if uerr := u.Undo(context.WithoutCancel(ctx)); uerr != nil {
		s.srv.log.Warn("what a statement had committed before it failed is left", "connection", s.id, "error", uerr)
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
	if t.readOnly && st.stmt.Kind() != Read && st.stmt.Kind() != Locking && !s.altersOwn(st.stmt) {
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
		s.spendGTID()
		return
	}
	s.txn.lost, s.txn.savepoints = true, nil
}
