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

// guard runs f and makes an error of its panic.
func guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v: %w\n%s", r, ErrUnknownOutcome, debug.Stack())
		}
	}()
	return f()
}

func isUnknown(err error) bool { return errors.Is(err, ErrUnknownOutcome) }
