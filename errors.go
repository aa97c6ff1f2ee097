package xadb

import (
	"errors"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/engine/lock"
	"github.com/xadb/xadb/xid"
)

// Callers test for these with errors.Is.
var (
	// ErrConflict: another transaction changed the row since the snapshot.
	// Roll back and try again, as Update does.
	ErrConflict = engine.ErrConflict
	// ErrDeadlock: the transaction was chosen to end a deadlock. Roll back and
	// try again, as Update does.
	ErrDeadlock = engine.ErrDeadlock
	// ErrLockTimeout: a lock was not granted in time. The call has done
	// nothing; the transaction can go on.
	ErrLockTimeout = engine.ErrLockTimeout
	// ErrNoWait: a lock was not free and the transaction does not wait, see
	// Tx.SetLockTimeout. It is an ErrLockTimeout.
	ErrNoWait = lock.ErrNoWait
	// ErrRollbackOnly: the transaction has failed before and can only be
	// rolled back; the cause is wrapped.
	ErrRollbackOnly = engine.ErrRollbackOnly
	// ErrReadOnly: the transaction was begun as one that does not write.
	ErrReadOnly = engine.ErrReadOnly
	// ErrTxDone: the transaction is committed, rolled back or prepared, or the
	// Snap is closed.
	ErrTxDone = engine.ErrTxnDone

	// ErrUnknownXID: no prepared branch has this XID: there was none, or it
	// has been decided, or somebody else is deciding it.
	ErrUnknownXID = engine.ErrUnknownXID
	// ErrDuplicateXID: a live branch has this XID.
	ErrDuplicateXID = engine.ErrDuplicateXID
	// ErrInvalidXID: this store cannot carry the XID: it is null, has the form of
	// the store's own, or the binlog has no room for its formatID.
	ErrInvalidXID = xid.ErrInvalid
	// ErrCoordinated: the XID is a Coordinator's, or has the form of one's: only
	// NewCoordinator decides it.
	ErrCoordinated = errors.New("xadb: the branch belongs to a coordinator: open its first store and call NewCoordinator")
	// ErrUnfinished: the coordinated transaction is committed, and a store that
	// has stopped does not know yet: NewCoordinator tells it.
	ErrUnfinished = errors.New("xadb: committed, but not yet in every store")
	// ErrDecided: the branch was decided the other way through this handle.
	ErrDecided = errors.New("xadb: the branch has the other outcome")

	// ErrTooManyPrepared: Options.PreparedMax branches are prepared already. The
	// transaction was rolled back; decide some branches first.
	ErrTooManyPrepared = engine.ErrTooManyPrepared

	// ErrKey: a key is longer than KeyMax or a value longer than ValueMax.
	ErrKey = engine.ErrKey
	// ErrTooLarge: the transaction's writes would exceed Options.WriteSetMax, or
	// its events in the binlog 512 MiB. The last write was not taken; the
	// transaction can go on.
	ErrTooLarge = engine.ErrTxnTooLarge
	// ErrSavepoint: the savepoint is of another transaction, or of a place that a
	// RollbackTo has undone. The transaction can go on.
	ErrSavepoint = errors.New("xadb: no such savepoint in this transaction")
	// ErrTableName: a table name is empty, longer than NameMax, or holds a
	// backquote or a NUL.
	ErrTableName = errors.New("xadb: bad table name")
	// ErrForeignTable: the table is of another store than the transaction
	// or Snap. Nothing was read or written.
	ErrForeignTable = errors.New("xadb: the table is of another store")
	// ErrDecode: a key or value is not what the table's codec writes.
	ErrDecode = errors.New("xadb: cannot decode")

	// ErrDiskFull: the disk is full and nothing of the transaction was stored.
	// Reads and the outcomes of prepared branches go on, and so do writes as
	// soon as there is room.
	ErrDiskFull = engine.ErrDiskFull
	// ErrLocked: another process, or this one, has the store open; the message
	// names it.
	ErrLocked = engine.ErrLocked
	// ErrCorrupt: durable bytes are damaged; the message names file and place.
	ErrCorrupt = engine.ErrCorrupt
	// ErrFormat: a version of this package with another format wrote the store;
	// nothing was changed. A *FormatError says which formats.
	ErrFormat = engine.ErrFormat
	// ErrClosed: the store was closed.
	ErrClosed = engine.ErrClosed
	// ErrPoisoned: a write or sync failed earlier. Close the store and open it
	// again.
	ErrPoisoned = engine.ErrPoisoned
	// ErrUnknownOutcome: the store stopped while the transaction was on its
	// way to the disk. Opening the store again settles it: the transaction is
	// then there, whole, or it is not.
	ErrUnknownOutcome = engine.ErrUnknownOutcome
)

// A FormatError says which format a store has, and which this version reads.
type FormatError = engine.FormatError
