package binlog

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog/writeset"
)

// A Log is the binary log of one server. Start, Append, Flush, NeedRotate,
// Rotate, Reset and Close belong to whoever holds the FLUSH stage; every other
// method may be called at any time by anyone.
type Log struct {
	folder
	o Options

	// Owned by the FLUSH stage.
	w          vfs.File // appends; nil while no file is open
	buf        []byte   // events that are not in the file yet; see LastGroup
	head, tail []byte   // scratch of Append, as is gtid
	gtid       []byte
	pos        int64 // in the current file, behind buf
	counter    int64 // groups appended since Open
	offset     int64 // counter at the last rotation
	next       int64 // number of this server's next GTID
	tracker    *writeset.Tracker

	numbers atomic.Pointer[numbering]
	resets  atomic.Int64 // since Open

	maxCommitted atomic.Int64
	sizeMax      atomic.Int64 // Options.SizeMax, until SetSizeMax
	groups       atomic.Int64
	bytes        atomic.Int64
	syncs        atomic.Int64

	// syncMu is held while syncFile is in use. Before mu.
	syncMu   sync.Mutex
	syncFile vfs.File // a second handle: w appends while this one syncs

	behind behind // of a log that is written behind

	runs runs // what Streams share

	purgeMu sync.Mutex // held by Purge and Reset; before all others
	indexMu sync.Mutex // held while the index changes; after syncMu, before mu

	mu      sync.Mutex // the fields below; a leaf
	failed  error      // the first failed write, sync or rotation
	closed  bool
	started bool
	number  uint32 // of the current or, before Start, the last file
	files   []FileInfo
	end     Pos           // behind the last appended group
	flushed Pos           // what the file holds
	synced  Pos           // what the file holds and no crash can take away
	durable Pos           // what no crash can take away, here or in the other log
	moved   chan struct{} // closed when durable moves or nothing can move it; nil if nobody waits
	// executed is the place behind the last group that Committed was called for;
	// reached is closed when there are more, nil if nobody waits.
	executed Pos
	reached  chan struct{}
	pins     map[*pin]struct{}
	restarts []restart  // that of the index when the log was opened, and those since then
	dead     []FileInfo // from before a Reset, and not removed yet
}

// Stats are counts since Open.
type Stats struct {
	Syncs  int64 // of the SYNC stage
	Groups int64 // appended
	Bytes  int64 // written to files
}

// Stats returns the counts so far.
func (l *Log) Stats() Stats {
	return Stats{Syncs: l.syncs.Load(), Groups: l.groups.Load(), Bytes: l.bytes.Load()}
}

// Start begins a new file. The log accepts groups when it returns nil, and is
// poisoned when it does not.
func (l *Log) Start() error {
	l.mu.Lock()
	err := l.failedLocked()
	if err == nil && l.started {
		err = fmt.Errorf("%w: log started twice", ErrInvalid)
	}
	l.mu.Unlock()
	if err != nil {
		return err
	}
	l.syncMu.Lock()
	defer l.syncMu.Unlock()
	created := uint32(l.o.Clock.Now().Unix())
	if err := l.beginFile(newFile{number: l.number + 1, created: created}); err != nil {
		return l.poison(err)
	}
	l.mu.Lock()
	l.started = true
	l.mu.Unlock()
	return nil
}

// failedLocked is why nothing more can be done, or nil. l.mu is held.
func (l *Log) failedLocked() error {
	if l.failed != nil {
		return fmt.Errorf("%w: %w", ErrPoisoned, l.failed)
	}
	if l.closed {
		return ErrClosed
	}
	return nil
}

// ready is why no group can be taken, or nil.
func (l *Log) ready() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.failedLocked(); err != nil {
		return err
	}
	if !l.started {
		return fmt.Errorf("%w: not started", ErrClosed)
	}
	return nil
}

// poison records the first failure, after which the log accepts nothing.
func (l *Log) poison(cause error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed == nil {
		l.failed = cause
		l.wakeLocked()
		l.o.Logger.Error("binlog: failed; the process must restart", "err", cause)
	}
	return fmt.Errorf("%w: %w", ErrPoisoned, cause)
}

// Flush hands everything appended so far to the file system. A crash of the
// machine can still take it away, a crash of the process cannot.
func (l *Log) Flush() error {
	if err := l.ready(); err != nil {
		return err
	}
	return l.write()
}

// write empties the buffer into the file.
func (l *Log) write() error {
	if len(l.buf) == 0 {
		return nil
	}
	if err := writeAll(l.w, l.buf); err != nil {
		return l.poison(fmt.Errorf("binlog: writing %s: %w", l.name(l.number), err))
	}
	l.bytes.Add(int64(len(l.buf)))
	l.buf = l.buf[:0]
	if cap(l.buf) > 2*l.o.BufferSizeMax {
		l.buf = nil
	}
	l.mu.Lock()
	l.flushed = Pos{l.number, uint64(l.pos)}
	l.files[len(l.files)-1].Size = l.pos
	l.mu.Unlock()
	return nil
}

// Sync makes everything that was flushed before the call durable. It may run
// while the next groups are appended and flushed. After an error nothing more
// is accepted: a failed sync is never repeated.
func (l *Log) Sync() error {
	l.syncMu.Lock()
	defer l.syncMu.Unlock()
	if err := l.ready(); err != nil {
		return err
	}
	return l.syncCurrent()
}

// syncCurrent syncs the current file. l.syncMu is held.
func (l *Log) syncCurrent() error {
	l.mu.Lock()
	target, done := l.flushed, l.synced
	if l.end.Less(target) {
		target = l.end // a large group is in the file in part only
	}
	l.mu.Unlock()
	if target == done {
		return nil
	}
	l.syncs.Add(1)
	if err := l.syncFile.SyncData(); err != nil {
		return l.poison(fmt.Errorf("binlog: syncing %s: %w", l.name(target.File), err))
	}
	l.mu.Lock()
	l.synced = target
	if l.durable.Less(target) {
		l.durable = target
		l.wakeLocked()
	}
	l.mu.Unlock()
	return nil
}

// EndPos is the place behind the last group appended.
func (l *Log) EndPos() Pos {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.end
}

// DurablePos is the place up to which no crash can take anything away, and the
// files can be read. All that was released is in front of it, but on a full disk.
func (l *Log) DurablePos() Pos {
	l.settle()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.durable
}

// Files lists the files of the log, oldest first, with what each holds.
func (l *Log) Files() []FileInfo {
	l.settle()
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]FileInfo(nil), l.files...)
}

// FileNumber is the number of a file of that name; false if the name is none.
func (l *Log) FileNumber(name string) (n uint32, ok bool) { return ParseFileName(l.folder.base, name) }

// FileName is the name of file number n.
func (l *Log) FileName(n uint32) string { return l.name(n) }

// DurableFiles is Files with what no crash can take away.
func (l *Log) DurableFiles() []FileInfo {
	files := l.Files()
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(files); n > 0 && files[n-1].Number == l.durable.File {
		files[n-1].Size = int64(l.durable.Offset)
	}
	return files
}

// MaxCommitted is the clock of commits: the largest sequence number that
// Committed was called with. A transaction that has taken its last lock
// samples it as its LastCommitted. The stamp is that, or less where the keys that
// were written say so.
func (l *Log) MaxCommitted() int64 { return l.maxCommitted.Load() }

// Anonymous reports whether groups get no GTID.
func (l *Log) Anonymous() bool { return l.o.AnonymousGTID }

// Tracking is how the stamps of dependency are made; its modes and sizes can be
// changed at any time.
func (l *Log) Tracking() *writeset.Tracker { return l.tracker }

// Close writes a STOP event, syncs the file and marks it as closed. After a
// failure it only releases the files and returns that failure. A second call
// does nothing.
func (l *Log) Close() error {
	l.syncMu.Lock()
	defer l.syncMu.Unlock()
	l.mu.Lock()
	failed, closed, open := l.failed, l.closed, l.started
	l.mu.Unlock()
	if closed {
		return nil
	}
	var err error
	switch {
	case failed != nil:
		err = fmt.Errorf("%w: %w", ErrPoisoned, failed)
	case open:
		if err = l.drainAll(); err == nil {
			err = l.endFile(appendStop(nil))
		}
	}
	return errors.Join(err, l.release())
}

// Abandon releases the files as they are, as a crash of the process would.
func (l *Log) Abandon() {
	l.syncMu.Lock()
	defer l.syncMu.Unlock()
	if err := l.release(); err != nil {
		l.o.Logger.Warn("binlog: closing an abandoned log", "err", err)
	}
}

// release closes the file handles. l.syncMu is held.
func (l *Log) release() error {
	l.behind.mu.Lock()
	defer l.behind.mu.Unlock()
	l.mu.Lock()
	l.closed = true
	l.wakeLocked()
	l.mu.Unlock()
	var err error
	for _, f := range []*vfs.File{&l.w, &l.syncFile} {
		if *f != nil {
			err = errors.Join(err, (*f).Close())
			*f = nil
		}
	}
	return err
}
