package server

import (
	"context"
	"fmt"
	"time"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql"
	"github.com/xadb/xadb/server/types"
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
	return sqlExecutor{e, sql.New(sql.Options{Exec: e, Made: madeTables(), Variables: sqlVariables()})}
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

	prepared exec.Prepared // the way to a plan
}

var sqlKinds = [...]Kind{
	exec.Read: Read, exec.LockingRead: Locking, exec.Write: Write, exec.DDL: DDL, exec.Show: Listing,
}

func (s *sqlStmt) Kind() Kind {
	if e := s.tree.Explain; e != nil && !e.Analyze {
		return Listing
	}
	return s.runs()
}

// runs is the kind of the statement itself, which may only be explained.
func (s *sqlStmt) runs() Kind {
	switch {
	case s.quick != nil:
		return sqlKinds[s.quick.Kind]
	case s.full.Temporary:
		return Write
	}
	return sqlKinds[s.full.Kind]
}

func (s *sqlStmt) NumParams() int { return s.tree.NumParams }

func (s *sqlStmt) Needs() auth.Needs { return s.tree.Needs }

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
// does not know the statement either.
func (x sqlExecutor) next(s *sqlStmt, err error) error {
	if s.full == nil {
		full, terr := x.full.Take(s.tree)
		switch {
		case mysqlerr.Is(terr, mysqlerr.NotSupportedYet):
			return err
		case terr != nil:
			return terr
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
		Memo: env.Memo, Rights: env.Rights, DB: env.DB, Now: env.Now, Location: env.Location, SQLMode: env.SQLMode,
		FoundRows: env.FoundRows, Serializable: env.Serializable, Ranges: env.Ranges, Snapshot: env.Snapshot,
		Drawing: env.Drawing, NoForeignKeys: env.NoForeignKeys, Collation: env.Collation, Among: env.Among, Literals: env.Literals, AsWritten: env.AsWritten, Bytes: env.Bytes, SafeUpdates: env.SafeUpdates, Lenient: env.Lenient, InBranch: env.InBranch,
	}
	if env.Kept != nil {
		e.Temporaries = keptOf(env).temporaries
	}
	if env.Txn != nil {
		e.Txn = over(env.Txn)
	}
	return e
}

// An execSink is a Sink that knows whether it has been used.
type execSink struct {
	Sink
	used bool
}

func (s *execSink) Columns(list []wire.Column) error {
	s.used = true
	return s.Sink.Columns(list)
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

func (x sqlExecutor) LockTable(ctx context.Context, t Txn, db, table string, write bool) error {
	mode := catalog.Shared
	if write {
		mode = catalog.Exclusive
	}
	txn := over(t)
	def, ok, err := x.e.Catalog().Open(ctx, txn, db, table, mode)
	switch {
	case err != nil:
		return err
	case ok && !write:
		return txn.LockRange(ctx, def.Space(), nil, nil, catalog.Shared)
	case ok:
		return nil
	}
	if there, err := x.HasTable(ctx, t, db, table); there || err != nil {
		return err // a view, or one of the server's own
	}
	return mysqlerr.New(mysqlerr.NoSuchTable, db, table)
}

func (x sqlExecutor) IsTemporary(k any, db, table string) bool {
	s, ok := k.(*kept)
	if !ok {
		return false
	}
	_, ok = s.temporaries.Find(db, table)
	return ok
}

// RestSession drops package sql's session, which is several KiB, unless it holds
// locks of GET_LOCK.
func (x sqlExecutor) RestSession(k any) any {
	s, ok := k.(*kept)
	if ok && s.session != nil && !s.session.HoldsLocks() {
		s.session = nil
	}
	return k
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
	columns, err := x.describe(ctx, env, s)
	if err == nil && s.tree.Explain != nil {
		return describeExplain(env, s), nil
	}
	if s.tree.Into != nil {
		columns = nil
	}
	return columns, err
}

func (x sqlExecutor) describe(ctx context.Context, env Env, s *sqlStmt) ([]wire.Column, error) {
	if s.quick != nil {
		columns, err := x.e.Describe(ctx, execEnv(env), s.quick)
		if err == nil || !notForQuick(err) {
			return columns, err
		}
		if err := x.next(s, err); err != nil {
			return nil, err
		}
	}
	return x.full.Describe(ctx, execEnv(env), x.session(env), s.full)
}

func (x sqlExecutor) Execute(ctx context.Context, env Env, stmt Stmt, args []binlog.Value) (*Result, error) {
	if s, ok := stmt.(recalledStmt); ok {
		ee := execEnv(env)
		ee.Sink = env.Sink
		r, err := x.e.Execute(ctx, ee, s.Stmt, args)
		if err != exec.ErrNoPlan {
			return r, err
		}
		if stmt, err = x.Parse(env.SQL); err != nil {
			return nil, err
		}
		args = nil // they are in the text
	}
	if s, ok := stmt.(replayStmt); ok {
		return x.full.Replay(ctx, execEnv(env), x.session(env), s)
	}
	s := stmt.(*sqlStmt)
	if s.tree.HasFrames() {
		if env.Bytes != nil {
			return nil, mysqlerr.New(mysqlerr.NotSupportedYet, "a BLOB beside parameters of a window's frame")
		}
		text, rest, err := s.tree.Framed(args)
		if err != nil {
			return nil, err
		}
		if stmt, err = x.Parse(text); err != nil {
			return nil, err
		}
		return x.Execute(ctx, env, stmt, rest)
	}
	if s.tree.Explain != nil {
		r, err := x.explain(ctx, env, s, args)
		return withNotes(r, err, s.tree.Notes)
	}
	if t, values := x.planned(env.DB, s, args); t != nil {
		defer s.prepared.Forget()
		ee := execEnv(env)
		ee.Sink = env.Sink
		if r, err := x.e.Execute(ctx, ee, t, values); err != exec.ErrNoPlan {
			return r, err
		}
	}
	if s.tree.Into != nil {
		r, err := x.into(ctx, env, s, args)
		return withNotes(r, err, s.tree.Notes)
	}
	r, err := x.run(ctx, env, s, args)
	return withNotes(r, err, s.tree.Notes)
}

// planned is the statement that has the plan of a prepared one, or nil.
func (x sqlExecutor) planned(db string, s *sqlStmt, args []binlog.Value) (*exec.Stmt, []binlog.Value) {
	if s.quick == nil || len(args) == 0 || len(args) != s.NumParams() {
		return nil, nil
	}
	return s.prepared.Recall(x.e, db, s.tree.SQL, args)
}

// A recalledStmt is one whose plan is all it has: where that declines, the text
// is parsed.
type recalledStmt struct{ *exec.Stmt }

func (s recalledStmt) Kind() Kind     { return sqlKinds[s.Stmt.Kind] }
func (s recalledStmt) NumParams() int { return s.Stmt.NumParams }

func (recalledStmt) TakeNotes() []Diagnostic { return nil } // those with notes are not remembered

func (x sqlExecutor) Recall(db, sql string, d *exec.Digest) (Stmt, []binlog.Value) {
	s, args := x.e.Recall(db, sql, d)
	if s == nil {
		return nil, nil
	}
	return recalledStmt{s}, args
}

func (x sqlExecutor) ReadNow(ctx context.Context, env Env, stmt Stmt, args []binlog.Value) (*Result, error) {
	ee := execEnv(env)
	ee.Sink = env.Sink
	switch s := stmt.(type) {
	case recalledStmt:
		return x.e.ReadNow(ctx, ee, s.Stmt, args)
	case *sqlStmt:
		if t, values := x.planned(env.DB, s, args); t != nil {
			defer s.prepared.Forget()
			return x.e.ReadNow(ctx, ee, t, values)
		}
	}
	return nil, exec.ErrNoPlan
}

func (x sqlExecutor) run(ctx context.Context, env Env, s *sqlStmt, args []binlog.Value) (*exec.Result, error) {
	ee := execEnv(env)
	if err := x.e.CheckHints(ee, s.tree); err != nil {
		return nil, err
	}
	if err := x.e.CheckTargets(ee, s.tree); err != nil {
		return nil, err
	}
	if r, ok, err := x.filteredShow(ctx, ee, s.tree); ok {
		return r, err
	}
	ee.Deriver = x.full.Deriver(func() *sql.Session { return x.session(env) })
	var sink *execSink
	if env.Sink != nil {
		sink = &execSink{Sink: env.Sink}
		ee.Sink = sink
	}
	if s.quick != nil {
		r, err := x.e.Execute(ctx, ee, s.quick, args)
		if err == nil || !notForQuick(err) || sink != nil && sink.used {
			return r, err
		}
		if err := x.next(s, err); err != nil {
			return nil, err
		}
	}
	return x.full.Execute(ctx, ee, x.session(env), s.full, args)
}

// A replayStmt is one of Replay. It names no tables, and nobody asks for rights on them.
type replayStmt []binlog.TableChanges

func (replayStmt) Kind() Kind     { return Write }
func (replayStmt) NumParams() int { return 0 }

func (replayStmt) TakeNotes() []Diagnostic { return nil }

func (replayStmt) Needs() auth.Needs { return auth.NeedsOf() }

func (x sqlExecutor) Replay(list []binlog.TableChanges) Stmt { return replayStmt(list) }

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

func (x sqlExecutor) ColumnsOf(ctx context.Context, env Env, db, table string) (names []string, err error) {
	def, ok, err := x.e.Catalog().Find(over(env.Txn), db, table)
	if err != nil {
		return nil, err
	}
	if ok {
		for i := range def.Columns {
			if c := &def.Columns[i]; !c.Hidden {
				names = append(names, c.Name)
			}
		}
		return names, nil
	}
	st, err := x.Parse("SELECT * FROM " + quoteName(db) + "." + quoteName(table))
	if err != nil {
		return nil, err
	}
	columns, err := x.Describe(ctx, env, st)
	for _, c := range columns {
		names = append(names, c.Name)
	}
	return names, err
}

func (x sqlExecutor) AnalyzeTable(_ context.Context, t Txn, db, table string, now time.Time) error {
	def, ok, err := x.e.Catalog().Find(over(t), db, table)
	if !ok || err != nil {
		return err
	}
	return x.e.Analyze(over(t), def, now)
}

func (x sqlExecutor) CheckTable(ctx context.Context, t Txn, db, table string) error {
	if _, ok, err := x.e.Catalog().Find(over(t), db, table); !ok || err != nil {
		return err
	}
	_, err := x.e.VerifyTable(ctx, over(t), db, table)
	return err
}

func (x sqlExecutor) TableNames(t Txn) (map[uint32]TableName, error) {
	names, err := x.e.TableNames(over(t))
	out := make(map[uint32]TableName, len(names))
	for id, n := range names {
		out[id] = TableName(n)
	}
	return out, err
}

func (x sqlExecutor) LoadColumns(env Env, db, table string) (columns []LoadColumn, err error) {
	var def *catalog.Table
	ok := false
	if k, is := (*env.Kept).(*kept); is {
		def, ok = k.temporaries.Find(db, table)
	}
	if !ok {
		if def, ok, err = x.e.Catalog().Find(over(env.Txn), db, table); !ok || err != nil {
			return nil, err
		}
	}
	for i := range def.Columns {
		c := &def.Columns[i]
		if !c.Hidden {
			columns = append(columns, LoadColumn{Name: c.Name, Missing: missingField(c), Generated: c.Generated != "",
				Vector: c.Type.Kind == types.Vector, Bytes: c.Type.TakesBytes(), Invisible: c.Invisible})
		}
	}
	return columns, nil
}

// missingField is what LOAD DATA gives a column that a row of the file lacks.
func missingField(c *catalog.Column) string {
	switch k := c.Type.Kind; {
	case c.Nullable && (c.Default == nil || c.Default.Now || c.Default.Expr != ""):
		return "NULL"
	case k == types.Timestamp && !c.Nullable:
		return fmt.Sprintf("CURRENT_TIMESTAMP(%d)", c.Type.FSP)
	case c.Type.IsString(), k == types.JSON, k == types.Geometry:
		return "''"
	}
	return "0"
}

func (x sqlExecutor) TableColumns(_ context.Context, t Txn, db, table string) ([]wire.Column, error) {
	columns, err := x.e.Columns(over(t), db, table)
	return columns, err
}
