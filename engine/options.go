package engine

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/wal"
)

// WriteSetLimit is what one transaction may write at most, in bytes: it lives
// in memory, and in one pebble batch (C10).
const WriteSetLimit = 256 << 20

// recentWritesMax bounds Options.RecentWrites.
const recentWritesMax = 1 << 24

// walSegmentSize is the wal package's default.
const walSegmentSize = 64 << 20

// Options configure an Engine. FS, Clock and Rand must be given; a zero value
// elsewhere means the default.
type Options struct {
	// FS holds the store; every file goes through it.
	FS vfs.FS
	// Clock times lock waits and stamps records.
	Clock clock.Clock
	// Rand gives the 16 bytes of a new store's identity.
	Rand io.Reader
	// Logger receives what an operator should know.
	//
	// Default: slog.Default().
	Logger *slog.Logger
	// LockFileTimeout bounds how long Open waits for the folder's lock.
	//
	// Default: 0, it does not wait.
	LockFileTimeout time.Duration
	// LockTimeout bounds one lock wait of a transaction that sets no other.
	//
	// Default: 50 s, as innodb_lock_wait_timeout.
	LockTimeout time.Duration
	// WriteSetMax bounds the keys and values of one transaction, in bytes.
	//
	// Default: 16 MiB; at most 256 MiB.
	WriteSetMax int
	// RecentWrites is for how many of the keys that changed last the engine
	// knows when they did, with 24 bytes of memory each. A transaction under
	// REPEATABLE READ whose snapshot is older than that compares the bytes of
	// a row instead: it then misses a row that changed and changed back.
	//
	// Default: 65536; at most 16777216.
	RecentWrites int
	// ChunkSize is how many bytes of a transaction's writes one log record holds,
	// unless a single write is larger (C10).
	//
	// Default: 1 MiB.
	ChunkSize int
	// SegmentSize is the size of a log segment, in bytes.
	//
	// Default: the wal package's, 64 MiB.
	SegmentSize int64
	// LogSizeMax is the size of live log, in bytes, above which the tables
	// are flushed so that the log can be cut.
	//
	// Default: 256 MiB.
	LogSizeMax int64
	// MemTableSize and CacheSize are pebble's, in bytes (C22).
	//
	// Default: 64 MiB, which may be 32 KiB to 2 GiB, and 64 MiB.
	MemTableSize, CacheSize int64
	// Ballast is how much of the disk, in bytes, is kept back for the day when
	// it is full: what is in flight and the outcomes of prepared branches then
	// find room. At most a 16th of the disk is taken; below 0 is none.
	//
	// Default: two segments of the log.
	Ballast int64
	// ManualCheckpoint leaves flushes, compactions and checkpoints to calls
	// of Checkpoint: the crash explorer needs every write to be its own.
	ManualCheckpoint bool
	// SyncTC makes the coordinator's own log durable as far as it was told to be
	// written, and returns how far that is: then this log may drop its copy. False
	// says that it cannot be done yet. Nil if this log holds no copy.
	SyncTC func() (TCPos, bool, error)
	// TCMode says in which way the coordinator shares its decisions between its
	// log and this one; TCModeFound returns what the store was last used with.
	TCMode uint32
	// Archive is called before a checkpoint cuts the log; what it has not kept a
	// copy of may be gone then. While it fails the log grows, to ArchiveLagMax
	// bytes; see archive. Nil: there is no archive.
	//
	// Default of ArchiveLagMax: 4 GiB.
	Archive       func(*wal.Log) error
	ArchiveLagMax int64
	// LockRowsMax is how many rows of one table a transaction may lock one by
	// one; beyond it gets all rows of the table (C10).
	//
	// Default: 100,000.
	LockRowsMax int
	// CheckpointInterval is how often a checkpoint is made if there is anything
	// to gain; below 0 is never. The log's size and pebble's own flushes bring
	// some besides (C22).
	//
	// Default: 60 s.
	CheckpointInterval time.Duration
	// ViewsMax is how many named views there may be.
	//
	// Default: 128.
	ViewsMax int
	// ViewAgeMax is the age at which a named view is released; below 0 is none.
	//
	// Default: 1 h.
	ViewAgeMax time.Duration
	// PreparedAgeMax is the age at which a prepared branch is worth a warning,
	// and again at each multiple; below 0 is never.
	//
	// Default: 1 h.
	PreparedAgeMax time.Duration
	// PreparedMax is how many branches of clients may be prepared at a time: each
	// keeps its writes and locks in memory. Those that a restart finds are all
	// restored.
	//
	// Default: 100,000.
	PreparedMax int
	// SlowSync is how long a sync of the log takes that is worth a warning;
	// below 0 is none.
	//
	// Default: 1 s.
	SlowSync time.Duration
	// Events hears what happens.
	Events EventListener
	// OnLockWait is told the number (Txn.ID) of each transaction that holds
	// what a lock request begins to wait for.
	OnLockWait func(holder uint64)
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.LockTimeout == 0 {
		o.LockTimeout = 50 * time.Second
	}
	if o.WriteSetMax == 0 {
		o.WriteSetMax = 16 << 20
	}
	if o.RecentWrites == 0 {
		o.RecentWrites = 1 << 16
	}
	if o.ChunkSize == 0 {
		o.ChunkSize = 1 << 20
	}
	if o.LogSizeMax == 0 {
		o.LogSizeMax = 256 << 20
	}
	if o.ArchiveLagMax == 0 {
		o.ArchiveLagMax = 4 << 30
	}
	if o.MemTableSize == 0 {
		o.MemTableSize = 64 << 20
	}
	if o.Ballast == 0 {
		o.Ballast = 2 * cmp.Or(o.SegmentSize, walSegmentSize)
	}
	if o.CacheSize == 0 {
		o.CacheSize = 64 << 20
	}
	o.setLimits()
	return o
}

// setLimits fills in how often and how long.
func (o *Options) setLimits() {
	o.CheckpointInterval = cmp.Or(o.CheckpointInterval, time.Minute)
	o.ViewsMax = cmp.Or(o.ViewsMax, 128)
	o.ViewAgeMax = cmp.Or(o.ViewAgeMax, time.Hour)
	o.PreparedMax = cmp.Or(o.PreparedMax, 100_000)
	o.PreparedAgeMax = cmp.Or(o.PreparedAgeMax, time.Hour)
	o.SlowSync = cmp.Or(o.SlowSync, time.Second)
}

// Bounds of Options.MemTableSize, in bytes: pebble panics at a table without
// room for its own nodes, and has none of 4 GiB.
const (
	memTableMin = 32 << 10
	memTableMax = 2 << 30
)

func (o Options) validate() error {
	if o.FS == nil || o.Clock == nil || o.Rand == nil {
		return errors.New("engine: options FS, Clock and Rand must be given")
	}
	if o.WriteSetMax > WriteSetLimit {
		return fmt.Errorf("engine: WriteSetMax %d exceeds %d", o.WriteSetMax, WriteSetLimit)
	}
	if o.RecentWrites < 0 || o.RecentWrites > recentWritesMax {
		return fmt.Errorf("engine: RecentWrites %d, at most %d", o.RecentWrites, recentWritesMax)
	}
	if o.MemTableSize < memTableMin || o.MemTableSize > memTableMax {
		return fmt.Errorf("engine: MemTableSize %d is not between %d and %d", o.MemTableSize, memTableMin, memTableMax)
	}
	return nil
}
