package wal

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// steps are sizes in bytes, multiples of blockSize.
type steps struct {
	// fill is how far ahead of its records a segment is filled. A larger step
	// makes a longer pause, and a smaller one more of them.
	fill int64

	// spare is how far a spare is filled: room for some ten thousand decisions
	// on a disk that is full. A smaller Options.SegmentSize is filled whole.
	spare int64

	// lengthen is how much of a spare is handed to the disk at a time: so little
	// that a sync of the log next to it is not held up.
	lengthen int64
}

var stepsDefault = steps{fill: 1 << 20, spare: 4 << 20, lengthen: 256 << 10}

const blockSize = 4096

// errScarce is why no spare is made while Options.Scarce.
var errScarce = fmt.Errorf("wal: prepare spare segment: the disk has next to no room: %w", syscall.ENOSPC)

// A freeFile waits to become a segment: a retired one, or one made ahead.
type freeFile struct {
	name string
	size int64 // bytes that were written; more would need space from the disk
}

// spareLen is how far this log's spares are filled.
func (l *Log) spareLen() int64 { return min(l.o.steps.spare, l.o.SegmentSize) }

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
// become the next segment, or that of a busy log is not whole, and since the last
// checkpoint, new segment or step of filling nobody has tried to mend that.
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
// records in it wait for space. That of a busy log is filled to its end, so that
// no record of it waits for the disk to fill more (W9). A failure harms nothing;
// it is returned, kept for SpareErr, and tried again by the next call.
func (l *Log) PrepareSpare() error {
	l.ckptMu.Lock()
	defer l.ckptMu.Unlock()
	if err := l.usable(); err != nil {
		return err
	}
	l.spareDue.Store(false)
	l.spareMu.Lock()
	defer l.spareMu.Unlock()
	err := l.makeSpare()
	if err == nil && l.busy() {
		err = l.lengthenSpare()
	}
	if err != nil {
		l.spareErr.Store(&err)
		return err
	}
	l.spareErr.Store(nil)
	return nil
}

// makeSpare makes a spare if there is none. The caller holds spareMu.
func (l *Log) makeSpare() error {
	if l.spares() > 0 {
		return nil
	}
	if l.o.Scarce() {
		return errScarce
	}
	l.sparesMade++
	name := spareName(l.sparesMade)
	if err := l.maker.spare(name, l.spareLen()); err != nil {
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
// segment. When a whole spare waits for a busy log, or the disk has no space for
// more of this segment, the log goes on in a spare, and the next record begins a
// segment earlier than was planned.
func (l *Log) makeRoom(n int64) error {
	need := l.off + n
	if need <= l.filled {
		return nil
	}
	fits := segmentHeaderLen+n <= l.o.SegmentSize
	if fits && l.busy() && l.wholeSpare() {
		return l.goOnInSpare(n)
	}
	to := max(need, min((need+l.o.steps.fill)&^(blockSize-1), l.o.SegmentSize))
	if l.o.Scarce() {
		to = wholeBlocks(need)
	}
	err := fill(l.file, l.filled, to)
	if noSpace(err) && l.awaitSpare() && l.spares() == 0 {
		err = fill(l.file, l.filled, to)
	}
	if err == nil {
		l.setFilled(to)
		if to < l.o.SegmentSize && l.busy() {
			l.spareDue.Store(true)
		}
		return afterPreallocate.Eval()
	}
	err = fmt.Errorf("wal: filling a segment up to %d bytes: %w", to, err)
	if !noSpace(err) || !fits {
		return err
	}
	if l.spares() == 0 {
		return l.makeLeastRoom(need, err)
	}
	l.spareErr.Store(&err)
	return l.goOnInSpare(n)
}

// goOnInSpare makes room for n bytes in a spare. There is one.
func (l *Log) goOnInSpare(n int64) error {
	if err := l.rotate(cut{at: l.written, size: l.o.SegmentSize}); err != nil {
		return err
	}
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
	zeros := make([]byte, min(to-from, stepsDefault.fill)) // ours alone: the file may change it
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
