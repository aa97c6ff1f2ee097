package xadb

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/groupcommit"
	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/tclog"
	"github.com/xadb/xadb/xid"
)

// Callers test for these with errors.Is.
var (
	// ErrConflict: another transaction changed the row since the snapshot.
	// Roll back and try again.
	ErrConflict = engine.ErrConflict
	// ErrDeadlock: the transaction was chosen to end a deadlock. Roll back and
	// try again.
	ErrDeadlock = engine.ErrDeadlock
	// ErrLockTimeout: a lock was not granted in time.
	ErrLockTimeout = engine.ErrLockTimeout
	// ErrUnknownXID: no prepared branch has this XID.
	ErrUnknownXID = engine.ErrUnknownXID
	// ErrDuplicateXID: a live branch has this XID.
	ErrDuplicateXID = engine.ErrDuplicateXID
	// ErrTxDone: the transaction is committed, rolled back or prepared.
	ErrTxDone = engine.ErrTxnDone
	// ErrReadOnly: the transaction was begun as one that does not write.
	ErrReadOnly = engine.ErrReadOnly
	// ErrTooLarge: the transaction's writes exceed the limit of 16 MiB.
	ErrTooLarge = engine.ErrTxnTooLarge
	// ErrLocked: another process has the store open; the message names it.
	ErrLocked = engine.ErrLocked
	// ErrClosed: the store was closed.
	ErrClosed = engine.ErrClosed
	// ErrPoisoned: a write failed earlier. Close the store and open it again.
	ErrPoisoned = engine.ErrPoisoned
	// ErrCorrupt: durable bytes are damaged; the message names file and place.
	ErrCorrupt = engine.ErrCorrupt
	// ErrUnknownOutcome: opening the store again will settle the transaction.
	ErrUnknownOutcome = engine.ErrUnknownOutcome
)

// Options configure a DB. The zero value, and nil, mean the defaults.
type Options struct {
	// FS is where the store lives. Tests pass a file system that can crash.
	//
	// Default: vfs.Default, the machine's.
	FS vfs.FS
	// Binlog writes every change to a MySQL binary log in the store's folder.
	//
	// Default: off.
	Binlog bool
	// ServerID is the server id in the binlog.
	//
	// Default: 1.
	ServerID uint32
	// LockTimeout bounds one wait for a lock.
	//
	// Default: 50 s.
	LockTimeout time.Duration
	// CacheSize is how many bytes of the tables' blocks are kept in memory.
	//
	// Default: 64 MiB.
	CacheSize int64
	// Logger receives what an operator should know.
	//
	// Default: slog.Default().
	Logger *slog.Logger
}

// A DB is an open store. It is safe for concurrent use.
type DB struct {
	log *tclog.Log
}

// Open opens the store in dir, creating it if the folder is empty, and
// recovers it. ErrLocked if another process has it open, ErrCorrupt if durable
// bytes are damaged: nothing is changed then.
func Open(ctx context.Context, dir string, o *Options) (*DB, error) {
	var opts Options
	if o != nil {
		opts = *o
	}
	if opts.FS == nil {
		opts.FS = vfs.Default
	}
	log, err := tclog.Open(ctx, dir, tclog.Options{
		Engine: engine.Options{
			FS: opts.FS, Clock: clock.Real, Rand: rand.Reader,
			Logger: opts.Logger, LockTimeout: opts.LockTimeout, CacheSize: opts.CacheSize,
		},
		Binlog: opts.Binlog, ServerID: opts.ServerID,
	})
	if err != nil {
		return nil, err
	}
	return &DB{log: log}, nil
}

// Close ends the store: what is in flight finishes, transactions still open
// are lost, prepared branches stay prepared. Closing twice is fine.
func (db *DB) Close(ctx context.Context) error { return db.log.Close(ctx) }

// Stats counts what the store has done since Open.
type Stats struct {
	Groups uint64 // commit groups: those in one were made durable together
}

// Stats returns the counts so far.
func (db *DB) Stats() Stats {
	return Stats{Groups: db.log.Stats().Stages[groupcommit.Sync].Groups}
}

// A Prepared is a branch that waits for its outcome: its XID and the tables
// that it changes.
type Prepared = xid.Prepared

// Recover lists the prepared branches, oldest first: those found at Open and
// those prepared since.
func (db *DB) Recover() []Prepared { return db.log.Prepared() }

// CommitXID commits the prepared branch x; durable when it returns.
// ErrUnknownXID if there is no such branch, also the second time.
func (db *DB) CommitXID(ctx context.Context, x xid.XID) error { return db.log.CommitXID(ctx, x) }

// RollbackXID undoes the prepared branch x; otherwise as CommitXID.
func (db *DB) RollbackXID(ctx context.Context, x xid.XID) error { return db.log.RollbackXID(ctx, x) }
