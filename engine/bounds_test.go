package engine

import (
	"errors"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// fullDisk fails the making of tables while full is set.
type fullDisk struct {
	vfs.FS
	full  atomic.Bool
	tries atomic.Int64
}

func (fs *fullDisk) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if fs.full.Load() && strings.HasSuffix(name, ".sst") {
		fs.tries.Add(1)
		return nil, syscall.ENOSPC
	}
	return fs.FS.Create(name, c)
}

// TestC11_NoSpaceForTables: a disk without room for the tables stops the store
// with an error. Nobody hangs, pebble does not try for ever, and once there is
// room the next Open has everything that was acknowledged.
func TestC11_NoSpaceForTables(t *testing.T) {
	fs := &fullDisk{FS: vfs.NewMem()}
	e := open(t, fs)
	txn := e.Begin()
	put(t, txn, accounts, "a", "v")
	commit(t, e, txn)
	fs.full.Store(true)
	within(t, "a store on a full disk", func() {
		if err := e.Checkpoint(bg); !errors.Is(err, ErrPoisoned) || !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("Checkpoint: %v", err)
		}
		late := e.Begin()
		if err := late.Put(bg, accounts, []byte("b"), []byte("v")); !errors.Is(err, ErrPoisoned) {
			t.Errorf("Put: %v", err)
		}
		tries := fs.tries.Load()
		time.Sleep(20 * time.Millisecond)
		if more := fs.tries.Load() - tries; more > 2 {
			t.Errorf("pebble tried %d times more", more)
		}
		if err := e.Close(bg); !errors.Is(err, ErrPoisoned) {
			t.Errorf("Close: %v", err)
		}
	})
	fs.full.Store(false)
	e = open(t, fs)
	if got := get(t, e, accounts, "a"); got != "v" {
		t.Errorf("the acknowledged row is %s", got)
	}
}
