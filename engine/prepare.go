package engine

import (
	"errors"
	"fmt"

	"github.com/xadb/xadb/internal/failpoint"
	"github.com/xadb/xadb/wal"
	"github.com/xadb/xadb/xid"
)

var (
	fpPrepareEnter        = failpoint.New("prepare.enter")
	fpPrepareMayCommit    = failpoint.New("prepare.after_rollback_only_check")
	fpPrepareNoConflict   = failpoint.New("prepare.after_conflict_check")
	fpPrepareChunk        = failpoint.New("prepare.after_redo_chunk")
	fpPrepareEncoded      = failpoint.New("prepare.after_encode_record")
	fpPrepareBeforeAppend = failpoint.New("prepare.before_wal_append")
	fpPrepareAfterAppend  = failpoint.New("prepare.after_wal_append")
	fpPrepareBeforePub    = failpoint.New("prepare.after_sync_before_publish")
	fpPrepareAfterPub     = failpoint.New("prepare.after_publish_before_ack")
	fpDetachBefore        = failpoint.New("prepare.detach_before")
	fpDetachAfter         = failpoint.New("prepare.detach_after")
)

// ReserveXID registers the XID of a branch that begins, so that no other
// branch can take it (I16). ErrDuplicateXID if it is in use.
func (e *Engine) ReserveXID(x xid.XID) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.mu.branches[x.Key()] != nil {
		return fmt.Errorf("%w: %s", ErrDuplicateXID, x)
	}
	e.mu.branches[x.Key()] = &branchEntry{}
	return nil
}

// ReleaseXID gives back a reservation that was not used for a prepare.
func (e *Engine) ReleaseXID(x xid.XID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if b := e.mu.branches[x.Key()]; b != nil && b.txn == nil {
		delete(e.mu.branches, x.Key())
	}
}

// SetXID names the transaction. External says that a client owns the branch,
// binlogged that the outcome will be in the coordinator's log.
func (t *Txn) SetXID(x xid.XID, external, binlogged bool) {
	t.xid, t.flags = &x, 0
	if external {
		t.flags |= flagExternal
	}
	if binlogged {
		t.flags |= flagBinlogged
	}
}

// Prepare appends the transaction's PREPARE record. It is durable after the
// next FlushLogs, and the branch can be decided by others after
// PublishPrepared. With all false it only marks the end of a statement. A
// transaction that must be rolled back answers an error; so does one whose XID
// another prepared branch has.
func (e *Engine) Prepare(t *Txn, all bool) error {
	if !all {
		if err := errors.Join(fpPrepareEnter.Eval(), t.usable()); err != nil {
			return err
		}
		t.EndStatement()
		return nil
	}
	if err := e.BeginPrepare(t); err != nil {
		return err
	}
	return e.LogPrepare(t, TCPos{}, nil)
}

// BeginPrepare is Prepare up to the record, which LogPrepare appends: in the
// order of the coordinator's log, where that matters.
func (e *Engine) BeginPrepare(t *Txn) error {
	if err := errors.Join(fpPrepareEnter.Eval(), t.usable()); err != nil {
		return err
	}
	if t.xid == nil || t.xid.IsNull() {
		return fmt.Errorf("engine: prepare without an XID: %w", XAERProto)
	}
	if err := fpPrepareMayCommit.Eval(); err != nil {
		return err
	}
	if err := e.enterPrepared(t); err != nil {
		return err
	}
	if !t.HasWrites() {
		t.flags |= flagReadOnly
	}
	t.noteLocks()
	if err := errors.Join(fpPrepareNoConflict.Eval(), e.encode(t, t.xid.Encode(nil), t.flags), fpPrepareEncoded.Eval()); err != nil {
		e.leavePrepared(t)
		return err
	}
	return nil
}

// encode makes the body of the record to come, behind b. Of a large transaction
// most is in the log then; without that record it means nothing. So it is made
// once: a second one's chunks would follow those of the first.
func (e *Engine) encode(t *Txn, b []byte, flags uint32) (err error) {
	if t.body != nil {
		return fmt.Errorf("%w: its commit or prepare has failed", ErrRollbackOnly)
	}
	t.body, err = encodeTxn(b, flags, t.set, spill{e.opts.ChunkSize, func(chunk []byte) error {
		e.pin(t)
		_, err := e.log.Append(&wal.Record{Type: wal.TypeRedoChunk, TxnID: t.id, Body: chunk})
		if err != nil {
			return e.poison(err)
		}
		return fpPrepareChunk.Eval()
	}})
	return err
}

// LogPrepare appends the record of a transaction for which BeginPrepare was
// called. If this log holds the coordinator's as well, tcBytes are what the
// coordinator logs for it, up to tc; else they are empty.
func (e *Engine) LogPrepare(t *Txn, tc TCPos, tcBytes []byte) error {
	if err := fpPrepareBeforeAppend.Eval(); err != nil {
		return err
	}
	if err := e.appendTC(t, tc, tcBytes); err != nil {
		return err
	}
	at := uint32(e.opts.Clock.Now().Unix())
	body := appendPrepareTail(t.body, tc, at)
	lsn, err := e.log.Append(&wal.Record{Type: wal.TypePrepare, TxnID: t.id, Body: body})
	if err != nil {
		return e.poison(err)
	}
	t.body = nil
	e.mu.Lock()
	t.prepLSN, t.preparedAt, t.inTC = lsn, at, tc != TCPos{}
	e.mu.floor = maxPos(e.mu.floor, tc)
	e.mu.Unlock()
	t.state = statePrepared
	e.counts.prepares.Add(1)
	return fpPrepareAfterAppend.Eval()
}

// enterPrepared claims the XID and pins the log before anything is appended.
func (e *Engine) enterPrepared(t *Txn) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	b := e.mu.branches[t.xid.Key()]
	if b != nil && b.txn != nil {
		return fmt.Errorf("%w: %s", ErrDuplicateXID, t.xid)
	}
	if t.flags&flagExternal != 0 {
		if e.mu.clients >= e.opts.PreparedMax {
			return fmt.Errorf("%w: %d are there; decide some", ErrTooManyPrepared, e.mu.clients)
		}
		e.mu.clients++
	}
	t.claimed, t.reserved = true, b != nil // nobody else may decide it yet
	e.mu.branches[t.xid.Key()] = &branchEntry{txn: t}
	e.pinLocked(t)
	return nil
}

// leavePrepared undoes enterPrepared. A reservation stays until its owner
// releases it: another branch may take the XID only then.
func (e *Engine) leavePrepared(t *Txn) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if t.reserved {
		e.mu.branches[t.xid.Key()] = &branchEntry{}
	} else {
		delete(e.mu.branches, t.xid.Key())
	}
	if t.flags&flagExternal != 0 {
		e.mu.clients--
	}
	delete(e.mu.logged, t)
	t.claimed = false
}

// pin keeps the log from here on for t (C1).
func (e *Engine) pin(t *Txn) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pinLocked(t)
}

// unpin lets go the log of a transaction of which it holds chunks alone.
func (e *Engine) unpin(t *Txn) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.mu.logged, t)
}

// pinLocked is pin. REQUIRES: e.mu.
func (e *Engine) pinLocked(t *Txn) {
	if _, pinned := e.mu.logged[t]; !pinned {
		t.firstLSN = e.log.End()
		e.mu.logged[t] = struct{}{}
	}
}

// PublishPrepared makes a branch, whose PREPARE is durable, one that anybody
// may list and decide, and lets go the locks that it need not keep (C15). A
// position says that the coordinator's log has the branch too.
func (e *Engine) PublishPrepared(t *Txn, tc TCPos) error {
	if err := fpPrepareBeforePub.Eval(); err != nil {
		return err
	}
	if tc != (TCPos{}) && !t.inTC {
		if err := e.logInTC(t, tc); err != nil {
			return err
		}
	}
	t.dropSnapshot()
	t.locks.SetPrepared()
	if err := fpDetachBefore.Eval(); err != nil {
		return err
	}
	t.locks.ReleaseExcept(t.mustKeep)
	e.publishMu.Lock()
	e.mu.Lock()
	t.claimed, t.published = false, true
	e.mu.Unlock()
	e.publishMu.Unlock()
	if err := fpDetachAfter.Eval(); err != nil {
		return err
	}
	return fpPrepareAfterPub.Eval()
}

// logInTC appends the second prepared state. Losing it is harmless: then the
// coordinator's log, which lies beyond Floor, tells it again.
func (e *Engine) logInTC(t *Txn, tc TCPos) error {
	rec := inTCRec{prepareLSN: uint64(t.prepLSN), tc: tc, crc: xidCRC(*t.xid)}
	_, err := e.log.Append(&wal.Record{Type: wal.TypePreparedInTC, TxnID: t.id, Body: rec.encode(nil)})
	if err != nil {
		return e.poison(err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	t.inTC = true
	e.mu.floor = maxPos(e.mu.floor, tc)
	return nil
}
