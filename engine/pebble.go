package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"

	"github.com/cockroachdb/pebble/v2"

	"github.com/xadb/xadb/internal/disk"
)

// formatVersion is pebble's on-disk format; raising it is one way (C22).
const formatVersion = pebble.FormatFlushableIngest

// emptyFlush is the text of pebble's error for a flush without output, which
// has no exported name.
const emptyFlush = "pebble: empty table"

// neverStall is a threshold of pebble's at which no write ever waits: a commit
// group behind its decision must not (C11). The door lets nobody in long before.
const neverStall = math.MaxInt32 / 2

func (e *Engine) openPebble(readOnly bool) error {
	cache := pebble.NewCache(e.opts.CacheSize)
	defer cache.Unref()
	opts := &pebble.Options{
		FS:                          orderedFS{FS: e.opts.FS, e: e},
		Cache:                       cache,
		DisableWAL:                  true,
		ReadOnly:                    readOnly,
		FormatMajorVersion:          formatVersion,
		MemTableSize:                uint64(e.opts.MemTableSize),
		MemTableStopWritesThreshold: neverStall,
		L0StopWritesThreshold:       neverStall,
		DisableAutomaticCompactions: e.opts.ManualCheckpoint,
		Logger:                      fatalLogger{e},
		EventListener: &pebble.EventListener{
			FlushEnd: e.flushEnded, CompactionEnd: e.compactionEnded,
			BackgroundError: e.backgroundError, DataCorruption: e.damaged,
		},
	}
	compactions := newGatedScheduler(e)
	opts.Experimental.CompactionScheduler = compactions
	var db *pebble.DB
	err := e.guard(func() (err error) {
		db, err = pebble.Open(e.opts.FS.PathJoin(e.dir, dataDir), opts)
		return err
	})
	if err != nil {
		return e.openError(err)
	}
	e.db = db
	compactions.open()
	return nil
}

func (e *Engine) loadApplied() error {
	val, ok, err := e.getFrom(e.db, appliedKey)
	if err != nil || !ok {
		return err
	}
	if e.mu.applied, err = decodeApplied(val); err != nil {
		return &CorruptError{File: e.opts.FS.PathJoin(e.dir, dataDir), Offset: UnknownOffset, Err: err}
	}
	return nil
}

// syncApplied makes the log durable up to what pebble was given (C2). It runs
// on pebble's goroutines, before each write of a MANIFEST.
func (e *Engine) syncApplied() error {
	log := e.ahead.Load()
	if log == nil {
		return nil // still opening: pebble was given nothing in this life
	}
	if err := e.failure(); err != nil {
		return err // behind a write of the MANIFEST that failed nothing may follow
	}
	if err := log.SyncAll(); err != nil {
		return e.poison(err)
	}
	return nil
}

// flushEnded hears of each flush, under pebble's lock. For want of room pebble
// tries again, when the pacer lets it; another failure stops the engine: it
// would come back without end, and whoever waits for the flush would wait as
// long (C11). A flush that had nothing to write says so by an error of its own,
// and is none.
// A stopped engine's flush that failed ends here, with its goroutine: pebble's lock
// is let go, and the flush counts as one that is still under way.
func (e *Engine) flushEnded(info pebble.FlushInfo) {
	switch {
	case info.Err == nil:
		if !e.opts.ManualCheckpoint { // else Checkpoint cuts the log itself
			e.ckpt.wake()
		}
	case info.Err.Error() == emptyFlush:
	case disk.IsFull(info.Err):
		e.pace.flushFailed(e)
	default:
		_ = e.poison(fmt.Errorf("flushing the tables: %w", info.Err))
	}
	e.door.moved()
	if info.Err != nil && e.failure() != nil {
		runtime.Goexit()
	}
}

// compactionEnded hears of each compaction. One that failed is tried again: the
// tables are what they were.
func (e *Engine) compactionEnded(info pebble.CompactionInfo) {
	if info.Err != nil && !errors.Is(info.Err, pebble.ErrCancelledCompaction) {
		e.pace.failed(e)
	}
	e.door.moved()
}

// backgroundError says what pebble will try again, or has given up. That the
// disk is full was said once, when it was found so.
func (e *Engine) backgroundError(err error) {
	if !disk.IsFull(err) {
		e.opts.Logger.Warn("engine: tables: background work", "error", err)
	}
}

// damaged hears of a damaged block. Whoever read it gets ErrCorrupt; without
// this handler pebble would take it for fatal, on the reader's goroutine.
func (e *Engine) damaged(info pebble.DataCorruptionInfo) {
	e.opts.Logger.Error("engine: tables: " + info.String())
}

// guard runs a call of pebble that may never return: a fatal error inside
// pebble poisons the engine and parks the goroutine it happened on. A panic
// stops the engine, too, and not the program.
func (e *Engine) guard(fn func() error) error {
	done := make(chan error, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				_ = e.poison(fmt.Errorf("tables: panic: %v", r))
			}
		}()
		done <- fn()
	}()
	select {
	case err := <-done:
		return err
	case <-e.poisoned:
		return e.failure()
	}
}

// A fatalLogger keeps pebble's fatal errors from ending the embedding process.
type fatalLogger struct{ e *Engine }

func (l fatalLogger) Infof(format string, args ...any) {
	l.e.opts.Logger.Debug("engine: tables: " + fmt.Sprintf(format, args...))
}

func (l fatalLogger) Errorf(format string, args ...any) {
	l.e.opts.Logger.Warn("engine: tables: " + fmt.Sprintf(format, args...))
}

// Fatalf must not return to pebble, nor let go the locks that pebble holds
// while others could still go on (C11).
func (l fatalLogger) Fatalf(format string, args ...any) {
	_ = l.e.poison(errors.New("tables: " + fmt.Sprintf(format, args...)))
	l.e.park()
}

// park ends a goroutine of pebble's, once the engine is closed.
func (e *Engine) park() {
	<-e.released
	runtime.Goexit()
}

// Eventf and IsTracingEnabled complete pebble's LoggerAndTracer.
func (fatalLogger) Eventf(context.Context, string, ...any) {}

// IsTracingEnabled implements pebble's LoggerAndTracer.
func (fatalLogger) IsTracingEnabled(context.Context) bool { return false }
