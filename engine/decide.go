package engine

import (
	"context"

	"github.com/cockroachdb/pebble/v2"

	"github.com/xadb/xadb/internal/bug"
	"github.com/xadb/xadb/internal/failpoint"
	"github.com/xadb/xadb/wal"
)

var (
	fpCommitEnter       = failpoint.New("commit.enter")
	fpCommitBeforeApply = failpoint.New("commit.before_apply_batch")
	fpCommitAfterApply  = failpoint.New("commit.after_apply_before_publish")
	fpCommitAfterRecord = failpoint.New("commit.after_commit_record_append")
	fpCommitAfterLocks  = failpoint.New("commit.after_release_locks")
	fpCommitByXID       = failpoint.New("cbx.after_record")
	fpRollbackByXID     = failpoint.New("rbx.before_record")
	fpRollbackLogged    = failpoint.New("rbx.after_record")
	fpRollbackUndone    = failpoint.New("rbx.after_undo")
	fpRollbackEnter     = failpoint.New("rollback.enter")
	fpRollbackAfter     = failpoint.New("rollback.after")
)

// batchMax is the size, in bytes, above which a group's batch is split.
const batchMax = 16 << 20

// A Decision is the outcome of one transaction on its way through a commit
// group.
type Decision struct {
	Txn    *Txn
	Commit bool  // or roll back
	TC     TCPos // where the coordinator's log has it; zero: it has not
	// TCBytes are what the coordinator logs for it, up to TC, if this log holds
	// the coordinator's as well. LogDecision alone reads them.
	TCBytes []byte
	number  uint64
	batch   uint64 // of pebble, that carried it out
	logged  bool
}

// Number gives the decision its place in the commit order. Groups must be
// numbered and applied in the same order. A commit without writes has none: no
// applied row would ever tell that it is past.
func (e *Engine) Number(d *Decision) {
	if !d.Commit || !d.Txn.HasWrites() {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.mu.commitNo++
	d.number = e.mu.commitNo
}

// BeginCommit goes ahead of the decision to commit a transaction that is not
// prepared: it encodes what LogDecision will append.
func (e *Engine) BeginCommit(t *Txn) error {
	if err := t.usable(); err != nil {
		return err
	}
	return e.encode(t, t.set.body[:0], 0)
}

// LogDecision appends the record of a numbered decision. Where no other log
// holds the decision, the caller must make it durable before acknowledging it
// (D1, C4).
func (e *Engine) LogDecision(d *Decision) error {
	if !d.Commit {
		if err := fpRollbackByXID.Eval(); err != nil {
			return err
		}
	}
	e.mu.Lock()
	e.pinLocked(d.Txn)
	d.Txn.deciding = true
	e.mu.Unlock()
	if err := e.appendTC(d.Txn, d.TC, d.TCBytes); err != nil {
		return err
	}
	rec := e.decisionRecord(d)
	rec.TxnID = d.Txn.id
	if _, err := e.log.Append(&rec); err != nil {
		return e.poison(err)
	}
	if rec.Type == wal.TypeCommit1PC {
		d.Txn.keepBody(rec.Body)
	}
	d.logged = true
	if d.TC != (TCPos{}) {
		e.mu.Lock()
		e.mu.floor = maxPos(e.mu.floor, d.TC)
		e.mu.Unlock()
	}
	return d.afterRecord()
}

func (d *Decision) afterRecord() error {
	switch {
	case !d.Commit:
		return fpRollbackLogged.Eval()
	case d.Txn.state == statePrepared && d.Txn.flags&flagExternal != 0:
		return fpCommitByXID.Eval()
	}
	return fpCommitAfterRecord.Eval()
}

func (e *Engine) decisionRecord(d *Decision) wal.Record {
	t := d.Txn
	now := e.opts.Clock.Now().UnixNano()
	switch {
	case !d.Commit:
		r := rollbackRec{prepareLSN: uint64(t.prepLSN), crc: xidCRC(*t.xid), tc: d.TC}
		return wal.Record{Type: wal.TypeRollback, Body: r.encode(nil)}
	case t.state == statePrepared:
		c := commitRec{prepareLSN: uint64(t.prepLSN), commitNo: d.number, unixNano: now, tc: d.TC, crc: xidCRC(*t.xid)}
		return wal.Record{Type: wal.TypeCommit, Body: c.encode(nil)}
	}
	return wal.Record{Type: wal.TypeCommit1PC, Body: appendCommitTail(t.body, d.number, now, d.TC)}
}

// Apply carries out a group of decided transactions, in order: it appends the
// records that LogDecision has not, writes all rows and the applied row in one
// batch, publishes the outcomes and releases the locks. The decisions must be
// durable, here or in the coordinator's log. An error poisons the engine: the
// decisions stand, and the next Open carries them out.
func (e *Engine) Apply(group []*Decision) error {
	if err := fpCommitEnter.Eval(); err != nil {
		return e.poison(err)
	}
	for _, d := range group {
		if d.logged {
			continue
		}
		if err := e.LogDecision(d); err != nil {
			return e.poison(err)
		}
	}
	e.publishMu.Lock()
	err := e.applyRows(group)
	if err == nil {
		e.forget(group)
		e.recent.note(group) // before the locks go (C16)
		e.outdate()
	}
	e.publishMu.Unlock()
	if err != nil {
		return err
	}
	for _, d := range group {
		ordinary := d.Txn.state == stateActive
		d.Txn.finish()
		if d.Commit {
			if ordinary {
				d.Txn.giveBack()
			}
			continue
		}
		if err := fpRollbackUndone.Eval(); err != nil {
			return e.poison(err)
		}
	}
	if err := fpCommitAfterLocks.Eval(); err != nil {
		return e.poison(err)
	}
	e.ckpt.grown(e)
	return nil
}

// applyRows writes the group's rows. REQUIRES: publishMu.
func (e *Engine) applyRows(group []*Decision) error {
	if err := fpCommitBeforeApply.Eval(); err != nil {
		return e.poison(err)
	}
	for len(group) > 0 {
		n, err := e.applyBatch(group)
		if err != nil {
			return e.poison(err)
		}
		group = group[n:]
	}
	if err := fpCommitAfterApply.Eval(); err != nil {
		return e.poison(err)
	}
	return nil
}

// applyBatch writes a prefix of the group, at least one member, and returns
// its length.
func (e *Engine) applyBatch(group []*Decision) (n int, err error) {
	b := e.db.NewBatch()
	row := e.nextApplied()
	for _, d := range group {
		if n > 0 && b.Len()+d.Txn.set.size > batchMax {
			break
		}
		n++
		d.batch = row.batch
		if err := d.Txn.removeRows(b); err != nil {
			return n, err
		}
		if !d.Commit {
			continue
		}
		row.commitNo = max(row.commitNo, d.number)
		if err := addRows(b, d.Txn.set); err != nil {
			return n, err
		}
	}
	if b.Empty() {
		return n, b.Close()
	}
	return n, e.writeBatch(b, row)
}

// writeBatch gives pebble a batch together with the applied row (I6). After an
// error pebble may go on reading the batch: it is left alone. REQUIRES:
// publishMu.
func (e *Engine) writeBatch(b *pebble.Batch, row appliedRow) error {
	if err := b.Set(appliedKey, row.encode(), nil); err != nil {
		return err
	}
	if err := e.apply.write(e, b); err != nil {
		return err
	}
	e.door.applied(b)
	e.mu.Lock()
	e.mu.applied = row
	e.mu.Unlock()
	return b.Close()
}

// nextApplied is the applied row of the next batch, but for the commit number.
func (e *Engine) nextApplied() appliedRow {
	e.mu.Lock()
	defer e.mu.Unlock()
	was := e.mu.applied
	return appliedRow{commitNo: was.commitNo, logEnd: uint64(e.log.End()), tc: e.mu.floor, batch: was.batch + 1}
}

func addRows(b *pebble.Batch, set *writeSet) (err error) {
	set.effective(func(o *op) {
		switch {
		case err != nil:
		case o.kind == opSet:
			err = b.Set(o.key, o.val, nil)
		default:
			err = b.Delete(o.key, nil)
		}
	})
	return err
}

// forget takes decided transactions off the tables of live ones.
func (e *Engine) forget(group []*Decision) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, d := range group {
		t := d.Txn
		delete(e.mu.logged, t)
		delete(e.mu.moving, t)
		e.counts.decided(d)
		if t.state == statePrepared && !bug.On(bug.CommitByXIDTwice) {
			delete(e.mu.branches, t.xid.Key())
			if t.flags&flagExternal != 0 {
				e.mu.clients--
			}
		}
		if d.Commit && t.HasWrites() || t.rows > 0 {
			e.mu.unflushed = e.mu.unflushed.add(d.batch, t.firstLSN)
		}
	}
}

// decideAlone takes one decision without a coordinator: logged, durable,
// applied.
func (e *Engine) decideAlone(d *Decision, durable bool) error {
	e.soloMu.Lock()
	defer e.soloMu.Unlock()
	e.Number(d)
	if err := e.LogDecision(d); err != nil {
		return err
	}
	if durable {
		if err := e.FlushLogs(false); err != nil {
			return err
		}
	}
	return e.Apply([]*Decision{d})
}

// Commit makes a transaction's writes visible and durable without a
// coordinator's log. With all false it only marks the end of a statement. It
// never rolls back by itself: on an error before the decision the caller does.
func (e *Engine) Commit(t *Txn, all bool) error {
	if !all {
		t.EndStatement()
		return nil
	}
	if t.state != statePrepared {
		if err := t.usable(); err != nil {
			return err
		}
		if !t.HasWrites() {
			t.finish()
			return nil
		}
		if err := e.Admit(context.Background(), false); err != nil {
			return err
		}
		if err := e.BeginCommit(t); err != nil {
			return err
		}
	}
	return e.decideAlone(&Decision{Txn: t, Commit: true}, true)
}

// Rollback undoes a transaction and releases its locks. With all false it
// undoes the statement since the last boundary. The record of a prepared
// transaction's rollback is made durable unless the coordinator's log decides:
// a transaction which that log does not know is rolled back at the next start.
func (e *Engine) Rollback(t *Txn, all bool) error {
	if err := fpRollbackEnter.Eval(); err != nil {
		return err
	}
	if !all {
		return t.RollbackStatement()
	}
	if t.state == stateDone {
		return nil
	}
	if t.state == stateActive && t.HasWrites() {
		e.counts.rollbacks.Add(1)
	}
	switch {
	case t.state == statePrepared:
		if err := e.undoPrepared(t); err != nil {
			return err
		}
	case t.claimed:
		e.leavePrepared(t)
	case t.body != nil:
		e.unpin(t)
	}
	t.finish()
	return fpRollbackAfter.Eval()
}

// undoPrepared records a prepared transaction's rollback. In a stopped engine
// it does nothing: the outcome is the next Open's to find, and until then a
// checkpoint under way must go on keeping the PREPARE (C1).
func (e *Engine) undoPrepared(t *Txn) error {
	if e.enter() != nil {
		return nil
	}
	defer e.exit()
	if t.isPublished() {
		return e.decideAlone(&Decision{Txn: t}, !t.Binlogged())
	}
	if err := e.LogDecision(&Decision{Txn: t}); err != nil {
		return err
	}
	if !t.Binlogged() {
		if err := e.FlushLogs(false); err != nil {
			return err
		}
	}
	e.leavePrepared(t)
	e.counts.rollbacks.Add(1)
	return nil
}

// FlushLogs makes every record appended so far durable. Group says that a
// commit group asks, once for all its members.
func (e *Engine) FlushLogs(group bool) error {
	if group && bug.On(bug.AckBeforeSync) {
		return nil
	}
	if err := e.log.SyncAll(); err != nil {
		return e.poison(err)
	}
	return nil
}
