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
	room     int64            // while it is full
	has      map[string]int64 // room that files have, by name
	failSync int              // the n-th sync from now on fails; 0: none
}

func newDisk() *disk { return &disk{FS: vfs.Default, has: map[string]int64{}} }

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

// grow asks for room for a file up to end. What it has already is not taken
// twice.
func (d *disk) grow(name string, end int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := end - d.has[name]
	if n <= 0 {
		return nil
	}
	if d.full {
		if n > d.room {
			return syscall.ENOSPC
		}
		d.room -= n
	}
	d.has[name] = end
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
	info, statErr := d.FS.Stat(name)
	err := d.FS.Remove(name)
	if err != nil || statErr != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.room += max(d.has[name], room(info)) // one of an earlier life has not been seen growing
	delete(d.has, name)
	return nil
}

// Rename implements vfs.FS.
func (d *disk) Rename(old, name string) error {
	err := d.FS.Rename(old, name)
	if err == nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.has[name] = d.has[old]
		delete(d.has, old)
	}
	return err
}

// GetDiskUsage implements vfs.FS.
func (d *disk) GetDiskUsage(path string) (vfs.DiskUsage, error) {
	u, err := d.FS.GetDiskUsage(path)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full {
		u.AvailBytes = uint64(d.room)
	}
	return u, err
}

func (d *disk) wrap(name string, f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil {
		d.mu.Lock()
		d.has[name] = max(d.has[name], room(info))
		d.mu.Unlock()
	}
	return &file{File: f, d: d, name: name}, nil
}

// Create implements vfs.FS.
func (d *disk) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if err := d.grow(name, 1); err != nil {
		return nil, err
	}
	f, err := d.FS.Create(name, c)
	return d.wrap(name, f, err)
}

// OpenReadWrite implements vfs.FS.
func (d *disk) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	f, err := d.FS.OpenReadWrite(name, c, o...)
	return d.wrap(name, f, err)
}

// ReuseForWrite implements vfs.FS.
func (d *disk) ReuseForWrite(old, name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := d.FS.ReuseForWrite(old, name, c)
	return d.wrap(name, f, err)
}

// OpenDir implements vfs.FS.
func (d *disk) OpenDir(name string) (vfs.File, error) {
	f, err := d.FS.OpenDir(name)
	return d.wrap(name, f, err)
}

type file struct {
	vfs.File
	d    *disk
	name string
	pos  int64 // of Write
}

func (f *file) Write(p []byte) (int, error) {
	if err := f.d.grow(f.name, f.pos+int64(len(p))); err != nil {
		return 0, err
	}
	n, err := f.File.Write(p)
	f.pos += int64(n)
	return n, err
}

func (f *file) WriteAt(p []byte, off int64) (int, error) {
	if err := f.d.grow(f.name, off+int64(len(p))); err != nil {
		return 0, err
	}
	return f.File.WriteAt(p, off)
}

func (f *file) Preallocate(off, n int64) error {
	if err := f.d.grow(f.name, off+n); err != nil {
		return err
	}
	return f.File.Preallocate(off, n)
}

func (f *file) Sync() error {
	if err := f.d.sync(); err != nil {
		return err
	}
	return f.File.Sync()
}

func (f *file) SyncData() error {
	if err := f.d.sync(); err != nil {
		return err
	}
	return f.File.SyncData()
}

func (f *file) SyncTo(n int64) (bool, error) {
	if err := f.d.sync(); err != nil {
		return false, err
	}
	return f.File.SyncTo(n)
}
