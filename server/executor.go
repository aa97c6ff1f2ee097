package server

import (
	"context"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql"
	"github.com/xadb/xadb/server/wire"
	"github.com/xadb/xadb/tclog"
)

// NewExecutor makes an Executor that runs SQL over a log. It belongs to
// NewStore of the same log.
//
// It has two tiers: package exec runs what it can, because it is quick, and
// package sql the rest.
func NewExecutor(l *tclog.Log) Executor {
	e := newExec(l)
	return sqlExecutor{e, sql.New(sql.Options{Exec: e, Made: madeTables()})}
}

type sqlExecutor struct {
	e    *exec.Executor
	full *sql.Engine
}

// A sqlStmt is a statement of one of the tiers, or of both: quick is tried
// first, until it says that the statement is not for it.
type sqlStmt struct {
	tree  *exec.Tree
	quick *exec.Stmt // nil: not for package exec
	full  *sql.Stmt  // nil: not taken yet
}

var sqlKinds = map[exec.Kind]Kind{
	exec.Read: Read, exec.LockingRead: Locking, exec.Write: Write, exec.DDL: DDL, exec.Show: Listing,
}

func (s *sqlStmt) Kind() Kind {
	switch {
	case s.quick != nil:
		return sqlKinds[s.quick.Kind]
	case s.full.Temporary:
		return Write
	}
	return sqlKinds[s.full.Kind]
}

func (s *sqlStmt) NumParams() int { return s.tree.NumParams }

func over(t Txn) exec.Txn { return exec.Over(t.(logTxn).Txn) }

func (x sqlExecutor) Parse(text string) (Stmt, error) {
	tree, err := exec.ParseTree(text)
	if err != nil {
		return nil, err
	}
	s := &sqlStmt{tree: tree}
	if s.quick, err = x.e.Take(tree); err == nil {
		return s, nil
	}
	s.quick = nil
	if !mysqlerr.Is(err, mysqlerr.NotSupportedYet) {
		return nil, err
	}
	s.full, err = x.full.Take(tree)
	return s, err
}

// notForQuick reports whether an error of package exec means that package sql
// should try: it knows more statements, and more that looks like a table.
func notForQuick(err error) bool {
	return mysqlerr.Is(err, mysqlerr.NotSupportedYet) || mysqlerr.Is(err, mysqlerr.NoSuchTable) ||
		mysqlerr.Is(err, mysqlerr.BadDB)
}

// next goes to the other tier; err is why, and stays the error if that tier
// does not take the statement either.
func (x sqlExecutor) next(s *sqlStmt, err error) error {
	if s.full == nil {
		full, terr := x.full.Take(s.tree)
		if terr != nil {
			return err
		}
		s.full = full
	}
	if mysqlerr.Is(err, mysqlerr.NotSupportedYet) {
		s.quick = nil
	}
	return nil
}

func execEnv(env Env) exec.Env {
	e := exec.Env{
		Txn: over(env.Txn), Rights: env.Rights, DB: env.DB, Now: env.Now, Location: env.Location, SQLMode: env.SQLMode,
		FoundRows: env.FoundRows, Serializable: env.Serializable, Ranges: env.Ranges, Snapshot: env.Snapshot,
		NoForeignKeys: env.NoForeignKeys, InBranch: env.InBranch,
	}
	if env.Kept != nil {
		e.Temporaries = keptOf(env).temporaries
	}
	if env.Sink != nil {
		e.Sink = &execSink{Sink: env.Sink}
	}
	return e
}

// An execSink is a Sink that knows whether it has been used.
type execSink struct {
	Sink
	used bool
}

func (s *execSink) Columns(list []exec.Column) error {
	s.used = true
	return s.Sink.Columns(wireColumns(list))
}

// A kept is what a session has: for package sql, once it needs it, and its
// temporary tables.
type kept struct {
	session     *sql.Session
	temporaries *catalog.Temporaries
}

func keptOf(env Env) *kept {
	if *env.Kept == nil {
		*env.Kept = &kept{temporaries: new(catalog.Temporaries)}
	}
	return (*env.Kept).(*kept)
}

// session is the client's session for package sql.
func (x sqlExecutor) session(env Env) *sql.Session {
	k := keptOf(env)
	if k.session == nil {
		k.session = x.full.NewSession(env.Client)
	}
	return k.session
}

// EndSession lets go of what Env.Kept holds.
func (x sqlExecutor) EndSession(k any) {
	s, ok := k.(*kept)
	if !ok {
		return
	}
	if s.session != nil {
		x.full.EndSession(s.session)
	}
	// What stays behind goes with the next purge, or start.
	_ = x.e.EndTemporaries(context.Background(), s.temporaries)
}

func (x sqlExecutor) Describe(ctx context.Context, env Env, stmt Stmt) ([]wire.Column, error) {
	s := stmt.(*sqlStmt)
	if s.quick != nil {
		columns, err := x.e.Describe(ctx, execEnv(env), s.quick)
		if err == nil || !notForQuick(err) {
			return wireColumns(columns), err
		}
		if err := x.next(s, err); err != nil {
			return nil, err
		}
	}
	columns, err := x.full.Describe(ctx, execEnv(env), x.session(env), s.full)
	return wireColumns(columns), err
}

func (x sqlExecutor) Execute(ctx context.Context, env Env, stmt Stmt, args []binlog.Value) (*Result, error) {
	s := stmt.(*sqlStmt)
	r, err := x.run(ctx, env, s, args)
	if err != nil {
		return nil, err
	}
	out := &Result{
		Columns: wireColumns(r.Columns), Rows: r.Rows, AffectedRows: r.AffectedRows, InsertID: r.InsertID,
		Generated: r.Generated, Leftover: r.Leftover, Info: r.Info, Warnings: r.Warnings, RowsRead: r.RowsRead,
	}
	for _, d := range r.Diagnostics {
		out.Diagnostics = append(out.Diagnostics, Diagnostic(d))
	}
	return out, nil
}

func (x sqlExecutor) run(ctx context.Context, env Env, s *sqlStmt, args []binlog.Value) (*exec.Result, error) {
	ee := execEnv(env)
	if s.quick != nil {
		r, err := x.e.Execute(ctx, ee, s.quick, args)
		sink, _ := ee.Sink.(*execSink)
		if err == nil || !notForQuick(err) || sink != nil && sink.used {
			return r, err
		}
		if err := x.next(s, err); err != nil {
			return nil, err
		}
	}
	return x.full.Execute(ctx, ee, x.session(env), s.full, args)
}

func (x sqlExecutor) HasDatabase(_ context.Context, t Txn, db string) (bool, error) {
	if sql.IsSystemDatabase(db) {
		return true, nil
	}
	return x.e.HasDatabase(over(t), db)
}

func (x sqlExecutor) HasTable(_ context.Context, t Txn, db, table string) (bool, error) {
	if _, ok, err := x.e.Catalog().Find(over(t), db, table); ok || err != nil {
		return ok, err
	}
	_, ok, err := x.e.Catalog().View(over(t), db, table)
	return ok || sql.IsSystemTable(db, table), err
}

func (x sqlExecutor) TableNames(t Txn) (map[uint32]TableName, error) {
	names, err := x.e.TableNames(over(t))
	out := make(map[uint32]TableName, len(names))
	for id, n := range names {
		out[id] = TableName(n)
	}
	return out, err
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
