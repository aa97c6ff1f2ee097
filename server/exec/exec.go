package exec

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/rows"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/server/wire"
)

// A Txn is what statements need of a transaction. Over makes one of the
// store's.
type Txn interface {
	rows.Txn
	// LockTimeout bounds each wait for a lock; zero is not to wait.
	LockTimeout() time.Duration
	SetLockTimeout(d time.Duration)
	// Logged reports whether there is a binary log.
	Logged() bool
	// LogQuery makes the whole transaction one QUERY event of DDL.
	LogQuery(db, sql string) error
	// A statement's scans do not meet its own writes (C17). Its writes are
	// kept by EndStatement and undone by RollbackStatement.
	BeginStatement()
	EndStatement()
	RollbackStatement() error
}

// The defaults of Options.
const (
	ResultBytesMax = 256 << 20
	BatchMax       = 8 << 20
)

// Options configure an Executor.
type Options struct {
	// Autonomous runs f in a transaction of its own and commits it. Hidden
	// row IDs and AUTO_INCREMENT values are leased through it, in blocks. Nil:
	// each INSERT that needs some takes them in its own transaction, and holds
	// their counter until it ends.
	Autonomous func(ctx context.Context, f func(Txn) error) error
	// ResultBytesMax bounds the rows that one statement may hold in memory,
	// in bytes of encoded rows. Zero: 256 MiB.
	ResultBytesMax int
	// BatchMax is how much DDL writes in one transaction, in bytes of keys and
	// entries. An index that is larger is filled in several; a table that is
	// larger is abandoned, and its rows are removed by Purge. Zero: 8 MiB.
	BatchMax int
	// Get is the newest committed value of a row, for reads outside of
	// transactions. Nil: they are transactions, too.
	Get func(t catalog.Space, key []byte) ([]byte, bool, error)
	// NoPlans makes every statement run without a plan, to compare.
	NoPlans bool
}

// An Executor runs statements. It is safe for use by many sessions at once.
type Executor struct {
	opts     Options
	catalog  *catalog.Catalog
	counters *rows.Counters
	recalls  recalls
	sizes    sizes
	live     struct {
		sync.Mutex // guards ids
		// ids are of the temporary tables of sessions that live.
		ids map[uint32]struct{}
	}
}

// New returns an Executor.
func New(o Options) *Executor {
	if o.ResultBytesMax == 0 {
		o.ResultBytesMax = ResultBytesMax
	}
	if o.BatchMax == 0 {
		o.BatchMax = BatchMax
	}
	e := &Executor{opts: o, catalog: catalog.New()}
	e.live.ids = make(map[uint32]struct{})
	e.counters = rows.NewCounters(e.catalog, e.autonomous())
	return e
}

// Apart runs f in a transaction of its own and commits it.
func (e *Executor) Apart(ctx context.Context, f func(Txn) error) error {
	if e.opts.Autonomous == nil {
		return mysqlerr.New(mysqlerr.NotSupportedYet, "transactions within a statement")
	}
	return e.opts.Autonomous(ctx, f)
}

// Batch runs f, which writes under IDs of Renumber, in a transaction of its own; without
// Options.Autonomous in the statement's.
func (e *Executor) Batch(ctx context.Context, env Env, f func(rows.Txn) error) error {
	if run := e.autonomous(); run != nil {
		return run(ctx, f)
	}
	return f(env.Txn)
}

func (e *Executor) autonomous() rows.Autonomous {
	if e.opts.Autonomous == nil {
		return nil
	}
	return func(ctx context.Context, f func(rows.Txn) error) error {
		return e.opts.Autonomous(ctx, func(t Txn) error { return f(t) })
	}
}

// Purge removes what statements of DDL have left behind. It belongs to the
// start.
func (e *Executor) Purge(ctx context.Context) error {
	if e.opts.Autonomous == nil {
		return nil
	}
	return rows.Purge(ctx, e.catalog, e.autonomous(), e.opts.BatchMax, e.isLive)
}

// Catalog is where the executor finds definitions, Counters what gives out its
// numbers: for others that change the same tables.
func (e *Executor) Catalog() *catalog.Catalog { return e.catalog }

// BatchMax is Options.BatchMax, or its default.
func (e *Executor) BatchMax() int { return e.opts.BatchMax }

// Counters is described with Catalog.
func (e *Executor) Counters() *rows.Counters { return e.counters }

// Env is the session's part in a statement.
type Env struct {
	Txn      Txn
	Rights   auth.Rights    // of the client; the zero value may do nothing
	DB       string         // the default database, or ""
	Now      time.Time      // the statement's time
	Location *time.Location // the session's time zone; nil is UTC
	// SQLMode is the session's sql_mode, such as ModeDefault. What does not fit is
	// refused whatever it says.
	SQLMode string
	// FoundRows makes UPDATE report matched rows as affected
	// (CLIENT_FOUND_ROWS).
	FoundRows bool
	// Serializable makes plain SELECTs read under shared locks.
	Serializable bool
	// Ranges makes current reads lock the key ranges that they go over, so
	// that no row appears there.
	Ranges bool
	// Snapshot makes current reads find their rows in the snapshot rather
	// than among the newest: the transaction is one that fails on rows that
	// have changed since.
	Snapshot bool
	// NoForeignKeys: nothing is asked of parents and children, and they may be
	// missing (foreign_key_checks=0).
	NoForeignKeys bool
	// Collation is that of a database whose CREATE says nothing of it (collation_server);
	// zero is utf8mb4_general_ci.
	Collation types.Collation
	// Among is what literals are compared by among themselves (collation_connection); zero is
	// utf8mb4_general_ci.
	Among types.Collation
	// Literals is the character set of literals and parameters (character_set_connection)
	// where it writes text in other bytes than UTF-8, or is no text (binary); else "".
	Literals types.Charset
	// AsWritten: texts of definitions are shown in the character set that they were written in.
	AsWritten bool
	// Bytes says which parameters have come as bytes; nil where they are as good as text.
	Bytes []bool
	// Drawing, if not nil, is how AUTO_INCREMENT values are drawn.
	Drawing *rows.Drawing
	// SafeUpdates: an UPDATE or DELETE has to say which rows it is about
	// (sql_safe_updates).
	SafeUpdates bool
	// Lenient: options of a table that mean nothing are left out (innodb_strict_mode=0).
	Lenient bool
	// Temporaries are the session's temporary tables; nil: it can have none.
	Temporaries *catalog.Temporaries
	// Deriver, if not nil, makes the columns that indexes on expressions need.
	Deriver Deriver
	// InBranch: the transaction is an XA branch.
	InBranch bool
	// Sink, if not nil, takes a SELECT's rows as they are found: Result.Rows
	// stays empty then. What has to be sorted is held in memory first.
	Sink Sink
	// Memo, if not nil, is kept as long as the transaction.
	Memo *Memo
}

// recodes reports whether the bytes of a literal or a parameter are others than it has here.
func (e *Env) recodes(v binlog.Value) bool {
	text, is := v.([]byte)
	return is && e.Literals != "" && !types.CharsetASCII.Holds(text)
}

// IsBytes reports whether a literal or a parameter is bytes: one of a client that sends no text.
// What is ASCII is text still.
func (e *Env) IsBytes(v binlog.Value) bool { return e.Literals == types.CharsetBinary && e.recodes(v) }

// isBytes is IsBytes beside the columns of a table, which may have others for ASCII.
func (e *Env) isBytes(v binlog.Value, t *catalog.Table) bool {
	text, is := v.([]byte)
	if !is || e.Literals != types.CharsetBinary {
		return false
	}
	return !types.CharsetASCII.Holds(text) || t != nil && slices.ContainsFunc(t.Columns, func(c catalog.Column) bool {
		return c.Type.Recoded() && c.Type.Collation.Charset().BytesMin() > 1
	})
}

// plans reports whether plans, which take parameters for text, are for these ones.
func (e *Env) plans(args []binlog.Value, t *catalog.Table) bool {
	return e.Bytes == nil && (e.Literals != types.CharsetBinary || !slices.ContainsFunc(args, func(v binlog.Value) bool { return e.isBytes(v, t) }))
}

// A Sink takes a result's columns, and then its rows one by one. The row's
// slice is used again. An error of it ends the statement.
type Sink interface {
	Columns(columns []Column) error
	Row(row []binlog.Value) error
}

// A Result is what a statement answers: a result set if Columns is not nil.
type Result struct {
	Columns      []Column
	Rows         [][]binlog.Value // TIMESTAMP in the session's zone
	AffectedRows uint64
	// InsertID is the first AUTO_INCREMENT value that was generated; else the
	// last one that was given.
	InsertID  uint64
	Generated bool // InsertID is LAST_INSERT_ID() from now on
	// FoundRows, if not nil, is how many rows there were without LIMIT, for
	// SQL_CALC_FOUND_ROWS.
	FoundRows *uint64
	Info      string // as in the OK packet
	Warnings  uint16
	RowsRead  int // rows fetched from the store
	// Diagnostics say what the warnings are, if that is known.
	Diagnostics []Diagnostic
	// Leftover, if there is some, is work for after the transaction's commit:
	// it removes the rows of what the statement has dropped. If it is not done,
	// Purge does it.
	Leftover func(context.Context) error
}

// An Unfinished is the error of a statement that has committed something which must go
// again: Undo is for after the transaction's rollback, which lets go of it.
type Unfinished struct {
	Err  error
	Undo func(context.Context) error
}

// Error implements error.
func (u *Unfinished) Error() string { return u.Err.Error() }

// Unwrap is the statement's own error.
func (u *Unfinished) Unwrap() error { return u.Err }

// A Remarked is the error of a statement that had warnings before.
type Remarked struct {
	Err     error
	Remarks []Diagnostic
}

// Error implements error.
func (r *Remarked) Error() string { return r.Err.Error() }

// Unwrap is the statement's own error.
func (r *Remarked) Unwrap() error { return r.Err }

// A Diagnostic is a row of SHOW WARNINGS.
type Diagnostic struct {
	Level   string // Note, Warning or Error
	Code    uint16
	Message string
}

// A Column is a result set's column definition.
type Column = wire.Column

// A call is one Execute.
type call struct {
	*Executor
	ctx    context.Context
	env    Env
	stmt   *Stmt
	args   []binlog.Value
	strict bool // a bad number in an expression is an error, not a warning
	// describing: there are no args, and nothing may be locked.
	describing bool
	oneRow     bool // the statement gives one row to INSERT, for which NULL is refused in any mode
	warnings   int
	// diagnostics are warnings that say what they are, beside the others.
	diagnostics []Diagnostic
	read        int
	leftover    bool // rows were abandoned
}

// Execute runs a statement. args are the values of its parameters, as many as
// NumParams. On an error the statement's writes are undone; the transaction
// goes on, unless the error says otherwise (deadlock).
//
// DDL belongs in a transaction of its own, which the caller commits.
func (e *Executor) Execute(ctx context.Context, env Env, s *Stmt, args []binlog.Value) (*Result, error) {
	if len(args) != s.NumParams {
		return nil, mysqlerr.New(mysqlerr.WrongArguments, "EXECUTE")
	}
	if err := e.mayRun(env, s); err != nil {
		return nil, err
	}
	if env.Location == nil {
		env.Location = time.UTC
	}
	c := &call{Executor: e, ctx: ctx, env: env, stmt: s, args: args, strict: s.Kind == Write}
	env.Txn.BeginStatement()
	r, err := c.run()
	if err != nil {
		if rerr := env.Txn.RollbackStatement(); rerr != nil {
			err = errors.Join(err, rerr)
		}
		if s.lock.noWait && errors.Is(err, engine.ErrLockTimeout) {
			err = mysqlerr.Wrap(err, mysqlerr.LockNowait)
		}
		return nil, err
	}
	env.Txn.EndStatement()
	r.Diagnostics = append(r.Diagnostics, c.diagnostics...)
	r.Warnings += uint16(min(c.warnings+len(c.diagnostics), 1<<16-1-int(r.Warnings)))
	r.RowsRead = c.read
	if c.leftover {
		r.Leftover = c.Purge
	}
	return r, nil
}

func (c *call) run() (*Result, error) {
	if err := c.ctx.Err(); err != nil {
		return nil, interrupted(err)
	}
	if c.stmt.template {
		r, err := c.runPlan()
		if err != ErrNoPlan {
			c.recalls.used.Add(1)
		}
		return r, err
	}
	switch s := c.stmt.tree.(type) {
	case *sqlparser.Select:
		return c.selectRows(s)
	case *sqlparser.Insert:
		return c.insert(s)
	case *sqlparser.Update:
		return c.update(s)
	case *sqlparser.Delete:
		return c.delete(s)
	case *sqlparser.DBDDL:
		return c.databaseDDL(s)
	case *sqlparser.DDL:
		return c.tableDDL(s)
	case *sqlparser.AlterTable:
		return c.alter(s)
	case *sqlparser.Show:
		return c.show(s)
	}
	return nil, errors.New("exec: a statement that Parse does not return")
}

func interrupted(cause error) error {
	return mysqlerr.Wrap(cause, mysqlerr.QueryInterrupted)
}

func unsupported(what string) error { return mysqlerr.New(mysqlerr.NotSupportedYet, what) }
