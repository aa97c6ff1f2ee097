package kill

import (
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/xadb/xadb/xid"
)

// build makes the command once for a test.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "xadb")
	if out, err := exec.Command("go", "build", "-o", binary, "../../cmd/xadb").CombinedOutput(); err != nil {
		t.Fatalf("building the command: %v\n%s", err, out)
	}
	return binary
}

// TestRounds kills a real server at random moments, at failpoints under
// traffic and in recovery.
func TestRounds(t *testing.T) {
	const rounds = 6
	seed := uint64(time.Now().UnixNano())
	rep, err := Run(t.Context(), Options{Rounds: rounds, Seed: seed, Binary: build(t), Dir: t.TempDir(), Out: t.Output()})
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	for _, what := range rep.Violations {
		t.Errorf("seed %d: %s", seed, what)
	}
	if rep.Rounds != rounds || rep.Acks < rounds*50 || rep.Recoveries < rounds {
		t.Errorf("%+v", rep)
	}
	t.Logf("%d failpoints not passed: %v", len(rep.Unreached), rep.Unreached)
}

// TestJudge is the table of what a check may see of a transfer.
func TestJudge(t *testing.T) {
	x, err := xid.New(1, []byte("g"), nil)
	if err != nil {
		t.Fatal(err)
	}
	const absent, present, listed = "absent", "present", "listed"
	for _, test := range []struct {
		prepare, outcome fact
		may              []string
	}{
		{begun, begun, []string{absent}},
		{begun, commitCalled, []string{absent, present}},
		{begun, committed, []string{present}},
		{begun, rollbackCalled, []string{absent}},
		{begun, rolledBack, []string{absent}},
		{prepareCalled, begun, []string{absent, listed}},
		{prepared, begun, []string{listed}},
		{prepared, commitCalled, []string{present, listed}},
		{prepared, committed, []string{present}},
		{prepared, rollbackCalled, []string{absent, listed}},
		{prepared, rolledBack, []string{absent}},
	} {
		for _, seen := range []string{absent, present, listed, "both"} {
			e := &entry{&transfer{branch: x}, test.prepare, test.outcome}
			what := e.judge(seen == present || seen == "both", seen == listed || seen == "both")
			if ok := what == ""; ok != slices.Contains(test.may, seen) {
				t.Errorf("prepare %d, outcome %d, %s: %q", test.prepare, test.outcome, seen, what)
			}
		}
	}
}

func TestLedgerSettles(t *testing.T) {
	l := newLedger()
	one := &transfer{id: 1, src: makeAccount(0, 1), dst: makeAccount(1, 2), amount: 5}
	l.add([]note{{one, begun}, {one, prepareCalled}})
	l.add([]note{{one, commitCalled}, {one, prepared}})
	e := l.open[1]
	if e == nil || e.prepare != prepared || e.outcome != commitCalled {
		t.Fatalf("%+v", e)
	}
	l.settle(e, false, true)
	if l.open[1] == nil || e.outcome != begun {
		t.Errorf("a listed branch is settled: %+v", e)
	}
	l.settle(e, true, false)
	if l.open[1] != nil || e.judge(false, false) == "" {
		t.Errorf("a visible transfer may vanish: %+v", e)
	}
	want := start()
	want[accountTables[0]][1][1], want[accountTables[1]][2][1] = firstBalance-5, firstBalance+5
	want[historyTable][1] = []int64{1, 1, 102, 5}
	if what := diff(want, l.expected()); what != "" {
		t.Error(what)
	}
}

// TestReplayRefuses feeds the binlog's reader what no sound binlog holds.
func TestReplayRefuses(t *testing.T) {
	query := func(text string) *replication.BinlogEvent {
		return &replication.BinlogEvent{Header: &replication.EventHeader{EventType: replication.QUERY_EVENT}, Event: &replication.QueryEvent{Query: []byte(text)}}
	}
	event := func(kind replication.EventType, e replication.Event) *replication.BinlogEvent {
		return &replication.BinlogEvent{Header: &replication.EventHeader{EventType: kind}, Event: e}
	}
	rows := func(kind replication.EventType, values ...[]any) *replication.BinlogEvent {
		table := &replication.TableMapEvent{Schema: []byte("bank"), Table: []byte("t")}
		return event(kind, &replication.RowsEvent{Table: table, Rows: values})
	}
	commit := event(replication.XID_EVENT, &replication.XIDEvent{})
	prepare := event(replication.XA_PREPARE_LOG_EVENT, &replication.GenericEvent{})
	insert := rows(replication.WRITE_ROWS_EVENTv2, []any{int32(1), int64(10)})
	update := rows(replication.UPDATE_ROWS_EVENTv2, []any{int32(1), int64(10)}, []any{int32(1), int64(11)})
	create := query("CREATE TABLE bank.t (id INT)")
	for name, test := range map[string]struct {
		events []*replication.BinlogEvent
		ok     bool
	}{
		"commit":             {[]*replication.BinlogEvent{create, query("BEGIN"), insert, commit, query("BEGIN"), update, commit}, true},
		"branch":             {[]*replication.BinlogEvent{create, query("XA START X'61',X'',1"), insert, query("XA END X'61',X'',1"), prepare, query("XA COMMIT X'61',X'',1")}, true},
		"update of no row":   {[]*replication.BinlogEvent{create, query("BEGIN"), update, commit}, false},
		"insert twice":       {[]*replication.BinlogEvent{create, query("BEGIN"), insert, insert, commit}, false},
		"unknown table":      {[]*replication.BinlogEvent{query("BEGIN"), insert, commit}, false},
		"rows outside":       {[]*replication.BinlogEvent{create, insert}, false},
		"commit outside":     {[]*replication.BinlogEvent{commit}, false},
		"begin twice":        {[]*replication.BinlogEvent{query("BEGIN"), query("BEGIN")}, false},
		"unknown branch":     {[]*replication.BinlogEvent{query("XA COMMIT X'61',X'',1")}, false},
		"another end":        {[]*replication.BinlogEvent{query("XA START X'61',X'',1"), query("XA END X'62',X'',1")}, false},
		"prepare outside":    {[]*replication.BinlogEvent{prepare}, false},
		"commit of a branch": {[]*replication.BinlogEvent{query("XA START X'61',X'',1"), commit}, false},
		"statement":          {[]*replication.BinlogEvent{query("DROP TABLE bank.t")}, false},
	} {
		r := newReplay()
		var err error
		for _, ev := range test.events {
			if err == nil {
				err = r.event(ev)
			}
		}
		if (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRunRefuses: a program that is no server, and a run without a round.
func TestRunRefuses(t *testing.T) {
	for _, binary := range []string{"/bin/false", "/nowhere/xadb"} {
		if rep, err := Run(t.Context(), Options{Rounds: 1, Binary: binary, Dir: t.TempDir()}); err == nil {
			t.Errorf("%s: %+v", binary, rep)
		}
	}
	r := runner{plans: [2]*plan{{}, {}}}
	if err := r.verdict(); err == nil {
		t.Error("a run in which nothing happened is no error")
	}
	r.Report = Report{Rounds: longRun, Acks: 1, Crashes: 1, Recoveries: 1}
	r.plans[0].all = []string{"a", "b", "c"}
	if r.Points = map[string]int{"a": 1}; r.verdict() == nil {
		t.Error("a long run that killed at a third of the failpoints is no error")
	}
	if r.Points["b"] = 1; r.verdict() != nil {
		t.Error("half of the failpoints are not enough")
	}
}
