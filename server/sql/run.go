package sql

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/rowexec"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/rows"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/group"
	"github.com/xadb/xadb/server/sql/window"
	"github.com/xadb/xadb/server/updatable"
)

// A call is one Execute, or one Describe.
type call struct {
	*Engine
	ctx  context.Context
	env  exec.Env
	s    *Session
	stmt *Stmt

	tables    map[tableID]*table
	log       *rows.Changes // of all writers
	changes   int           // rows changed
	given     int           // rows to be inserted that are dealt with, but for those that a CHECK or a parent refuses
	inserted  int           // rows that are there now
	rewritten int           // rows that an UPDATE has given other values
	unchanged int           // rows that it has left as they were
	removed   int           // rows that are not there any more
	met       int           // rows that an UPDATE has found
	generated uint64        // the first AUTO_INCREMENT value of a row inserted
	told      uint64        // that of the last row inserted, or changed instead
	triggered bool          // triggers may run
	woken     bool          // the statement was killed in a SLEEP
	outer     *call         // of a statement of a trigger: what fired it
	// bound are the values that the text's parameters stand for, of a trigger.
	bound      map[string]gms.Expression
	defined    bool // a definition has changed
	private    bool // it is that of one of the session's temporary tables
	leftover   bool // rows were abandoned
	doubted    bool // a document was a condition, of which one warning is enough
	describing bool // nothing may be locked
	binding    bool // names are being resolved
	keeping    bool // those in a text that a definition keeps
	listing    bool // information_schema is being read
	read, held int
	interims   int                            // bytes of interim indexes
	checked    checked                        // nil: the client may do everything with tables
	remarks    []exec.Diagnostic              // of names
	params     map[*expression.Literal]bool   // the values of parameters
	keptDigits []bool                         // columns of the result that keep the digits of their values
	recursions map[gms.TableId][]chosenColumn // of recursive common table expressions
	failed     error                          // what an interface of the library had no place for
	missing    tableID                        // the last table that was not there
	ending     map[tableID]bool               // views that are known not to be tables of their own
	// change, if not nil, is how the statement came to be one on tables, not views.
	change *updatable.Change
	about  narrowing // what a query of information_schema asks for
}

// Execute runs a statement. args are the values of its parameters, as many as
// NumParams. On an error the statement's writes are undone; the transaction
// goes on, unless the error says otherwise (deadlock).
//
// DDL belongs in a transaction of its own, which the caller commits.
func (e *Engine) Execute(ctx context.Context, env exec.Env, s *Session, stmt *Stmt, args []binlog.Value) (*exec.Result, error) {
	if len(args) != stmt.NumParams {
		return nil, mysqlerr.New(mysqlerr.WrongArguments, "EXECUTE")
	}
	if stmt.tree.View != (reword.ViewChange{}) {
		return e.changeView(ctx, env, s, stmt, args)
	}
	if stmt.temporary(env) != nil {
		return e.alterTemporary(ctx, env, s, stmt, args)
	}
	if stmt.query != nil {
		return e.copyTable(ctx, env, s, stmt, args)
	}
	return e.newCall(ctx, env, s, stmt).execute(args)
}

// execute is the whole of a call.
func (c *call) execute(args []binlog.Value) (*exec.Result, error) {
	defer c.end()
	env, stmt := c.env, c.stmt
	if stmt.tree.NoWait {
		defer env.Txn.SetLockTimeout(env.Txn.LockTimeout())
		env.Txn.SetLockTimeout(0)
	}
	if err := c.checkRights(); err != nil {
		return nil, err
	}
	if err := c.throughViews(); err != nil {
		return nil, err
	}
	if err := c.exec.CheckSafe(c.ctx, env, c.stmt.tree.Statement); err != nil {
		return nil, err
	}
	env.Txn.BeginStatement()
	r, err := c.run(args)
	if err != nil {
		err = c.ofView(c.translate(err))
		if rerr := env.Txn.RollbackStatement(); rerr != nil {
			err = errors.Join(err, rerr)
		}
		if stmt.tree.NoWait && errors.Is(err, engine.ErrLockTimeout) {
			err = mysqlerr.Wrap(err, mysqlerr.LockNowait)
		}
		if len(c.remarks) > 0 {
			err = &exec.Remarked{Err: err, Remarks: c.remarks}
		}
		if _, is := stmt.tree.Statement.(*sqlparser.AlterTable); is { // it may have written rows anew
			err = &exec.Unfinished{Err: err, Undo: c.exec.Purge}
		}
		return nil, err
	}
	env.Txn.EndStatement()
	r.RowsRead, r.FoundRows = c.read, c.s.foundRows
	if c.leftover {
		r.Leftover = c.exec.Purge
	}
	c.insertID(r)
	c.countRows(r)
	return r, nil
}

// countRows counts where the library does not see all rows, or not what has changed: those
// that REPLACE removes, those of several tables, those that DELETE IGNORE leaves, and equal
// texts that ON DUPLICATE KEY UPDATE writes otherwise.
func (c *call) countRows(r *exec.Result) {
	switch s := c.stmt.tree.Statement.(type) {
	case *sqlparser.Insert:
		given, again := c.given, c.given-c.inserted
		if strings.EqualFold(s.Action, sqlparser.ReplaceStr) {
			r.AffectedRows = uint64(c.inserted + c.removed)
			given, again = c.inserted, c.removed
		} else if len(s.OnDup) > 0 {
			again = c.rewritten
			r.AffectedRows = uint64(c.inserted + 2*c.rewritten)
			if c.env.FoundRows {
				r.AffectedRows += uint64(c.unchanged)
			}
		}
		if list, is := s.Rows.(*sqlparser.AliasedValues); !is || len(list.Values) > 1 {
			r.Info = fmt.Sprintf("Records: %d  Duplicates: %d  Warnings: %d", given, again, r.Warnings)
		}
	case *sqlparser.Delete:
		r.AffectedRows = uint64(c.removed)
	}
}

// insertID is what the client is told, and what LAST_INSERT_ID() is from now
// on.
func (c *call) insertID(r *exec.Result) {
	r.InsertID = c.told
	if id := c.s.lastInsert; id != nil {
		r.InsertID, r.Generated = *id, true
	}
	if c.generated != 0 {
		r.InsertID, r.Generated = c.generated, c.change == nil || !c.change.NoInsertID
	}
}

func (e *Engine) newCall(ctx context.Context, env exec.Env, s *Session, stmt *Stmt) *call {
	c := &call{
		Engine: e, ctx: ctx, env: env, s: s, stmt: stmt,
		tables: make(map[tableID]*table), log: rows.NewChanges(env.Txn),
	}
	s.call, s.lastInsert, s.foundRows = c, nil, nil
	s.SetCurrentDatabase(env.DB)
	s.ClearWarnings()
	caps := uint32(0)
	if env.FoundRows {
		caps = foundRows
	}
	client := s.Client()
	client.Capabilities = caps
	s.SetClient(client)
	return c
}

func (c *call) end() { c.s.call = nil }

// run is a statement between its beginning and its end.
func (c *call) run(args []binlog.Value) (r *exec.Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			r, err = nil, fmt.Errorf("sql: the library gave up: %v", p)
		}
	}()
	c.about = c.narrow(args)
	ctx := c.context()
	if d, is := c.stmt.tree.Statement.(*sqlparser.DDL); is && d.TriggerSpec != nil && d.Action == sqlparser.CreateStr {
		r = &exec.Result{}
		err = c.createTrigger(ctx, d, r)
	} else if is && d.Action == sqlparser.RenameStr && len(d.ToTables) > 0 {
		r = &exec.Result{}
		err = c.renameTables(d)
	} else if alter, is := c.stmt.tree.Statement.(*sqlparser.AlterTable); is {
		r = &exec.Result{}
		err = c.alterTable(ctx, alter, r)
	} else {
		if d, is := c.stmt.tree.Statement.(*sqlparser.DDL); is {
			if err := checkIndexes(d); err != nil {
				return nil, err
			}
		}
		var s sqlparser.Statement
		if s, err = c.plain(); err != nil {
			return nil, err
		}
		r, err = c.perform(ctx, s, c.stmt.tree.Text, args)
	}
	if err == nil {
		err = c.finish()
	}
	if err == nil {
		err = c.failed
	}
	if err != nil {
		return nil, err
	}
	if err = c.diagnose(ctx, r); err == nil && r.Info != "" && c.stmt.Kind == ddlKind {
		r.Info = told(r)
	}
	return r, err
}

// plain is the statement in words that mean to the library what they mean here.
func (c *call) plain() (sqlparser.Statement, error) {
	s, err := c.draftNames(c.stmt.tree.Statement)
	if err != nil {
		return nil, err
	}
	if s, err = c.nameAll(s); err != nil {
		return nil, err
	}
	if s, err = c.reveal(s); err != nil {
		return nil, err
	}
	if s, err = c.throughKeys(s); err != nil {
		return nil, err
	}
	return c.withoutGenerated(s)
}

// diagnose gives the answer the library's warnings.
func (c *call) diagnose(ctx *gms.Context, r *exec.Result) error {
	for _, w := range ctx.Warnings() {
		d := exec.Diagnostic{Level: w.Level, Code: uint16(w.Code), Message: strings.Replace(w.Message, expr.TruncatedWord+"double ", expr.TruncatedWord+"DOUBLE ", 1)}
		switch {
		case d.Message == expr.TruncatedWord+"DOUBLE value: ''": // an empty text is 0
			continue
		case d.Code == mysqlerr.DivisionByZero && !c.env.Mode("ERROR_FOR_DIVISION_BY_ZERO"):
			continue
		case d.Code == mysqlerr.DivisionByZero && c.stmt.Kind == writeKind && !c.cuts():
			return mysqlerr.New(mysqlerr.DivisionByZero)
		case d.Level != "Note" && (d.Code == mysqlerr.TruncatedWrongValue || d.Code == mysqlerr.DatetimeOverflow || d.Code == mysqlerr.WrongValueForType) && c.stmt.Kind == writeKind && !c.cuts():
			return &mysqlerr.Error{Code: d.Code, State: mysqlerr.New(d.Code).State, Message: d.Message}
		case d.Code == mysqlerr.DupEntry && d.Level == "Note": // of IGNORE
			_, text, _ := strings.Cut(d.Message, ": ")
			d.Level, d.Message = "Warning", cmp.Or(text, d.Message)
		case strings.HasPrefix(d.Message, "Check constraint "): // of IGNORE, too
			name := quoted1.FindStringSubmatch(d.Message)
			d.Level, d.Code, d.Message = "Warning", mysqlerr.CheckViolated, mysqlerr.New(mysqlerr.CheckViolated, name[1]).Message
		}
		if e := c.viewError(d.Code, d.Message); e != nil {
			d.Level, d.Code, d.Message = "Warning", e.Code, e.Message
		}
		r.Diagnostics = append(r.Diagnostics, d)
	}
	slices.Reverse(r.Diagnostics) // the library has the newest first
	r.Warnings = uint16(min(len(r.Diagnostics), math.MaxUint16))
	return nil
}

// perform lets the library run a statement.
func (c *call) perform(ctx *gms.Context, s sqlparser.Statement, text string, args []binlog.Value) (*exec.Result, error) {
	node, flags, err := c.bind(ctx, s, text, args)
	if err != nil {
		return nil, err
	}
	told := c.queryColumns(ctx, node)
	if node, err = c.analyzed(ctx, node, flags); err != nil {
		return nil, err
	}
	iter, err := c.lib.Analyzer.ExecBuilder.Build(ctx, node, nil)
	if err != nil {
		return nil, err
	}
	iter, schema, err := rowexec.FinalizeIters(ctx, node, flags, iter)
	if err != nil {
		return nil, errors.Join(err, iter.Close(ctx))
	}
	if schema == nil {
		schema = node.Schema()
	}
	columns := c.columns(node, schema, told)
	for i := range columns {
		columns[i].kept = len(c.keptDigits) == len(columns) && c.keptDigits[i] && columns[i].typ.Scale > 0
	}
	return c.drain(ctx, iter, columns, schema)
}

// planned is the library's plan of a statement.
func (c *call) planned(ctx *gms.Context, s sqlparser.Statement, text string, args []binlog.Value) (gms.Node, *gms.QueryFlags, error) {
	node, flags, err := c.bind(ctx, s, text, args)
	if err != nil {
		return nil, nil, err
	}
	node, err = c.analyzed(ctx, node, flags)
	return node, flags, err
}

// analyzed is the plan of a statement whose names are resolved.
func (c *call) analyzed(ctx *gms.Context, node gms.Node, flags *gms.QueryFlags) (gms.Node, error) {
	node, err := c.analyze(ctx, node, flags)
	if err != nil {
		return nil, err
	}
	c.s.SetCurrentDatabase(c.env.DB) // see enter
	return c.prepare(ctx, node)
}

// queryColumns is what clients are told of a query's columns; nil of what is no query.
func (c *call) queryColumns(ctx *gms.Context, node gms.Node) []chosenColumn {
	if c.stmt.Kind != readKind && c.stmt.Kind != lockingKind {
		return nil
	}
	return c.choosing(ctx, node)
}

// prepare changes a plan in what may not be seen by the analysis.
func (c *call) prepare(ctx *gms.Context, node gms.Node) (gms.Node, error) {
	switch c.stmt.Kind {
	case ddlKind:
		return node, nil
	case showKind:
		return c.patchShow(node)
	}
	node, err := nameEnums(node)
	if err == nil {
		node, err = jsonTables(node)
	}
	if err == nil {
		node, err = c.textTimes(node)
	}
	if err == nil && c.stmt.Kind == writeKind {
		node, err = c.storeAll(node)
	}
	if err == nil {
		node, err = c.collate(ctx, node)
	}
	if err == nil {
		node, err = window.Functions(ctx, node)
	}
	if err == nil {
		node, err = ownAggregates(ctx, node)
	}
	if err == nil {
		node, err = group.RollUp(node, c.lib.Analyzer.ExecBuilder)
	}
	if err == nil {
		node, err = group.FirstRows(node)
	}
	if err == nil {
		node, err = group.WhenAsked(node, c.lib.Analyzer.ExecBuilder)
	}
	if err == nil {
		node, err = c.recurse(ctx, node)
	}
	if err == nil {
		node, _, err = transform.Node(node, countAll)
	}
	if err == nil {
		node, err = c.updates(node)
	}
	if err == nil {
		node, err = withValueRows(node)
	}
	if err == nil {
		node, err = c.fireBefore(node)
	}
	if err == nil {
		node, err = c.asksWhenWritten(node)
	}
	return node, err
}

// countAll has SQL_CALC_FOUND_ROWS count the rows that OFFSET leaves out, too.
func countAll(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
	l, ok := n.(*plan.Limit)
	if !ok || !l.CalcFoundRows {
		return n, transform.SameTree, nil
	}
	o, ok := l.Child.(*plan.Offset)
	if !ok {
		return n, transform.SameTree, nil
	}
	all := plan.NewLimit(expression.NewPlus(l.Limit, o.Offset), o.Child)
	return plan.NewOffset(o.Offset, all.WithCalcFoundRows(true)), transform.NewTree, nil
}

func (c *call) context() *gms.Context {
	ctx := gms.NewContext(c.ctx, gms.WithSession(c.s), gms.WithQuery(c.stmt.tree.Text), gms.WithMemoryManager(c.lib.MemoryManager))
	ctx.SetQueryTime(c.env.Now.Local())
	return ctx
}

// drain pulls all rows, and closes the iterator whatever happens (S7).
func (c *call) drain(ctx *gms.Context, iter gms.RowIter, columns []column, schema gms.Schema) (r *exec.Result, err error) {
	closed := false
	defer func() {
		if !closed {
			_ = iter.Close(ctx) // the first error matters, or a panic
		}
	}()
	out := c.newOutput(columns, !gtypes.IsOkResultSchema(schema) && len(schema) > 0)
	for n := 1; ; n++ {
		row, err := iter.Next(ctx)
		if err == io.EOF || err != nil && n > 1 && c.sleptAlone() {
			break
		}
		if err == nil && n%checkEvery == 0 {
			err = c.ctx.Err()
		}
		if err == nil {
			err = out.add(ctx, row)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := c.ctx.Err(); err != nil && !c.sleptAlone() { // what was interrupted may lack rows
		return nil, err
	}
	closed = true
	return out.end(), iter.Close(ctx)
}

// sleptAlone: the statement was killed in a SLEEP that says so itself, by its value: there
// are no tables and no condition whose rows would be missing.
func (c *call) sleptAlone() bool {
	s, is := c.stmt.tree.Statement.(*sqlparser.Select)
	return is && c.woken && s.Where == nil && s.Having == nil && exec.FromNothing(s)
}

// hold counts bytes that stay in memory until the statement ends.
func (c *call) hold(n int) error {
	c.held += n
	if c.held > c.max {
		return mysqlerr.New(mysqlerr.OutOfSortMemory)
	}
	return nil
}

// finish logs what the statement has changed (S5).
func (c *call) finish() error {
	if c.stmt.Kind == ddlKind {
		if !c.defined || c.stmt.Temporary || c.private {
			return nil
		}
		return c.logDefinition()
	}
	return c.log.Log()
}
