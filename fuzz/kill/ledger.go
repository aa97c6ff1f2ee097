package kill

import (
	"fmt"

	"github.com/xadb/xadb/xid"
)

// A fact is what a client knows of a transfer. Of the facts of one kind, the
// larger one tells more.
type fact uint8

const (
	begun fact = iota
	prepareCalled
	prepared // acknowledged
	rollbackCalled
	commitCalled
	rolledBack // acknowledged, or known to have failed
	committed  // acknowledged
)

// A note is one line of a client's own list.
type note struct {
	t    *transfer
	fact fact
}

// An entry is what all clients together know of a transfer.
type entry struct {
	*transfer
	prepare fact // begun, prepareCalled, prepared
	outcome fact // begun, rollbackCalled, commitCalled, rolledBack, committed
}

// A ledger holds all transfers of a store and what became of them.
type ledger struct {
	entries map[int64]*entry
	open    map[int64]*entry // whose outcome is not settled
}

func newLedger() *ledger { return &ledger{map[int64]*entry{}, map[int64]*entry{}} }

// add takes the list that a client kept.
func (l *ledger) add(notes []note) {
	for _, n := range notes {
		e := l.entries[n.t.id]
		if e == nil {
			e = &entry{transfer: n.t}
			l.entries[n.t.id] = e
			l.open[n.t.id] = e
		}
		if n.fact == prepareCalled || n.fact == prepared {
			e.prepare = max(e.prepare, n.fact)
		} else {
			e.outcome = max(e.outcome, n.fact)
		}
	}
}

// judge compares what the server shows of one transfer with what it may be,
// and returns what is wrong, or "".
func (e *entry) judge(present, listed bool) string {
	may := func(ok bool, what string) string {
		if ok {
			return ""
		}
		return fmt.Sprintf("transfer %d (%s): %s; it is present=%t, listed by XA RECOVER=%t", e.id, e.branchName(), what, present, listed)
	}
	if present && listed {
		return may(false, "a prepared branch is visible (K2)")
	}
	if listed && e.prepare == begun {
		return may(false, "nobody called its prepare (K2)")
	}
	switch e.outcome {
	case committed:
		return may(present, "its commit was acknowledged (K1)")
	case rolledBack:
		return may(!present && !listed, "its rollback was acknowledged (K3)")
	case commitCalled:
		// A branch that was prepared keeps its promise until the outcome.
		return may(e.prepare != prepared || present || listed, "its prepare was acknowledged and its commit called (K2)")
	case rollbackCalled:
		return may(!present, "its rollback was called (K3)")
	}
	switch e.prepare {
	case prepared:
		return may(listed, "its prepare was acknowledged (K2)")
	case prepareCalled:
		return may(!present, "its commit was never called (K3)")
	}
	return may(!present, "nobody called its commit or its prepare (K3)")
}

func (e *entry) branchName() string {
	if e.branch == (xid.XID{}) {
		return "plain"
	}
	return "branch " + e.branch.String()
}

// settle remembers what a check has seen, which holds for good (K7).
func (l *ledger) settle(e *entry, present, listed bool) {
	switch {
	case listed:
		e.prepare, e.outcome = prepared, begun
		return
	case present:
		e.outcome = committed
	default:
		e.outcome = rolledBack
	}
	delete(l.open, e.id)
}

// expected is the bank with every transfer that is committed.
func (l *ledger) expected() tables {
	t := start()
	for _, e := range l.entries {
		if e.outcome == committed {
			e.apply(t)
		}
	}
	return t
}
