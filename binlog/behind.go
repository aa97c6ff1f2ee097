package binlog

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/xadb/xadb/internal/bug"
	"github.com/xadb/xadb/internal/disk"
)

// A Chunk is a run of whole groups as they lie in a file. An empty one is none.
type Chunk struct {
	File   uint32
	Offset int64
	Data   []byte
}

// End is the place behind the chunk.
func (c Chunk) End() Pos { return Pos{c.File, uint64(c.Offset) + uint64(len(c.Data))} }

// A log that is written behind another one (Options.Behind) gives its bytes to
// the caller first, who makes them durable there:
//
//	Append, LastGroup   for each group, whose bytes go to the other log
//	                    ... the other log is synced ...
//	Release             says so; nothing is written yet
//	WriteBehind         to the file, unsynced; readers may see them now
//	SyncBehind          before the other log drops its copy
//
// The file is never ahead of the other log, so whole groups in it that the
// other log does not have are a sign of damage there.

// A behind is what a log that is written behind has not in its file yet. One
// write takes all groups that were released meanwhile:
//
//	file | writing | pending, released | pending, not durable yet |
//	     ^ Log.flushed                 ^ Log.released             ^ Log.end
type behind struct {
	// due says that something was released since a writer last looked.
	due atomic.Bool

	// mu is held by who writes. After Log.syncMu, before Log.mu.
	mu         sync.Mutex
	writing    []byte // the rest of what does not wait for its release any more
	writingEnd Pos    // where that ends
	taken      []byte // the memory of writing

	// Guarded by Log.mu.
	pending  []byte // what Append has made and no writer has taken
	spare    []byte // empty; memory for pending
	released Pos    // how far the other log is durable
}

// LastGroup is the group that Append has just taken. The bytes are valid until
// the next Append.
func (l *Log) LastGroup() Chunk {
	return Chunk{File: l.number, Offset: l.pos - int64(len(l.buf)), Data: l.buf}
}

// Release says that the groups up to end are durable in the other log. Calls
// come in the order of the groups.
func (l *Log) Release(end Pos) {
	l.mu.Lock()
	l.behind.released = end
	l.mu.Unlock()
	l.behind.due.Store(true)
}

// waitingMax bounds the bytes that wait for room on a full disk. While it is
// full hardly anything is committed.
const waitingMax = 64 << 20

// WriteBehind brings what was released to the file. If somebody is doing that,
// it leaves its part to them. If the disk is full, the bytes wait here and are
// written with the next ones, or by SyncBehind; readers wait for them. Any other
// error poisons the log.
func (l *Log) WriteBehind() error {
	if !l.behind.due.Load() {
		return nil
	}
	err := l.drain(l.behind.mu.TryLock)
	if disk.IsFull(err) && !errors.Is(err, ErrPoisoned) {
		if l.waiting() <= waitingMax {
			return nil
		}
		return l.poison(err)
	}
	return err
}

// waiting is how many bytes were released and are not in the file.
func (l *Log) waiting() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.behind.released.Offset - l.flushed.Offset
}

// drain writes what was released, if lock gets behind.mu. That there is no room
// does not poison the log.
func (l *Log) drain(lock func() bool) error {
	for lock() {
		err := l.drainLocked()
		l.behind.mu.Unlock()
		if err != nil || !l.behind.due.Load() { // somebody may have left it to us
			return err
		}
	}
	return nil
}

// lockBehind waits for behind.mu.
func (l *Log) lockBehind() bool {
	l.behind.mu.Lock()
	return true
}

// settle brings what was released to the file, for whoever asks what is there.
func (l *Log) settle() {
	if l.o.Behind {
		_ = l.drain(l.lockBehind) // whoever writes next says what is wrong
	}
}

// drainAll is drain where all groups must have been released.
func (l *Log) drainAll() error {
	if err := l.drain(l.lockBehind); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.behind.pending); n > 0 {
		return fmt.Errorf("%w: %d bytes behind %v are not durable in the other log", ErrInvalid, n, l.flushed)
	}
	return nil
}

// drainLocked is drain under behind.mu.
func (l *Log) drainLocked() error {
	b := &l.behind
	wrote := false
	for {
		b.due.Store(false) // ahead of the look: what is released behind it sets it again
		if len(b.writing) == 0 && !l.takeReleased() {
			break
		}
		if err := l.writeTaken(); err != nil {
			return err
		}
		wrote = true
	}
	if !wrote {
		return nil
	}
	return behindAfterWrite.Eval()
}

// writeTaken writes what is to be written. REQUIRES: behind.mu.
func (l *Log) writeTaken() error {
	if err := l.ready(); err != nil {
		return err
	}
	if err := behindBeforeWrite.Eval(); err != nil {
		return l.poison(err)
	}
	b := &l.behind
	n, err := l.w.Write(b.writing)
	if err == nil && n < len(b.writing) {
		err = io.ErrShortWrite
	}
	b.writing = b.writing[n:]
	l.bytes.Add(int64(n))
	if err == nil {
		l.written()
		return nil
	}
	err = fmt.Errorf("binlog: writing %s: %w", l.name(b.writingEnd.File), err)
	if !disk.IsFull(err) {
		err = l.poison(err)
	}
	return err
}

// takeReleased moves what was released from pending to writing and reports
// whether there was anything. REQUIRES: behind.mu, and that writing is empty.
func (l *Log) takeReleased() bool {
	b := &l.behind
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.flushed.Less(b.released) {
		return false
	}
	n := b.released.Offset - l.flushed.Offset
	b.writing, b.taken, b.writingEnd = b.pending[:n], b.pending, b.released
	b.pending, b.spare = append(b.spare, b.pending[n:]...), nil
	return true
}

// written tells readers that writing is in the file. REQUIRES: behind.mu.
func (l *Log) written() {
	b := &l.behind
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flushed, l.durable = b.writingEnd, b.writingEnd
	l.files[len(l.files)-1].Size = int64(l.flushed.Offset)
	if cap(b.taken) <= 2*l.o.BufferSizeMax {
		b.spare = b.taken[:0]
	}
	b.writing, b.taken = nil, nil
	l.wakeLocked()
}

// SyncBehind makes what was written behind durable in the file and returns the
// place up to which the file stands on its own. If the disk is too full for what
// waits, it says so and has done nothing. Of a log that was closed, all is
// durable or the error is ErrClosed.
func (l *Log) SyncBehind() (Pos, error) {
	l.syncMu.Lock()
	defer l.syncMu.Unlock()
	l.mu.Lock()
	done, whole := l.synced, l.closed && l.synced == l.end
	l.mu.Unlock()
	if whole {
		return done, nil
	}
	if err := l.ready(); err != nil {
		return done, err
	}
	if err := l.drain(l.lockBehind); err != nil {
		return done, err
	}
	if bug.On(bug.BehindNotSynced) {
		return l.DurablePos(), nil
	}
	err := l.syncCurrent()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.synced, err
}

// overlay puts a chunk in place of the file's own bytes.
func (r *Reader) overlay(c Chunk) {
	if len(c.Data) == 0 {
		return
	}
	r.file = overlaid{r.file, c}
	r.SetLimit(max(r.limit, int64(c.End().Offset)))
}

// overlaid is a file with a chunk in place of some of its bytes. The chunk
// begins at or before the file's end.
type overlaid struct {
	readerAt
	chunk Chunk
}

// ReadAt implements io.ReaderAt.
func (o overlaid) ReadAt(p []byte, off int64) (n int, err error) {
	from, to := o.chunk.Offset, int64(o.chunk.End().Offset)
	for n < len(p) {
		at, rest := off+int64(n), p[n:]
		if at >= from && at < to {
			n += copy(rest, o.chunk.Data[at-from:])
			continue
		}
		if at < from && at+int64(len(rest)) > from {
			rest = rest[:from-at]
		}
		m, err := o.readerAt.ReadAt(rest, at)
		n += m
		if err == io.EOF && m == len(rest) {
			err = nil
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
