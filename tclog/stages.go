package tclog

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/groupcommit"
	"github.com/xadb/xadb/internal/bug"
	"github.com/xadb/xadb/internal/disk"
	"github.com/xadb/xadb/internal/failpoint"
)

var (
	fpFlushBefore  = failpoint.New("gc.flush.before_engine_flush_logs")
	fpFlushAfter   = failpoint.New("gc.flush.after_engine_flush_logs")
	fpAppendBefore = failpoint.New("gc.flush.before_binlog_append")
	fpAppendAfter  = failpoint.New("gc.flush.after_binlog_append")
	fpFlushAll     = failpoint.New("gc.flush.after_all_appended")
	fpSyncBefore   = failpoint.New("gc.sync.before_fsync")
	fpSyncAfter    = failpoint.New("gc.sync.after_fsync")
	fpCommitBefore = failpoint.New("gc.commit.before_engine_commit")
	fpCommitAfter  = failpoint.New("gc.commit.after_all")
)

// A member is one transaction in the pipeline: a decision, or, without one,
// the prepare of a client's branch.
type member struct {
	txn      *engine.Txn
	decision *engine.Decision
	prepares bool                 // its PREPARE is to be logged
	group    *binlog.PendingGroup // nil: not binlogged
	seq      int64
	tc       engine.TCPos // behind its events; zero: it has none
	// own is where decision points in the commit of an ordinary transaction.
	own engine.Decision
}

// members keeps the memory of members whose transactions are committed.
var members = sync.Pool{New: func() any { return new(member) }}

type group = []*groupcommit.Member[*member]

// flush is the FLUSH stage. An error stops the engine too: a part of the
// group may be in a log. The outcome is open for members that the engine's log
// decides, and for all once the binlog was touched.
func (l *Log) flush(g group) error {
	if l.closed.Load() {
		for _, m := range g {
			m.Fail(engine.ErrClosed)
		}
		return nil
	}
	if err := l.eng.Failed(); err != nil {
		return err // nothing of the group is in a log, and nothing will be (C12)
	}
	var open bool
	var err error
	if l.shared() {
		open, err = true, l.flushShared(g)
	} else {
		open, err = l.flushApart(g)
	}
	if err == nil {
		return nil
	}
	err = l.eng.Stop(err)
	if open {
		return fmt.Errorf("%w: %w", groupcommit.ErrUnknownOutcome, err)
	}
	return err
}

// flushShared logs each member's events and record in the engine's log. A member
// whose events cannot be encoded fails alone; nothing of it is logged.
func (l *Log) flushShared(g group) error {
	if err := fpAppendBefore.Eval(); err != nil {
		return err
	}
	for _, m := range g {
		if err := l.logShared(m.Txn); invalidGroup(err) {
			m.Fail(err)
			continue
		} else if err != nil {
			return err
		}
		if err := fpAppendAfter.Eval(); err != nil {
			return err
		}
	}
	if bug.On(bug.BehindBeforeSync) {
		l.release(g)
		if err := l.bl.WriteBehind(); err != nil {
			return err
		}
	}
	if l.bl.NeedRotate() {
		l.rotateDue.Store(true)
	}
	return fpFlushAll.Eval()
}

func (l *Log) logShared(m *member) error {
	var events []byte
	if m.group != nil {
		end, seq, err := l.bl.Append(m.group)
		if err != nil {
			return err
		}
		m.tc, m.seq, events = engine.TCPos(end), seq, l.bl.LastGroup().Data
	}
	d := m.decision
	if d == nil {
		return l.eng.LogPrepare(m.txn, m.tc, events)
	}
	l.eng.Number(d)
	if bug.On(bug.RollbackNotSynced) && !d.Commit {
		return nil
	}
	d.TC, d.TCBytes = m.tc, events
	return l.eng.LogDecision(d)
}

// invalidGroup says that the binlog has refused a group and is as it was.
func invalidGroup(err error) bool {
	return errors.Is(err, binlog.ErrInvalid) || errors.Is(err, binlog.ErrTooLarge)
}

// flushApart brings what the engine must have to its log, and then the events
// to the binlog file. The outcome of an error is open for members that the
// engine's log decides, and for all once the binlog was touched.
func (l *Log) flushApart(g group) (open bool, err error) {
	open = !allBinlogged(g)
	err = l.flushLogs(g)
	if err == nil && !bug.On(bug.BinlogAfterCommit) && l.bl != nil {
		open = true
		err = l.appendGroup(g)
	}
	return open, err
}

func (l *Log) flushLogs(g group) error {
	for _, m := range g {
		if err := l.logOwn(m.Txn); err != nil {
			return err
		}
	}
	if l.bl == nil {
		return nil // SYNC makes it durable
	}
	if err := fpFlushBefore.Eval(); err != nil {
		return err
	}
	if needsEngineLog(g) {
		if err := l.eng.FlushLogs(true); err != nil {
			return err
		}
	}
	return fpFlushAfter.Eval()
}

// needsEngineLog reports whether anything of the group must be durable in the
// engine's log before it is in the binlog: a PREPARE, or a decision of its own.
// The second phase of binlogged branches is not: their PREPAREs are durable,
// and what the binlog says of them counts until a record of the engine does.
func needsEngineLog(g group) bool {
	return slices.ContainsFunc(g, func(m *groupcommit.Member[*member]) bool {
		b := m.Txn.group
		return b == nil || b.Kind != binlog.XACommit && b.Kind != binlog.XARollback
	})
}

// logOwn appends a member's PREPARE, and the record of a decision that only the
// engine's log will hold.
func (l *Log) logOwn(m *member) error {
	if m.prepares {
		if err := l.eng.LogPrepare(m.txn, engine.TCPos{}, nil); err != nil {
			return err
		}
	}
	d := m.decision
	if d == nil {
		return nil
	}
	l.eng.Number(d)
	if m.group != nil || bug.On(bug.RollbackNotSynced) && !d.Commit {
		return nil
	}
	return l.eng.LogDecision(d)
}

// appendGroup writes the group's events to the binlog file. A member whose
// events cannot be encoded fails alone; nothing of it is in the file.
func (l *Log) appendGroup(g group) error {
	for _, m := range g {
		if m.Txn.group == nil {
			continue
		}
		if err := fpAppendBefore.Eval(); err != nil {
			return err
		}
		end, seq, err := l.bl.Append(m.Txn.group)
		if invalidGroup(err) {
			m.Fail(err)
			continue
		}
		if err != nil {
			return err
		}
		m.Txn.tc, m.Txn.seq = engine.TCPos(end), seq
		if err := fpAppendAfter.Eval(); err != nil {
			return err
		}
	}
	if err := l.bl.Flush(); err != nil {
		return err
	}
	if l.bl.NeedRotate() {
		l.rotateDue.Store(true)
	}
	return fpFlushAll.Eval()
}

// sync is the SYNC stage: behind it the group is decided.
func (l *Log) sync(g group) error {
	if err := l.syncLogs(g); err != nil {
		return l.eng.Stop(err)
	}
	return nil
}

func (l *Log) syncLogs(g group) error {
	if err := fpSyncBefore.Eval(); err != nil {
		return err
	}
	if l.bl == nil || l.shared() {
		if err := l.eng.FlushLogs(true); err != nil {
			return err
		}
	} else if anyBinlogged(g) {
		if err := l.bl.Sync(); err != nil {
			return err
		}
	}
	return fpSyncAfter.Eval()
}

func anyBinlogged(g group) bool {
	return slices.ContainsFunc(g, func(m *groupcommit.Member[*member]) bool { return m.Txn.group != nil })
}

func allBinlogged(g group) bool {
	return !slices.ContainsFunc(g, func(m *groupcommit.Member[*member]) bool { return m.Txn.group == nil })
}

// commit is the COMMIT stage. The outcomes are durable, so no error can change
// them: it stops the engine and is told to later callers.
func (l *Log) commit(g group) error {
	if err := l.carryOut(g); err != nil {
		_ = l.eng.Stop(err)
		l.opts.Engine.Logger.Error("tclog: a durable group could not be applied; open the store again", "error", err)
	}
	if bug.On(bug.BinlogAfterCommit) && l.bl != nil {
		if err := l.appendGroup(g); err != nil {
			return err
		}
		return l.bl.Sync()
	}
	return nil
}

// carryOut records and applies the outcomes. The records go out in the order
// of the binlog, which is what makes engine.Floor one place. So behind a group
// that failed here nothing is recorded: it would lift Floor over the gap.
func (l *Log) carryOut(g group) error {
	if err := l.eng.Failed(); err != nil {
		return err
	}
	if l.shared() {
		l.release(g)
	}
	if hook := l.afterSync.Load(); hook != nil {
		l.tellSynced(g, *hook)
	}
	decisions := l.decisions[:0]
	for _, m := range g {
		if err := fpCommitBefore.Eval(); err != nil {
			return err
		}
		if m.Txn.group != nil { // before anybody hears of it: whoever decides a branch depends on its PREPARE
			l.bl.Committed(m.Txn.seq, binlog.Pos(m.Txn.tc))
		}
		d := m.Txn.decision
		if d == nil {
			if err := l.eng.PublishPrepared(m.Txn.txn, m.Txn.tc); err != nil {
				return err
			}
			continue
		}
		if m.Txn.group != nil && !l.shared() {
			d.TC = m.Txn.tc
			if err := l.eng.LogDecision(d); err != nil {
				return err
			}
		}
		decisions = append(decisions, d)
	}
	if err := l.eng.Apply(decisions); err != nil {
		return err
	}
	clear(decisions)
	l.decisions = decisions
	return fpCommitAfter.Eval()
}

// tellSynced lets readers of the binlog have the group, and calls the hook.
func (l *Log) tellSynced(g group, hook func(end binlog.Pos)) {
	for _, m := range slices.Backward(g) {
		if m.Txn.tc != (engine.TCPos{}) {
			if l.shared() {
				l.writeBehind()
			}
			hook(binlog.Pos(m.Txn.tc))
			return
		}
	}
}

// release lets the groups' events go to the binlog file. It goes ahead of the
// rest: the engine's log is pinned for them until then (C1d).
func (l *Log) release(g group) {
	for _, m := range slices.Backward(g) {
		if m.Txn.tc != (engine.TCPos{}) {
			l.bl.Release(binlog.Pos(m.Txn.tc))
			return
		}
	}
}

// writeBehind brings what was released to the binlog file. One of those whose
// group is finished does it for all: nobody waits for it in the pipeline.
func (l *Log) writeBehind() {
	err := l.bl.WriteBehind()
	if err == nil || errors.Is(err, binlog.ErrClosed) {
		return
	}
	_ = l.eng.Stop(err)
	l.opts.Engine.Logger.Error("tclog: durable groups could not be written to the binlog file; open the store again", "error", err)
}

// syncBehind is engine.Options.SyncTC.
func (l *Log) syncBehind() (engine.TCPos, bool, error) {
	if !l.settled.Load() {
		return engine.TCPos{}, false, nil
	}
	if !l.shared() {
		return l.knownApart(), true, nil
	}
	pos, err := l.bl.SyncBehind()
	if disk.IsFull(err) && !errors.Is(err, binlog.ErrPoisoned) || errors.Is(err, binlog.ErrClosed) {
		return engine.TCPos(pos), false, nil // the engine's log keeps what is not in the file
	}
	return engine.TCPos(pos), true, err
}
