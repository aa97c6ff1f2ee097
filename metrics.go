package xadb

import (
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/tclog"
)

// Metrics is how an open store is and what it has done since it was opened:
// commits, prepared branches and the age of the oldest, commit groups, log,
// tables, checkpoints.
type Metrics = tclog.Metrics

// Metrics reads all of them: once a second is fine, at each commit is not.
// ErrClosed if the store is closed.
func (db *DB) Metrics() (Metrics, error) {
	if err := db.calls.enter(); err != nil {
		return Metrics{}, err
	}
	defer db.calls.exit()
	return db.log.Metrics()
}

// An EventListener hears what happens in a store; its fields say what. The
// calls come one after the other, from a goroutine that holds no lock of the
// store. They must not wait for Close, which waits for them.
type EventListener = engine.EventListener

// What the events carry.
type (
	CheckpointInfo  = engine.CheckpointInfo
	SegmentInfo     = engine.SegmentInfo
	SlowSyncInfo    = engine.SlowSyncInfo
	DiskInfo        = engine.DiskInfo
	RecoveryInfo    = engine.RecoveryInfo
	PreparedOldInfo = engine.PreparedOldInfo
)
