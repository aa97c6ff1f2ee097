package recovery

import (
	"context"
	"fmt"
	"sort"

	"github.com/xadb/xadb/internal/bug"
	"github.com/xadb/xadb/internal/failpoint"
	"github.com/xadb/xadb/xid"
)

// BatchSize is how many prepared transactions Run asks for at a time.
const BatchSize = 1024

var (
	fpListReady      = failpoint.New("rec.commit_list_ready")
	fpBeforeCommit   = failpoint.New("rec.before_commit_by_xid")
	fpAfterCommit    = failpoint.New("rec.after_commit_by_xid")
	fpBeforeRollback = failpoint.New("rec.before_rollback_by_xid")
	fpAfterRollback  = failpoint.New("rec.after_rollback_by_xid")
	fpAfterRelist    = failpoint.New("rec.after_relist_prepared")
)

// An Engine is what Run decides about.
type Engine interface {
	// Recover fills list with prepared transactions and returns how many; a
	// full list says that there may be more, which the next call gives.
	Recover(list []xid.Prepared) int
	// CommitByXID commits a prepared transaction; at is where the log says so.
	CommitByXID(x xid.XID, at Pos) error
	// RollbackByXID undoes one; at is zero if the log is silent.
	RollbackByXID(x xid.XID, at Pos) error
	// SetPreparedInTC marks one as known to the log.
	SetPreparedInTC(x xid.XID, at Pos) error
}

// A Report counts what Run did.
type Report struct {
	Committed, RolledBack, Kept int
}

// A task is one verdict to carry out.
type task struct {
	p       xid.Prepared
	verdict Verdict
	at      Pos
	said    bool // the log says it
}

// Run decides every prepared transaction of the engine. It asks for batch
// transactions at first; BatchSize is the usual choice. It may be interrupted
// anywhere and run again.
func Run(ctx context.Context, e Engine, l *Log, batch int) (Report, error) {
	tasks := collect(e, l, batch)
	if err := l.allPrepared(tasks); err != nil {
		return Report{}, err
	}
	if err := fpListReady.Eval(); err != nil {
		return Report{}, err
	}
	inOrder(tasks)
	var rep Report
	for _, t := range tasks {
		if err := ctx.Err(); err != nil {
			return rep, err
		}
		if err := t.carryOut(e, &rep); err != nil {
			return rep, fmt.Errorf("recovery: %v %s: %w", t.verdict, t.p.XID, err)
		}
	}
	return rep, fpAfterRelist.Eval()
}

// collect asks for twice as many each time: an engine looks at all that it has
// for each answer, and may have very many.
func collect(e Engine, l *Log, batch int) []task {
	var tasks []task
	for list := make([]xid.Prepared, batch); ; list = make([]xid.Prepared, 2*len(list)) {
		n := e.Recover(list)
		for _, p := range list[:n] {
			t := l.judge(p)
			if mark, ok := l.mark(t); ok {
				tasks = append(tasks, mark)
			}
			tasks = append(tasks, t)
		}
		if n < len(list) {
			return tasks
		}
	}
}

func (l *Log) judge(p xid.Prepared) task {
	found, state, at := l.lookup(p)
	return task{p, Decide(p, found, state), at, found || state != NotFound}
}

// mark is what the engine is told of a branch first whose outcome follows: that
// the log has it. Or a copy of both logs that ends between the two would hold
// what was told later of other branches, but not this.
func (l *Log) mark(t task) (mark task, ok bool) {
	e := l.external[t.p.XID.Key()]
	if e == nil || e.state == PreparedInTC || e.prepared == (Pos{}) || t.p.InTC {
		return task{}, false
	}
	return task{p: t.p, verdict: markOnly, at: e.prepared, said: true}, true
}

// markOnly is no verdict: the branch's own comes behind it.
const markOnly Verdict = -1

// Preview is what Run would decide about these prepared transactions, in their
// order.
func Preview(prepared []xid.Prepared, l *Log) ([]Verdict, error) {
	tasks := make([]task, len(prepared))
	verdicts := make([]Verdict, len(prepared))
	for i, p := range prepared {
		tasks[i] = l.judge(p)
		verdicts[i] = tasks[i].verdict
	}
	return verdicts, l.allPrepared(tasks)
}

// allPrepared refuses a log that tells of transactions which the engine does
// not have: the engine's record precedes the log's, so durable bytes are gone
// (C3).
func (l *Log) allPrepared(tasks []task) error {
	have := make(map[string]bool, len(tasks))
	internal := make(map[uint64]bool, len(tasks))
	for _, t := range tasks {
		have[t.p.XID.Key()] = true
		if n, ok := t.p.XID.MyXID(); ok {
			internal[n] = true
		}
	}
	for n, at := range l.internal {
		if !internal[n] {
			return fmt.Errorf("%w: internal XID %d is committed at %v but was never prepared", ErrSequence, n, at)
		}
	}
	for key, e := range l.external {
		if !have[key] {
			return fmt.Errorf("%w: the branch told of at %v was never prepared", ErrSequence, e.at)
		}
	}
	return nil
}

// inOrder puts what the log says first, in its order.
func inOrder(tasks []task) {
	sort.SliceStable(tasks, func(i, j int) bool {
		a, b := &tasks[i], &tasks[j]
		if bug.On(bug.SecondCrashStrands) {
			a, b = b, a
		}
		if a.said != b.said {
			return a.said
		}
		return a.said && a.at.less(b.at)
	})
}

func (t task) carryOut(e Engine, rep *Report) error {
	switch t.verdict {
	case Commit:
		rep.Committed++
		return around(fpBeforeCommit, fpAfterCommit, func() error { return e.CommitByXID(t.p.XID, t.at) })
	case Rollback:
		rep.RolledBack++
		return around(fpBeforeRollback, fpAfterRollback, func() error { return e.RollbackByXID(t.p.XID, t.at) })
	}
	if t.verdict == Keep {
		rep.Kept++
	}
	if t.said {
		return e.SetPreparedInTC(t.p.XID, t.at)
	}
	return nil
}

func around(before, after *failpoint.Point, fn func() error) error {
	if err := before.Eval(); err != nil {
		return err
	}
	if err := fn(); err != nil {
		return err
	}
	return after.Eval()
}
