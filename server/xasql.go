package server

import (
	"context"
	"errors"
	"unicode/utf8"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/server/xa"
	"github.com/xadb/xadb/xid"
)

// runXA executes an XA statement: the machine decides, the store acts.
func (s *session) runXA(ctx context.Context, sql string) (*Result, error) {
	st, err := xa.Parse(sql, s.settings.charset.literals)
	if err != nil {
		return nil, err
	}
	if st.Verb == xa.Recover {
		if err := recoverers.Check(s.rights(), s.db); err != nil {
			return nil, mysqlerr.Wrap(err, mysqlerr.XAerRMErr) // who knows a name can finish its branch
		}
		return recoverResult(s.srv.store.Prepared(), st.Convert, s.settings.charset.results), nil
	}
	if over, err := s.passOver(); over || err != nil {
		if st.Verb == xa.Prepare || st.Verb == xa.Commit || st.Verb == xa.Rollback {
			s.spendGTID()
		}
		return &Result{}, err
	}
	facts := xa.Facts{InTransaction: s.machine.State() == xa.NonExisting && s.txn != nil, TablesLocked: s.locked != nil}
	if st.OnePhase {
		facts.Prepared = isPrepared(s.srv.store.Prepared(), st.XID)
	}
	if !s.readLocked && (st.Verb == xa.Prepare || (st.Verb == xa.Commit || st.Verb == xa.Rollback) && s.machine.State() == xa.NonExisting) {
		done, err := s.decide(ctx) // before the machine's step: the branch is as it was if that fails
		if err != nil {
			return nil, err
		}
		defer done()
	}
	action, answer := s.machine.Step(st, facts)
	if err := s.actXA(ctx, action, st.XID); err != nil {
		return nil, err
	}
	if answer != nil {
		return nil, answer
	}
	return &Result{}, nil
}

func isPrepared(list []xid.Prepared, x xid.XID) bool {
	for _, p := range list {
		if p.XID == x {
			return true
		}
	}
	return false
}

func (s *session) actXA(ctx context.Context, a xa.Action, x xid.XID) error {
	switch a {
	case xa.ActBegin:
		err := s.srv.store.Failed()
		if err == nil {
			err = s.srv.store.ReserveXID(x)
		}
		if err != nil {
			s.machine.Reset()
			return err
		}
		if s.txn, err = s.begin(s.nextMode(), true); err != nil {
			s.srv.store.ReleaseXID(x)
			s.machine.Reset()
		}
		return err
	case xa.ActPrepare:
		return s.prepareBranch(ctx, x)
	case xa.ActCommitOnePhase:
		return s.commitBranch(ctx, x)
	case xa.ActRollback:
		err := s.rollback()
		s.srv.store.ReleaseXID(x)
		return err
	case xa.ActCommitXID:
		return s.secondPhase(ctx, x, true)
	case xa.ActRollbackXID:
		return s.secondPhase(ctx, x, false)
	}
	return nil
}

// prepareBranch detaches the branch.
func (s *session) prepareBranch(ctx context.Context, x xid.XID) error {
	t := s.txn
	s.txn = nil
	t.t.SetGTID(s.ownedGTID())
	defer s.spendGTID()
	err := s.srv.store.Prepare(ctx, t.t, x)
	if err == nil {
		s.committed(t.t)
		return nil
	}
	s.drop(t.t)
	return s.branchFailed(x, err)
}

func (s *session) commitBranch(ctx context.Context, x xid.XID) error {
	if err := s.commit(ctx); err != nil {
		return s.branchFailed(x, err)
	}
	s.srv.store.ReleaseXID(x)
	return nil
}

// branchFailed is the answer after XA PREPARE or COMMIT ONE PHASE failed. If
// that is certain the branch is rolled back and forgotten; if nobody knows,
// its name stays taken until the next start of the store has decided.
func (s *session) branchFailed(x xid.XID, err error) error {
	if errors.Is(err, engine.ErrUnknownOutcome) {
		return commitError{err}
	}
	s.srv.store.ReleaseXID(x)
	if isStopped(err) || errors.Is(err, engine.ErrDiskFull) {
		return err
	}
	s.srv.log.Warn("the branch is rolled back", "connection", s.id, "xid", x, "error", err)
	return mysqlerr.Wrap(err, mysqlerr.XARBRollback)
}

// secondPhase keeps a branch's decision apart from a failed statement: the
// branch stays prepared unless the store says otherwise.
func (s *session) secondPhase(ctx context.Context, x xid.XID, commit bool) error {
	defer s.spendGTID()
	gtid, err := s.srv.store.DecideXID(ctx, x, commit, s.id, s.ownedGTID())
	if err == nil {
		s.tracker.committed(gtid)
		return nil
	}
	if errors.Is(err, engine.ErrUnknownXID) {
		return err
	}
	return commitError{err}
}

// recoverResult is XA RECOVER [CONVERT XID] (MySQL manual, XA statements). Names are sent as
// they are, whatever set results are wanted in.
func recoverResult(list []xid.Prepared, convert bool, results types.Charset) *Result {
	res := &Result{Columns: []columnDef{
		intColumn("formatID"), intColumn("gtrid_length"), intColumn("bqual_length"), textColumn("data"),
	}}
	for _, p := range list {
		data := p.XID.Data()
		switch {
		case convert:
			data = []byte(p.XID.ConvertXID())
		case results.Recodes():
			data = results.Receive(data)
		case !utf8.Valid(data): // what is text clients want as text: they quote it in XA COMMIT
			res.Columns[3].Charset = charsetBinary
		}
		res.Rows = append(res.Rows, []binlog.Value{
			p.XID.FormatID(), int64(len(p.XID.Gtrid())), int64(len(p.XID.Bqual())), data,
		})
	}
	return res
}
