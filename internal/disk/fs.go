package disk

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options configure an FS.
type Options struct {
	// Dir is the store's folder.
	Dir string
	// Ballast is the room kept back, in bytes, and at most a 16th of the disk;
	// 0 is none.
	Ballast int64
	// SyncFailed is told of each sync that failed, before its caller is; it must
	// not use the FS.
	SyncFailed func(error)
	// Filled is told that the disk is full, once each time it is found so; it
	// must not use the FS.
	Filled func()
	// Logger is told when the disk is full and when it no longer is.
	Logger *slog.Logger
}

// An FS is a file system that keeps room back for a store. It is safe for
// concurrent use.
type FS struct {
	vfs.FS // below
	o      Options

	full     atomic.Bool
	released atomic.Uint64 // counts removals of the ballast

	// modest keeps the ballast where it is while a modest file is written that
	// counts on it, and else has one such write at a time: their sizes, of 128 KiB
	// each, would add up to more than was free.
	modest sync.RWMutex

	mu   sync.Mutex
	kept bool  // there is a ballast
	size int64 // that it has, or shall have

	startKept bool // there is a start's room
	starting  bool // and this start may use it
}

// New returns an FS above fs. It has no ballast before Adopt.
func New(fs vfs.FS, o Options) *FS {
	return &FS{FS: fs, o: o}
}

// Unwrap implements vfs.FS.
func (d *FS) Unwrap() vfs.FS { return d.FS }

// Full reports whether the disk was found full and the ballast is not back.
func (d *FS) Full() bool { return d.full.Load() }

// roomy does op. Whenever that finds the disk full and the ballast makes room,
// op is done again: more than once if the ballast was back in between.
func (d *FS) roomy(op func() error) error { return d.roomyFor(false, op) }

func (d *FS) roomyFor(modest bool, op func() error) error {
	for {
		before := d.released.Load()
		err := op()
		if !IsFull(err) || !d.release(before, modest) {
			return err
		}
	}
}

// Create implements vfs.FS.
func (d *FS) Create(name string, c vfs.DiskWriteCategory) (f vfs.File, err error) {
	err = d.roomy(func() error {
		f, err = d.FS.Create(name, c)
		return err
	})
	return d.file(f, name, err)
}

// OpenReadWrite implements vfs.FS.
func (d *FS) OpenReadWrite(name string, c vfs.DiskWriteCategory, opts ...vfs.OpenOption) (f vfs.File, err error) {
	err = d.roomy(func() error {
		f, err = d.FS.OpenReadWrite(name, c, opts...)
		return err
	})
	return d.file(f, name, err)
}

// ReuseForWrite implements vfs.FS. The store's own code and pebble without its
// log do not call it, and half of it may be done when it fails: it is not
// repeated.
func (d *FS) ReuseForWrite(oldname, newname string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := d.FS.ReuseForWrite(oldname, newname, c)
	return d.file(f, newname, err)
}

// Open implements vfs.FS.
func (d *FS) Open(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	f, err := d.FS.Open(name, opts...)
	return d.file(f, name, err)
}

// OpenDir implements vfs.FS.
func (d *FS) OpenDir(name string) (vfs.File, error) {
	f, err := d.FS.OpenDir(name)
	return d.file(f, name, err)
}

// Link implements vfs.FS.
func (d *FS) Link(oldname, newname string) error {
	return d.roomy(func() error { return d.FS.Link(oldname, newname) })
}

// Rename implements vfs.FS.
func (d *FS) Rename(oldname, newname string) error {
	return d.roomy(func() error { return d.FS.Rename(oldname, newname) })
}

// MkdirAll implements vfs.FS.
func (d *FS) MkdirAll(name string, perm os.FileMode) error {
	return d.roomy(func() error { return d.FS.MkdirAll(name, perm) })
}

func (d *FS) file(f vfs.File, name string, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	return &file{File: f, d: d, name: name}, nil
}

// A file is an open file or folder.
type file struct {
	vfs.File
	d    *FS
	name string
	pos  int64  // of Read and Write, which share it; one goroutine uses it
	kept []byte // of the last Write
	// modest says that without a ballast it leaves half of that room alone.
	modest bool
}

// Modest has what is written to f, a file of this FS, leave half of the room
// that the ballast makes to others. errLeft is what it gets then.
func (d *FS) Modest(f vfs.File) vfs.File {
	if f, ok := f.(*file); ok {
		f.modest = true
	}
	return f
}

var errLeft = fmt.Errorf("disk: what is left is for the logs: %w", syscall.ENOSPC)

// take is one attempt to write n bytes; what finds the disk full first has made
// room for itself, and others, when it tries again.
func (f *file) take(n int, write func() (int, error)) (int, error) {
	if !f.modest {
		return write()
	}
	f.d.modest.RLock()
	if f.d.missing() == 0 {
		defer f.d.modest.RUnlock()
		return write()
	}
	f.d.modest.RUnlock()
	f.d.modest.Lock()
	defer f.d.modest.Unlock()
	if need := f.d.missing(); need > 0 && f.d.Free() < need/2+int64(n) {
		return 0, errLeft
	}
	return write()
}

// Write implements vfs.File. Below, a Write may change the bytes it is given,
// as vfs allows: they are copied, but for the machine's own file system, which
// leaves them alone. What an error leaves unwritten is in p as it was, for a
// caller who waits for room.
func (f *file) Write(p []byte) (n int, err error) {
	var kept []byte
	if f.d.FS != vfs.Default {
		f.kept = append(f.kept[:0], p...)
		kept = f.kept
	}
	err = f.d.roomyFor(f.modest, func() error {
		m, err := f.take(len(p)-n, func() (int, error) { return f.File.Write(p[n:]) })
		n += m
		if err != nil && kept != nil {
			copy(p[n:], kept[n:])
		}
		return err
	})
	f.pos += int64(n)
	return n, err
}

// WriteAt implements vfs.File.
func (f *file) WriteAt(p []byte, off int64) (n int, err error) {
	err = f.d.roomyFor(f.modest, func() error {
		m, err := f.take(len(p)-n, func() (int, error) { return f.File.WriteAt(p[n:], off+int64(n)) })
		n += m
		return err
	})
	return n, err
}

// Truncate makes an open file shorter, as vfs.File has no call for. The files of
// vfs.Default can be; errors.ErrUnsupported says that this one cannot, and has not
// been changed.
func Truncate(f vfs.File, size int64) error {
	if t, ok := f.(interface{ Truncate(size int64) error }); ok {
		return t.Truncate(size)
	}
	return fmt.Errorf("disk: making a file shorter: %w", errors.ErrUnsupported)
}

// Truncate makes the file shorter: see the function of that name.
func (f *file) Truncate(size int64) error { return Truncate(f.File, size) }

// Preallocate implements vfs.File.
func (f *file) Preallocate(off, length int64) error {
	return f.d.roomy(func() error { return f.File.Preallocate(off, length) })
}

// Sync implements vfs.File.
func (f *file) Sync() error {
	before := f.d.released.Load()
	return f.synced(before, f.File.Sync())
}

// SyncData implements vfs.File.
func (f *file) SyncData() error {
	before := f.d.released.Load()
	return f.synced(before, f.File.SyncData())
}

// SyncTo implements vfs.File.
func (f *file) SyncTo(length int64) (fullSync bool, err error) {
	before := f.d.released.Load()
	fullSync, err = f.File.SyncTo(length)
	return fullSync, f.synced(before, err)
}

// synced judges a sync, which is not repeated whatever it says.
func (f *file) synced(before uint64, err error) error {
	if err == nil {
		return nil
	}
	if IsFull(err) {
		f.d.release(before, f.modest)
	}
	err = fmt.Errorf("syncing %s: %w", f.name, err)
	if f.d.o.SyncFailed != nil {
		f.d.o.SyncFailed(err)
	}
	return err
}

// Read implements vfs.File.
func (f *file) Read(p []byte) (int, error) {
	n, err := f.File.Read(p)
	err = f.readError(f.pos+int64(n), err)
	f.pos += int64(n)
	return n, err
}

// ReadAt implements vfs.File.
func (f *file) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.File.ReadAt(p, off)
	return n, f.readError(off+int64(n), err)
}

func (f *file) readError(off int64, err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return &ReadError{File: f.name, Offset: off, Err: err}
}

// A ReadError says where a read failed. It is neither damage nor an end: what
// the file holds is unknown.
type ReadError struct {
	File   string
	Offset int64 // of the first byte that was not read
	Err    error
}

// Error implements error.
func (e *ReadError) Error() string {
	return fmt.Sprintf("reading %s at offset %d: %v", e.File, e.Offset, e.Err)
}

// Unwrap returns the cause.
func (e *ReadError) Unwrap() error { return e.Err }
