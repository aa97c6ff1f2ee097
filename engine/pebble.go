package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"strings"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// formatVersion is pebble's on-disk format; raising it is one way (C22).
const formatVersion = pebble.FormatFlushableIngest

// emptyFlush is the text of pebble's error for a flush without output, which
// has no exported name.
const emptyFlush = "pebble: empty table"

// memTableStop is how many memtables may queue before pebble stalls writes.
const memTableStop = 4

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
		MemTableStopWritesThreshold: memTableStop,
		DisableAutomaticCompactions: e.opts.ManualCheckpoint,
		Logger:                      fatalLogger{e},
		EventListener:               &pebble.EventListener{FlushEnd: e.flushEnded, DataCorruption: e.damaged},
	}
	if e.opts.ManualCheckpoint {
		opts.L0StopWritesThreshold = math.MaxInt32 // nobody compacts: waiting for it would not end
	}
	compactions := &gatedScheduler{ConcurrencyLimitScheduler: pebble.NewConcurrencyLimitSchedulerWithNoPeriodicGrantingForTest()}
	opts.Experimental.CompactionScheduler = compactions
	var db *pebble.DB
	err := e.guard(func() (err error) {
		db, err = pebble.Open(e.opts.FS.PathJoin(e.dir, dataDir), opts)
		return err
	})
	if err != nil {
		return tableError("opening the tables", err)
	}
	e.db = db
	compactions.open()
	return nil
}

// A gatedScheduler grants no compaction before Open has succeeded. Of an Open
// that fails, pebble forgets its scheduler; a compaction that this one granted
// would then run into files that are closed, and panic. The scheduler below
// grants on demand and when another compaction ends, not by a timer: a timer
// would be forgotten, too, and run for ever.
type gatedScheduler struct {
	*pebble.ConcurrencyLimitScheduler
	opened atomic.Bool
}

// open lets compactions run. One that was refused meanwhile is not asked for
// again, and writes would wait for it without end: the end of another, which
// does nothing, has it granted.
func (s *gatedScheduler) open() {
	s.opened.Store(true)
	if granted, h := s.ConcurrencyLimitScheduler.TrySchedule(); granted {
		h.Done()
	}
}

// TrySchedule implements pebble.CompactionScheduler.
func (s *gatedScheduler) TrySchedule() (bool, pebble.CompactionGrantHandle) {
	if !s.opened.Load() {
		return false, nil
	}
	return s.ConcurrencyLimitScheduler.TrySchedule()
}

// tableError says what was done to the tables, and keeps damage apart from
// other failures.
func tableError(doing string, err error) error {
	if pebble.IsCorruptionError(err) {
		return fmt.Errorf("engine: %s: %w: %w", doing, ErrCorrupt, err)
	}
	return fmt.Errorf("engine: %s: %w", doing, err)
}

func (e *Engine) loadApplied() error {
	val, ok, err := getFrom(e.db, appliedKey)
	if err != nil || !ok {
		return err
	}
	e.mu.applied, err = decodeApplied(val)
	return err
}

// syncApplied makes the log durable up to what pebble was given (C2). It runs
// on pebble's goroutines, before each write of a MANIFEST.
func (e *Engine) syncApplied() error {
	log := e.ahead.Load()
	if log == nil {
		return nil // still opening: pebble was given nothing in this life
	}
	if err := log.SyncAll(); err != nil {
		return e.poison(err)
	}
	return nil
}

// flushEnded hears of each flush. One that failed stops the engine: pebble
// would try again without end, and whoever waits for room or for the flush
// would wait as long (C11). A flush that had nothing to write says so by an
// error of its own, and is none.
func (e *Engine) flushEnded(info pebble.FlushInfo) {
	switch {
	case info.Err == nil:
		if !e.opts.ManualCheckpoint { // else Checkpoint cuts the log itself
			e.ckpt.wake()
		}
	case info.Err.Error() != emptyFlush:
		_ = e.poison(fmt.Errorf("flushing the tables: %w", info.Err))
	}
}

// damaged hears of a damaged block. Whoever read it gets ErrCorrupt; without
// this handler pebble would take it for fatal, on the reader's goroutine.
func (e *Engine) damaged(info pebble.DataCorruptionInfo) {
	e.opts.Logger.Error("engine: tables: " + info.String())
}

// guard runs a call of pebble that may never return: a fatal error inside
// pebble poisons the engine and parks the goroutine it happened on.
func (e *Engine) guard(fn func() error) error {
	done := make(chan error, 1)
	go func() { done <- fn() }()
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

// An orderedFS is what pebble's files go through. Ahead of every write of a
// MANIFEST it makes the log durable (C2), and a marker appears only behind what
// it names. It keeps pebble's folder lock within reach, for an engine that may
// not close pebble.
type orderedFS struct {
	vfs.FS
	e *Engine
}

// Lock implements vfs.FS.
func (fs orderedFS) Lock(name string) (io.Closer, error) {
	c, err := fs.FS.Lock(name)
	fs.e.dataLock = c
	return c, err
}

// Create implements vfs.FS. Of a poisoned engine, pebble makes no more files:
// its background work ends here instead of trying again without end.
func (fs orderedFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if fs.e.failure() != nil {
		fs.e.park()
	}
	if err := fs.settleMarker(name); err != nil {
		return nil, err
	}
	f, err := fs.FS.Create(name, c)
	if err != nil || !strings.HasPrefix(fs.PathBase(name), "MANIFEST-") {
		return f, err
	}
	return orderedFile{f, fs.e}, nil
}

// Remove implements vfs.FS.
func (fs orderedFS) Remove(name string) error {
	if err := fs.settleMarker(name); err != nil {
		return err
	}
	return fs.FS.Remove(name)
}

// settleMarker goes ahead of the making and the removal of a marker, an empty
// file whose name says which MANIFEST counts. Pebble relies on the entries of a
// folder to survive in order; POSIX has them survive in any.
func (fs orderedFS) settleMarker(name string) error {
	if !strings.HasPrefix(fs.PathBase(name), "marker.") {
		return nil
	}
	return syncDir(fs.FS, fs.PathDir(name))
}

// Unwrap implements vfs.FS.
func (fs orderedFS) Unwrap() vfs.FS { return fs.FS }

type orderedFile struct {
	vfs.File
	e *Engine
}

// Write implements vfs.File. The log must be ahead of the write, not only of the
// sync: what was written may reach the disk by itself at any time.
func (f orderedFile) Write(p []byte) (int, error) {
	if err := f.e.syncApplied(); err != nil {
		return 0, err
	}
	return f.File.Write(p)
}

// An applier is the one goroutine that writes to pebble. A fatal error of
// pebble can then only stop that goroutine, never a client's.
type applier struct {
	work chan applyWork
	end  chan struct{} // closed to stop
	gone chan struct{} // closed when stopped
}

type applyWork struct {
	batch *pebble.Batch
	done  chan error
}

func (a *applier) start(e *Engine) {
	a.work, a.end, a.gone = make(chan applyWork), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(a.gone)
		for {
			select {
			case w := <-a.work:
				w.done <- e.db.Apply(w.batch, pebble.NoSync)
			case <-a.end:
				return
			}
		}
	}()
}

// write applies a batch. After a fatal error the batch may or may not be in,
// and no later one goes in: there may be a gap (I6).
func (a *applier) write(e *Engine, b *pebble.Batch) error {
	if err := e.failure(); err != nil {
		return err
	}
	w := applyWork{batch: b, done: make(chan error, 1)}
	select {
	case a.work <- w:
	case <-e.poisoned:
		return e.failure()
	}
	select {
	case err := <-w.done:
		return err
	case <-e.poisoned:
		return e.failure()
	}
}

// stop ends the goroutine. A poisoned engine's may be parked inside pebble:
// then nobody waits for it.
func (a *applier) stop(healthy bool) {
	if a.end == nil {
		return
	}
	close(a.end)
	if healthy {
		<-a.gone
	}
}
