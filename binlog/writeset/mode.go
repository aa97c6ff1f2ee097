package writeset

import (
	"errors"
	"fmt"
	"strings"
)

// A Mode is how dependencies are found: MySQL's
// binlog_transaction_dependency_tracking.
type Mode uint32

// The modes. The zero Mode is the default.
const (
	WriteSet        Mode = iota // of the commit order and the keys written, whatever allows more
	WriteSetSession             // and transactions of one session keep their order
	CommitOrder                 // those that held their locks at the same time are independent
)

// Modes is the names of all modes, by Mode.
var Modes = [...]string{WriteSet: "WRITESET", WriteSetSession: "WRITESET_SESSION", CommitOrder: "COMMIT_ORDER"}

// ErrMode: there is no such mode.
var ErrMode = errors.New("writeset: no such mode")

// ParseMode reads MySQL's name of a mode, in any case of letters.
func ParseMode(name string) (Mode, error) {
	for m, n := range Modes {
		if strings.EqualFold(n, name) {
			return Mode(m), nil
		}
	}
	return 0, fmt.Errorf("%w: %.70q is none of %s", ErrMode, name, strings.Join(Modes[:], ", "))
}

// Valid reports whether there is such a mode.
func (m Mode) Valid() bool { return int(m) < len(Modes) }

// String is MySQL's name of the mode.
func (m Mode) String() string {
	if !m.Valid() {
		return fmt.Sprintf("writeset mode %d", uint32(m))
	}
	return Modes[m]
}
