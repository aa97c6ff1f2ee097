package disk

import (
	"errors"
	"fmt"
)

const (
	// StartName is the file of a start's room in the store's folder.
	StartName = BallastName + ".START"

	// startShare is what part of the ballast's size is kept for a start, beside it:
	// what a start writes does not depend on that much.
	startShare = 16
	// startLeast is what a start of a small store writes, several times over. It is
	// kept if that is not more than half of the ballast.
	startLeast = 64 << 10
	// startLeave is what of a full disk is left to the store, if that is not more
	// than half of what is free.
	startLeave = 256 << 10
)

func (d *FS) startRoom() string { return d.FS.PathJoin(d.o.Dir, StartName) }

// startSize is how much is kept for a start. REQUIRES: d.mu.
func (d *FS) startSize() int64 { return max(d.size/startShare, min(d.size/2, startLeast)) }

// Started says that the store is open: what a start may use up is kept for the
// next one from now on.
func (d *FS) Started() {
	if d.o.Ballast <= 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.starting = false
	d.keepStart()
}

// keepStart makes a start's room unless it is there: as much of it as leaves the
// store something. Unlike the ballast it is durable: when the power is
// back, others may fill the disk first. REQUIRES: d.mu.
func (d *FS) keepStart() {
	usage, err := d.FS.GetDiskUsage(d.o.Dir)
	if err != nil {
		return
	}
	want, has := d.startSize(), int64(0)
	if d.startKept {
		has = d.readSize(d.startRoom())
	}
	free := int64(usage.AvailBytes)
	size := min(want, has+free-min(free/2, startLeave))
	if size <= has && has <= want || size < lineMax {
		return
	}
	d.startKept = d.make(d.startRoom(), size) == nil
	if err := d.syncStart(); err != nil && d.o.SyncFailed != nil {
		d.o.SyncFailed(err)
	}
}

// syncStart makes the start's room durable.
func (d *FS) syncStart() error {
	if !d.startKept {
		return nil
	}
	f, err := d.FS.OpenReadWrite(d.startRoom(), writeCategory) // Windows syncs no other files
	if err == nil {
		err = errors.Join(f.Sync(), f.Close())
	}
	if err == nil {
		f, err = d.FS.OpenDir(d.o.Dir)
	}
	if err != nil {
		return fmt.Errorf("syncing %s: %w", d.startRoom(), err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("syncing %s: %w", d.o.Dir, err)
	}
	return nil
}
