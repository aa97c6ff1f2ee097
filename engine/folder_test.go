package engine

import (
	"errors"
	"io"
	"io/fs"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
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
