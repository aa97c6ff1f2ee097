package tclog

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/groupcommit"
	"github.com/xadb/xadb/internal/bug"
	"github.com/xadb/xadb/internal/failpoint"
	"github.com/xadb/xadb/xid"
)

// Behind an acknowledgement nothing can fail any more: what a point returns
// there is ignored.
var (
	fpPrepareWait    = failpoint.New("prepare.before_sync_wait")
	fpPrepareAck     = failpoint.New("prepare.after_ack")
	fpCommitAck      = failpoint.New("commit.after_ack")
	fpCommitXIDAck   = failpoint.New("cbx.after_ack")
	fpRollbackLookup = failpoint.New("rbx.lookup")
	fpRollbackClaim  = failpoint.New("rbx.after_claim")
	fpRollbackXIDAck = failpoint.New("rbx.after_ack")
)

// A Txn is an engine transaction together with its binlog events. One
// goroutine at a time may use it.
type Txn struct {
	*engine.Txn
	l     *Log
	cache *binlog.Cache // nil if there is no binlog, or done
	ddl   bool
	done  bool // committed, prepared or rolled back: the engine's now
	// statement is where the events of the running statement begin.
	statement binlog.Mark
	gtid      binlog.GTID
	named     binlog.GTID // see SetGTID
	// ThreadID is the connection's number in binlog events; 0 is none.
	ThreadID uint32
	// compression is the level for the binlog; 0 is none.
	compression int
}

// Log is what the transaction belongs to.
func (t *Txn) Log() *Log { return t.l }

// GTID names the transaction in the binlog once Commit or Prepare has
// returned; zero if it is not there.
func (t *Txn) GTID() binlog.GTID { return t.gtid }

// SetGTID says what another server has called the transaction: the binlog does so, too, even
// if nothing is in it. Without a binlog nothing has a name. A set that has it already is ErrInvalid's.
func (t *Txn) SetGTID(g binlog.GTID) { t.named = g }

// Begin starts a transaction under engine.RepeatableRead.
func (l *Log) Begin() *Txn { return l.BeginWith(engine.TxnOptions{}) }

// BeginWith starts a transaction as the options say.
func (l *Log) BeginWith(o engine.TxnOptions) *Txn {
	t := &Txn{Txn: l.eng.BeginWith(o), l: l}
	if l.bl != nil {
		t.cache = caches.Get().(*binlog.Cache)
	}
	return t
}

// caches keeps the memory of events for the next transactions.
var caches = sync.Pool{New: func() any { return binlog.NewCache(0) }}

// end says that the transaction is the engine's now: nobody reads its events.
func (t *Txn) end() {
	t.done = true
	if t.cache != nil {
		t.cache.Reset()
		caches.Put(t.cache)
		t.cache = nil
	}
}

// logs reports whether the transaction takes events.
func (t *Txn) logs() (bool, error) {
	if t.done {
		return false, engine.ErrTxnDone
	}
	return t.cache != nil, nil
}

// Logged reports whether there is a binary log.
func (t *Txn) Logged() bool { return t.l.bl != nil }

// LogRows adds one statement's rows of one table to the transaction's events.
// It does nothing when the binlog is off. engine.ErrTxnTooLarge if there is no room
// for them: the events are as they were.
func (t *Txn) LogRows(tbl *binlog.Table, kind binlog.RowsKind, rows []binlog.RowChange) error {
	if on, err := t.logs(); !on {
		return err
	}
	return tooLarge(t.cache.AddRows(tbl, kind, rows))
}

// tooLarge makes a lack of room for events what a lack of room for writes is.
func tooLarge(err error) error {
	if errors.Is(err, binlog.ErrTooLarge) {
		return fmt.Errorf("%w: %w", engine.ErrTxnTooLarge, err)
	}
	return err
}

// SetRowImage chooses the columns of rows that LogRows adds from now on. It does
// nothing when the binlog is off.
func (t *Txn) SetRowImage(m binlog.RowImage) { t.cache.SetRowImage(m) }

// SetCompression has the transaction compressed in the binlog with that level of
// zstd; 0 is not. Branches never are.
func (t *Txn) SetCompression(level int) { t.compression = level }

// SetContext says in what context the statement is run that LogQuery adds. It does
// nothing when the binlog is off.
func (t *Txn) SetContext(c binlog.Context) { t.cache.SetContext(c) }

// SetText says of which statement the rows are that LogRows adds next. It does nothing
// when the binlog is off.
func (t *Txn) SetText(sql string) { t.cache.SetText(sql) }

// LogRow adds one row of a table that has only columns of bytes, see
// binlog.Cache.AddRow. It does nothing when the binlog is off.
func (t *Txn) LogRow(tbl *binlog.Table, kind binlog.RowsKind, before, after [][]byte) error {
	if on, err := t.logs(); !on {
		return err
	}
	return tooLarge(t.cache.AddRow(tbl, kind, before, after))
}

// LogKey says that a logged row has, or had, a unique key, or points to it; see
// binlog.Cache.AddKey. It does nothing when the binlog is off.
func (t *Txn) LogKey(index uint32, key []byte) { t.cache.AddKey(index, key) }

// LogQuery makes the transaction one DDL statement in the binlog: its rows are
// the catalog's and are not logged themselves.
func (t *Txn) LogQuery(db, sql string) error {
	if on, err := t.logs(); !on {
		return err
	}
	err := t.cache.AddQuery(db, sql)
	t.ddl = t.ddl || err == nil
	return err
}

// A Savepoint marks a place in a transaction's writes and events.
type Savepoint struct {
	rows   engine.Savepoint
	events binlog.Mark
}

// Savepoint returns the present place.
func (t *Txn) Savepoint() Savepoint {
	return Savepoint{rows: t.Txn.Savepoint(), events: t.cache.Mark()}
}

// RollbackTo undoes what came after the savepoint. Locks stay.
func (t *Txn) RollbackTo(sp Savepoint) error {
	if err := t.Txn.RollbackTo(sp.rows); err != nil {
		return err
	}
	t.truncate(sp.events)
	return nil
}

func (t *Txn) truncate(to binlog.Mark) {
	if bug.On(bug.SavepointKeepsEvents) {
		return
	}
	t.cache.TruncateTo(to)
	t.ddl = t.ddl && !t.cache.Empty() // a statement is alone in its cache
}

// BeginStatement begins a statement, in the engine's sense.
func (t *Txn) BeginStatement() {
	t.statement = t.cache.Mark()
	t.Txn.BeginStatement()
}

// RollbackStatement undoes the running statement, its events too, and ends it.
// Locks stay.
func (t *Txn) RollbackStatement() error {
	if err := t.Txn.RollbackStatement(); err != nil {
		return err
	}
	t.truncate(t.statement)
	return nil
}

// Commit makes the transaction durable and visible. On an error the caller
// calls Rollback, whatever the error was. While the transaction waits for its
// group, ctx can end the wait; from then on the true outcome is returned.
func (l *Log) Commit(ctx context.Context, t *Txn) error {
	if t.done {
		return engine.ErrTxnDone
	}
	err := l.commitTxn(ctx, t)
	if err == nil {
		t.end()
		_ = fpCommitAck.Eval()
	}
	return err
}

func (l *Log) commitTxn(ctx context.Context, t *Txn) error {
	logs := !t.cache.Empty() || l.bl != nil && t.named != (binlog.GTID{})
	if !t.HasWrites() && !logs {
		return l.eng.Commit(t.Txn, true)
	}
	if err := l.eng.Admit(ctx, false); err != nil {
		return err
	}
	if err := l.eng.Prepare(t.Txn, false); err != nil { // a statement ends, and may find that the transaction cannot commit
		return err
	}
	m := members.Get().(*member)
	m.txn, m.own = t.Txn, engine.Decision{Txn: t.Txn, Commit: true}
	m.decision = &m.own
	if !logs {
		if err := l.eng.BeginCommit(t.Txn); err != nil {
			return err
		}
	} else if err := l.beginBinlogged(t, m); err != nil {
		return err
	}
	err := l.run(ctx, m)
	t.gtid = l.gtid(m, err)
	if err == nil && !bug.On(bug.FollowerWokenEarly) { // else the pipeline still has it
		*m = member{}
		members.Put(m)
	}
	return err
}

// gtid is what the binlog calls a member that came through the pipeline.
func (l *Log) gtid(m *member, err error) binlog.GTID {
	if err != nil || m.group == nil {
		return binlog.GTID{}
	}
	return m.group.GTID
}

// beginBinlogged makes an ordinary transaction ready for both logs. If the binlog
// is to decide, it is prepared under an XID of ours.
func (l *Log) beginBinlogged(t *Txn, m *member) error {
	n, err := l.ids.Next()
	if err != nil {
		return err
	}
	m.group = l.group(t, binlog.DML)
	if t.ddl {
		m.group.Kind = binlog.DDL
	}
	m.group.InternalXID = n
	if err := l.bl.Pack(m.group, t.compression); err != nil {
		return err
	}
	if l.shared() {
		return l.eng.BeginCommit(t.Txn)
	}
	t.SetXID(xid.Internal(uint64(l.opts.ServerID), n), false, true)
	m.prepares = true
	return l.eng.BeginPrepare(t.Txn)
}

// group is what the binlog will be given; the dependency clock is read while
// the transaction holds all its locks.
func (l *Log) group(t *Txn, kind binlog.Kind) *binlog.PendingGroup {
	t.cache.Seal()
	return &binlog.PendingGroup{
		Kind: kind, Cache: t.cache, ThreadID: t.ThreadID, GTID: t.named,
		LastCommitted: l.bl.MaxCommitted(), Time: l.opts.Engine.Clock.Now(),
	}
}

// Rollback undoes the transaction and releases its locks. A transaction that
// is finished already is left as it is.
func (l *Log) Rollback(t *Txn) error {
	if t.done {
		return nil
	}
	t.end()
	return l.eng.Rollback(t.Txn, true)
}

// Prepare makes the transaction a prepared branch under x: durable, listed by
// Prepared, decided by XID, nobody's any more. It takes over the reservation
// of x, if there is one. On an error the caller calls Rollback.
func (l *Log) Prepare(ctx context.Context, t *Txn, x xid.XID) error {
	if t.done {
		return engine.ErrTxnDone
	}
	err := l.prepareBranch(ctx, t, x)
	if err == nil {
		t.end()
		_ = fpPrepareAck.Eval()
	}
	return err
}

func (l *Log) prepareBranch(ctx context.Context, t *Txn, x xid.XID) error {
	if l.eng.ReadOnly() {
		return engine.ErrReadOnly
	}
	if err := l.checkXID(x); err != nil {
		return err
	}
	if err := l.eng.Admit(ctx, false); err != nil {
		return err
	}
	binlogged := !t.cache.Empty() || l.bl != nil && t.named != (binlog.GTID{})
	t.SetXID(x, true, binlogged)
	m := &member{txn: t.Txn, prepares: true}
	if binlogged {
		m.group = l.group(t, binlog.XAPrepare)
		m.group.Branch = x
	}
	if err := l.eng.BeginPrepare(t.Txn); err != nil {
		return err
	}
	if err := fpPrepareWait.Eval(); err != nil {
		return err
	}
	err := l.run(ctx, m)
	t.gtid = l.gtid(m, err)
	return err
}

// CommitXID commits the prepared branch x. engine.ErrUnknownXID if there is no
// such branch, also the second time. On any other error the branch is still
// prepared, unless the store has stopped.
func (l *Log) CommitXID(ctx context.Context, x xid.XID) error {
	_, err := l.DecideXID(ctx, x, true, 0, binlog.GTID{})
	return err
}

// RollbackXID rolls the prepared branch x back; otherwise as CommitXID. The
// outcome is durable when it returns.
func (l *Log) RollbackXID(ctx context.Context, x xid.XID) error {
	_, err := l.DecideXID(ctx, x, false, 0, binlog.GTID{})
	return err
}

// DecideXID is CommitXID or RollbackXID of a connection, as Txn.ThreadID has it, named as
// SetGTID says unless that is zero, and returns the decision's own GTID; zero if it is not in the binlog.
func (l *Log) DecideXID(ctx context.Context, x xid.XID, commit bool, thread uint32, named binlog.GTID) (binlog.GTID, error) {
	ack := fpCommitXIDAck
	if !commit {
		if err := fpRollbackLookup.Eval(); err != nil {
			return binlog.GTID{}, err
		}
		ack = fpRollbackXIDAck
	}
	t, err := l.eng.Claim(x)
	if err != nil {
		return binlog.GTID{}, err
	}
	if !commit {
		if err := fpRollbackClaim.Eval(); err != nil {
			l.eng.Unclaim(t)
			return binlog.GTID{}, err
		}
	}
	kind := binlog.XARollback
	if commit {
		kind = binlog.XACommit
	}
	gtid, err := l.finish(ctx, &Txn{Txn: t, l: l, ThreadID: thread, named: named}, kind, x)
	if err == nil {
		_ = ack.Eval()
	}
	return gtid, err
}

// finish takes a claimed branch's outcome through the pipeline.
func (l *Log) finish(ctx context.Context, t *Txn, kind binlog.Kind, x xid.XID) (binlog.GTID, error) {
	commit := kind == binlog.XACommit
	err := l.eng.OutcomeRoom(l.bl != nil && t.Binlogged() && !l.shared())
	if err == nil && commit {
		err = l.eng.Admit(ctx, true)
	}
	if err != nil {
		l.eng.Unclaim(t.Txn)
		return binlog.GTID{}, err
	}
	m := &member{txn: t.Txn, decision: &engine.Decision{Txn: t.Txn, Commit: commit}}
	if l.bl != nil && t.Binlogged() {
		m.group = l.group(t, kind)
		m.group.Branch = x
	}
	err = l.run(ctx, m)
	if err != nil {
		l.eng.Unclaim(t.Txn)
	}
	return l.gtid(m, err), err
}

// run takes a member through the pipeline. An error that may have left
// something in a log stops the engine before the caller can touch the
// transaction again: its fate is the next Open's to find.
func (l *Log) run(ctx context.Context, m *member) error {
	if l.opts.SyncDelay > 0 {
		l.queued.Store(m.txn.ID(), nil)
		defer l.queued.Delete(m.txn.ID())
	}
	err := l.pipe.Run(ctx, m)
	switch {
	case err == nil:
		if l.shared() {
			l.writeBehind()
		}
		l.rotateIfDue(ctx)
		return nil
	case errors.Is(err, groupcommit.ErrUnknownOutcome):
		_ = l.eng.Stop(err)
		return errors.Join(engine.ErrUnknownOutcome, err)
	case errors.Is(err, groupcommit.ErrStopped):
		_ = l.eng.Stop(err)
	}
	return err
}
