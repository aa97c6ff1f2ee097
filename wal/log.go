package wal

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// A Log is an open log. All methods may be called by many goroutines.
//
// Lock order: ckptMu, syncMu, spareMu, ctrlMu, mu. Files are written and synced
// under the first four, never under mu, so Append does not wait for the disk unless
// its buffer is full; and a Sync that changes segments waits for one control
// slot, not for a checkpoint.
type Log struct {
	o        Options
	dir      string
	maker    maker
	epoch    uint32
	readOnly bool

	// ckptMu serialises checkpoints, with the removal of segments that follows
	// them, and the making of spares.
	ckptMu     sync.Mutex
	sparesMade uint64 // since Open

	// spareMu is held while a spare is made, to wait for its end.
	spareMu sync.Mutex

	// ctrlMu serialises the writers of the control file; they have ckptMu or
	// syncMu besides.
	ctrlMu sync.Mutex
	ctrl   *ctrlFile // nil when read-only or closed

	// syncMu makes its holder the one writer of segments.
	syncMu  sync.Mutex
	file    vfs.File // of the last segment; nil when read-only or closed
	off     int64    // in file, where the next record goes
	filled  int64    // in file, how far it was ever written
	reused  bool     // file was free before and has no record of its own yet
	spare   buffer   // the buffer that Append does not fill
	written LSN      // everything below was handed to the file system

	// mu guards what Append and the readers of the chain share.
	mu     sync.Mutex
	active buffer
	plan   plan
	segs   []segment   // the chain, oldest first
	free   []freeFile  // to become segments
	pins   int         // holders of the chain: while there are any, no file is retired
	closed atomic.Bool // set under mu, so that no Append is halfway through

	synced     atomic.Uint64 // LSN
	end        atomic.Uint64 // LSN
	keepFrom   atomic.Uint64 // LSN
	checkpoint atomic.Uint64 // LSN
	filledTo   atomic.Uint64 // LSN that filled stands for
	poison     atomic.Pointer[poisonError]
	spareErr   atomic.Pointer[error]
	spareDue   atomic.Bool

	stats counters
}

// A poisonError holds what broke the log.
type poisonError struct{ err error }

// End is the LSN behind the last appended record.
func (l *Log) End() LSN { return LSN(l.end.Load()) }

// SyncedLSN is the position below which everything is durable.
func (l *Log) SyncedLSN() LSN { return LSN(l.synced.Load()) }

// KeepFrom is the position below which records may be gone.
func (l *Log) KeepFrom() LSN { return LSN(l.keepFrom.Load()) }

// CheckpointLSN is what the last SetCheckpoint was given; 0 before the first.
func (l *Log) CheckpointLSN() LSN { return LSN(l.checkpoint.Load()) }

// Epoch counts the times the log was opened for writing.
func (l *Log) Epoch() uint32 { return l.epoch }

// StoreID is the id that the log was created with.
func (l *Log) StoreID() [16]byte { return l.maker.store }

// Size is the number of bytes between KeepFrom and End.
func (l *Log) Size() int64 { return int64(l.End() - l.KeepFrom()) }

// Failed is the error that poisoned the log, nil while it is healthy.
func (l *Log) Failed() error {
	if p := l.poison.Load(); p != nil {
		return p.err
	}
	return nil
}

// fail poisons the log with its first failure and returns the poison.
func (l *Log) fail(cause error) error {
	p := &poisonError{fmt.Errorf("%w: %w", ErrPoisoned, cause)}
	if l.poison.CompareAndSwap(nil, p) {
		l.o.Logger.Error("wal: poisoned; nothing more is accepted", "dir", l.dir, "cause", cause)
	}
	return l.Failed()
}

// usable says why the log accepts nothing, if so.
func (l *Log) usable() error {
	if err := l.Failed(); err != nil {
		return err
	}
	if l.readOnly {
		return ErrReadOnly
	}
	if l.closed.Load() {
		return ErrClosed
	}
	return nil
}

// Close syncs everything, notes in the control file that the log ends there,
// and releases the files. A poisoned log is only released, and its poison
// returned. A second Close does nothing.
func (l *Log) Close() error {
	if !l.markClosed() {
		return nil
	}
	l.ckptMu.Lock()
	defer l.ckptMu.Unlock()
	l.syncMu.Lock()
	defer l.syncMu.Unlock()
	err := l.Failed()
	if err == nil && !l.readOnly {
		err = l.flushLocked()
	}
	if err == nil && !l.readOnly {
		if err = l.writeCtrl(true); err != nil {
			err = l.fail(err)
		}
	}
	return errors.Join(err, l.release())
}

// Abandon releases the files and writes nothing, as the end of the process
// would. What was not synced may or may not survive.
func (l *Log) Abandon() {
	if !l.markClosed() {
		return
	}
	l.ckptMu.Lock()
	defer l.ckptMu.Unlock()
	l.syncMu.Lock()
	defer l.syncMu.Unlock()
	if err := l.release(); err != nil {
		l.o.Logger.Warn("wal: abandon", "dir", l.dir, "err", err)
	}
}

// markClosed stops Append; it reports false if that had been done before.
func (l *Log) markClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed.CompareAndSwap(false, true)
}

// release closes the files. Both were synced after their last write, or the
// log is poisoned, or nothing is promised: a failed close loses nothing.
func (l *Log) release() error {
	var errs []error
	if l.file != nil {
		errs = append(errs, l.file.Close())
		l.file = nil
	}
	if l.ctrl != nil {
		errs = append(errs, l.ctrl.f.Close())
		l.ctrl = nil
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("wal: close files: %w", err)
	}
	return nil
}

type counters struct {
	appends, bytes, writes, syncs, created, recycled atomic.Int64
}

// Stats counts what a Log has done since it was opened.
type Stats struct {
	Appends  int64 // records
	Bytes    int64 // of those, as they lie in the log
	Writes   int64 // write calls on segments, headers left out
	Syncs    int64 // data syncs of segments, those of their creation left out
	Created  int64 // segments begun
	Recycled int64 // of those, made from a retired file or a spare
	Segments int   // in the chain now
}

// Stats returns the counts so far.
func (l *Log) Stats() Stats {
	l.mu.Lock()
	n := len(l.segs)
	l.mu.Unlock()
	return Stats{
		Appends: l.stats.appends.Load(), Bytes: l.stats.bytes.Load(),
		Writes: l.stats.writes.Load(), Syncs: l.stats.syncs.Load(),
		Created: l.stats.created.Load(), Recycled: l.stats.recycled.Load(),
		Segments: n,
	}
}
