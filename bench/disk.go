package main

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"golang.org/x/sys/unix"
)

// A disk is the machine's file system below one store. It counts and times the
// syncs that reach it, makes each of them last longer if told so, and counts the
// bytes that are written to logs.
type disk struct {
	vfs.FS
	added  time.Duration
	logged atomic.Int64

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

// logFile is wrap for a file that may be a log: all are but those of tables.
func (d *disk) logFile(c vfs.DiskWriteCategory, f vfs.File, err error) (vfs.File, error) {
	if strings.HasPrefix(string(c), "pebble-") && c != "pebble-wal" {
		return d.wrap(f, err)
	}
	if err != nil {
		return nil, err
	}
	return logFile{syncedFile{f, d}}, nil
}

// Create implements vfs.FS.
func (d *disk) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := d.FS.Create(name, c)
	return d.logFile(c, f, err)
}

// OpenReadWrite implements vfs.FS.
func (d *disk) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	f, err := d.FS.OpenReadWrite(name, c, o...)
	return d.logFile(c, f, err)
}

// ReuseForWrite implements vfs.FS.
func (d *disk) ReuseForWrite(old, name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := d.FS.ReuseForWrite(old, name, c)
	return d.logFile(c, f, err)
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

// A logFile counts what is written to it.
type logFile struct{ syncedFile }

// Write implements vfs.File.
func (f logFile) Write(b []byte) (int, error) {
	n, err := f.syncedFile.Write(b)
	f.disk.logged.Add(int64(n))
	return n, err
}

// WriteAt implements vfs.File.
func (f logFile) WriteAt(b []byte, at int64) (int, error) {
	n, err := f.syncedFile.WriteAt(b, at)
	f.disk.logged.Add(int64(n))
	return n, err
}
