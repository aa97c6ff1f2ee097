package server

import (
	"context"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/engine/lock"
	"github.com/xadb/xadb/tclog"
	"github.com/xadb/xadb/wal"
	"github.com/xadb/xadb/xid"
)

// NewStore makes a Store of a log with its engine.
func NewStore(l *tclog.Log) Store { return logStore{l} }

type logStore struct{ *tclog.Log }

// A logTxn is a transaction of a logStore.
type logTxn struct{ *tclog.Txn }

func (s logStore) Begin(connection uint32, o engine.TxnOptions) Txn {
	t := s.Log.BeginWith(o)
	t.ThreadID = connection
	return logTxn{t}
}

func (s logStore) Commit(ctx context.Context, t Txn) error {
	return s.Log.Commit(ctx, t.(logTxn).Txn)
}

func (s logStore) Rollback(t Txn) error { return s.Log.Rollback(t.(logTxn).Txn) }

func (s logStore) Prepare(ctx context.Context, t Txn, x xid.XID) error {
	return s.Log.Prepare(ctx, t.(logTxn).Txn, x)
}

func (s logStore) DecideXID(ctx context.Context, x xid.XID, commit bool, connection uint32, named binlog.GTID) (string, error) {
	gtid, err := s.Log.DecideXID(ctx, x, commit, connection, named)
	return gtidText(gtid), err
}

func gtidText(g binlog.GTID) string {
	if g == (binlog.GTID{}) {
		return ""
	}
	return g.String()
}

func (s logStore) CreateView(name string) error {
	_, err := s.Engine().CreateView(name)
	return err
}

func (s logStore) ReleaseView(name string) error { return s.Engine().ReleaseView(name) }

func (s logStore) Views() []engine.ViewInfo { return s.Engine().Views() }

func (s logStore) Locks() ([]lock.HeldLock, []lock.Wait) { return s.Engine().Locks().Dump() }

func (s logStore) LastDeadlock() *lock.Deadlock { return s.Engine().Locks().LastDeadlock() }

func (s logStore) Segments() []wal.SegmentInfo { return s.Engine().LogSegments() }

func (s logStore) UUID() binlog.UUID { return s.Engine().StoreID() }

func (t logTxn) Under(holder Txn) { t.SetUnder(holder.(logTxn).Txn.Txn) }

func (t logTxn) GTID() string { return gtidText(t.Txn.GTID()) }

func (t logTxn) ReadView(name string) error {
	open := func() (*engine.Snapshot, error) { return t.Log().Engine().OpenView(name) }
	if id, err := engine.ParseViewID(name); err == nil {
		open = func() (*engine.Snapshot, error) { return t.Log().Engine().OpenViewID(id) }
	}
	point, err := open()
	if err != nil {
		return err
	}
	defer point.Close()
	return t.ReadFrom(point)
}

func (t logTxn) Mark() any { return t.Savepoint() }

func (t logTxn) RollbackTo(mark any) error { return t.Txn.RollbackTo(mark.(tclog.Savepoint)) }
