// Package recovery decides, after a crash, what becomes of every prepared
// transaction: commit, roll back, or keep for its owner to decide.
//
// # The rule
//
// The coordinator's log (the binlog) is read from the place up to which the
// engine knows it; Log collects what it says beyond. Then:
//
//	prepared by            the log says              becomes
//	the server (internal)  its XID is there          committed
//	                       nothing                   rolled back
//	a client, binlogged    XA COMMIT                 committed
//	                       XA ROLLBACK               rolled back
//	                       XA PREPARE                kept
//	                       nothing, engine marked    kept
//	                       nothing, not marked       rolled back
//	a client, otherwise    not consulted             kept
//
// A client's branch that is prepared in the engine alone was never
// acknowledged: the engine's record precedes the log's event, and the
// acknowledgement follows it. A branch that is not binlogged (no writes, or no
// binlog at all) was acknowledged on the engine's record alone, so only that
// record counts (C4).
//
// # Order
//
// Whatever the log says is carried out in the order in which the log says it.
// The engine may lose a tail of what it is told; what it keeps is then again a
// prefix, and the next recovery finds the rest beyond it (I13). That a branch is
// prepared is told even if its outcome follows, so any prefix of the log has a
// prefix of what was told.
package recovery

import "github.com/xadb/xadb/xid"

// A Verdict is what becomes of one prepared transaction.
type Verdict int

// The verdicts.
const (
	Keep Verdict = iota // stays prepared and is listed
	Commit
	Rollback
)

// String names the verdict.
func (v Verdict) String() string {
	switch v {
	case Commit:
		return "commit"
	case Rollback:
		return "rollback"
	}
	return "keep"
}

// A State is the last thing the log says of a client's branch.
type State int

// The states.
const (
	NotFound State = iota
	PreparedInTC
	Committed
	RolledBack
)

// Decide is the whole rule. Found says that the log has an internal XID,
// state what it says of a client's; the one that does not apply is ignored.
func Decide(p xid.Prepared, found bool, state State) Verdict {
	if _, internal := p.XID.MyXID(); internal {
		if found {
			return Commit
		}
		return Rollback
	}
	if !p.Binlogged {
		return Keep
	}
	switch {
	case state == Committed:
		return Commit
	case state == RolledBack:
		return Rollback
	case state == PreparedInTC, p.InTC:
		return Keep
	}
	return Rollback
}
