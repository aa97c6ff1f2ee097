package groupcommit

import (
	"errors"
	"fmt"
	"runtime/debug"
)

var (
	// ErrStopped: a stage failed, now or earlier. The error wraps the first
	// cause as well. The pipeline does not recover; its owner must be opened
	// anew.
	ErrStopped = errors.New("pipeline stopped")
	// ErrUnknownOutcome: the transaction may or may not be in the log. Only
	// recovery can tell. An error of Run without it means: not decided, and
	// never will be.
	ErrUnknownOutcome = errors.New("outcome unknown")
)

// errExit stands for a hook that ended its goroutine.
var errExit = fmt.Errorf("hook ended its goroutine: %w", ErrUnknownOutcome)

// A definite error hides that its cause left others in doubt: the members that
// came later never reached the log (G6).
type definite struct{ cause error }

func (d definite) Error() string { return d.cause.Error() }

func (d definite) Is(target error) bool {
	return target != ErrUnknownOutcome && errors.Is(d.cause, target)
}

func (d definite) As(target any) bool { return errors.As(d.cause, target) }

// stopError is what a member hears of a stopped stage.
func stopError(cause error, unknown bool) error {
	if unknown {
		return fmt.Errorf("groupcommit: %w: %w: %w", ErrUnknownOutcome, ErrStopped, cause)
	}
	return fmt.Errorf("groupcommit: %w: %w", ErrStopped, definite{cause})
}

// A PanicError is a hook's panic. It wraps ErrUnknownOutcome.
type PanicError struct {
	Value any    // of the panic
	Stack []byte // of the goroutine that led the group
}

// Error is the panic's text without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap gives ErrUnknownOutcome, and Value if it is an error.
func (e *PanicError) Unwrap() []error {
	if err, ok := e.Value.(error); ok {
		return []error{ErrUnknownOutcome, err}
	}
	return []error{ErrUnknownOutcome}
}

// guard runs f and makes an error of its panic.
func guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &PanicError{Value: r, Stack: debug.Stack()}
		}
	}()
	return f()
}
