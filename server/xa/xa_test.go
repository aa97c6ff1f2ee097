package xa

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"

	"github.com/xadb/xadb/xid"
)

// The scripts in testdata run statements against one session:
//
//	session             one statement a line; "table", "savepoint", "boundary",
//	                    "other" ask Allow; "error N" is a failed statement;
//	                    "lost" is work undone by the store; "failed" is an
//	                    action that failed
//	facts in=trx|locks  holds for the following statements of the block
//	prepared X          names what other sessions prepared
//
// and print action, error and the state after it.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var out strings.Builder
			run := &script{prepared: map[xid.XID]bool{}}
			for _, line := range strings.Split(d.Input, "\n") {
				fmt.Fprintln(&out, run.line(t, strings.TrimSpace(line)))
			}
			return out.String()
		})
	})
}

// What every branch sends four times is read without an allocation.
func TestParseAllocatesNothing(t *testing.T) {
	for _, sql := range []string{"XA START 'branch-1'", "xa prepare 'branch-1','b',7", "XA COMMIT 'branch-1' ONE PHASE"} {
		if n := testing.AllocsPerRun(100, func() {
			if _, err := Parse(sql, ""); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", sql, n)
		}
	}
}

type script struct {
	m        Machine
	facts    Facts
	prepared map[xid.XID]bool
}

func (r *script) line(t *testing.T, line string) string {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "in":
		r.facts = Facts{InTransaction: rest == "trx", TablesLocked: rest == "locks"}
		return line
	case "prepared":
		s, err := Parse("XA PREPARE "+rest, "")
		if err != nil {
			t.Fatal(err)
		}
		r.prepared[s.XID] = true
		return line
	case "error":
		n, err := strconv.Atoi(rest)
		if err != nil {
			t.Fatal(err)
		}
		r.m.StatementFailed(uint16(n))
		return r.result(line, ActNone, nil)
	case "lost":
		r.m.RolledBack()
		return r.result(line, ActNone, nil)
	case "failed":
		r.m.Reset()
		return r.result(line, ActNone, nil)
	case "table", "savepoint", "boundary", "other":
		classes := map[string]Class{"table": Table, "savepoint": Savepoint, "boundary": Boundary, "other": Other}
		return r.result(line, ActNone, r.m.Allow(classes[word]))
	}
	s, err := Parse(line, "")
	if err != nil {
		return r.result(line, ActNone, err)
	}
	f := r.facts
	f.Prepared = r.prepared[s.XID]
	act, err := r.m.Step(s, f)
	return r.result(line, act, err)
}

func (r *script) result(line string, act Action, err error) string {
	out := fmt.Sprintf("%s -> %s", line, r.m.State())
	if act != ActNone {
		out += ", " + actionNames[act]
	}
	if err != nil {
		out += ", " + err.Error()
	}
	return out
}

var actionNames = map[Action]string{
	ActBegin: "begin", ActPrepare: "prepare", ActCommitOnePhase: "commit", ActRollback: "rollback",
	ActCommitXID: "commit xid", ActRollbackXID: "rollback xid",
}

func TestParseXID(t *testing.T) {
	long := strings.Repeat("a", 64)
	tests := []struct{ in, want string }{
		{"'gt'", "X'6774',X'',1"},
		{`"gt","b"`, "X'6774',X'62',1"},
		{"X'6774',x'62',7", "X'6774',X'62',7"},
		{"0x6774 , 0x62 , 0x7", "X'6774',X'62',7"},
		{"b'0110011101110100'", "X'6774',X'',1"},
		{"'gt','',0", "X'6774',X'',0"},
		{"'gt','',2147483647", "X'6774',X'',2147483647"},
		{"'gt','',2147483648", "1064"},
		{"'gt','',-1", "1064"},
		{"'gt','',1.5", "1064"},
		{"'gt','b',08", "X'6774',X'62',8"},
		{"'gt',,1", "1064"},
		{"gt", "1064"},
		{"'a\\0b'", "X'610062',X'',1"},
		{"'" + long + "'", "X'" + strings.Repeat("61", 64) + "',X'',1"},
		{"'" + long + "a'", "1064"},
		{"'g','" + long + "a'", "1064"},
		{"''", "1398"},
		{"x'616'", "1064"},
		{"'open", "1064"},
		{"'gt' JOIN RESUME", "1064"},
	}
	for _, tt := range tests {
		s, err := Parse("xa start "+tt.in, "")
		got := ""
		if err != nil {
			got = strings.Fields(err.Error())[1]
		} else {
			got = s.XID.String()
		}
		if got != tt.want {
			t.Errorf("%s: got %s (%v), want %s", tt.in, got, err, tt.want)
		}
	}
}

// Whatever statements come in whatever order, a branch begins before it ends
// and ends once.
func TestEveryBranchEndsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var m Machine
		open := false
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if rapid.IntRange(0, 9).Draw(t, "failure") == 0 {
				m.StatementFailed(rapid.SampledFrom([]uint16{1205, 1213, 1062}).Draw(t, "code"))
			}
			s := drawStatement(t)
			before := m
			act, err := m.Step(s, Facts{Prepared: rapid.Bool().Draw(t, "prepared")})
			if err != nil && act == ActNone && m != before && m.State() != RollbackOnly {
				t.Fatalf("refused step changed %+v to %+v", before, m)
			}
			switch act {
			case ActBegin:
				if open {
					t.Fatal("began a branch inside another")
				}
				open = true
			case ActPrepare, ActCommitOnePhase, ActRollback:
				if !open || m.State() != NonExisting {
					t.Fatalf("ended nothing, or state is %v", m.State())
				}
				if act != ActRollback && before.rmErr != 0 {
					t.Fatal("kept the work of a branch that lost some")
				}
				open = false
			case ActCommitXID, ActRollbackXID:
				if open {
					t.Fatal("second phase inside a branch")
				}
			}
			if open != (m.State() != NonExisting) {
				t.Fatalf("open %v, state %v", open, m.State())
			}
		}
	})
}

func drawStatement(t *rapid.T) Statement {
	x, err := xid.New(1, []byte{rapid.SampledFrom([]byte("ab")).Draw(t, "gtrid")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	rare := func(name string) bool { return rapid.IntRange(0, 4).Draw(t, name) == 0 }
	return Statement{
		Verb: Verb(rapid.IntRange(int(Start), int(Recover)).Draw(t, "verb")), XID: x,
		Join: rare("join"), Resume: rare("resume"), Suspend: rare("suspend"), OnePhase: rapid.Bool().Draw(t, "one"),
	}
}

func FuzzXAStatement(f *testing.F) {
	for _, s := range []string{
		"XA START 'a','b',1", "XA END X'61' SUSPEND FOR MIGRATE", "XA RECOVER CONVERT XID",
		"xa commit 0x61,b'1' one phase;", "XA START 'a','b',99999999999999999999", "XA/*!BEGIN*/'a'",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		s, err := Parse(sql, "")
		if err != nil || s.Verb == Recover {
			return
		}
		if again, err := Parse("XA START "+s.XID.String(), ""); err != nil || again.XID != s.XID {
			t.Fatalf("%q: %s does not read back: %v", sql, s.XID, err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("XA PREPARE 'branch-12345'", ""); err != nil {
			b.Fatal(err)
		}
	}
}
