package exec

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A Txn is what statements need of a transaction. Over makes one of the
// store's.
type Txn interface {
	catalog.Store
	// Scan is the snapshot's rows of [start, end) with the transaction's own
	// writes as of now.
	Scan(t catalog.Space, start, end []byte) catalog.Iterator
	ScanReverse(t catalog.Space, start, end []byte) catalog.Iterator
	// LockRange keeps others from changing rows of [start, end) and from adding
	// any; TryLock locks a key if nobody is in the way.
	LockRange(ctx context.Context, t catalog.Space, start, end []byte, m catalog.Mode) error
	TryLock(t catalog.Space, key []byte, m catalog.Mode) (bool, error)
	// LockTimeout bounds each wait for a lock; zero is not to wait.
	LockTimeout() time.Duration
	SetLockTimeout(d time.Duration)
	// LogRows logs a statement's changes of one table; LogQuery makes the
	// whole transaction one QUERY event of DDL.
	LogRows(t *binlog.Table, kind binlog.RowsKind, rows []binlog.RowChange) error
	LogQuery(db, sql string) error
	// A statement's scans do not meet its own writes (C17). Its writes are
	// kept by EndStatement and undone by RollbackStatement.
	BeginStatement()
	EndStatement()
	RollbackStatement() error
}

// Limits.
const (
	// ResultBytesMax is the default of Options.ResultBytesMax.
	ResultBytesMax = 256 << 20
	// rowIDBlock is how many hidden row IDs are leased at once.
	rowIDBlock = 1000
)

// Options configure an Executor.
type Options struct {
	// Autonomous runs f in a transaction of its own and commits it. Hidden
	// row IDs are leased through it, in blocks. Nil: each INSERT into a table
	// without a primary key takes its IDs in its own transaction, and holds
	// their counter until it ends.
	Autonomous func(ctx context.Context, f func(Txn) error) error
	// ResultBytesMax bounds the rows that one statement may hold in memory,
	// in bytes of encoded rows. Zero: 256 MiB.
	ResultBytesMax int
}

// An Executor runs statements. It is safe for use by many sessions at once.
type Executor struct {
	opts    Options
	catalog *catalog.Catalog

	mu     sync.Mutex       // guards leases; held while one is renewed
	leases map[uint32]lease // by table ID
}

// A lease is the hidden row IDs [next, end) that no other process or session
// gives out.
type lease struct{ next, end uint64 }

// New returns an Executor.
func New(o Options) *Executor {
	if o.ResultBytesMax == 0 {
		o.ResultBytesMax = ResultBytesMax
	}
	return &Executor{opts: o, catalog: catalog.New(), leases: make(map[uint32]lease)}
}

// Env is the session's part in a statement.
type Env struct {
	Txn      Txn
	DB       string         // the default database, or ""
	Now      time.Time      // the statement's time
	Location *time.Location // the session's time zone; nil is UTC
	// SQLMode is the session's sql_mode; "" is MySQL 8.0's default. Only
	// NO_ZERO_DATE is asked for: the mode is strict whatever it says.
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
	// Sink, if not nil, takes a SELECT's rows as they are found: Result.Rows
	// stays empty then. What has to be sorted is held in memory first.
	Sink Sink
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
	InsertID     uint64 // 0: no AUTO_INCREMENT in this version
	Info         string // as in the OK packet
	Warnings     uint16
	RowsRead     int // rows fetched from the store
}

// A Column is a result set's column definition.
type Column struct {
	Name, OrgName   string // alias, and column of the table
	Table, OrgTable string
	DB              string
	Type            byte // of the client protocol
	Charset         uint16
	Length          uint32
	Decimals        uint8
	Flags           uint16
}

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
	warnings   int
	read       int
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
	r.Warnings += uint16(min(c.warnings, 1<<16-1-int(r.Warnings)))
	r.RowsRead = c.read
	return r, nil
}

func (c *call) run() (*Result, error) {
	if err := c.ctx.Err(); err != nil {
		return nil, interrupted(err)
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
	case *sqlparser.Show:
		return c.show(s)
	}
	return nil, errors.New("exec: a statement that Parse does not return")
}

func interrupted(cause error) error {
	return mysqlerr.Wrap(cause, mysqlerr.QueryInterrupted)
}

func unsupported(what string) error { return mysqlerr.New(mysqlerr.NotSupportedYet, what) }

// takeRowIDs returns the first of n hidden row IDs.
func (c *call) takeRowIDs(t *catalog.Table, n int) (uint64, error) {
	want := uint64(n)
	if c.opts.Autonomous == nil {
		return c.catalog.TakeRowIDs(c.ctx, c.env.Txn, t, want)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.leases[t.ID]
	if l.end-l.next < want {
		size := max(want, rowIDBlock)
		err := c.opts.Autonomous(c.ctx, func(txn Txn) error {
			first, err := c.catalog.TakeRowIDs(c.ctx, txn, t, size)
			l = lease{next: first, end: first + size}
			return err
		})
		if err != nil {
			return 0, err
		}
	}
	first := l.next
	l.next += want
	c.leases[t.ID] = l
	return first, nil
}
