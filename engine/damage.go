package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"syscall"

	"github.com/cockroachdb/pebble/v2"

	"github.com/xadb/xadb/internal/disk"
	"github.com/xadb/xadb/wal"
)

// A CorruptError says where a store is damaged. It is ErrCorrupt.
type CorruptError struct {
	// File is the damaged file, or the folder that lacks one.
	File string
	// Offset is where in the file the damaged thing begins; UnknownOffset if
	// the whole of it is meant.
	Offset int64
	// Err says what is wrong.
	Err error
}

// UnknownOffset is the offset of damage that has no place in its file.
const UnknownOffset = -1

// Place is the damage's place as "file:offset", or the file alone.
func (e *CorruptError) Place() string {
	if e.Offset == UnknownOffset {
		return e.File
	}
	return fmt.Sprintf("%s:%d", e.File, e.Offset)
}

// Error implements error.
func (e *CorruptError) Error() string { return fmt.Sprintf("%v: %s: %v", ErrCorrupt, e.Place(), e.Err) }

// Unwrap returns the cause.
func (e *CorruptError) Unwrap() error { return e.Err }

// Is makes all CorruptErrors ErrCorrupt.
func (e *CorruptError) Is(target error) bool { return target == ErrCorrupt }

// A ReadError says where a read of the store's files failed. It is no damage:
// what the file holds is unknown, and reading it again may succeed.
type ReadError = disk.ReadError

// tableError says what was done to the tables, and keeps damage apart from
// other failures.
func (e *Engine) tableError(doing string, err error) error {
	if !pebble.IsCorruptionError(err) && !errors.Is(err, ErrCorrupt) {
		return fmt.Errorf("engine: %s: %w", doing, err)
	}
	at := &CorruptError{File: e.opts.FS.PathJoin(e.dir, dataDir), Offset: UnknownOffset, Err: err}
	if info := pebble.ExtractDataCorruptionInfo(err); info != nil {
		at.File, at.Offset = info.Path, blockOffset(info.Details)
	}
	return fmt.Errorf("engine: %s: %w", doing, at)
}

// openError is tableError for the opening of the tables. A file that is missing
// there, or is not what the MANIFEST says, is damage, though pebble does not
// always call it so; the system's errors, and a folder that somebody else has
// locked, are not. Tables that were not made yet are no damage either.
func (e *Engine) openError(err error) error {
	const doing = "opening the tables"
	var system syscall.Errno
	var file *fs.PathError
	missing := errors.As(err, &file) && errors.Is(err, fs.ErrNotExist)
	switch {
	case errors.Is(err, pebble.ErrDBDoesNotExist):
		return fmt.Errorf("%w: %s: %w", ErrNeedsRecovery, doing, err)
	case e.failure() != nil || e.dataLock == nil || errors.As(err, &system) && !missing || errors.Is(err, ErrCorrupt):
		return e.tableError(doing, err)
	}
	at := &CorruptError{File: e.opts.FS.PathJoin(e.dir, dataDir), Offset: UnknownOffset, Err: err}
	if missing {
		at.File = file.Path
	}
	return fmt.Errorf("engine: %s: %w", doing, at)
}

// block is how pebble's errors name a damaged block: offset and length.
var block = regexp.MustCompile(`block (\d+)/\d+`)

func blockOffset(err error) int64 {
	m := block.FindStringSubmatch(err.Error())
	if m == nil {
		return UnknownOffset
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return UnknownOffset
	}
	return n
}

// logError says what was done to the log, and where it is damaged, if it is.
func (e *Engine) logError(doing string, err error) error {
	if err == nil {
		return nil
	}
	at := &CorruptError{File: e.opts.FS.PathJoin(e.dir, walDir), Offset: UnknownOffset, Err: err}
	var rec *wal.RecordError
	switch {
	case errors.As(err, &rec) && errors.Is(err, wal.ErrCorrupt):
		at.File, at.Offset = e.opts.FS.PathJoin(at.File, rec.File), rec.Offset
	case !errors.Is(err, wal.ErrCorrupt):
		return fmt.Errorf("engine: %s: %w", doing, err)
	}
	return fmt.Errorf("engine: %s: %w", doing, at)
}

// placed gives damage that shows in no one file the store's folder for a place.
func (e *Engine) placed(err error) error {
	var at *CorruptError
	if !errors.Is(err, ErrCorrupt) || errors.As(err, &at) {
		return err
	}
	return &CorruptError{File: e.dir, Offset: UnknownOffset, Err: err}
}

// recordError says which record a replay ended at, and where it lies if what it
// says cannot be.
func (e *Engine) recordError(rec *wal.Record, err error) error {
	err = fmt.Errorf("record %v at LSN %d: %w", rec.Type, rec.LSN, err)
	if !errors.Is(err, ErrCorrupt) {
		return err
	}
	file, offset := e.log.Locate(rec.LSN)
	return &CorruptError{File: e.opts.FS.PathJoin(e.dir, walDir, file), Offset: offset, Err: err}
}
