package engine

import (
	"errors"
	"fmt"

	"github.com/xadb/xadb/engine/lock"
	"github.com/xadb/xadb/wal"
)

// A Status is an X/Open XA return code (X/Open CAE "Distributed Transaction
// Processing: The XA Specification", <xa.h>).
type Status int

// The codes that this engine answers with.
const (
	XAOK         Status = 0
	XAERRMErr    Status = -3
	XAERNota     Status = -4
	XAERInval    Status = -5
	XAERProto    Status = -6
	XAERRMFail   Status = -7
	XAERDupID    Status = -8
	XARBRollback Status = 100
	XARBDeadlock Status = 102
	XARBTimeout  Status = 106
)

// Callers test for these with errors.Is.
var (
	// ErrLockTimeout: a lock was not granted in time. The statement failed,
	// the transaction goes on.
	ErrLockTimeout = lock.ErrTimeout
	// ErrDeadlock: the transaction was chosen as a deadlock's victim. It can
	// only be rolled back.
	ErrDeadlock = lock.ErrDeadlock
	// ErrUnknownXID: no prepared branch has this XID, or another caller is
	// deciding it.
	ErrUnknownXID = errors.New("engine: unknown XID")
	// ErrDuplicateXID: the XID is in use by an active or prepared branch.
	ErrDuplicateXID = errors.New("engine: the XID already exists")
	// ErrTxnTooLarge: the write set would exceed Options.WriteSetMax. The
	// statement failed, the transaction goes on.
	ErrTxnTooLarge = errors.New("engine: transaction too large")
	// ErrTooManyPrepared: Options.PreparedMax branches are prepared already.
	// Nothing was logged; the transaction can be rolled back, or committed.
	ErrTooManyPrepared = errors.New("engine: too many prepared branches")
	// ErrTxnDone: the transaction was committed, rolled back or prepared.
	ErrTxnDone = errors.New("engine: transaction is finished")
	// ErrRollbackOnly: the transaction must be rolled back.
	ErrRollbackOnly = errors.New("engine: transaction must be rolled back")
	// ErrConflict: under snapshot isolation, the row was changed by another
	// transaction after this one's snapshot. Roll back and try again.
	ErrConflict = errors.New("engine: write conflict")
	// ErrClosed: the engine was closed.
	ErrClosed = errors.New("engine: closed")
	// ErrPoisoned: a write or sync failed earlier; nothing is accepted until
	// the store is opened again.
	ErrPoisoned = errors.New("engine: stopped after a failed write; open the store again")
	// ErrUnknownOutcome: the transaction may or may not be committed; the
	// next start of the store decides.
	ErrUnknownOutcome = errors.New("engine: outcome unknown until the store is opened again")
	// ErrDiskFull: the disk is full, and nothing of the transaction was logged.
	// Rows can be read and prepared branches decided; writes go on by
	// themselves once there is room.
	ErrDiskFull = errors.New("engine: the disk is full")
	// ErrLocked: another process has the store open.
	ErrLocked = errors.New("engine: the data folder is in use")
	// ErrCorrupt: bytes that were durable are no longer what was written. A
	// CorruptError says where.
	ErrCorrupt = errors.New("corrupt store")
	// ErrFormat: a version of the program with another format wrote the store;
	// nothing was changed. A *FormatError says which formats.
	ErrFormat = wal.ErrFormat
	// ErrKey: a key or value is longer than the limits.
	ErrKey = errors.New("engine: key or value too long")
)

// A FormatError says which format was found, and which is supported.
type FormatError = wal.FormatError

// Error makes a Status usable as an error.
func (s Status) Error() string { return fmt.Sprintf("xa status %d", int(s)) }

// StatusOf is the code a coordinator would be told for err.
func StatusOf(err error) Status {
	var s Status
	switch {
	case err == nil:
		return XAOK
	case errors.As(err, &s):
		return s
	case errors.Is(err, ErrUnknownXID):
		return XAERNota
	case errors.Is(err, ErrDuplicateXID):
		return XAERDupID
	case errors.Is(err, ErrDeadlock):
		return XARBDeadlock
	case errors.Is(err, ErrLockTimeout):
		return XARBTimeout
	case errors.Is(err, ErrRollbackOnly), errors.Is(err, ErrConflict):
		return XARBRollback
	case errors.Is(err, ErrTxnDone):
		return XAERProto
	case errors.Is(err, ErrClosed), errors.Is(err, ErrPoisoned):
		return XAERRMFail
	}
	return XAERRMErr
}
