package engine

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/xadb/xadb/engine/lock"
	"github.com/xadb/xadb/internal/histogram"
	"github.com/xadb/xadb/wal"
)

// Metrics is how an open store is and what it has done since it was opened.
// What counts only grows, unless it says "now".
type Metrics struct {
	Commits      uint64 // transactions with writes
	Prepares     uint64 // transactions prepared, by clients or by the coordinator
	Rollbacks    uint64 // of prepared transactions and of others that have written
	Conflicts    uint64 // ErrConflict
	LockTimeouts uint64 // ErrLockTimeout
	Deadlocks    uint64 // victims

	Locks       lock.Stats         // waits for locks
	Syncs       histogram.Snapshot // of the log, by nanoseconds
	DiskFull    bool               // now: no writes are taken (ErrDiskFull)
	Prepared    PreparedMetrics
	Views       int       // named views now
	Snapshots   int       // snapshots and scans that are open now
	Log         wal.Stats // the redo log's own counts
	LogLive     int64     // bytes of log that a recovery would read now
	Tables      TableMetrics
	Checkpoints CheckpointMetrics
	// Recovery is what Open did.
	Recovery RecoveryInfo
	// EventsMissed counts events that a slow listener was not told of.
	EventsMissed uint64
}

// PreparedMetrics are about the branches that wait for their outcome now.
type PreparedMetrics struct {
	Clients   int           // branches of clients
	Internal  int           // transactions that the coordinator is deciding
	Relocated int           // branches that no longer pin the log
	Oldest    time.Duration // age of the oldest branch of a client; 0 if there is none
}

// TableMetrics are pebble's. Sizes are in bytes.
type TableMetrics struct {
	MemTables         int64  // now
	MemTableBytes     uint64 // of those
	Flushes           int64
	Files             int64 // tables on disk now
	FileBytes         int64 // of those
	DiskBytes         uint64
	L0Files           int64 // now
	L0Sublevels       int32 // now; pebble stops writes when they are too many
	ReadAmplification int   // levels that a read may look into now
	Compactions       int64
	CompactionDebt    uint64 // bytes to compact until all levels are in shape, now
	CompactionsNow    int64
	CacheBytes        int64 // now
	CacheHits         int64
	CacheMisses       int64
}

// CheckpointMetrics are about cuts of the log.
type CheckpointMetrics struct {
	Count        uint64
	Failed       uint64
	LastDuration time.Duration // flush included
}

// counts is what the engine counts itself.
type counts struct {
	commits, prepares, rollbacks, conflicts, lockTimeouts, deadlocks atomic.Uint64
	checkpoints, checkpointsFailed                                   atomic.Uint64
	lastCheckpoint                                                   atomic.Int64 // nanoseconds
}

// decided counts an outcome that was carried out.
func (c *counts) decided(d *Decision) {
	switch {
	case !d.Commit:
		c.rollbacks.Add(1)
	case d.Txn.HasWrites():
		c.commits.Add(1)
	}
}

// waited counts how a wait for a lock ended.
func (c *counts) waited(err error) {
	switch {
	case errors.Is(err, ErrLockTimeout):
		c.lockTimeouts.Add(1)
	case errors.Is(err, ErrDeadlock):
		c.deadlocks.Add(1)
	}
}

// Metrics reads all of them. Pebble collects its own under its lock: once a
// second is fine, at each commit is not.
func (e *Engine) Metrics() (Metrics, error) {
	tables, err := e.tableMetrics()
	if err != nil {
		return Metrics{}, err
	}
	c := &e.counts
	m := Metrics{
		Commits: c.commits.Load(), Prepares: c.prepares.Load(), Rollbacks: c.rollbacks.Load(),
		Conflicts: c.conflicts.Load(), LockTimeouts: c.lockTimeouts.Load(), Deadlocks: c.deadlocks.Load(),
		Prepared: e.preparedMetrics(), Views: e.views.count(), Snapshots: e.readers.count(),
		Log: e.log.Stats(), LogLive: e.log.Size(), Tables: tables, Recovery: e.recovered,
		Checkpoints: CheckpointMetrics{
			Count: c.checkpoints.Load(), Failed: c.checkpointsFailed.Load(), LastDuration: time.Duration(c.lastCheckpoint.Load()),
		},
		Locks: e.locks.Stats(), Syncs: e.syncs.Snapshot(), DiskFull: e.files.Full(),
		EventsMissed: e.events.missed.Load(),
	}
	return m, nil
}

func (e *Engine) preparedMetrics() (m PreparedMetrics) {
	now := e.opts.Clock.Now()
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, b := range e.mu.branches {
		t := b.txn
		if t == nil || t.prepLSN == 0 {
			continue
		}
		if t.flags&flagExternal == 0 {
			m.Internal++
			continue
		}
		m.Clients++
		m.Oldest = max(m.Oldest, t.preparedFor(now))
		if _, pinned := e.mu.logged[t]; !pinned {
			m.Relocated++
		}
	}
	return m
}

func (e *Engine) tableMetrics() (TableMetrics, error) {
	if err := e.enter(); err != nil {
		return TableMetrics{}, err
	}
	defer e.exit()
	var p *pebble.Metrics
	err := e.guard(func() error {
		p = e.db.Metrics()
		return nil
	})
	if err != nil {
		return TableMetrics{}, err
	}
	total := p.Total()
	return TableMetrics{
		MemTables: p.MemTable.Count, MemTableBytes: p.MemTable.Size, Flushes: p.Flush.Count,
		Files: total.TablesCount, FileBytes: total.TablesSize, DiskBytes: p.DiskSpaceUsage(),
		L0Files: p.Levels[0].TablesCount, L0Sublevels: p.Levels[0].Sublevels, ReadAmplification: p.ReadAmp(),
		Compactions: p.Compact.Count, CompactionDebt: p.Compact.EstimatedDebt, CompactionsNow: p.Compact.NumInProgress,
		CacheBytes: p.BlockCache.Size, CacheHits: p.BlockCache.Hits, CacheMisses: p.BlockCache.Misses,
	}, nil
}
