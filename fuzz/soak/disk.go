package soak

import (
	"sync"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// A disk is the machine's, but it can be full: then only what is removed makes
// room. And a sync can be told to fail.
type disk struct {
	vfs.FS

	mu       sync.Mutex
	full     bool
	room     int64 // while it is full
	failSync int   // the n-th sync from now on fails; 0: none
	refused  int   // writes and creations that found no room
}

func newDisk() *disk { return &disk{FS: vfs.Default} }

func (d *disk) fill() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.full, d.room = true, 0
}

func (d *disk) empty() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.full = false
}

// take asks for n bytes.
func (d *disk) take(n int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.full {
		return nil
	}
	if d.room -= n; d.room < 0 {
		d.room = 0
		d.refused++
		return syscall.ENOSPC
	}
	return nil
}

// sync reports whether this one fails.
func (d *disk) sync() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failSync == 0 {
		return nil
	}
	if d.failSync--; d.failSync == 0 {
		return syscall.EIO
	}
	return nil
}

// Remove implements vfs.FS.
func (d *disk) Remove(name string) error {
	info, err := d.FS.Stat(name)
	if rerr := d.FS.Remove(name); rerr != nil || err != nil {
		return rerr
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.room += info.Size()
	return nil
}

func (d *disk) wrap(f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	return file{f, d}, nil
}

// Create implements vfs.FS.
func (d *disk) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if err := d.take(1); err != nil {
		return nil, err
	}
	return d.wrap(d.FS.Create(name, c))
}

// OpenReadWrite implements vfs.FS.
func (d *disk) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	return d.wrap(d.FS.OpenReadWrite(name, c, o...))
}

// ReuseForWrite implements vfs.FS.
func (d *disk) ReuseForWrite(old, name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return d.wrap(d.FS.ReuseForWrite(old, name, c))
}

// OpenDir implements vfs.FS.
func (d *disk) OpenDir(name string) (vfs.File, error) { return d.wrap(d.FS.OpenDir(name)) }

type file struct {
	vfs.File
	d *disk
}

func (f file) Write(p []byte) (int, error) {
	if err := f.d.take(int64(len(p))); err != nil {
		return 0, err
	}
	return f.File.Write(p)
}

func (f file) WriteAt(p []byte, off int64) (int, error) {
	if err := f.d.take(int64(len(p))); err != nil {
		return 0, err
	}
	return f.File.WriteAt(p, off)
}

func (f file) Preallocate(off, n int64) error {
	if err := f.d.take(n); err != nil {
		return err
	}
	return f.File.Preallocate(off, n)
}

func (f file) Sync() error {
	if err := f.d.sync(); err != nil {
		return err
	}
	return f.File.Sync()
}

func (f file) SyncData() error {
	if err := f.d.sync(); err != nil {
		return err
	}
	return f.File.SyncData()
}

func (f file) SyncTo(n int64) (bool, error) {
	if err := f.d.sync(); err != nil {
		return false, err
	}
	return f.File.SyncTo(n)
}
