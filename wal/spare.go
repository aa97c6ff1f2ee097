package wal

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
)

const (
	// fillStep is how far ahead of its records a segment is filled, in bytes.
	// A larger step makes a longer pause, and a smaller one more of them.
	fillStep = 1 << 20

	// spareSize is how far a spare is filled, in bytes: room for some ten
	// thousand decisions on a disk that is full. A segment of a smaller
	// Options.SegmentSize is filled whole.
	spareSize = 4 << 20

	blockSize = 4096
)

// errScarce is why no spare is made while Options.Scarce.
var errScarce = fmt.Errorf("wal: prepare spare segment: the disk has next to no room: %w", syscall.ENOSPC)

// A freeFile waits to become a segment: a retired one, or one made ahead.
type freeFile struct {
	name string
	size int64 // bytes that were written; more would need space from the disk
}

// spareLen is how far this log's spares are filled.
func (l *Log) spareLen() int64 { return min(spareSize, l.o.SegmentSize) }

// Room is how many bytes, as records lie in the log, can still be appended and
// made durable without asking the file system for space: what is left of the
// part of the last segment that was filled already, and the files that wait to
// become segments. A record is never split, so it may find less.
func (l *Log) Room() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	room := int64(l.filledTo.Load()) - int64(l.active.end())
	for _, f := range l.free {
		room += f.size - segmentHeaderLen
	}
	return max(0, room)
}

// NeedSpare reports whether a call of PrepareSpare is due: no file waits to
// become the next segment, and since the last checkpoint or new segment nobody
// has tried to make one.
func (l *Log) NeedSpare() bool { return l.spareDue.Load() }

// SpareErr is why the log has no spare, as a rule that the disk is full, or nil.
// The log works on while there is Room. A PrepareSpare or a checkpoint that
// brings a spare clears it.
func (l *Log) SpareErr() error {
	if err := l.spareErr.Load(); err != nil {
		return *err
	}
	return nil
}

// PrepareSpare makes the file of the next segment ahead of need, unless there
// is one: filled and synced, so that neither the change of segments nor the
// records in it wait for space. A failure harms nothing; it is returned, kept
// for SpareErr, and tried again by the next call.
func (l *Log) PrepareSpare() error {
	l.ckptMu.Lock()
	defer l.ckptMu.Unlock()
	if err := l.usable(); err != nil {
		return err
	}
	l.spareDue.Store(false)
	if l.spares() > 0 {
		l.spareErr.Store(nil)
		return nil
	}
	l.spareMu.Lock()
	defer l.spareMu.Unlock()
	err := errScarce
	name := spareName(l.sparesMade + 1)
	if !l.o.Scarce() {
		l.sparesMade++
		err = l.maker.spare(name, l.spareLen())
	}
	if err != nil {
		l.spareErr.Store(&err)
		return err
	}
	l.addFree(freeFile{name: name, size: l.spareLen()})
	return nil
}

// awaitSpare waits for the spare that is being made, and reports whether one
// was: it had the room that the log lacks, or has given it back.
func (l *Log) awaitSpare() bool {
	if l.spareMu.TryLock() {
		l.spareMu.Unlock()
		return false
	}
	l.spareMu.Lock()
	defer l.spareMu.Unlock()
	return true
}

// spares is how many files wait to become segments.
func (l *Log) spares() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.free)
}

// addFree takes complete files, of which nothing else is relied on, for spares.
func (l *Log) addFree(files ...freeFile) {
	l.mu.Lock()
	l.free = append(l.free, files...)
	none := len(l.free) == 0
	l.mu.Unlock()
	if none {
		l.spareDue.Store(true)
	} else {
		l.spareErr.Store(nil)
	}
}

// spare makes a file of size zeros. Its name may come and go in a crash: the
// next Open removes it, and as a segment it gets another.
func (m maker) spare(name string, size int64) error {
	path := m.o.FS.PathJoin(m.dir, name)
	f, err := m.o.FS.Create(path, writeCategory)
	if err != nil {
		return fmt.Errorf("wal: create spare segment: %w", err)
	}
	err = errors.Join(fillSpare(f, size), f.Close())
	if err == nil {
		return nil
	}
	if rmErr := m.o.FS.Remove(path); rmErr != nil && !errors.Is(rmErr, fs.ErrNotExist) {
		err = errors.Join(err, rmErr) // it stays for the next Open to remove
	}
	return fmt.Errorf("wal: prepare spare segment: %w", err)
}

func fillSpare(f vfs.File, size int64) error {
	if err := fill(f, 0, size); err != nil {
		return err
	}
	if err := spareAfterFill.Eval(); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return spareAfterSync.Eval()
}

// makeRoom sees to it that n bytes at off lie in the filled part of the last
// segment. When the disk has no space for more of it, the log goes on in a
// spare, and the next record begins a segment earlier than was planned.
func (l *Log) makeRoom(n int64) error {
	need := l.off + n
	if need <= l.filled {
		return nil
	}
	to := max(need, min((need+fillStep)&^(blockSize-1), l.o.SegmentSize))
	if l.o.Scarce() {
		to = wholeBlocks(need)
	}
	err := fill(l.file, l.filled, to)
	if noSpace(err) && l.awaitSpare() && l.spares() == 0 {
		err = fill(l.file, l.filled, to)
	}
	if err == nil {
		l.setFilled(to)
		return afterPreallocate.Eval()
	}
	err = fmt.Errorf("wal: filling a segment up to %d bytes: %w", to, err)
	fits := segmentHeaderLen+n <= l.o.SegmentSize
	if !noSpace(err) || !fits {
		return err
	}
	if l.spares() == 0 {
		return l.makeLeastRoom(need, err)
	}
	if err := l.rotate(cut{at: l.written, size: l.o.SegmentSize}); err != nil {
		return err
	}
	l.spareErr.Store(&err)
	return l.makeRoom(n) // each turn takes one spare
}

// makeLeastRoom fills the blocks that a record needs and no more: the disk may
// have room for that, though not for the step ahead which failed with cause.
func (l *Log) makeLeastRoom(need int64, cause error) error {
	to := wholeBlocks(need)
	if err := fill(l.file, l.filled, to); err != nil {
		return cause
	}
	l.setFilled(to)
	return afterPreallocate.Eval()
}

func wholeBlocks(n int64) int64 { return (n + blockSize - 1) &^ (blockSize - 1) }

// setFilled notes how far the last segment's file was filled.
func (l *Log) setFilled(filled int64) {
	l.filled = filled
	l.filledTo.Store(uint64(l.written) + uint64(filled-l.off))
}

// fill writes zeros from one offset of a file to another. There are no records
// there: it only ever is the place behind the last one (W9).
func fill(f vfs.File, from, to int64) error {
	zeros := make([]byte, min(to-from, fillStep)) // ours alone: the file may change it
	for from < to {
		n := min(to-from, int64(len(zeros)))
		if err := writeFullAt(f, zeros[:n], from); err != nil {
			return err
		}
		from += n
	}
	return nil
}

// noSpace reports whether a write failed for lack of space alone.
func noSpace(err error) bool {
	return vfs.IsNoSpaceError(err) || errors.Is(err, syscall.EDQUOT)
}
