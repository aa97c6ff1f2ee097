// Package mysqlerr is the one table of the errors that clients see: MySQL's
// numbers, SQLSTATEs and message texts (MySQL 8.0 Error Message Reference).
package mysqlerr

import (
	"errors"
	"fmt"
)

// An Error is what the wire protocol's ERR packet carries.
type Error struct {
	Code    uint16
	State   string // five characters
	Message string
	cause   error
}

// Error implements error.
func (e *Error) Error() string {
	return fmt.Sprintf("ERROR %d (%s): %s", e.Code, e.State, e.Message)
}

// Unwrap is the error below, if there is one.
func (e *Error) Unwrap() error { return e.cause }

// New returns the error with this number, its message filled in with args. A
// number that the table lacks becomes ER_UNKNOWN_ERROR with the arguments.
func New(code uint16, args ...any) *Error {
	d, ok := table[code]
	if !ok {
		return &Error{Code: UnknownError, State: generalState, Message: fmt.Sprint(args...)}
	}
	return &Error{Code: code, State: d.state, Message: fmt.Sprintf(d.format, args...)}
}

// StateOf is the SQLSTATE of a number.
func StateOf(code uint16) string {
	if d, ok := table[code]; ok {
		return d.state
	}
	return generalState
}

// Wrap is New with a cause that errors.Is and errors.As can find.
func Wrap(cause error, code uint16, args ...any) *Error {
	e := New(code, args...)
	e.cause = cause
	return e
}

// Is reports whether err is, or wraps, an Error with this number.
func Is(err error, code uint16) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}
