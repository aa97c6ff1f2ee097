package server

import (
	"context"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/wire"
	"github.com/xadb/xadb/tclog"
)

// NewExecutor makes an Executor that runs SQL over a log. It belongs to
// NewStore of the same log.
func NewExecutor(l *tclog.Log) Executor {
	autonomous := func(ctx context.Context, f func(exec.Txn) error) error {
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
	return sqlExecutor{exec.New(exec.Options{Autonomous: autonomous})}
}

type sqlExecutor struct{ e *exec.Executor }

type sqlStmt struct{ s *exec.Stmt }

var sqlKinds = map[exec.Kind]Kind{
	exec.Read: Read, exec.LockingRead: Locking, exec.Write: Write, exec.DDL: DDL, exec.Show: Listing,
}

func (s sqlStmt) Kind() Kind     { return sqlKinds[s.s.Kind] }
func (s sqlStmt) NumParams() int { return s.s.NumParams }

func over(t Txn) exec.Txn { return exec.Over(t.(logTxn).Txn) }

func (x sqlExecutor) Parse(sql string) (Stmt, error) {
	s, err := x.e.Parse(sql)
	if err != nil {
		return nil, err
	}
	return sqlStmt{s}, nil
}

func execEnv(env Env) exec.Env {
	e := exec.Env{
		Txn: over(env.Txn), DB: env.DB, Now: env.Now, Location: env.Location, SQLMode: env.SQLMode,
		FoundRows: env.FoundRows, Serializable: env.Serializable, Ranges: env.Ranges, Snapshot: env.Snapshot,
	}
	if env.Sink != nil {
		e.Sink = execSink{env.Sink}
	}
	return e
}

type execSink struct{ Sink }

func (s execSink) Columns(list []exec.Column) error { return s.Sink.Columns(wireColumns(list)) }

func (x sqlExecutor) Describe(ctx context.Context, env Env, s Stmt) ([]wire.Column, error) {
	columns, err := x.e.Describe(ctx, execEnv(env), s.(sqlStmt).s)
	return wireColumns(columns), err
}

func (x sqlExecutor) Execute(ctx context.Context, env Env, s Stmt, args []binlog.Value) (*Result, error) {
	r, err := x.e.Execute(ctx, execEnv(env), s.(sqlStmt).s, args)
	if err != nil {
		return nil, err
	}
	return &Result{
		Columns: wireColumns(r.Columns), Rows: r.Rows, AffectedRows: r.AffectedRows, InsertID: r.InsertID,
		Generated: r.Generated, Info: r.Info, Warnings: r.Warnings,
	}, nil
}

func (x sqlExecutor) HasDatabase(_ context.Context, t Txn, db string) (bool, error) {
	return x.e.HasDatabase(over(t), db)
}

func (x sqlExecutor) TableColumns(_ context.Context, t Txn, db, table string) ([]wire.Column, error) {
	columns, err := x.e.Columns(over(t), db, table)
	return wireColumns(columns), err
}

func wireColumns(list []exec.Column) []wire.Column {
	if list == nil {
		return nil
	}
	out := make([]wire.Column, len(list))
	for i, c := range list {
		out[i] = wire.Column(c)
	}
	return out
}
