package engine

import (
	"io"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/internal/disk"
	"github.com/xadb/xadb/wal"
)

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

// Create implements vfs.FS. Of a poisoned engine, pebble makes no more files.
func (fs orderedFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if err := fs.e.failure(); err != nil {
		return nil, err
	}
	table := strings.HasSuffix(name, ".sst")
	if table {
		fs.e.pace.wait(fs.e)
	}
	if err := fs.settleMarker(name); err != nil {
		return nil, err
	}
	f, err := fs.FS.Create(name, c)
	switch {
	case err != nil:
		return nil, err
	case table:
		// Without room for an outcome the store would stop, while a table that
		// finds none is written again.
		return fs.e.files.Modest(f), nil
	case strings.HasPrefix(fs.PathBase(name), "MANIFEST-"):
		return orderedFile{f, fs.e}, nil
	}
	return f, nil
}

// OpenDir implements vfs.FS.
func (fs orderedFS) OpenDir(name string) (vfs.File, error) {
	f, err := fs.FS.OpenDir(name)
	if err != nil {
		return nil, err
	}
	return orderedDir{f, fs.e}, nil
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

// A logFS is what the redo log's files go through. Its spares are like tables:
// on a full disk the log needs the room itself.
type logFS struct{ *disk.FS }

// Create implements vfs.FS.
func (fs logFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.Create(name, c)
	if err == nil && wal.IsSpare(name) {
		f = fs.Modest(f)
	}
	return f, err
}

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

// An orderedDir is a folder of pebble's. Where its sync fails pebble panics, on
// a goroutine of its own perhaps, and the program would end.
type orderedDir struct {
	vfs.File
	e *Engine
}

// Sync implements vfs.File. It does not return from a failure, which has stopped
// the engine: who waits for pebble is told that (C11).
func (f orderedDir) Sync() error {
	err := f.File.Sync()
	if err != nil {
		_ = f.e.poison(err)
		f.e.park()
	}
	return err
}
