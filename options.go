package xadb

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog/writeset"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/tclog"
)

// A Clock tells the time and makes timers. A test that brings its own decides
// when a wait for a lock is over.
type Clock = clock.Clock

// A Timer is what a Clock's NewTimer returns.
type Timer = clock.Timer

// DependencyTracking is MySQL's binlog_transaction_dependency_tracking.
type DependencyTracking = writeset.Mode

// The ways of tracking. WriteSet knows which transactions have written no row and no
// unique key in common, CommitOrder which held their locks at the same time.
const (
	WriteSet        = writeset.WriteSet
	WriteSetSession = writeset.WriteSetSession
	CommitOrder     = writeset.CommitOrder
)

// Options configure a DB. The zero value means the defaults.
type Options struct {
	// FS is where the store lives. Tests pass a file system that can crash:
	// see package enginetest.
	//
	// Default: vfs.Default, the machine's.
	FS vfs.FS
	// Clock times waits and stamps records.
	//
	// Default: the machine's.
	Clock Clock
	// Rand gives a new store its identity, and Update its jitter.
	//
	// Default: crypto/rand.Reader.
	Rand io.Reader
	// Logger receives what an operator should know.
	//
	// Default: slog.Default().
	Logger *slog.Logger

	// LockFileTimeout bounds how long Open waits for the folder's lock while
	// another process holds it. Negative: it does not wait.
	//
	// Default: 1 s.
	LockFileTimeout time.Duration
	// LockTimeout bounds one wait for a row or table lock, unless
	// TxOptions.LockTimeout says otherwise.
	//
	// Default: 50 s.
	LockTimeout time.Duration
	// WriteSetMax bounds the keys and values that one transaction writes, in
	// bytes, and some 70 more for each write, a second one of the same row
	// included: they are held in memory until the outcome.
	//
	// Default: 16 MiB; at most 256 MiB.
	WriteSetMax int
	// PreparedMax is how many branches may be prepared at a time: each keeps its
	// writes and locks in memory. One more is ErrTooManyPrepared.
	//
	// Default: 100,000.
	PreparedMax int
	// PreparedAgeMax is the age at which Events.PreparedOld tells of a prepared
	// branch, and again at each multiple; negative is never.
	//
	// Default: 1 h.
	PreparedAgeMax time.Duration
	// SlowSync is how long a sync takes that Events.SlowSync tells of; negative
	// is none.
	//
	// Default: 1 s.
	SlowSync time.Duration
	// Events hears what happens in the store.
	//
	// Default: nothing is told.
	Events EventListener
	// MemTableSize bounds rows that are in the log but not yet in table files,
	// in bytes. Up to four such tables are in memory while the disk is slow.
	//
	// Default: 64 MiB; 32 KiB to 2 GiB.
	MemTableSize int64
	// CacheSize is the cache of table blocks, in bytes.
	//
	// Default: 64 MiB.
	CacheSize int64
	// LogSegmentSize is the size of a file of the write-ahead log, in bytes, a
	// multiple of 4096. It is taken from the disk before it is filled, and so is
	// that of the file to follow.
	//
	// Default: 64 MiB.
	LogSegmentSize int64
	// LogSizeMax is the size of the log, in bytes, above which the tables are
	// flushed so that it can be cut. What Open replays is about that much.
	//
	// Default: 256 MiB.
	LogSizeMax int64
	// DiskReserve is how much of the disk, in bytes, is kept back for the day when
	// it is full, so that the outcomes of prepared branches find room; at most a
	// 16th of the disk. Negative is none: then a full disk stops the store. A 16th as
	// much again is for the next Open, which a disk without a free byte does not stop.
	//
	// Default: two files of the log.
	DiskReserve int64
	// ViewAgeMax is the age at which a named view is released; negative is never.
	//
	// Default: 1 h.
	ViewAgeMax time.Duration

	// Binlog writes every change to a MySQL binary log in the store's folder.
	//
	// Default: off.
	Binlog bool
	// BinlogSizeMax is the size, in bytes, at which the next binlog file begins.
	//
	// Default: 128 MiB; 4096 to 2 GiB.
	BinlogSizeMax int64
	// BinlogSizeTotalMax is the size of all binlog files, in bytes, above which the
	// oldest go, and BinlogAgeMax the age of a file's last change at which it goes.
	// Both leave what somebody needs, see PurgeChanges; the feed then goes on behind
	// an index that FeedIndexError says.
	//
	// Default: all stay.
	BinlogSizeTotalMax int64
	BinlogAgeMax       time.Duration
	// ArchiveDir is a folder to which the logs are copied before they are dropped,
	// so that a backup can be brought to any later moment: see Restore. While
	// copying fails the log grows, to ArchiveLagMax bytes; then log is dropped
	// that was not archived, the Logger is told as an error, and only a new
	// backup can be brought to later moments. So it is when the store has once
	// been open without its archive.
	//
	// Default: no archive; of ArchiveLagMax 4 GiB.
	ArchiveDir    string
	ArchiveLagMax int64
	// DependencyTracking is how the binlog finds out which transactions its readers
	// may apply at the same time, and DependencyHistoryMax how many of the keys last
	// written, by hash, are remembered for it. Programs have no sessions: WriteSetSession is
	// WriteSet here.
	//
	// Default: WriteSet; 25,000, at most 1,000,000.
	DependencyTracking   DependencyTracking
	DependencyHistoryMax int
	// TwoLog has the binlog decide by a sync of its own, as MySQL's does: two
	// syncs for a group of commits instead of one. A store can change from one
	// way to the other whenever it is opened.
	//
	// Default: off.
	TwoLog bool
	// ServerID is the server id in the binlog, 1 to 4294967295.
	//
	// Default: 1.
	ServerID uint32
}

func (o Options) withDefaults() Options {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.Clock == nil {
		o.Clock = clock.Real
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.LockFileTimeout == 0 {
		o.LockFileTimeout = time.Second
	}
	return o
}

func (o Options) validate() error {
	for name, n := range map[string]int64{
		"LockTimeout": int64(o.LockTimeout), "WriteSetMax": int64(o.WriteSetMax), "PreparedMax": int64(o.PreparedMax),
		"MemTableSize": o.MemTableSize, "CacheSize": o.CacheSize, "ArchiveLagMax": o.ArchiveLagMax,
		"LogSegmentSize": o.LogSegmentSize, "LogSizeMax": o.LogSizeMax,
		"BinlogSizeTotalMax": o.BinlogSizeTotalMax, "BinlogAgeMax": int64(o.BinlogAgeMax),
	} {
		if n < 0 {
			return fmt.Errorf("xadb: option %s is %d: must not be negative", name, n)
		}
	}
	if !o.DependencyTracking.Valid() || o.DependencyHistoryMax < 0 || o.DependencyHistoryMax > writeset.HistoryMax {
		return fmt.Errorf("xadb: options DependencyTracking and DependencyHistoryMax are %v and %d: must be a mode, and 0 to %d",
			o.DependencyTracking, o.DependencyHistoryMax, writeset.HistoryMax)
	}
	if o.TwoLog && !o.Binlog {
		return errors.New("xadb: option TwoLog needs option Binlog")
	}
	return nil
}

func (o Options) log() tclog.Options {
	return tclog.Options{
		Engine: engine.Options{
			FS: o.FS, Clock: o.Clock, Rand: o.Rand, Logger: o.Logger,
			LockFileTimeout: max(o.LockFileTimeout, 0), LockTimeout: o.LockTimeout, WriteSetMax: o.WriteSetMax,
			PreparedMax: o.PreparedMax, PreparedAgeMax: o.PreparedAgeMax, SlowSync: o.SlowSync, Events: o.Events,
			MemTableSize: o.MemTableSize, CacheSize: o.CacheSize, ArchiveLagMax: o.ArchiveLagMax,
			SegmentSize: o.LogSegmentSize, LogSizeMax: o.LogSizeMax, Ballast: o.DiskReserve, ViewAgeMax: o.ViewAgeMax,
		},
		Binlog: o.Binlog, TwoLog: o.TwoLog, ServerID: o.ServerID, ArchiveDir: o.ArchiveDir,
		Tracking: o.DependencyTracking, HistoryMax: o.DependencyHistoryMax,
		BinlogSizeMax: o.BinlogSizeMax, BinlogSizeTotalMax: o.BinlogSizeTotalMax, BinlogAgeMax: o.BinlogAgeMax,
	}
}
