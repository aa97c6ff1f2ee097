package wal

import (
	"errors"
	"fmt"
)

// Callers test for these with errors.Is.
var (
	// ErrCorrupt: bytes that were durable are no longer what was written.
	// Never retried, never cut away; a person decides.
	ErrCorrupt = errors.New("wal: corrupt")

	// ErrFormat: another version of the program wrote the log, in a format that
	// this one does not read. A *FormatError says which.
	ErrFormat = errors.New("wal: unknown format")

	// ErrPoisoned: a write, a sync or the start of a segment failed, so
	// nothing more is accepted and nothing more is promised (W4). The error
	// wraps the cause. Only closing the log and opening it again helps.
	ErrPoisoned = errors.New("wal: poisoned")

	// ErrClosed: the Log was closed or abandoned.
	ErrClosed = errors.New("wal: closed")

	// ErrReadOnly: the Log came from OpenReadOnly.
	ErrReadOnly = errors.New("wal: opened read-only")

	// ErrTooLarge: a body is above Options.RecordSizeMax. The log is unharmed.
	ErrTooLarge = errors.New("wal: record too large")
)

// A RecordError says where in the log something was wrong. It wraps ErrCorrupt.
type RecordError struct {
	File    string // name inside the log's directory
	Segment uint64 // 0 when File is not a segment
	Offset  int64  // in File, of the first byte of the damaged thing
	LSN     LSN    // of that byte; 0 when the place has none
	Reason  string // what did not check, and what proves that it once did
	Err     error
}

func (e *RecordError) Error() string {
	return fmt.Sprintf("%v: %s offset %d lsn %d: %s", e.Err, e.File, e.Offset, e.LSN, e.Reason)
}

func (e *RecordError) Unwrap() error { return e.Err }

// A FormatError says which format was found. It is ErrFormat.
type FormatError struct {
	Found, Supported uint32
}

func (e *FormatError) Error() string {
	program := "a newer"
	if e.Found < e.Supported {
		program = "an older"
	}
	return fmt.Sprintf("%v: format %d, written by %s version of the program; this one reads format %d",
		ErrFormat, e.Found, program, e.Supported)
}

// Is makes it ErrFormat.
func (e *FormatError) Is(target error) bool { return target == ErrFormat }
