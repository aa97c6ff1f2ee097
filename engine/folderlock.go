package engine

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
)

// A fileID is a file, whatever path leads to it.
type fileID struct{ dev, ino uint64 }

// held are the lock files that engines of this process hold. The system's locks
// exclude other processes only, and pebble knows ours by their paths: without
// this a link, or a relative path, would open a store twice.
var held = struct {
	sync.Mutex
	files map[fileID]bool
}{files: map[fileID]bool{}}

var errHeldHere = errors.New("lock held by current process")

// A folderLock is a lock file that is held.
type folderLock struct {
	io.Closer
	id    fileID
	known bool // id is one
}

// lockFile locks the named file. One that is held is not even opened: closing
// it again would let go of every lock that the process has on it (POSIX).
func (e *Engine) lockFile(name string) (io.Closer, error) {
	held.Lock()
	defer held.Unlock()
	if id, known := e.fileID(name); known && held.files[id] {
		return nil, errHeldHere
	}
	c, err := e.opts.FS.Lock(name)
	if err != nil {
		return nil, err
	}
	l := &folderLock{Closer: c}
	if l.id, l.known = e.fileID(name); l.known {
		held.files[l.id] = true
	}
	return l, nil
}

// fileID is the file's, if it is there and its file system has such numbers.
func (e *Engine) fileID(name string) (id fileID, known bool) {
	info, err := e.opts.FS.Stat(name)
	if err != nil {
		return fileID{}, false
	}
	return systemID(info)
}

// Close implements io.Closer.
func (l *folderLock) Close() error {
	held.Lock()
	defer held.Unlock()
	if l.known {
		delete(held.files, l.id)
	}
	return l.Closer.Close()
}

// tryLockDir tries once. A lock file that cannot be opened, as on a read-only
// disk, is nobody's.
func (e *Engine) tryLockDir() error {
	unlock, err := e.lockFile(e.opts.FS.PathJoin(e.dir, lockName))
	var unopened *fs.PathError
	if errors.As(err, &unopened) {
		return fmt.Errorf("engine: locking the data folder: %w", err)
	}
	if err != nil {
		return fmt.Errorf("%w: %s is held by process %s (%w); stop that process or choose another folder",
			ErrLocked, e.dir, e.readPID(), err)
	}
	e.unlock = unlock
	return nil
}
