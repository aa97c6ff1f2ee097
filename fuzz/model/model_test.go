package model

import (
	"strings"
	"testing"
)

// clock counts disk operations by hand.
type clock struct{ n int }

func (c *clock) now() int { return c.n }

var name = XID{Format: 1, Gtrid: []byte("g"), Bqual: []byte("b")}

func text1(s string) *string { return &s }

// branch is a transaction under a name that writes one row.
func branch(id int) *Txn {
	return &Txn{
		ID: id, XID: &XID{Format: name.Format, Gtrid: name.Gtrid, Bqual: name.Bqual},
		Writes: []Write{{Table: 0, Key: "k", Value: "v"}},
		Rows:   []Row{{Table: 0, Key: "k", After: text1("v")}},
	}
}

// TestAt is the rule of the package comment, at each crash point.
func TestAt(t *testing.T) {
	c := &clock{}
	h := NewHistory(nil, c.now)
	s := h.Begin(branch(0))
	c.n = 10
	prepared := h.Call(s, Prepare)
	c.n = 12
	prepared(Done)
	c.n = 20
	committed := h.Call(s, CommitXID)
	c.n = 22
	committed(Done)
	for k, want := range map[int]Mask{
		9: Absent, 10: Absent, 11: Absent | Prepared, 12: Prepared, 20: Prepared,
		21: Prepared | Committed, 22: Committed, 99: Committed,
	} {
		e := h.At(k)
		if got := e.States[0].Mask; got != want {
			t.Errorf("crash after %d: %v, want %v", k, got, want)
		}
		if there := e.Tables[0]["k"] == "v"; there != (want == Committed) {
			t.Errorf("crash after %d: row there: %t", k, there)
		}
	}
	if h.Stage(20) != h.Stage(12) || h.Stage(21) == h.Stage(20) {
		t.Error("stages do not follow the expectation")
	}
}

// TestResults: an error that leaves the outcome open is no answer, one that
// does not is "no"; what a recovery shows is certain.
func TestResults(t *testing.T) {
	for result, want := range map[Result]Mask{Done: Committed, Refused: Absent, Unknown: Absent | Committed} {
		h := NewHistory(nil, (&clock{}).now)
		s := h.Begin(&Txn{Writes: []Write{{Key: "k", Value: "v"}}})
		h.Call(s, Commit)(result)
		if got := h.Now().States[0].Mask; got != want {
			t.Errorf("result %d: %v, want %v", result, got, want)
		}
		if result == Unknown {
			h.Observe([]Mask{Absent})
			if got := h.Now().States[0].Mask; got != Absent {
				t.Errorf("seen absent, and it is %v", got)
			}
		}
	}
}

// after is a history with one branch in a state.
func after(verbs ...Verb) *Expectation {
	h := NewHistory(nil, (&clock{}).now)
	s := h.Begin(branch(0))
	for _, v := range verbs {
		h.Call(s, v)(Done)
	}
	return h.Now()
}

// TestCheck feeds the oracle stores that are wrong in one thing each.
func TestCheck(t *testing.T) {
	listed := func(x XID, tables ...string) []Branch { return []Branch{{x, tables}} }
	with := func(v string) Tables {
		t := NewTables()
		t[0]["k"] = v
		return t
	}
	other := XID{Format: -2, Gtrid: name.Gtrid, Bqual: name.Bqual}
	moved := XID{Format: 1, Gtrid: []byte("gb")}
	for _, c := range []struct {
		what     string
		verbs    []Verb
		branches []Branch
		tables   Tables
		wrong    string // part of the complaint; "" if all is right
	}{
		{"prepared", []Verb{Prepare}, listed(name, "d.t0"), NewTables(), ""},
		{"not listed", []Verb{Prepare}, nil, NewTables(), "is not listed"},
		{"other format", []Verb{Prepare}, listed(other, "d.t0"), NewTables(), "is not listed"},
		{"other boundary", []Verb{Prepare}, listed(moved, "d.t0"), NewTables(), "is not listed"},
		{"twice", []Verb{Prepare}, append(listed(name, "d.t0"), listed(name, "d.t0")...), NewTables(), "is listed, but"},
		{"no tables", []Verb{Prepare}, listed(name), NewTables(), "is listed with tables"},
		{"dirty", []Verb{Prepare}, listed(name, "d.t0"), with("v"), "want absent"},
		{"committed", []Verb{Prepare, CommitXID}, nil, with("v"), ""},
		{"lost", []Verb{Prepare, CommitXID}, nil, NewTables(), "want \"v\""},
		{"other value", []Verb{Prepare, CommitXID}, nil, with("w"), "want \"v\""},
		{"back again", []Verb{Prepare, CommitXID}, listed(name, "d.t0"), with("v"), "must be committed"},
		{"rolled back", []Verb{Prepare, RollbackXID}, nil, NewTables(), ""},
		{"reborn", []Verb{Prepare, RollbackXID}, nil, with("v"), "want absent"},
		{"invented", nil, listed(other), NewTables(), "nobody prepared"},
	} {
		_, err := after(c.verbs...).Check(&Observation{Branches: c.branches, Tables: c.tables})
		if (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%s: %v, want %q", c.what, err, c.wrong)
		}
	}
}

// TestHalf: of a transaction in flight all rows are there, or none.
func TestHalf(t *testing.T) {
	h := NewHistory(nil, (&clock{}).now)
	s := h.Begin(&Txn{Writes: []Write{{Table: 0, Key: "a", Value: "1"}, {Table: 1, Key: "b", Value: "2"}}})
	h.Call(s, Commit)(Unknown)
	for _, c := range []struct {
		a, b string
		ok   bool
	}{{"", "", true}, {"1", "2", true}, {"1", "", false}, {"", "2", false}} {
		o := &Observation{Tables: NewTables()}
		if c.a != "" {
			o.Tables[0]["a"] = c.a
		}
		if c.b != "" {
			o.Tables[1]["b"] = c.b
		}
		if _, err := h.Now().Check(o); (err == nil) != c.ok {
			t.Errorf("a=%q b=%q: %v", c.a, c.b, err)
		}
	}
}

// TestCheckBinlog: the log and the outcomes must say the same.
func TestCheckBinlog(t *testing.T) {
	rows := branch(0).Rows
	x := name
	prepare, commit, rollback := Group{Kind: GroupPrepare, XID: &x, Rows: rows}, Group{Kind: GroupXACommit, XID: &x}, Group{Kind: GroupRollback, XID: &x}
	for _, c := range []struct {
		what   string
		verbs  []Verb
		groups []Group
		seen   Mask
		ok     bool
	}{
		{"prepared", []Verb{Prepare}, []Group{prepare}, Prepared, true},
		{"not in the log", []Verb{Prepare}, nil, Prepared, false},
		{"committed", []Verb{Prepare, CommitXID}, []Group{prepare, commit}, Committed, true},
		{"commit missing", []Verb{Prepare, CommitXID}, []Group{prepare}, Committed, false},
		{"wrong way", []Verb{Prepare, CommitXID}, []Group{prepare, rollback}, Committed, false},
		{"commit alone", []Verb{Prepare, CommitXID}, []Group{commit}, Committed, false},
		{"twice", []Verb{Prepare, CommitXID}, []Group{prepare, commit, commit}, Committed, false},
		{"rolled back", []Verb{Prepare, RollbackXID}, []Group{prepare, rollback}, Absent, true},
		{"nothing", nil, []Group{prepare}, Absent, false},
		{"other rows", []Verb{Prepare}, []Group{{Kind: GroupPrepare, XID: &x}}, Prepared, false},
	} {
		if err := after(c.verbs...).CheckBinlog(c.groups, []Mask{c.seen}); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

// TestReplay: a prepared branch's rows count when it is committed, and rows
// must be as the log says they were.
func TestReplay(t *testing.T) {
	x := name
	rows := branch(0).Rows
	got, err := Replay([]Group{{Kind: GroupPrepare, XID: &x, Rows: rows}})
	if err != nil || len(got[0]) != 0 {
		t.Errorf("prepared: %v %v", got, err)
	}
	got, err = Replay([]Group{{Kind: GroupPrepare, XID: &x, Rows: rows}, {Kind: GroupXACommit, XID: &x}})
	if err != nil || got[0]["k"] != "v" {
		t.Errorf("committed: %v %v", got, err)
	}
	if _, err = Replay([]Group{{Kind: GroupCommit, Rows: rows}, {Kind: GroupCommit, Rows: rows}}); err == nil {
		t.Error("a row was inserted twice")
	}
}

func TestParseXID(t *testing.T) {
	if x, err := parseXID("X'6700',X'',-2"); err != nil || !x.Same(XID{Format: -2, Gtrid: []byte("g\x00")}) {
		t.Errorf("%v %v", x, err)
	}
	for _, s := range []string{"", "X'67',X''", "67,X'',1", "X'6',X'',1", "X'67',X'',x", "X'67,X'',1"} {
		if _, err := parseXID(s); err == nil {
			t.Errorf("%q was accepted", s)
		}
	}
}
