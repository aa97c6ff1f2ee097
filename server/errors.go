package server

import (
	"context"
	"errors"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server/mysqlerr"
)

// toClient turns any error of a statement into what the client is told. What
// nobody planned for is 1105 with its text, and logged.
func (s *session) toClient(err error) *mysqlerr.Error {
	var commit commitError
	if errors.As(err, &commit) && errors.Is(err, engine.ErrUnknownOutcome) {
		return unknownOutcome(err)
	}
	var known *mysqlerr.Error
	if errors.As(err, &known) {
		return known
	}
	if e := fromEngine(err); e != nil {
		return e
	}
	s.srv.log.Error("statement failed", "connection", s.id, "error", err)
	return mysqlerr.Wrap(err, mysqlerr.UnknownError, err.Error())
}

func fromEngine(err error) *mysqlerr.Error {
	switch {
	case errors.Is(err, engine.ErrLockTimeout):
		return mysqlerr.Wrap(err, mysqlerr.LockWaitTimeout)
	case errors.Is(err, engine.ErrDeadlock):
		return mysqlerr.Wrap(err, mysqlerr.LockDeadlock)
	case errors.Is(err, engine.ErrConflict):
		var conflict *engine.ConflictError
		table := ""
		if errors.As(err, &conflict) {
			table = conflict.Table.Name
		}
		e := mysqlerr.Wrap(err, mysqlerr.CheckRead, table)
		e.Message += "; the transaction was rolled back, run it again"
		return e
	case errors.Is(err, engine.ErrRollbackOnly):
		return mysqlerr.Wrap(err, mysqlerr.XARBRollback)
	case errors.Is(err, engine.ErrUnknownXID):
		return mysqlerr.Wrap(err, mysqlerr.XAerNota)
	case errors.Is(err, engine.ErrDuplicateXID):
		return mysqlerr.Wrap(err, mysqlerr.XAerDupID)
	case errors.Is(err, engine.ErrTxnTooLarge):
		e := mysqlerr.Wrap(err, mysqlerr.TransactionTooLarge, "")
		e.Message = "The transaction is larger than the server's limit; split it into smaller ones (" + err.Error() + ")"
		return e
	case errors.Is(err, engine.ErrDiskFull):
		e := mysqlerr.Wrap(err, mysqlerr.DiskFull, "")
		e.Message = "Disk full: nothing of this was stored. Make room; xadb goes on by itself then, and reads and " +
			"decides prepared branches meanwhile (" + err.Error() + ")"
		return e
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return mysqlerr.Wrap(err, mysqlerr.QueryInterrupted)
	}
	if e := fromView(err); e != nil {
		return e
	}
	return fromStopped(err)
}

// isStopped: the store takes no more changes until it is opened again.
func isStopped(err error) bool {
	return errors.Is(err, engine.ErrPoisoned) || errors.Is(err, engine.ErrClosed)
}

// fromStopped says what happened, why, and what to do next.
func fromStopped(err error) *mysqlerr.Error {
	switch {
	case errors.Is(err, engine.ErrUnknownOutcome):
		return unknownOutcome(err)
	case errors.Is(err, engine.ErrPoisoned):
		e := mysqlerr.Wrap(err, mysqlerr.ReadOnlyMode)
		e.Message = "xadb takes no more changes, because a write or sync of its log failed. What was " +
			"acknowledged is kept. Look at the server's log and the disk, then restart xadb (" + err.Error() + ")"
		return e
	case errors.Is(err, engine.ErrClosed):
		return mysqlerr.Wrap(err, mysqlerr.ServerShutdown)
	case errors.Is(err, engine.ErrCorrupt):
		e := mysqlerr.Wrap(err, mysqlerr.UnknownError, "")
		e.Message = "stored bytes are damaged: " + err.Error() + ". Stop the server and run 'xadb check' on the data folder"
		return e
	}
	return nil
}

func unknownOutcome(err error) *mysqlerr.Error {
	e := mysqlerr.Wrap(err, mysqlerr.ErrorDuringCommit, "")
	e.Message = "nobody knows whether this took effect, because the log failed while it was written. Restart " +
		"xadb, which decides; then look at the rows, or at XA RECOVER for a branch (" + err.Error() + ")"
	return e
}
