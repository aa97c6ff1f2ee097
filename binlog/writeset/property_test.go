package writeset

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A lock is what a transaction holds on a resource until it has committed: a row,
// a unique key, a table. Those that two need decide whether they conflict; the
// tracker sees hashes only.
type locks map[string]bool // resource -> exclusive

func (l locks) conflict(other locks) bool {
	for r, x := range l {
		if y, both := other[r]; both && (x || y) {
			return true
		}
	}
	return false
}

func (l locks) take(resource string, exclusive bool) { l[resource] = l[resource] || exclusive }

// A txn is one group.
type txn struct {
	group   Group
	seq     int64
	held    locks
	release bool // when it has committed
}

// barrier reports whether all that comes later depends on it.
func (x *txn) barrier() bool {
	return x.group.Kind == Barrier || slices.ContainsFunc(slices.Collect(maps.Keys(x.held)), func(r string) bool {
		return strings.HasPrefix(r, "table parent")
	})
}

// A source is a server that commits as the stages do, and its tracker in each
// mode.
type source struct {
	*rapid.T
	chance    *rand.Rand // rapid alone draws small numbers, and so short histories
	trackers  map[Mode]*Tracker
	historyOf int
	offset    int64
	max       int64 // max_committed
	holders   []locks
	waiting   []*txn // prepared, not appended
	appended  []*txn // not committed
	branches  map[string]locks
	busy      map[string]bool // branches with an outcome on its way
	log       []*txn          // appended in the file
}

func newSource(t *rapid.T) *source {
	s := &source{
		T: t, historyOf: rapid.IntRange(1, 30).Draw(t, "history"), chance: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)),
		trackers: map[Mode]*Tracker{}, branches: map[string]locks{}, busy: map[string]bool{},
	}
	for m := range Modes {
		s.trackers[Mode(m)] = NewTracker(Mode(m), s.historyOf)
		s.trackers[Mode(m)].Rotate(1)
	}
	return s
}

func (s *source) between(lo, hi int) int { return lo + s.chance.IntN(hi-lo+1) }

// rows draws what a transaction has written: rows of a table with a unique key, of
// one without a key, of a parent and of its child.
func (s *source) rows() (*Set, locks) {
	keys, held := &Set{}, locks{}
	for range s.between(1, 4) {
		row := s.between(0, 8)
		id := fmt.Append(nil, row)
		table := []string{"t", "t", "t", "keyless", "parent", "child"}[s.between(0, 5)]
		held.take("table "+table, false)
		held.take(fmt.Sprint(table, row), true)
		switch table {
		case "t":
			u := s.between(0, 5)
			held.take(fmt.Sprint("u", u), true)
			keys.Add(1, id)
			keys.Add(2, fmt.Append(nil, u))
		case "keyless":
			keys.AddKeyless()
		case "parent":
			keys.Add(3, id)
			keys.AddParent()
		case "child":
			p := s.between(0, 8)
			held.take(fmt.Sprint("parent", p), false)
			keys.Add(4, id)
			keys.Add(3, fmt.Append(nil, p))
		}
	}
	keys.Seal()
	return keys, held
}

// begin prepares a transaction if it gets its locks.
func (s *source) begin(g Group, held locks) bool {
	if slices.ContainsFunc(s.holders, held.conflict) {
		return false
	}
	g.Committed, g.Session = s.max, uint32(s.between(0, 3))
	busy := func(x *txn) bool { return g.Session != 0 && x.group.Session == g.Session }
	if slices.ContainsFunc(s.waiting, busy) || slices.ContainsFunc(s.appended, busy) {
		g.Session = 0 // a session waits for each of its transactions
	}
	s.holders = append(s.holders, held)
	s.waiting = append(s.waiting, &txn{group: g, held: held, release: g.Kind != Prepare})
	return true
}

func (s *source) transaction() {
	keys, held := s.rows()
	s.begin(Group{Kind: Rows, Keys: keys}, held)
}

func (s *source) definition() {
	held := locks{}
	for _, t := range []string{"t", "keyless", "parent", "child"} {
		held.take("table "+t, true)
	}
	s.begin(Group{Kind: Barrier}, held)
}

func (s *source) nothing() { s.begin(Group{Kind: Empty}, locks{}) }

func (s *source) prepare() {
	x := fmt.Sprint("x", s.between(0, 4))
	if _, used := s.branches[x]; used {
		return
	}
	keys, held := s.rows()
	if s.begin(Group{Kind: Prepare, Keys: keys, Branch: x}, held) {
		s.branches[x] = nil
	}
}

// outcome decides a branch that somebody has been told is prepared.
func (s *source) outcome() {
	for _, x := range slices.Sorted(maps.Keys(s.branches)) {
		if held := s.branches[x]; held != nil && !s.busy[x] {
			s.busy[x] = true
			s.waiting = append(s.waiting, &txn{group: Group{Kind: Outcome, Branch: x, Committed: s.max}, held: held, release: true})
			return
		}
	}
}

// append gives a prepared transaction its stamps.
func (s *source) append() {
	if len(s.waiting) == 0 {
		return
	}
	i := rapid.IntRange(0, len(s.waiting)-1).Draw(s.T, "of the queue")
	x := s.waiting[i]
	s.waiting = slices.Delete(s.waiting, i, i+1)
	x.seq = s.offset + int64(len(s.log)) + 1
	lcs := map[Mode]int64{}
	for m, tr := range s.trackers {
		g := x.group
		g.Seq = x.seq
		if g.Keys != nil {
			g.Keys = g.Keys.clone()
		}
		lcs[m] = tr.Next(g)
		if n := tr.history.n; n > s.historyOf {
			s.Fatalf("P6: %d hashes in a history of %d", n, s.historyOf)
		}
	}
	s.check(x, lcs)
	s.log = append(s.log, x)
	s.appended = append(s.appended, x)
}

// check holds P1 to P5 of the transaction that was appended last.
func (s *source) check(x *txn, lcs map[Mode]int64) {
	oc := x.group.Committed
	ws, session := lcs[WriteSet], lcs[WriteSetSession]
	switch {
	case lcs[CommitOrder] != oc:
		s.Fatalf("commit order: %d, want %d", lcs[CommitOrder], oc)
	case oc >= x.seq:
		s.Fatalf("P1: %d behind %d", x.seq, oc)
	case ws > oc || session > oc:
		s.Fatalf("P3: lc %d and %d, oc %d", ws, session, oc)
	case session < ws:
		s.Fatalf("P4: lc %d with sessions, %d without", session, ws)
	case x.group.Kind == Barrier && ws != oc:
		s.Fatalf("P5: a definition has lc %d, oc %d", ws, oc)
	}
	for _, before := range s.log {
		depends := before.held.conflict(x.held) || before.group.Branch != "" && before.group.Branch == x.group.Branch
		switch {
		case depends && ws < before.seq && oc >= before.seq:
			s.Fatalf("P2: %d depends on %d and has lc %d, oc %d", x.seq, before.seq, ws, oc)
		case depends && oc < before.seq:
			s.Fatalf("the model is wrong: %d got its locks before %d had committed", x.seq, before.seq)
		case before.barrier() && ws < min(before.seq, oc):
			s.Fatalf("P5: %d has lc %d behind barrier %d, oc %d", x.seq, ws, before.seq, oc)
		case x.group.Session != 0 && before.group.Session == x.group.Session && session < before.seq:
			s.Fatalf("P4: %d and %d are of one session, lc %d", before.seq, x.seq, session)
		}
	}
}

// commit commits the oldest; only then its locks go, and somebody is told.
func (s *source) commit() {
	if len(s.appended) == 0 {
		return
	}
	x := s.appended[0]
	s.appended = s.appended[1:]
	s.max = max(s.max, x.seq)
	switch x.group.Kind {
	case Prepare:
		s.branches[x.group.Branch] = x.held
	case Outcome:
		delete(s.branches, x.group.Branch)
		delete(s.busy, x.group.Branch)
	}
	if x.release {
		i := slices.IndexFunc(s.holders, func(l locks) bool { return fmt.Sprintf("%p", l) == fmt.Sprintf("%p", x.held) })
		s.holders = slices.Delete(s.holders, i, i+1)
	}
}

// rotate begins a file: all that was appended has committed.
func (s *source) rotate() {
	for len(s.appended) > 0 {
		s.commit()
	}
	s.offset += int64(len(s.log))
	s.log = nil
	for _, tr := range s.trackers {
		tr.Rotate(s.offset + 1)
	}
}

// TestProperties holds P1 to P6 for transactions in any order of the stages.
func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSource(t)
		steps := []func(){
			s.append, s.commit, s.transaction, s.append, s.commit, s.prepare, s.append, s.commit, s.outcome,
			s.transaction, s.append, s.commit, s.nothing, s.definition, s.rotate,
		}
		for range rapid.IntRange(300, 600).Draw(t, "steps") {
			steps[s.between(0, len(steps)-1)]()
		}
	})
}

// TestDeterministic is P7: what memory a tracker has does not show.
func TestDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mode := Mode(rapid.IntRange(0, len(Modes)-1).Draw(t, "mode"))
		n := rapid.IntRange(1, 10).Draw(t, "history")
		a, b := NewTracker(mode, n), NewTracker(mode, n)
		for seq := int64(1); seq < 60; seq++ {
			g := Group{
				Kind: Kind(rapid.IntRange(0, 4).Draw(t, "kind")), Seq: seq, Committed: rapid.Int64Range(0, seq-1).Draw(t, "committed"),
				Branch: fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "branch")), Session: rapid.Uint32Range(0, 3).Draw(t, "session"),
			}
			if words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d", "-", "p"}), 0, 4).Draw(t, "keys"); len(words) > 0 {
				g.Keys = keysOf(fmt.Sprint(words[0], " ", words[len(words)-1]))
			}
			other := g
			if g.Keys != nil {
				other.Keys = g.Keys.clone()
			}
			if x, y := a.Next(g), b.Next(other); x != y {
				t.Fatalf("P7: group %d behind %d and %d", seq, x, y)
			}
		}
	})
}
