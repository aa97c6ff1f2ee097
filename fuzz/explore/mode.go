package explore

import (
	"fmt"
	"io"
	"log/slog"
	"math/rand"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/tclog"
)

// dir is where the store lies on the simulated disk.
const dir = "/s"

// The sizes are small, so that a short program fills a log segment (C9) and has
// transactions in chunks (C10).
const (
	segmentSize   = 64 << 10
	chunkSize     = 4 << 10
	memTableSmall = 32 << 10
	memTableLarge = 1 << 20
	cacheSize     = 64 << 10
	recentWrites  = 8 // so few that keys push each other out
	lockRowsMax   = 3 // so few that a transaction gets all of a table (C10)
)

// A Mode is how a store is opened.
type Mode struct {
	Binlog bool
	// TwoLog has the binlog decide with a sync of its own.
	TwoLog bool
	// Automatic lets pebble flush and compact by itself, with a memtable that
	// a few large rows fill. Then the seed does not repeat the run.
	Automatic bool
	// Ballast has the store keep room back for a full disk.
	Ballast bool
}

// String names the mode for a report.
func (m Mode) String() string {
	return fmt.Sprintf("%s, automatic=%t ballast=%t", [...]string{"no binlog", "one log", "two logs"}[m.logs()], m.Automatic, m.Ballast)
}

// logs is how the logs work together, from 0 to 2.
func (m Mode) logs() int {
	switch {
	case !m.Binlog:
		return 0
	case !m.TwoLog:
		return 1
	}
	return 2
}

// next is the mode that a store changes to.
func (m Mode) next() Mode {
	switch {
	case !m.Binlog:
		m.Binlog, m.TwoLog = true, false
	case !m.TwoLog:
		m.TwoLog = true
	default:
		m.Binlog, m.TwoLog = false, false
	}
	return m
}

// started is the time in every program.
var started = time.Unix(1_700_000_000, 0)

func (m Mode) options(fs vfs.FS) tclog.Options {
	o := engine.Options{
		FS: fs, Clock: clock.NewManual(started), Rand: rand.New(rand.NewSource(1)),
		Logger:      slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelError + 1})),
		SegmentSize: segmentSize, ChunkSize: chunkSize, MemTableSize: memTableLarge, CacheSize: cacheSize,
		ManualCheckpoint: !m.Automatic, Ballast: -1, RecentWrites: recentWrites, LockRowsMax: lockRowsMax,
	}
	if m.Ballast {
		o.Ballast = 2 * segmentSize
	}
	if m.Automatic {
		o.MemTableSize = memTableSmall
	}
	return tclog.Options{Engine: o, Binlog: m.Binlog, TwoLog: m.TwoLog, BinlogSizeMax: 16 << 10}
}
