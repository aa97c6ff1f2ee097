package main

import (
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"golang.org/x/sys/unix"
)

// A disk is the machine's file system below one store. It counts and times the
// syncs that reach it, and makes each of them last longer if told so.
type disk struct {
	vfs.FS
	added time.Duration

	mu   sync.Mutex
	took histogram // of the syncs, without what was added
}

func newDisk(added time.Duration) *disk { return &disk{FS: vfs.Default, added: added} }

// sync runs one sync. The addition blocks a thread, as the sync itself does: a
// timer of the runtime would be late by up to a millisecond.
func (d *disk) sync(fn func() error) error {
	begin := time.Now()
	err := fn()
	d.note(time.Since(begin))
	if d.added > 0 {
		wait := unix.NsecToTimespec(int64(d.added))
		for unix.Nanosleep(&wait, &wait) == unix.EINTR {
		}
	}
	return err
}

func (d *disk) note(took time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.took.note(int64(took))
}

// syncs implements syncCounter.
func (d *disk) syncs() histogram {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.took
}

func (d *disk) wrap(f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	return syncedFile{f, d}, nil
}

// Create implements vfs.FS.
func (d *disk) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
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

// A syncedFile passes its syncs through the disk.
type syncedFile struct {
	vfs.File
	disk *disk
}

// Sync implements vfs.File.
func (f syncedFile) Sync() error { return f.disk.sync(f.File.Sync) }

// SyncData implements vfs.File.
func (f syncedFile) SyncData() error { return f.disk.sync(f.File.SyncData) }

// SyncTo implements vfs.File. It is no sync but a hint to write out, unless it
// says otherwise.
func (f syncedFile) SyncTo(n int64) (full bool, err error) {
	begin := time.Now()
	full, err = f.File.SyncTo(n)
	if full {
		f.disk.note(time.Since(begin))
	}
	return full, err
}
