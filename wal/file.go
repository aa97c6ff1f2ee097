package wal

import (
	"errors"
	"fmt"
	"io"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/internal/bug"
)

// writeCategory is what pebble's disk statistics file our writes under.
const writeCategory vfs.DiskWriteCategory = "xadb-wal"

// readFull reads len(b) bytes at off. Fewer, without an error, means the file
// ends there; every other failure is an error and never an end.
func readFull(f vfs.File, b []byte, off int64) (int, error) {
	n := 0
	for n < len(b) {
		m, err := f.ReadAt(b[n:], off+int64(n))
		n += m
		if errors.Is(err, io.EOF) || err != nil && bug.On(bug.ReadErrorAsEOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		if m == 0 {
			return n, io.ErrNoProgress
		}
	}
	return n, nil
}

// writeFullAt writes b at off; a short write is an error.
func writeFullAt(f vfs.File, b []byte, off int64) error {
	n, err := f.WriteAt(b, off)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	return err
}

// writeFull writes b at the file's position; a short write is an error.
func writeFull(f vfs.File, b []byte) error {
	n, err := f.Write(b)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	return err
}

// syncDir makes the directory's entries durable (R2).
func syncDir(fs vfs.FS, dir string) error {
	if bug.On(bug.NoDirSync) {
		return nil
	}
	d, err := fs.OpenDir(dir)
	if err != nil {
		return fmt.Errorf("wal: open directory: %w", err)
	}
	if err := d.Sync(); err != nil {
		d.Close()
		return fmt.Errorf("wal: sync directory: %w", err)
	}
	if err := d.Close(); err != nil {
		return fmt.Errorf("wal: close directory: %w", err)
	}
	return nil
}
