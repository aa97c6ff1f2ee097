package engine

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
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
	ctx, cancel := context.WithCancelCause(bg)
	opened = open(ctx)
	cancel(errors.New("not what callers test for"))
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

// A folder without a name is none: nothing is made in the present one.
func TestNoFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, err := Open(bg, "", testOptions(vfs.Default)); err == nil {
		t.Error("opened")
	}
	if names, err := os.ReadDir("."); err != nil || len(names) > 0 {
		t.Errorf("made %v, %v", names, err)
	}
}

// A store that is open is refused by whatever path it is named, and the attempt
// lets go of no lock.
func TestOneStoreByAnotherPath(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.Symlink("store", "link"); err != nil {
		t.Fatal(err)
	}
	o := testOptions(vfs.Default)
	holder, err := Open(bg, "store", o)
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Abandon()
	for range 2 {
		for _, path := range []string{"link", "./store", filepath.Join(dir, "store"), filepath.Join(dir, "link")} {
			if e, err := Open(bg, path, o); !errors.Is(err, ErrLocked) {
				t.Errorf("%s: %v", path, err)
				e.Abandon()
			}
			if _, err := OpenReadOnly(bg, path, o); !errors.Is(err, ErrLocked) {
				t.Errorf("%s, read-only: %v", path, err)
			}
		}
	}
	if err := os.Rename("store", "moved"); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(bg, "moved", o); !errors.Is(err, ErrLocked) {
		t.Errorf("moved: %v", err)
	}
	holder.Abandon()
	e, err := Open(bg, filepath.Join(dir, "moved"), o)
	if err != nil {
		t.Fatal(err)
	}
	e.Abandon()
}
