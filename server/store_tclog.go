package server

import (
	"context"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/tclog"
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

func (t logTxn) Mark() any { return t.Savepoint() }

func (t logTxn) RollbackTo(mark any) error { return t.Txn.RollbackTo(mark.(tclog.Savepoint)) }
