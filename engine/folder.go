package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/wal"
)

const (
	walDir   = "wal"
	dataDir  = "data"
	lockName = "LOCK"
	pidName  = "PID"
	pidMax   = 32 // bytes read of the PID file
)

// lockPause is how often a lock that somebody else holds is tried.
const lockPause = 20 * time.Millisecond

// lockDir makes this process the folder's only user, waiting up to
// Options.LockFileTimeout for another one to end.
func (e *Engine) lockDir(ctx context.Context) error {
	deadline := e.opts.Clock.Now().Add(e.opts.LockFileTimeout)
	for {
		err := e.tryLockDir()
		left := deadline.Sub(e.opts.Clock.Now())
		if !errors.Is(err, ErrLocked) || left <= 0 {
			return err
		}
		timer := e.opts.Clock.NewTimer(min(lockPause, left))
		select {
		case <-timer.C():
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		}
	}
}

// checkFormat refuses a store of another format before anything is written.
func (e *Engine) checkFormat() error {
	if err := wal.CheckFormat(e.opts.FS, e.opts.FS.PathJoin(e.dir, walDir)); err != nil {
		return fmt.Errorf("engine: the store in %s: %w", e.dir, err)
	}
	return nil
}

// makeDirs makes the store's folders, and their entries durable: a log in a
// folder that a crash forgets is no log (R2).
func (e *Engine) makeDirs() error {
	fs := e.opts.FS
	if e.dir == "" {
		return errors.New("no name was given")
	}
	sync := []string{e.dir, fs.PathDir(e.dir)}
	for dir := fs.PathDir(e.dir); fs.PathDir(dir) != dir; dir = fs.PathDir(dir) {
		if _, err := fs.Stat(dir); err == nil {
			break
		}
		sync = append(sync, fs.PathDir(dir)) // it is about to hold a new folder
	}
	for _, name := range []string{walDir, dataDir} {
		if err := fs.MkdirAll(fs.PathJoin(e.dir, name), 0o700); err != nil {
			return err
		}
	}
	for _, dir := range sync {
		if err := syncDir(fs, dir); err != nil {
			return err
		}
	}
	return nil
}

func syncDir(fs vfs.FS, name string) error {
	d, err := fs.OpenDir(name)
	if err != nil {
		return err
	}
	err = d.Sync()
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	return err
}

// writePID leaves this process's number for whoever is refused.
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
