package writeset

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// keysOf is a Set with keys of index 1; "-" stands for a row without a key, "p"
// for one that foreign keys point to.
func keysOf(words string) *Set {
	s := &Set{}
	for w := range strings.FieldsSeq(words) {
		switch w {
		case "-":
			s.AddKeyless()
		case "p":
			s.AddParent()
		default:
			s.Add(1, []byte(w))
		}
	}
	s.Seal()
	return s
}

// A step is one group, committed before the next comes, unless it says otherwise.
type step struct {
	kind    Kind
	keys    string
	branch  string
	oc      int64 // 0: all before
	session uint32
	rotate  bool // before it
	want    int64
}

func TestTracker(t *testing.T) {
	for name, c := range map[string]struct {
		mode  Mode
		max   int
		steps []step
	}{
		"keys": {steps: []step{
			{keys: "a", want: 0}, {keys: "b", want: 1}, {keys: "a", want: 1}, {keys: "b a", want: 3}, {keys: "c", want: 1},
		}},
		"never worse than the commit order": {steps: []step{
			{keys: "a", want: 0}, {keys: "b", want: 1}, {keys: "a", oc: 1, want: 1}, {keys: "a c", oc: 2, want: 2},
		}},
		"a definition is a barrier": {steps: []step{
			{keys: "a", want: 0}, {keys: "b", want: 1}, {kind: Barrier, want: 2}, {keys: "c", want: 3}, {keys: "a", want: 3},
			{keys: "c", want: 4}, {kind: Barrier, oc: 4, want: 4}, {keys: "d", oc: 5, want: 5},
		}},
		"parents reset": {steps: []step{
			{keys: "a", want: 0}, {keys: "a b p", want: 1}, {keys: "c", want: 2}, {keys: "b", want: 2},
		}},
		"no key: commit order, and the history stays": {steps: []step{
			{keys: "a", want: 0}, {keys: "b", want: 1}, {keys: "- c", want: 2}, {keys: "d", want: 1}, {keys: "c", want: 3}, {keys: "-", want: 5},
		}},
		"nothing to conflict with": {steps: []step{
			{keys: "a", want: 0}, {kind: Empty, want: 1}, {keys: "b", want: 1}, {keys: "a", want: 1}, {kind: Empty, want: 1},
		}},
		"no keys told": {steps: []step{
			{keys: "a", want: 0}, {keys: "b", want: 1}, {want: 2}, {keys: "c", want: 3},
		}},
		"full": {max: 2, steps: []step{
			{keys: "a", want: 0}, {keys: "b", want: 1}, {keys: "a c", want: 1}, {keys: "d", want: 3}, {keys: "b", want: 3},
			{keys: "e f g", want: 5}, {keys: "h", want: 6},
		}},
		"branch": {steps: []step{
			{keys: "a", want: 0}, {kind: Prepare, branch: "x", keys: "b", want: 1}, {keys: "c", want: 1},
			{kind: Outcome, branch: "x", want: 2}, {keys: "d", want: 1}, {keys: "b", want: 4}, {kind: Prepare, branch: "x", keys: "e", want: 4},
			{kind: Outcome, branch: "x", want: 7},
		}},
		"branch of an earlier life": {steps: []step{
			{keys: "a", want: 0}, {keys: "b", want: 1}, {kind: Outcome, branch: "x", want: 2}, {keys: "c", want: 3},
		}},
		"branch without a key": {steps: []step{
			{keys: "a", want: 0}, {kind: Prepare, branch: "x", keys: "-", want: 1}, {keys: "c", want: 1}, {kind: Outcome, branch: "x", want: 3},
			{keys: "d", want: 1},
		}},
		"branch larger than the history": {max: 3, steps: []step{
			{keys: "a", want: 0}, {kind: Prepare, branch: "x", keys: "b c d", want: 1}, {keys: "e", want: 2},
			{kind: Outcome, branch: "x", want: 3}, {keys: "f", want: 4},
		}},
		"branch over a file's end": {steps: []step{
			{kind: Prepare, branch: "x", keys: "b", want: 0}, {keys: "a", rotate: true, want: 1}, {keys: "b", want: 2},
			{kind: Outcome, branch: "x", want: 3}, {keys: "c", want: 2},
		}},
		"rotation": {steps: []step{
			{keys: "a", want: 0}, {keys: "b", want: 1}, {keys: "a", rotate: true, want: 2}, {keys: "b", want: 3}, {keys: "c", oc: 2, want: 2},
		}},
		"sessions": {mode: WriteSetSession, steps: []step{
			{keys: "a", session: 1, want: 0}, {keys: "b", session: 2, want: 1}, {keys: "c", session: 1, want: 1}, {keys: "d", session: 1, want: 3},
			{keys: "e", want: 1}, {keys: "f", session: 2, want: 2}, {keys: "g", session: 2, rotate: true, want: 6}, {keys: "h", session: 1, want: 7},
		}},
		"commit order": {mode: CommitOrder, steps: []step{
			{keys: "a", want: 0}, {keys: "b", want: 1}, {keys: "c", oc: 1, want: 1}, {kind: Empty, want: 3},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.max == 0 {
				c.max = HistoryDefault
			}
			tr := NewTracker(c.mode, c.max)
			tr.Rotate(1)
			for i, s := range c.steps {
				seq := int64(i + 1)
				if s.rotate {
					tr.Rotate(seq)
				}
				g := Group{Kind: s.kind, Seq: seq, Committed: seq - 1, Branch: s.branch, Session: s.session}
				if s.oc != 0 {
					g.Committed = s.oc
				}
				if s.keys != "" {
					g.Keys = keysOf(s.keys)
				}
				if got := tr.Next(g); got != s.want {
					t.Errorf("group %d: depends on %d, want %d", seq, got, s.want)
				}
			}
		})
	}
}

// Another mode, or a smaller history, knows nothing of what was before.
func TestChangeOfMode(t *testing.T) {
	tr := NewTracker(CommitOrder, HistoryDefault)
	tr.Rotate(1)
	next := func(seq, oc int64, keys string) int64 {
		return tr.Next(Group{Seq: seq, Committed: oc, Keys: keysOf(keys)})
	}
	next(1, 0, "a")
	next(2, 0, "b")
	next(3, 0, "c")
	tr.SetMode(WriteSet)
	// Group 2 and 3 may not have committed; d must come behind them all the same
	// as soon as it says so.
	if got := next(4, 3, "b"); got != 3 {
		t.Errorf("%v: behind %d, want 3", tr.Mode(), got)
	}
	if got := next(5, 4, "d"); got != 3 {
		t.Errorf("%v: behind %d, want 3", tr.Mode(), got)
	}
	tr.SetHistoryMax(1)
	if got := next(6, 5, "e"); got != 5 || tr.history.n > 1 {
		t.Errorf("a smaller history: behind %d with %d hashes, want 5", got, tr.history.n)
	}
	tr.SetHistoryMax(0)
	if got := tr.HistoryMax(); got != 1 {
		t.Errorf("history of %d", got)
	}
	tr.SetHistoryMax(1 << 30)
	if got := tr.HistoryMax(); got != HistoryMax {
		t.Errorf("history of %d", got)
	}
}

// P6: what is kept of branches and sessions has a bound, and beyond it nothing is
// lost but time.
func TestBounds(t *testing.T) {
	tr := NewTracker(WriteSetSession, HistoryMax)
	tr.Rotate(1)
	seq := int64(0)
	next := func(g Group) int64 {
		seq++
		g.Seq, g.Committed = seq, seq-1
		return tr.Next(g)
	}
	large := &Set{}
	for i := range HistoryMax / 2 {
		large.Add(1, fmt.Append(nil, i))
	}
	large.Seal()
	for i := range 5 {
		next(Group{Kind: Prepare, Branch: fmt.Sprint(i), Keys: large.clone()})
	}
	if tr.branches.size > branchesMax || len(tr.branches.sets) != 2 {
		t.Errorf("%d words of %d branches are kept", tr.branches.size, len(tr.branches.sets))
	}
	for i := range 5 {
		if got := next(Group{Kind: Outcome, Branch: fmt.Sprint(i)}); i > 2 && got != seq-1 {
			t.Errorf("branch %d: outcome %d behind %d", i, seq, got)
		}
	}
	if tr.branches.size != 0 || len(tr.branches.sets) != 0 {
		t.Errorf("%d words of %d finished branches are kept", tr.branches.size, len(tr.branches.sets))
	}
	first := seq
	for i := range 2*sessionsMax + 2 {
		next(Group{Keys: keysOf(fmt.Sprint("s", i)), Session: uint32(i + 1)})
	}
	if n := len(tr.sessions.last); n > sessionsMax {
		t.Errorf("%d sessions are remembered", n)
	}
	if got := next(Group{Keys: keysOf("t"), Session: 1}); got < first+1 {
		t.Errorf("session 1 is behind %d, its group before was %d", got, first+1)
	}
}

func TestSet(t *testing.T) {
	s := &Set{}
	for range 3 {
		for i := range 5 * sealMin {
			s.Add(uint32(i%5), fmt.Append(nil, i/5))
		}
	}
	s.Seal()
	if len(s.hashes) != 5*sealMin || !slices.IsSorted(s.hashes) {
		t.Errorf("%d hashes, want %d", len(s.hashes), 5*sealMin)
	}
	if cap(s.hashes) > 8*5*sealMin {
		t.Errorf("room for %d", cap(s.hashes))
	}
	s.Reset()
	if s.usable(HistoryMax) || cap(s.hashes) > sealMin {
		t.Errorf("%+v after Reset", *s)
	}
	for i := range HistoryMax + 1 {
		s.Add(1, fmt.Append(nil, i))
	}
	s.Seal()
	s.Add(1, nil)
	if !s.over || s.usable(HistoryMax) || s.hashes != nil {
		t.Errorf("a set of more than a history may have is used")
	}
}

func TestParseMode(t *testing.T) {
	for i, name := range Modes {
		if m, err := ParseMode(strings.ToLower(name)); err != nil || m != Mode(i) || m.String() != name || !m.Valid() {
			t.Errorf("%s: %v, %v", name, m, err)
		}
	}
	if _, err := ParseMode("LOGICAL"); !errors.Is(err, ErrMode) {
		t.Error(err)
	}
	if m := Mode(7); m.Valid() || m.String() != "writeset mode 7" {
		t.Error(m)
	}
}

func BenchmarkTracker(b *testing.B) {
	for _, keys := range []int{1, 2, 10} {
		b.Run(fmt.Sprint(keys, " keys"), func(b *testing.B) {
			tr := NewTracker(WriteSet, HistoryDefault)
			tr.Rotate(1)
			var s Set
			var key [16]byte
			for i := range b.N {
				s.Reset()
				for k := range keys {
					copy(key[:], fmt.Append(key[:0], i*keys+k))
					s.Add(1, key[:])
				}
				s.Seal()
				tr.Next(Group{Seq: int64(i + 1), Committed: int64(i), Keys: &s})
			}
		})
	}
}
