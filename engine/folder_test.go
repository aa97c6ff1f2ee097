package engine

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/internal/clock"
)

type readOnlyDisk struct{ vfs.FS }

func (d readOnlyDisk) Lock(name string) (io.Closer, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EROFS}
}

// A lock file that cannot be opened is no other process's lock.
func TestLockFileThatCannotBeOpened(t *testing.T) {
	_, err := Open(bg, "store", testOptions(readOnlyDisk{vfs.NewMem()}))
	if errors.Is(err, ErrLocked) || !errors.Is(err, syscall.EROFS) {
		t.Fatal(err)
	}
}

// Open waits for the folder's lock while LockFileTimeout lasts: whoever lets go
// in time is no obstacle, whoever does not is named.
func TestWaitForTheFolderLock(t *testing.T) {
	fs := vfs.NewMem()
	c := clock.NewManual(time.Unix(1, 0))
	o := testOptions(fs)
	holder, err := Open(bg, "store", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(holder.Abandon)
	o.Clock, o.LockFileTimeout = c, time.Second
	open := func(ctx context.Context) chan error {
		opened := make(chan error, 1)
		go func() {
			e, err := Open(ctx, "store", o)
			if err == nil {
				e.Abandon()
			}
			opened <- err
		}()
		for c.Timers() == 0 {
			runtime.Gosched() // until it waits
		}
		return opened
	}

	opened := open(bg)
	c.Advance(o.LockFileTimeout)
	if err := <-opened; !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) {
		t.Errorf("held for too long: %v", err)
	}
	ctx, cancel := context.WithCancel(bg)
	opened = open(ctx)
	cancel()
	if err := <-opened; !errors.Is(err, ErrLocked) || !errors.Is(err, context.Canceled) {
		t.Errorf("a context that ended: %v", err)
	}
	opened = open(bg)
	holder.Abandon()
	c.Advance(lockPause)
	if err := <-opened; err != nil {
		t.Errorf("released in time: %v", err)
	}
}
