package server

import (
	"context"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/tclog"
)

// autonomous runs f in a transaction of its own and commits it.
func autonomous(ctx context.Context, l *tclog.Log, f func(exec.Txn) error) error {
	t := l.Begin()
	err := f(exec.Over(t))
	if err == nil {
		err = l.Commit(ctx, t)
	}
	if err != nil {
		_ = l.Rollback(t) // the first error matters
	}
	return err
}

func newExec(l *tclog.Log) *exec.Executor { return exec.New(execOptions(l)) }

func execOptions(l *tclog.Log) exec.Options {
	return exec.Options{
		Autonomous: func(ctx context.Context, f func(exec.Txn) error) error { return autonomous(ctx, l, f) },
		Get: func(t catalog.Space, key []byte) ([]byte, bool, error) {
			return l.Engine().Get(engine.Table(t), key)
		},
	}
}

// Purge removes the rows of tables and indexes that earlier lives of the store
// have dropped, or begun to build. It belongs to the start, before there are
// clients.
func Purge(ctx context.Context, l *tclog.Log) error { return newExec(l).Purge(ctx) }

// CheckTables compares the rows of all tables made with SQL with their indexes.
// What differs is catalog.ErrCorrupt, and names the table and the index.
func CheckTables(ctx context.Context, l *tclog.Log) (exec.Verified, error) {
	t := l.Begin()
	defer func() { _ = l.Rollback(t) }() // it has changed nothing
	return newExec(l).Verify(ctx, exec.Over(t))
}
