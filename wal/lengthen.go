package wal

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// busy reports whether the last segment holds more than a spare would: then its
// successor will be filled too, and had better be before it is written.
func (l *Log) busy() bool {
	return int64(l.End()-l.lastSegment().first) > l.spareLen()
}

// wholeSpare reports whether the next segment is filled to its end already.
func (l *Log) wholeSpare() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.free)
	return n > 0 && l.free[n-1].size >= l.o.SegmentSize
}

// takeShort takes the file of the next segment out of those that wait, if it is
// not filled to its end.
func (l *Log) takeShort() (f freeFile, short bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.free)
	if n == 0 || l.free[n-1].size >= l.o.SegmentSize {
		return f, false
	}
	f, l.free = l.free[n-1], l.free[:n-1]
	return f, true
}

// lengthenSpare fills the file of the next segment to its end. If the disk has
// no room for that, the file stays what it has become. The caller holds spareMu.
func (l *Log) lengthenSpare() error {
	f, short := l.takeShort()
	if !short {
		return nil
	}
	path := l.o.FS.PathJoin(l.dir, f.name)
	size, err := l.lengthen(path, f.size)
	if err != nil {
		l.addFree() // a spare is due again
		return fmt.Errorf("wal: lengthen spare segment: %w", errors.Join(err, l.o.FS.Remove(path)))
	}
	l.addFree(freeFile{name: f.name, size: size})
	return nil
}

// lengthen fills a file behind its first size bytes and returns its new size.
func (l *Log) lengthen(path string, size int64) (int64, error) {
	f, err := l.o.FS.OpenReadWrite(path, writeCategory)
	if err != nil {
		return 0, err
	}
	size, err = l.fillOn(f, size)
	if err == nil {
		err = spareAfterFill.Eval()
	}
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = spareAfterSync.Eval()
	}
	return size, errors.Join(err, f.Close())
}

// fillOn fills f from size on, a step at a time, while the disk has room and the
// log is in use. What it returns is how far f is filled.
func (l *Log) fillOn(f vfs.File, size int64) (int64, error) {
	for size < l.o.SegmentSize && !l.o.Scarce() && l.usable() == nil {
		to := min(size+l.o.steps.lengthen, l.o.SegmentSize)
		if err := fill(f, size, to); noSpace(err) {
			return size, nil
		} else if err != nil {
			return 0, err
		}
		size = to
		if _, err := f.SyncTo(size); err != nil {
			return 0, err
		}
	}
	return size, nil
}
