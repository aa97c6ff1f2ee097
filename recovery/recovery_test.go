package recovery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/xadb/xadb/xid"
)

func branch(n int) xid.XID {
	x, err := xid.New(1, []byte("g"), []byte(fmt.Sprint(n)))
	if err != nil {
		panic(err)
	}
	return x
}

// TestDecide is the table of the package comment, every row of it.
func TestDecide(t *testing.T) {
	own, client := xid.Internal(1, 9), branch(1)
	for _, r := range []struct {
		p     xid.Prepared
		found bool
		state State
		want  Verdict
	}{
		{xid.Prepared{XID: own, Binlogged: true}, true, NotFound, Commit},
		{xid.Prepared{XID: own, Binlogged: true}, false, NotFound, Rollback},
		{xid.Prepared{XID: client, Binlogged: true}, false, Committed, Commit},
		{xid.Prepared{XID: client, Binlogged: true, InTC: true}, false, Committed, Commit},
		{xid.Prepared{XID: client, Binlogged: true, InTC: true}, false, RolledBack, Rollback},
		{xid.Prepared{XID: client, Binlogged: true}, false, PreparedInTC, Keep},
		{xid.Prepared{XID: client, Binlogged: true, InTC: true}, false, NotFound, Keep},
		{xid.Prepared{XID: client, Binlogged: true}, false, NotFound, Rollback},
		{xid.Prepared{XID: client}, false, NotFound, Keep},
	} {
		if got := Decide(r.p, r.found, r.state); got != r.want {
			t.Errorf("%+v found=%v state=%d: %v, want %v", r.p, r.found, r.state, got, r.want)
		}
	}
}

func TestImpossibleSequences(t *testing.T) {
	at := func(n uint64) Pos { return Pos{File: 1, Offset: n} }
	for name, tell := range map[string]func(*Log) error{
		"internal twice": func(l *Log) error { return errors.Join(l.Internal(1, at(1)), l.Internal(1, at(2))) },
		"prepared twice": func(l *Log) error { return errors.Join(l.Prepared(branch(1), at(1)), l.Prepared(branch(1), at(2))) },
		"finished twice": func(l *Log) error {
			return errors.Join(l.Finished(branch(1), true, at(1)), l.Finished(branch(1), true, at(2)))
		},
		"prepare is gone":  func(l *Log) error { return run(l, l.Internal(7, at(1))) },
		"branch is gone":   func(l *Log) error { return run(l, l.Finished(branch(1), true, at(1))) },
		"prepared is gone": func(l *Log) error { return run(l, l.Prepared(branch(1), at(1))) },
	} {
		if err := tell(NewLog()); !errors.Is(err, ErrSequence) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestMarkedBeforeDecided: what the engine is told is in the log's order, that a
// branch is prepared included, even if its outcome is known already. A restore
// to a moment between the two cuts what was told there.
func TestMarkedBeforeDecided(t *testing.T) {
	at := func(n uint64) Pos { return Pos{File: 1, Offset: n} }
	l := NewLog()
	if err := errors.Join(l.Prepared(branch(1), at(1)), l.Finished(branch(2), true, at(2)), l.Finished(branch(1), false, at(3))); err != nil {
		t.Fatal(err)
	}
	e := &fakeEngine{prepared: []xid.Prepared{{XID: branch(1), Binlogged: true}, {XID: branch(2), Binlogged: true, InTC: true}}}
	rep, err := Run(context.Background(), e, l, 4)
	want := []string{"keep " + branch(1).String(), "commit " + branch(2).String(), "rollback " + branch(1).String()}
	if err != nil || !slices.Equal(e.told, want) || !slices.Equal(e.at, []Pos{at(1), at(2), at(3)}) {
		t.Fatalf("told %v at %v, want %v; %v", e.told, e.at, want, err)
	}
	if rep != (Report{Committed: 1, RolledBack: 1}) {
		t.Errorf("%+v", rep)
	}
}

func run(l *Log, told error) error {
	if told != nil {
		return told
	}
	_, err := Run(context.Background(), &fakeEngine{}, l, 2)
	return err
}

// A fakeEngine keeps prepared transactions and a log of what it was told; a
// crash keeps a prefix of that log.
type fakeEngine struct {
	prepared []xid.Prepared
	cursor   int
	told     []string
	at       []Pos // of each entry in told
	fail     int   // this many calls from now one fails; 0 never
	asked    int   // calls of Recover
}

var errCrash = errors.New("crash")

func (f *fakeEngine) Recover(list []xid.Prepared) int {
	f.asked++
	n := copy(list, f.prepared[f.cursor:])
	f.cursor += n
	if n < len(list) {
		f.cursor = 0
	}
	return n
}

func (f *fakeEngine) note(word string, x xid.XID, at Pos, remove bool) error {
	if f.fail--; f.fail == 0 {
		return errCrash
	}
	i := slices.IndexFunc(f.prepared, func(p xid.Prepared) bool { return p.XID == x })
	if i < 0 {
		return errors.New("unknown XID")
	}
	if remove {
		f.prepared = slices.Delete(f.prepared, i, i+1)
	} else {
		f.prepared[i].InTC = true
	}
	f.told, f.at = append(f.told, word+" "+x.String()), append(f.at, at)
	return nil
}

func (f *fakeEngine) CommitByXID(x xid.XID, at Pos) error     { return f.note("commit", x, at, true) }
func (f *fakeEngine) RollbackByXID(x xid.XID, at Pos) error   { return f.note("rollback", x, at, true) }
func (f *fakeEngine) SetPreparedInTC(x xid.XID, at Pos) error { return f.note("keep", x, at, false) }

// said is what the coordinator's log tells, in its order.
type said struct {
	word string // commit, rollback, prepared
	x    xid.XID
	at   Pos
}

// TestI13_CrashInRecovery: recovery is interrupted at any call, again and
// again; the engine forgets any tail of what it was told. The end is the same,
// and what survives is always a prefix of the coordinator's order.
func TestI13_CrashInRecovery(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all, log := drawStore(t)
		want := slices.Clone(all)
		final := &fakeEngine{prepared: want}
		mustRun(t, final, log)

		live := slices.Clone(all)
		var floor Pos
		for range rapid.IntRange(0, 4).Draw(t, "crashes") {
			e := &fakeEngine{prepared: slices.Clone(live), fail: rapid.IntRange(1, len(all)+2).Draw(t, "fail")}
			_, err := Run(context.Background(), e, beyond(log, floor), rapid.IntRange(1, 4).Draw(t, "batch"))
			if err != nil && !errors.Is(err, errCrash) {
				t.Fatal(err)
			}
			kept := rapid.IntRange(0, len(e.told)).Draw(t, "kept")
			live, floor = replayPrefix(live, e, kept, floor)
		}
		e := &fakeEngine{prepared: live}
		mustRunFrom(t, e, log, floor)
		if got, want := names(e.prepared), names(final.prepared); !slices.Equal(got, want) {
			t.Fatalf("left prepared %v, want %v", got, want)
		}
	})
}

func drawStore(t *rapid.T) (all []xid.Prepared, log []said) {
	for i := range rapid.IntRange(1, 8).Draw(t, "branches") {
		p := xid.Prepared{XID: branch(i), Binlogged: rapid.Bool().Draw(t, "binlogged")}
		word := rapid.SampledFrom([]string{"", "commit", "rollback", "prepared"}).Draw(t, "word")
		if rapid.Bool().Draw(t, "internal") {
			p = xid.Prepared{XID: xid.Internal(1, uint64(i+1)), Binlogged: true}
			if word != "" {
				word = "commit"
			}
		} else if !p.Binlogged {
			word = ""
		}
		all = append(all, p)
		if word != "" {
			log = append(log, said{word: word, x: p.XID})
		}
	}
	log = rapid.Permutation(log).Draw(t, "order")
	for i := range log {
		log[i].at = Pos{File: 1 + uint32(i/3), Offset: uint64(i)}
	}
	return all, log
}

// beyond is the Log of what lies behind floor.
func beyond(log []said, floor Pos) *Log {
	l := NewLog()
	for _, s := range log {
		if !floor.less(s.at) {
			continue
		}
		switch n, internal := s.x.MyXID(); {
		case internal:
			_ = l.Internal(n, s.at)
		case s.word == "prepared":
			_ = l.Prepared(s.x, s.at)
		default:
			_ = l.Finished(s.x, s.word == "commit", s.at)
		}
	}
	return l
}

// replayPrefix is the engine after a crash that kept the first n things told.
func replayPrefix(before []xid.Prepared, e *fakeEngine, n int, floor Pos) ([]xid.Prepared, Pos) {
	after := slices.Clone(before)
	for i, told := range e.told[:n] {
		at := e.at[i]
		if floor.less(at) {
			floor = at
		}
		for j := range after {
			if told == "keep "+after[j].XID.String() {
				after[j].InTC = true
			}
		}
		after = slices.DeleteFunc(after, func(p xid.Prepared) bool {
			return told == "commit "+p.XID.String() || told == "rollback "+p.XID.String()
		})
	}
	return after, floor
}

func mustRun(t *rapid.T, e *fakeEngine, log []said) { mustRunFrom(t, e, log, Pos{}) }

func mustRunFrom(t *rapid.T, e *fakeEngine, log []said, floor Pos) {
	if _, err := Run(context.Background(), e, beyond(log, floor), 3); err != nil {
		t.Fatal(err)
	}
}

func names(list []xid.Prepared) (out []string) {
	for _, p := range list {
		out = append(out, p.XID.String())
	}
	slices.Sort(out)
	return out
}

// TestManyBranches: an engine looks at all its branches for each answer, so it is
// asked seldom.
func TestManyBranches(t *testing.T) {
	f := &fakeEngine{}
	for n := range 10_000 {
		f.prepared = append(f.prepared, xid.Prepared{XID: branch(n)})
	}
	rep, err := Run(context.Background(), f, NewLog(), 8)
	if err != nil || rep.Kept != len(f.prepared) || f.asked > 12 {
		t.Errorf("%+v after %d calls, error %v", rep, f.asked, err)
	}
}
