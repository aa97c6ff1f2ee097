package engine

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

const (
	lockName = "LOCK"
	pidName  = "PID"
	pidMax   = 32 // bytes read of the PID file
)

// lockDir makes this process the folder's only user and leaves its number for
// whoever is refused.
func (e *Engine) lockDir() error {
	fs := e.opts.FS
	if err := fs.MkdirAll(e.dir, 0o700); err != nil {
		return fmt.Errorf("engine: creating the data folder: %w", err)
	}
	unlock, err := fs.Lock(fs.PathJoin(e.dir, lockName))
	if err != nil {
		return fmt.Errorf("%w: %s is held by process %s (%w); stop that process or choose another folder",
			ErrLocked, e.dir, e.readPID(), err)
	}
	e.unlock = unlock
	return e.writePID()
}

func (e *Engine) writePID() error {
	f, err := e.opts.FS.Create(e.opts.FS.PathJoin(e.dir, pidName), vfs.WriteCategoryUnspecified)
	if err != nil {
		return fmt.Errorf("engine: writing the PID file: %w", err)
	}
	_, err = f.Write([]byte(strconv.Itoa(os.Getpid())))
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("engine: writing the PID file: %w", err)
	}
	return nil
}

// readPID is the number in the PID file, for a message.
func (e *Engine) readPID() string {
	f, err := e.opts.FS.Open(e.opts.FS.PathJoin(e.dir, pidName))
	if err != nil {
		return "(unknown)"
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, pidMax))
	if err != nil || len(b) == 0 {
		return "(unknown)"
	}
	return strings.TrimSpace(string(b))
}
