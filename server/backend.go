package server

import (
	"context"
	"io"
	"time"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/engine/lock"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/exec"
	tables "github.com/xadb/xadb/server/rows"
	"github.com/xadb/xadb/server/sql"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/server/wire"
	"github.com/xadb/xadb/tclog"
	"github.com/xadb/xadb/wal"
	"github.com/xadb/xadb/xid"
)

// A Store keeps transactions. Its errors are package engine's.
type Store interface {
	// Begin starts a transaction for a connection, which the binary log names;
	// it must be finished by one of the next three.
	Begin(connection uint32, o engine.TxnOptions) Txn
	// Commit finishes t. After an error the caller calls Rollback.
	Commit(ctx context.Context, t Txn) error
	// Rollback finishes t and undoes its work.
	Rollback(t Txn) error
	// Prepare makes t durable under x and detaches it. After an error the
	// caller calls Rollback.
	Prepare(ctx context.Context, t Txn, x xid.XID) error
	// DecideXID finishes a prepared branch for a connection, named as SetGTID says. The decision's name in
	// the binary log is returned, "" if it is not there.
	DecideXID(ctx context.Context, x xid.XID, commit bool, connection uint32, named binlog.GTID) (gtid string, err error)
	// ReserveXID claims x for a branch that is not prepared yet; ReleaseXID
	// gives it back.
	ReserveXID(x xid.XID) error
	ReleaseXID(x xid.XID)
	// Prepared lists the prepared branches.
	Prepared() []xid.Prepared
	// Binlog is the binary log, nil without one; Rotate begins its next file,
	// ResetBinlog an empty log, and PurgeBinlog removes the oldest. By itself that happens as Retention says.
	Binlog() *binlog.Log
	// AfterSync has hook called with the place behind each group of the binary
	// log that is durable there, before it is committed in the tables; nil ends it.
	AfterSync(hook func(end binlog.Pos))
	Rotate(ctx context.Context) error
	PurgeBinlog(ctx context.Context, r binlog.PurgeRequest) (binlog.Purged, error)
	ResetBinlog(ctx context.Context) error
	Retention() (age time.Duration, size int64)
	SetRetention(age time.Duration, size int64) error
	// Metrics is how the store is; Locks lists who holds and who waits for what,
	// LastDeadlock tells of the last one, and Segments lists the redo log's files.
	Metrics() (tclog.Metrics, error)
	Locks() ([]lock.HeldLock, []lock.Wait)
	LastDeadlock() *lock.Deadlock
	Segments() []wal.SegmentInfo
	// ServerID and UUID are how the binary log's events name the store.
	ServerID() uint32
	UUID() binlog.UUID
	// Failed is why the store takes no more changes, or nil.
	Failed() error
	// Backup writes the store as it is at one moment.
	Backup(ctx context.Context, w io.Writer, o tclog.BackupOptions) (tclog.BackupInfo, error)
	// CreateView names what is committed now, for transactions to read from;
	// ReleaseView ends that, Views lists what there is.
	CreateView(name string) error
	ReleaseView(name string) error
	Views() []engine.ViewInfo
}

// A Txn is a running transaction of a Store.
type Txn interface {
	// ID is the transaction's number in this life of the store.
	ID() uint64
	// LockWaitTime is how long it has waited for locks.
	LockWaitTime() time.Duration
	// HasWrites reports whether there is something to commit.
	HasWrites() bool
	// SetLockTimeout bounds each wait for a lock.
	SetLockTimeout(d time.Duration)
	// SetRowImage chooses the columns that changed rows have in the binary log.
	SetRowImage(m binlog.RowImage)
	// SetText is the statement whose rows the binary log gets next; "" is not logged.
	SetText(sql string)
	// SetCompression is zstd's level for what the binary log gets of it; 0 is none.
	SetCompression(level int)
	// SetContext says in what context the statement of a data definition is run.
	SetContext(c binlog.Context)
	// TakeSnapshot fixes what is seen now, rather than at the first read.
	TakeSnapshot() error
	// Mark remembers the work done so far; RollbackTo undoes what came after.
	Mark() any
	RollbackTo(mark any) error
	// Under makes what holder has locked this transaction's, too: see engine.
	Under(holder Txn)
	// GTID names the transaction in the binary log once Commit or Prepare has
	// returned; "" if it is not there.
	GTID() string
	// SetGTID says what the binary log is to call the transaction, even if nothing is in it; zero: what comes next.
	SetGTID(g binlog.GTID)
	// ReadView makes a view the snapshot that is read, by its name or by its
	// identity: before the first read, and under REPEATABLE READ.
	ReadView(name string) error
}

// A Kind says what a statement does to tables.
type Kind uint8

// The kinds.
const (
	Read    Kind = iota // reads a snapshot
	Locking             // reads and locks
	Write
	DDL     // commits implicitly, before and after
	Listing // reads the catalog, outside of transactions
)

// A Stmt is a parsed statement of an Executor. It may be used by one goroutine
// at a time, any number of times.
type Stmt interface {
	Kind() Kind
	NumParams() int
	// Needs are the privileges that it takes, and so the tables that it names.
	Needs() auth.Needs
	// TakeNotes is what is to be said of its words once, when it is prepared.
	TakeNotes() []Diagnostic
}

// Env is what a statement runs in.
type Env struct {
	Txn          Txn
	Rights       auth.Rights // of the client
	DB           string      // current database; may be empty
	Now          time.Time
	Location     *time.Location // of the session's time_zone
	SQLMode      string
	Serializable bool // plain reads lock, too
	Ranges       bool // locking reads and changes lock ranges, too
	// Snapshot makes changes and locking reads look for rows in the snapshot:
	// those that changed since are a conflict.
	Snapshot  bool
	FoundRows bool // UPDATE counts matched rows, not changed ones
	InBranch  bool // of an XA transaction
	// SafeUpdates: sql_safe_updates=1.
	SafeUpdates bool
	// Lenient: innodb_strict_mode=0.
	Lenient bool
	// NoForeignKeys: foreign_key_checks=0.
	NoForeignKeys bool
	// Drawing, if not nil, is how AUTO_INCREMENT values are drawn.
	Drawing *tables.Drawing
	// Collation is collation_server.
	Collation types.Collation
	// Among is collation_connection.
	Among types.Collation
	// Literals is character_set_connection, if texts are other bytes there than in UTF-8.
	Literals types.Charset
	// AsWritten: texts of definitions are sent in the character set that they were written in
	// (character_set_results is binary, as dumps have it).
	AsWritten bool
	// Bytes says which parameters have come as bytes; nil where they are as good as text.
	Bytes  []bool
	Client sql.Client
	// Kept is the executor's own, kept as long as the session: nil at first.
	Kept *any
	// Memo is kept as long as the transaction.
	Memo *exec.Memo
	SQL  string // the statement's text
	// Sink takes the rows while the statement runs. An Executor may leave it
	// alone and return the rows in the Result. May be nil.
	Sink Sink
}

// A Sink takes a result's rows one by one, so that they are never all in
// memory. An error of it ends the statement.
type Sink interface {
	// Columns comes once, before the first row, or not at all.
	Columns(columns []wire.Column) error
	// Row is one row. The slice is the caller's again afterwards, and so are
	// the bytes in it.
	Row(row []binlog.Value) error
}

// A Result is the answer to a statement: rows if there are Columns, counts
// otherwise. Rows are those that Env.Sink has not had.
type Result = exec.Result

// A Diagnostic is a row of SHOW WARNINGS.
type Diagnostic = exec.Diagnostic

// An Executor runs the statements that touch tables. Its errors are
// *mysqlerr.Error or errors of package engine. A statement that fails has
// undone its own changes.
type Executor interface {
	Parse(sql string) (Stmt, error)
	// Recall finds a statement by its text without parsing it, and the values
	// that stand in the text; nil if it has to be parsed. Both are valid until
	// d is used again.
	Recall(db, sql string, d *exec.Digest) (Stmt, []binlog.Value)
	// ReadNow is Execute of a plain read outside of transactions, without a
	// Txn. It is exec.ErrNoPlan, and has done nothing, if it takes one.
	ReadNow(ctx context.Context, env Env, s Stmt, args []binlog.Value) (*Result, error)
	// Describe is the columns that s would answer with if it were executed
	// now. It locks nothing.
	Describe(ctx context.Context, env Env, s Stmt) ([]wire.Column, error)
	Execute(ctx context.Context, env Env, s Stmt, args []binlog.Value) (*Result, error)
	// Replay is a statement that makes changes of rows that a binary log has.
	Replay(list []binlog.TableChanges) Stmt
	// HasDatabase reports whether the database exists.
	HasDatabase(ctx context.Context, t Txn, db string) (bool, error)
	// HasTable reports whether there is a table or a view.
	HasTable(ctx context.Context, t Txn, db, table string) (bool, error)
	// ColumnsOf are the columns of a table or a view.
	ColumnsOf(ctx context.Context, env Env, db, table string) ([]string, error)
	// CheckTable compares a table's rows with its indexes; views have neither. What
	// differs is catalog.ErrCorrupt.
	CheckTable(ctx context.Context, t Txn, db, table string) error
	// AnalyzeTable counts a table's rows, and what its indexes tell apart.
	AnalyzeTable(ctx context.Context, t Txn, db, table string, now time.Time) error
	// TableNames is what the numbers mean that the store has for tables.
	TableNames(t Txn) (map[uint32]TableName, error)
	// LockTable locks a table, or for a view nothing, for reading or for writing
	// until t ends. IsTemporary reports whether it is a session's own, of which
	// kept is Env.Kept.
	LockTable(ctx context.Context, t Txn, db, table string, write bool) error
	IsTemporary(kept any, db, table string) bool
	// RestSession is what is left of Env.Kept while its session does nothing.
	RestSession(kept any) any
	// EndSession lets go of what Env.Kept holds when its session ends.
	EndSession(kept any)
	// TableColumns describes a table, for COM_FIELD_LIST.
	TableColumns(ctx context.Context, t Txn, db, table string) ([]wire.Column, error)
	// LoadColumns are those of a table that LOAD DATA fills; a view has none.
	LoadColumns(env Env, db, table string) ([]LoadColumn, error)
}

// A LoadColumn is one that LOAD DATA may fill.
type LoadColumn struct {
	Name      string
	Missing   string // expression of what a row has that is too short
	Generated bool   // from others, whatever the file has
	Vector    bool
	Bytes     bool // it stores the bytes of a text
	Invisible bool // not in the list, if the statement has none
}

// A TableName names what a number of the store stands for: a table's rows, or
// those of one of its indexes.
type TableName struct{ DB, Table, Index string }
