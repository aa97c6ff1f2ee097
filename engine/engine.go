package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/engine/lock"
	"github.com/xadb/xadb/internal/disk"
	"github.com/xadb/xadb/internal/gate"
	"github.com/xadb/xadb/internal/histogram"
	"github.com/xadb/xadb/wal"
)

// An Engine is an open store. It is safe for concurrent use.
type Engine struct {
	opts   Options
	dir    string
	unlock io.Closer // the data folder's lock
	db     *pebble.DB
	// overlay is db with what it lacks, if the engine is read-only.
	overlay *pebble.Batch
	// dataLock is pebble's own lock; only abandon uses it.
	dataLock io.Closer
	log      *wal.Log
	ahead    atomic.Pointer[wal.Log] // log, for pebble's goroutines: they run before it is open
	locks    *lock.Manager
	id       [16]byte
	files    *disk.FS // what opts.FS is, too

	// Found by Open, of the coordinator's log.
	tcMode     uint32 // the last checkpoint's
	tcSynced   TCPos  // the last checkpoint's
	hasTCBytes bool   // the log may hold bytes of it

	nextTxn   atomic.Uint64 // transaction numbers given out in this life
	readers   readerList    // what users have open in pebble
	snapshots snapshots
	recent    *recentWrites // which keys have changed lately (C16)
	gaps      *gaps         // where no rows are

	gate   gate.Gate   // whoever calls pebble is inside
	ending atomic.Bool // release has begun

	// failed is set once, by poison; poisoned is closed then.
	failed   atomic.Pointer[error]
	poisoned chan struct{}
	// closing is closed when release begins: nobody waits for the disk then.
	closing chan struct{}
	// released frees goroutines of pebble that its fatal logger has parked.
	released chan struct{}

	// publishMu is held while a group is applied and its branches leave the
	// prepared table, so that a listing and the rows agree (C14).
	publishMu sync.RWMutex

	mu struct {
		sync.Mutex
		branches  map[string]*branchEntry // by XID.Key: reserved or prepared
		clients   int                     // of those, prepared by clients
		logged    map[*Txn]struct{}       // has records in the log, not applied
		moving    map[*Txn]struct{}       // moved, not known durable in pebble
		unflushed appliedBatches          // not known durable in pebble
		commitNo  uint64                  // last number given out
		applied   appliedRow              // as of the last batch
		floor     TCPos                   // largest TC position recorded
	}

	apply     applier
	ckpt      checkpointer
	door      door
	pace      pacer
	backingUp atomic.Bool
	soloMu    sync.Mutex // serialises decisions taken without a coordinator
	keeper    keeper
	events    notifier
	views     views
	counts    counts
	syncs     *histogram.Histogram // of the log, by nanoseconds
	recovered RecoveryInfo         // what Open found in the log
}

// An appliedBatch pins the log from the first record of its transactions on,
// until pebble is durable up to it (C1a).
type appliedBatch struct {
	number   uint64
	firstLSN wal.LSN
}

// appliedBatches are in the order of their numbers.
type appliedBatches []appliedBatch

// add notes a transaction of the newest batch.
func (a appliedBatches) add(number uint64, firstLSN wal.LSN) appliedBatches {
	if n := len(a); n > 0 && a[n-1].number == number {
		a[n-1].firstLSN = min(a[n-1].firstLSN, firstLSN)
		return a
	}
	return append(a, appliedBatch{number, firstLSN})
}

// A branchEntry is an XID in use.
type branchEntry struct {
	txn *Txn // nil: reserved by a branch that is still active
}

// Open opens the store in dir, creating it if the folder is empty, and
// restores every prepared branch with its locks. Branches of a coordinator
// that has a log of its own are then to be decided: see Floor and Recover.
func Open(ctx context.Context, dir string, o Options) (*Engine, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	e := newEngine(dir, o)
	if err := e.open(ctx); err != nil {
		e.abandon()
		return nil, e.placed(err)
	}
	return e, nil
}

func newEngine(dir string, o Options) *Engine {
	e := &Engine{
		syncs: histogram.New(histogram.LowDuration),
		opts:  o, dir: dir,
		poisoned: make(chan struct{}), closing: make(chan struct{}), released: make(chan struct{}),
	}
	e.files = disk.New(o.FS, disk.Options{
		Dir: dir, Ballast: o.Ballast, Logger: o.Logger, SyncFailed: e.syncFailed, Filled: e.filled,
	})
	e.opts.FS = e.files
	e.mu.branches = map[string]*branchEntry{}
	e.mu.logged = map[*Txn]struct{}{}
	e.mu.moving = map[*Txn]struct{}{}
	e.recent = newRecentWrites(o.RecentWrites)
	e.gaps = newGaps()
	e.ckpt.init()
	e.locks = lock.NewManager(lock.Options{Clock: o.Clock, OnWait: o.OnLockWait, RowsMax: o.LockRowsMax})
	return e
}

func (e *Engine) open(ctx context.Context) error {
	e.events.start()
	if err := e.makeDirs(); err != nil {
		return fmt.Errorf("engine: creating the data folder: %w", err)
	}
	if err := e.lockDir(ctx); err != nil {
		return err
	}
	e.files.Adopt()
	if err := e.checkFormat(); err != nil {
		return err
	}
	if err := e.writePID(); err != nil {
		return err
	}
	if err := e.removeBackup(); err != nil {
		return err
	}
	if err := e.openFiles(); err != nil {
		return err
	}
	if err := e.replay(ctx); err != nil {
		return err
	}
	e.files.Keep()
	e.ckpt.start(e)
	e.keeper.start(e)
	return nil
}

// openFiles opens the tables, which say how far the log must reach, and then
// the log. In a new store the log comes first, and is durable before there are
// tables, even if a process that was killed has begun it: tables without one have
// lost it.
func (e *Engine) openFiles() error {
	tables, err := e.findTables()
	if err != nil {
		return err
	}
	if tables == "" {
		err = e.openLog()
	} else {
		err = e.refuseWithoutLog(tables)
	}
	if err == nil {
		err = e.openPebble(false)
	}
	if err != nil {
		return err
	}
	e.apply.start(e)
	if err := e.loadApplied(); err != nil || tables == "" {
		return err
	}
	return e.openLog()
}

// findTables returns a name of the tables, "" if there are none.
func (e *Engine) findTables() (name string, err error) {
	names, err := e.opts.FS.List(e.opts.FS.PathJoin(e.dir, dataDir))
	if err != nil {
		return "", fmt.Errorf("engine: listing the tables: %w", err)
	}
	for _, name := range names {
		if strings.HasPrefix(name, "MANIFEST-") {
			return name, nil
		}
	}
	return "", nil
}

// refuseWithoutLog refuses a folder that has tables but no log.
func (e *Engine) refuseWithoutLog(tables string) error {
	exists, err := wal.Exists(e.opts.FS, e.opts.FS.PathJoin(e.dir, walDir))
	if err != nil || exists {
		return err
	}
	return fmt.Errorf("engine: %w", &CorruptError{
		File: e.opts.FS.PathJoin(e.dir, walDir), Offset: UnknownOffset,
		Err: fmt.Errorf("%s has tables (%s) but no log: the folder %s is lost, or a restore was not finished; restore into an empty folder",
			e.dir, tables, walDir),
	})
}

func (e *Engine) openLog() error {
	var id [16]byte
	if _, err := io.ReadFull(e.opts.Rand, id[:]); err != nil {
		return fmt.Errorf("engine: drawing a store identity: %w", err)
	}
	o := e.logOptions()
	o.StoreID = id
	log, err := wal.Open(e.opts.FS.PathJoin(e.dir, walDir), o)
	if err != nil {
		return e.logError("opening the log", err)
	}
	e.log, e.id = log, log.StoreID()
	e.ahead.Store(log)
	return nil
}

func (e *Engine) logOptions() wal.Options {
	return wal.Options{
		FS: logFS{e.files}, Clock: e.opts.Clock, Logger: e.opts.Logger,
		SegmentSize: e.opts.SegmentSize, ProvenLSN: wal.LSN(e.mu.applied.logEnd),
		Scarce: e.files.Full, OnSegment: e.segment, OnSync: e.synced,
	}
}

// StoreID is the store's identity, drawn when it was created.
func (e *Engine) StoreID() [16]byte { return e.id }

// Epoch counts the store's starts; it never repeats.
func (e *Engine) Epoch() uint32 { return e.log.Epoch() }

// LogStats are the counters of the redo log.
func (e *Engine) LogStats() wal.Stats { return e.log.Stats() }

// LogSegments lists the files of the redo log, oldest first.
func (e *Engine) LogSegments() []wal.SegmentInfo { return e.log.Segments() }

// Locks is the lock table, for listings.
func (e *Engine) Locks() *lock.Manager { return e.locks }

// enter must precede a call of pebble, and exit follow it.
func (e *Engine) enter() error {
	if !e.gate.Enter() {
		return ErrClosed
	}
	if err := e.failure(); err != nil {
		e.gate.Exit()
		return err
	}
	return nil
}

func (e *Engine) exit() { e.gate.Exit() }

// failure is why the engine accepts nothing more, or nil.
func (e *Engine) failure() error {
	if p := e.failed.Load(); p != nil {
		return *p
	}
	return nil
}

// FS is the file system that the store's files go through, those of a
// coordinator's log included.
func (e *Engine) FS() vfs.FS { return e.files }

// syncFailed hears of each failed sync, whoever asked for it: nobody knows any
// more what the disk has of the file.
func (e *Engine) syncFailed(err error) { _ = e.poison(err) }

// Started says that the coordinator, too, has all that it opens: room kept for that
// on a full disk is kept for the next start from now on.
func (e *Engine) Started() { e.files.Started() }

// Failed is why the engine stopped, or nil while it works.
func (e *Engine) Failed() error { return e.failure() }

// poison stops the engine for this life: after a failed write nothing it could
// acknowledge would be worth believing (I15).
func (e *Engine) poison(cause error) error {
	err := fmt.Errorf("%w: %w", ErrPoisoned, cause)
	if e.failed.CompareAndSwap(nil, &err) {
		close(e.poisoned)
		e.locks.Stop(err)
		e.opts.Logger.Error("engine: stopped", "cause", cause)
		tell(&e.events, e.opts.Events.Poisoned, cause)
	}
	return e.failure()
}

// Close stops the engine after a last checkpoint, so that the next Open finds
// a short log. Transactions that are still open are lost, prepared branches
// are not. Closing twice is fine.
func (e *Engine) Close(ctx context.Context) error {
	if err := e.failure(); err != nil {
		e.abandon()
		if errors.Is(err, ErrClosed) {
			return nil
		}
		return err
	}
	if e.ReadOnly() {
		e.abandon()
		return nil
	}
	err := e.Checkpoint(ctx)
	if errors.Is(err, ErrDiskFull) {
		err = nil // nothing is lost by it: the log has what the tables lack
	}
	if cerr := e.release(true); err == nil {
		err = cerr
	}
	return err
}

// Abandon drops everything as a crash would: no checkpoint, no clean mark.
func (e *Engine) Abandon() { e.abandon() }

func (e *Engine) abandon() { _ = e.release(false) }

// release lets go of goroutines, files and the folder's lock; clean marks the
// end of the log as an orderly one. A store that was poisoned leaves pebble as
// it is: calling it again could hang (C11).
func (e *Engine) release(clean bool) (err error) {
	if e.ending.Swap(true) {
		return nil
	}
	// In a poisoned engine somebody may be stuck in pebble: nobody waits for him.
	e.gate.Close(e.poisoned)
	healthy := e.failure() == nil
	close(e.closing)
	e.locks.Stop(ErrClosed)
	e.keeper.stop()
	e.ckpt.stop()
	e.apply.stop(healthy)
	if e.db != nil && healthy {
		healthy = e.closeTables()
	}
	// The log goes last: a compaction that ends while pebble closes needs it.
	switch {
	case !clean:
	case healthy:
		err = e.log.Close()
	default:
		err = e.failure()
	}
	closed := ErrClosed
	if e.failed.CompareAndSwap(nil, &closed) {
		close(e.poisoned)
	}
	close(e.released)
	if !healthy && e.dataLock != nil {
		_ = e.dataLock.Close()
		e.opts.Logger.Warn("engine: closed after a failure; pebble's memory stays until the process ends")
	}
	if e.log != nil {
		e.log.Abandon()
	}
	if e.unlock != nil {
		_ = e.unlock.Close()
	}
	e.events.stop()
	return err
}

// closeTables closes pebble and reports whether nothing was poisoned meanwhile.
func (e *Engine) closeTables() bool {
	err := e.guard(func() error {
		e.readers.closeAll()
		return e.db.Close()
	})
	if e.overlay != nil {
		_ = e.overlay.Close() // memory only
	}
	if err != nil {
		e.opts.Logger.Warn("engine: closing the tables", "error", err)
	}
	return e.failure() == nil
}

// Stop ends the engine's life after a failure outside it: a coordinator whose
// own log failed must not let an outcome be recorded that its log may
// contradict. It returns the error that every later call gets.
func (e *Engine) Stop(cause error) error { return e.poison(cause) }
