package model

import (
	"fmt"
	"slices"
)

// CheckBinlog compares the groups in the binary log with what has become of
// each transaction, as Check returned it: a group for each outcome, none for
// what did not happen, the same rows, and in an order that can have been.
func (e *Expectation) CheckBinlog(groups []Group, seen []Mask) error {
	found := make([]map[Kind]int, len(e.States)) // place of the group, from 1
	for i := range found {
		found[i] = map[Kind]int{}
	}
	branches := map[string]int{} // prepared so far, by name
	for n, g := range groups {
		i, err := e.owner(g, seen, found, branches)
		if err != nil {
			return fmt.Errorf("binary log at %s: %w", g.at, err)
		}
		found[i][g.Kind] = n + 1
	}
	for i := range e.States {
		if err := e.States[i].checkGroups(found[i], seen[i]); err != nil {
			return err
		}
	}
	return e.checkOrder(groups, found)
}

// owner finds the transaction that a group belongs to. Several may have changed
// the same rows in the same way: the first one that should be there is it.
func (e *Expectation) owner(g Group, seen []Mask, found []map[Kind]int, branches map[string]int) (int, error) {
	if g.Kind == GroupXACommit || g.Kind == GroupRollback {
		i, open := branches[g.XID.String()]
		if !open {
			return 0, fmt.Errorf("%s of branch %s, which is not prepared there", g.Kind, g.XID)
		}
		delete(branches, g.XID.String())
		return i, nil
	}
	owner := -1
	for i := range e.States {
		s := &e.States[i]
		if found[i][g.Kind] != 0 || !s.Txn.wrote(g) {
			continue
		}
		if s.Named || seen[i]&(Prepared|Committed) != 0 {
			owner = i
			break
		}
		owner = max(owner, i)
	}
	if owner < 0 {
		return 0, fmt.Errorf("%s of branch %v with %d rows belongs to no transaction", g.Kind, g.XID, len(g.Rows))
	}
	if g.Kind == GroupPrepare {
		if _, open := branches[g.XID.String()]; open {
			return 0, fmt.Errorf("branch %s is prepared there twice", g.XID)
		}
		branches[g.XID.String()] = owner
	}
	return owner, nil
}

// wrote reports whether the group has the transaction's name and rows.
func (t *Txn) wrote(g Group) bool {
	sameName := t.XID == nil && g.XID == nil || t.XID != nil && g.XID != nil && t.XID.Same(*g.XID)
	return sameName && slices.EqualFunc(t.Rows, g.Rows, Row.equal)
}

// checkGroups compares the groups of one transaction with its outcome.
func (s *State) checkGroups(found map[Kind]int, seen Mask) error {
	t := s.Txn
	if len(t.Rows) == 0 {
		if len(found) != 0 {
			return fmt.Errorf("%s is in the binary log and has no rows there", t.name())
		}
		return nil
	}
	prepared, committed, rolled := found[GroupPrepare] != 0, found[GroupXACommit] != 0, found[GroupRollback] != 0
	var is Mask
	switch {
	case t.XID == nil && found[GroupCommit] != 0:
		is = Committed
	case t.XID == nil, !prepared && !s.Named, rolled:
		is = Absent
	case !prepared:
		return fmt.Errorf("%s was prepared, but not in the binary log", t.name())
	case committed:
		is = Committed
	default:
		is = Prepared
	}
	if is&seen == 0 {
		return fmt.Errorf("%s is %v in the tables and %v in the binary log", t.name(), seen, is)
	}
	return nil
}

// checkOrder: whatever returned before something else was called precedes it.
func (e *Expectation) checkOrder(groups []Group, found []map[Kind]int) error {
	type span struct{ call, ret, state int }
	spans := make([]span, len(groups))
	for i := range e.States {
		s := &e.States[i]
		for kind, at := range found[i] {
			spans[at-1] = span{s.EndCall, s.EndReturn, i}
			if kind == GroupPrepare {
				spans[at-1] = span{s.PrepareCall, s.PrepareReturn, i}
			}
		}
	}
	latest := span{}
	for n, s := range spans {
		if s.ret != 0 && s.ret < latest.call {
			return fmt.Errorf("binary log at %s: %s comes behind %s, which was called after it had returned",
				groups[n].at, e.States[s.state].Txn.name(), e.States[latest.state].Txn.name())
		}
		if s.call > latest.call {
			latest = s
		}
	}
	return nil
}

// Replay applies the groups to empty tables, as a replica would, and returns
// them. A row that is not as the log says it was is an error.
func Replay(groups []Group) (Tables, error) {
	t := NewTables()
	waiting := map[string][]Row{}
	for _, g := range groups {
		rows := g.Rows
		switch g.Kind {
		case GroupPrepare:
			waiting[g.XID.String()] = rows
			continue
		case GroupXACommit:
			rows = waiting[g.XID.String()]
		case GroupRollback:
			rows = nil
		}
		for _, r := range rows {
			was, there := t[r.Table][r.Key]
			if there != (r.Before != nil) || there && was != *r.Before {
				return t, fmt.Errorf("replaying the binary log at %s: row %s of %s is %s", g.at, r.Key, TableName(r.Table), show(was, there))
			}
			if r.After == nil {
				delete(t[r.Table], r.Key)
			} else {
				t[r.Table][r.Key] = *r.After
			}
		}
	}
	return t, nil
}
