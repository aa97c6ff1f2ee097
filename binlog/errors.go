package binlog

import (
	"errors"
	"fmt"
)

// Callers test for these with errors.Is.
var (
	// ErrInvalid: the caller passed something that cannot be logged, such as
	// a value that does not fit its column. Nothing was changed.
	ErrInvalid = errors.New("binlog: invalid argument")

	// ErrTooLarge: a transaction outgrew a bound. Nothing was changed; the
	// transaction must be rolled back.
	ErrTooLarge = errors.New("binlog: transaction too large")

	// ErrCorrupt: bytes that were durable are no longer what was written.
	// Never retried, never cut away; a person decides.
	ErrCorrupt = errors.New("binlog: corrupt")

	// ErrMissingFile: a file that the index names, or that recovery needs,
	// is not there.
	ErrMissingFile = errors.New("binlog: missing file")

	// ErrUnknownFile: the log has no file of that name.
	ErrUnknownFile = errors.New("binlog: unknown file")

	// ErrPoisoned: an earlier write or sync failed. What is on the disk is
	// unknown until the log was opened again; nothing more is accepted.
	ErrPoisoned = errors.New("binlog: log failed earlier, restart needed")

	// ErrClosed: the Log was closed, or not started yet.
	ErrClosed = errors.New("binlog: closed")

	// errBadEvent is wrapped by every EventError.
	errBadEvent = errors.New("binlog: bad event")
)

// An EventError says which bytes of a file are not a well-formed event. What
// it means (a torn tail or corruption) depends on where they are.
type EventError struct {
	File   string
	Offset int64 // of the event's first byte
	Reason string
}

// Error implements error.
func (e *EventError) Error() string {
	return fmt.Sprintf("%v: %s offset %d: %s", errBadEvent, e.File, e.Offset, e.Reason)
}

// Unwrap makes all EventErrors one kind.
func (e *EventError) Unwrap() error { return errBadEvent }

// A CorruptError says where durable bytes were found damaged. It wraps
// ErrCorrupt.
type CorruptError struct {
	File   string
	Offset int64
	Reason string
}

// Error implements error.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("%v: %s offset %d: %s", ErrCorrupt, e.File, e.Offset, e.Reason)
}

// Unwrap returns ErrCorrupt.
func (e *CorruptError) Unwrap() error { return ErrCorrupt }
