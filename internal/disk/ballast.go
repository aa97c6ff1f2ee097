package disk

import (
	"errors"
	"fmt"
	"io"
	"runtime"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// BallastName is the ballast's file in the store's folder.
const BallastName = "BALLAST"

const (
	// diskShare is what part of a disk the ballast takes at most.
	diskShare = 16
	// spareShare is what part of the ballast must be free beside it before the
	// disk counts as no longer full: else the next write would fill it again.
	spareShare = 4
	lineMax    = 256     // bytes read of the ballast
	pieceSize  = 1 << 20 // of the writes that make it
)

// writeCategory is what file systems that count writes file ours under.
const writeCategory vfs.DiskWriteCategory = "xadb-ballast"

// errUnreserved says that reserving room does nothing here.
var errUnreserved = errors.New("disk: cannot reserve room")

func (d *FS) ballast() string { return d.FS.PathJoin(d.o.Dir, BallastName) }

// Adopt takes over the ballast of an earlier life, so that what follows may use
// it up. The caller holds the folder's lock.
func (d *FS) Adopt() {
	if d.o.Ballast <= 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	_, err := d.FS.Stat(d.ballast())
	d.kept = err == nil
	_, err = d.FS.Stat(d.startRoom())
	d.startKept, d.starting = err == nil, true
	if usage, err := d.FS.GetDiskUsage(d.o.Dir); err == nil {
		d.size = d.share(usage) // half of it is the logs' from now on
	}
}

// share is the size of the ballast on a disk.
func (d *FS) share(usage vfs.DiskUsage) int64 {
	return min(d.o.Ballast, int64(usage.TotalBytes/diskShare))
}

// Keep makes the ballast, unless one of the right size is there. A disk without
// room for it is full. A file system that does not know its size has none.
func (d *FS) Keep() {
	if d.o.Ballast <= 0 {
		return
	}
	usage, err := d.FS.GetDiskUsage(d.o.Dir)
	if err != nil {
		return
	}
	d.mu.Lock()
	d.size = d.share(usage)
	right := d.kept && d.readSize(d.ballast()) == d.size
	d.mu.Unlock()
	if right {
		return
	}
	if d.refill() {
		return
	}
	d.full.Store(true)
	d.o.Logger.Warn("disk: no room for the ballast; the store can only be read", "dir", d.o.Dir, "need", d.Need())
	if d.o.Filled != nil {
		d.o.Filled()
	}
}

// Need is how many bytes must be free before the disk is no longer full.
func (d *FS) Need() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.need()
}

// missing is Need while there is no ballast, and else 0: then what must stay free
// is kept free by it. A life that begins on a full disk has none, and has not
// found the disk full yet.
func (d *FS) missing() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kept {
		return 0
	}
	return d.need()
}

func (d *FS) need() int64 { return d.size + d.size/spareShare }

// Free is how many bytes are free, as far as the file system knows.
func (d *FS) Free() int64 {
	usage, err := d.FS.GetDiskUsage(d.o.Dir)
	if err != nil {
		return 0
	}
	return int64(usage.AvailBytes)
}

// Short reports whether the disk is full and has, as far as it knows, less than
// n bytes for whoever asks now.
func (d *FS) Short(n int64) bool {
	if !d.Full() {
		return false
	}
	usage, err := d.FS.GetDiskUsage(d.o.Dir)
	if err != nil {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	free := int64(usage.AvailBytes)
	if d.starting && d.startKept {
		free += d.readSize(d.startRoom())
	}
	return free < n
}

// release makes room for an operation that found the disk full when that had been
// done so often before. It reports whether there is more room now than there was
// then. A modest file gets the ballast's room alone, not that of a start.
func (d *FS) release(before uint64, modest bool) bool {
	d.modest.Lock()
	defer d.modest.Unlock()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.released.Load() != before {
		return true
	}
	if !d.full.Swap(true) {
		d.o.Logger.Error("disk: full; what is in flight ends, nothing new is written", "dir", d.o.Dir)
		if d.o.Filled != nil {
			d.o.Filled()
		}
	}
	name := d.ballast()
	switch {
	case d.kept:
		d.kept = false
	case d.startKept && d.starting && !modest:
		name, d.startKept = d.startRoom(), false
	default:
		return false
	}
	if err := d.FS.Remove(name); err != nil {
		d.o.Logger.Error("disk: removing the ballast", "error", err)
		return false
	}
	d.released.Add(1)
	return true
}

// Refill makes the ballast again if there is room, and reports whether the disk
// is no longer full. It is cheap to ask in vain.
func (d *FS) Refill() bool {
	if !d.full.Load() {
		return true
	}
	if !d.refill() {
		return false
	}
	d.o.Logger.Info("disk: room for the store again", "dir", d.o.Dir)
	return true
}

func (d *FS) refill() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	usage, err := d.FS.GetDiskUsage(d.o.Dir)
	if err == nil && int64(usage.AvailBytes) <= d.need() {
		return false
	}
	if d.size > 0 {
		if err := d.makeBallast(); err != nil {
			return false
		}
	}
	d.full.Store(false)
	if !d.starting {
		d.keepStart()
	}
	return true
}

// makeBallast makes the ballast anew. REQUIRES: d.mu.
func (d *FS) makeBallast() error {
	d.kept = false
	err := d.make(d.ballast(), d.size)
	d.kept = err == nil
	return err
}

// make makes a file whose only use is its room.
func (d *FS) make(path string, size int64) error {
	f, err := d.FS.Create(path, writeCategory)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%d bytes kept back for a full disk; the store removes and makes this file by itself\n", size)
	if err == nil {
		if err = reserve(f, size); err != nil && !IsFull(err) {
			err = fill(f, size)
		}
	}
	if err = errors.Join(err, f.Close()); err != nil {
		_ = d.FS.Remove(path)
	}
	return err
}

// reserve takes room without writing. Elsewhere than on Linux, pebble's vfs
// does nothing when asked to.
func reserve(f vfs.File, size int64) error {
	if runtime.GOOS != "linux" {
		return errUnreserved
	}
	return f.Preallocate(0, size)
}

// fill takes room by writing.
func fill(f vfs.File, size int64) error {
	piece := make([]byte, min(size, pieceSize))
	for left := size; left > 0; left -= int64(len(piece)) {
		if _, err := f.Write(piece[:min(left, int64(len(piece)))]); err != nil {
			return err
		}
	}
	return nil
}

// readSize is how many bytes a file of make says that it takes, 0 if it does not.
func (d *FS) readSize(path string) (size int64) {
	f, err := d.FS.Open(path)
	if err != nil {
		return 0
	}
	defer f.Close()
	line, err := io.ReadAll(io.LimitReader(f, lineMax))
	if err != nil {
		return 0
	}
	if _, err := fmt.Sscanf(string(line), "%d bytes kept back", &size); err != nil {
		return 0
	}
	return size
}
