package engine

import (
	"fmt"
	"sort"
	"time"

	"github.com/xadb/xadb/internal/bug"
	"github.com/xadb/xadb/internal/failpoint"
	"github.com/xadb/xadb/xid"
)

var (
	fpByXIDLookup = failpoint.New("cbx.lookup")
	fpByXIDClaim  = failpoint.New("cbx.after_claim")
	fpRecoverCall = failpoint.New("recover_call.after_batch")
)

// Claim makes the caller the only one who may decide the prepared branch x;
// everybody else gets ErrUnknownXID from now on (I11).
func (e *Engine) Claim(x xid.XID) (*Txn, error) {
	if err := fpByXIDLookup.Eval(); err != nil {
		return nil, err
	}
	if err := e.failure(); err != nil {
		return nil, err
	}
	if e.ReadOnly() {
		return nil, ErrReadOnly
	}
	e.mu.Lock()
	b := e.mu.branches[x.Key()]
	if b == nil || b.txn == nil || b.txn.claimed {
		e.mu.Unlock()
		return nil, fmt.Errorf("%w: %s", ErrUnknownXID, x)
	}
	b.txn.claimed = !bug.On(bug.CommitByXIDTwice)
	e.mu.Unlock()
	if err := fpByXIDClaim.Eval(); err != nil {
		e.Unclaim(b.txn)
		return nil, err
	}
	return b.txn, nil
}

func (t *Txn) isPublished() bool {
	t.e.mu.Lock()
	defer t.e.mu.Unlock()
	return t.published
}

// Unclaim gives a branch back, still prepared.
func (e *Engine) Unclaim(t *Txn) {
	e.mu.Lock()
	defer e.mu.Unlock()
	t.claimed = false
}

// Binlogged reports whether the branch's outcome belongs in the coordinator's
// log.
func (t *Txn) Binlogged() bool { return t.flags&flagBinlogged != 0 }

// CommitByXID commits a prepared branch without a coordinator's log: the
// outcome is durable when it returns. ErrUnknownXID if there is no such branch.
func (e *Engine) CommitByXID(x xid.XID) error { return e.byXID(x, true) }

// RollbackByXID rolls a prepared branch back; otherwise as CommitByXID.
func (e *Engine) RollbackByXID(x xid.XID) error { return e.byXID(x, false) }

func (e *Engine) byXID(x xid.XID, commit bool) error {
	t, err := e.Claim(x)
	if err != nil {
		return err
	}
	return e.decideAlone(&Decision{Txn: t, Commit: commit}, true)
}

// DecideRecovered carries out what the coordinator's log says of a branch,
// with the place where it says so; zero if it is silent. The record need not
// be durable: until it is, the log beyond Floor says it again. Decisions with
// a place must come in the order of their places.
func (e *Engine) DecideRecovered(x xid.XID, commit bool, tc TCPos) error {
	t, err := e.Claim(x)
	if err != nil {
		return err
	}
	return e.decideAlone(&Decision{Txn: t, Commit: commit, TC: tc}, false)
}

// SetPreparedInTC notes that the coordinator's log has the branch's prepare,
// ending at tc. A branch that is marked already is left as it is.
func (e *Engine) SetPreparedInTC(x xid.XID, tc TCPos) error {
	e.mu.Lock()
	b := e.mu.branches[x.Key()]
	e.mu.Unlock()
	if b == nil || b.txn == nil {
		return fmt.Errorf("%w: %s", ErrUnknownXID, x)
	}
	if b.txn.inTC {
		return nil
	}
	return e.logInTC(b.txn, tc)
}

// Recover fills list with prepared branches, oldest first, and returns how
// many. A return of len(list) says that there may be more: the next call gives
// the rest. A shorter return ends the round, and the next call begins anew.
func (e *Engine) Recover(list []xid.Prepared) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	all := e.preparedLocked(func(t *Txn) bool { return !t.reported })
	for _, t := range all {
		if n == len(list) {
			t.reported = bug.On(bug.RecoverDropsNext)
			break
		}
		t.reported = true
		list[n] = t.describe()
		n++
	}
	if n < len(list) {
		for _, b := range e.mu.branches {
			if b.txn != nil {
				b.txn.reported = false
			}
		}
	}
	if fpRecoverCall.Eval() != nil {
		return 0
	}
	return n
}

// RecoverPreparedInTC calls fn for every client's branch that is known to be
// prepared in the coordinator's log.
func (e *Engine) RecoverPreparedInTC(fn func(xid.XID)) {
	e.mu.Lock()
	list := e.preparedLocked(func(t *Txn) bool { return t.inTC && t.flags&flagExternal != 0 })
	e.mu.Unlock()
	for _, t := range list {
		fn(*t.xid)
	}
}

// Prepared lists the branches of clients that wait for their outcome, oldest
// first; one that is just being decided is still among them. The list agrees
// with the rows that are visible (C14).
func (e *Engine) Prepared() []xid.Prepared {
	e.publishMu.RLock()
	defer e.publishMu.RUnlock()
	return e.preparedClients()
}

// preparedClients is Prepared. REQUIRES: publishMu, at least shared.
func (e *Engine) preparedClients() []xid.Prepared {
	e.mu.Lock()
	defer e.mu.Unlock()
	var list []xid.Prepared
	for _, t := range e.preparedLocked(func(t *Txn) bool { return t.published && t.flags&flagExternal != 0 }) {
		list = append(list, t.describe())
	}
	return list
}

// preparedLocked is the prepared branches that want accepts, by prepare LSN.
func (e *Engine) preparedLocked(want func(*Txn) bool) []*Txn {
	var list []*Txn
	for _, b := range e.mu.branches {
		if b.txn != nil && want(b.txn) {
			list = append(list, b.txn)
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].prepLSN < list[j].prepLSN })
	return list
}

func (t *Txn) describe() xid.Prepared {
	p := xid.Prepared{
		XID: *t.xid, Binlogged: t.flags&flagBinlogged != 0, InTC: t.inTC,
		PreparedAt: time.Unix(int64(t.preparedAt), 0).UTC(), Keys: t.set.keys(),
	}
	_, used := t.set.usedTables()
	for _, tbl := range used {
		p.Tables = append(p.Tables, tbl.name())
	}
	return p
}

// Detach ends a session's hold on a prepared branch: from then on it is
// decided by XID. A transaction that is not prepared is rolled back, as when a
// client disconnects.
func (e *Engine) Detach(t *Txn) error {
	if t.state == stateActive {
		return e.Rollback(t, true)
	}
	return nil
}
