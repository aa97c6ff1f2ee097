package binlog

import (
	"fmt"
	"io"

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
//	Take                all of them, in memory
//	                    ... the other log is synced ...
//	WriteBehind         to the file, unsynced; readers may see them now
//	SyncBehind          before the other log drops its copy
//
// The file is never ahead of the other log, so whole groups in it that the
// other log does not have are a sign of damage there.

// LastGroup is the group that Append has just taken. The bytes are valid until
// the next Append or Take.
func (l *Log) LastGroup() Chunk {
	data := l.buf[l.group:]
	return Chunk{File: l.number, Offset: l.pos - int64(len(data)), Data: data}
}

// Take hands over everything appended since the last Take. The caller owns the
// bytes until it passes them to WriteBehind.
func (l *Log) Take() Chunk {
	if len(l.buf) == 0 {
		return Chunk{}
	}
	c := Chunk{File: l.number, Offset: l.pos - int64(len(l.buf)), Data: l.buf}
	l.buf, l.group = nil, 0
	l.mu.Lock()
	if n := len(l.spare); n > 0 {
		l.buf, l.spare = l.spare[n-1], l.spare[:n-1]
	}
	l.mu.Unlock()
	return c
}

// spareMax is how many groups' buffers are kept: as many as can be between
// Take and WriteBehind at once, one in each stage.
const spareMax = 3

// waitingMax bounds the bytes that wait for room on a full disk. While it is
// full hardly anything is committed.
const waitingMax = 64 << 20

// WriteBehind writes a chunk, durable in the other log, to the file. Chunks
// come in the order of Take. If the disk is full, the chunk waits here and is
// written with the next one, or by SyncBehind; readers wait for it. Any other
// error poisons the log.
func (l *Log) WriteBehind(c Chunk) error {
	if err := l.ready(); err != nil {
		return err
	}
	if err := behindBeforeWrite.Eval(); err != nil {
		return l.poison(err)
	}
	l.behindMu.Lock()
	defer l.behindMu.Unlock()
	l.waiting = append(l.waiting, c)
	l.waitingSize += len(c.Data)
	if err := l.drainLocked(); err != nil && (!disk.IsFull(err) || l.waitingSize > waitingMax) {
		return l.poison(err)
	}
	return behindAfterWrite.Eval()
}

// drain writes what waits. An error does not poison the log.
func (l *Log) drain() error {
	l.behindMu.Lock()
	defer l.behindMu.Unlock()
	return l.drainLocked()
}

// drainLocked writes the chunks that wait, in order. REQUIRES: behindMu.
func (l *Log) drainLocked() error {
	for len(l.waiting) > 0 {
		c := &l.waiting[0]
		n, err := l.w.Write(c.Data)
		if err == nil && n < len(c.Data) {
			err = io.ErrShortWrite
		}
		if err != nil {
			c.Offset += int64(n)
			c.Data = c.Data[n:]
			l.waitingSize -= n
			return fmt.Errorf("binlog: writing %s: %w", l.name(c.File), err)
		}
		l.written(*c)
		l.waitingSize -= n
		l.waiting[0] = Chunk{}
		l.waiting = l.waiting[1:]
	}
	l.waiting = nil
	return nil
}

// written tells readers of a chunk that is in the file.
func (l *Log) written(c Chunk) {
	l.bytes.Add(int64(len(c.Data)))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flushed = c.End()
	l.durable = l.flushed
	l.files[len(l.files)-1].Size = int64(l.flushed.Offset)
	if cap(c.Data) <= 2*l.o.BufferSizeMax && len(l.spare) < spareMax {
		l.spare = append(l.spare, c.Data[:0])
	}
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
	if err := l.drain(); err != nil {
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
