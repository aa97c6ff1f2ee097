package writeset

import "sync/atomic"

// A Kind is what a Tracker distinguishes.
type Kind uint8

// The kinds of groups.
const (
	Rows    Kind = iota // a transaction with rows
	Barrier             // a data definition: it conflicts with everything
	Empty               // it conflicts with nothing
	Prepare             // of a branch, with its rows
	Outcome             // of a branch
)

// A Group is one transaction, on its way into the log.
type Group struct {
	Kind      Kind
	Seq       int64 // absolute: they grow through all files
	Committed int64 // what the commit order says: below Seq
	Keys      *Set  // Rows and Prepare: sealed. The Tracker may add to it
	Branch    string
	Session   uint32 // 0: none
}

// A Tracker finds out on what each group depends. Next and Rotate belong to
// whoever appends to the log; the rest may be called at any time by anyone.
type Tracker struct {
	mode       atomic.Uint32
	historyMax atomic.Int64

	// Owned by who appends.
	was      Mode
	history  history
	start    int64
	branches branches
	sessions sessions
}

// NewTracker returns one for a log that is empty yet.
func NewTracker(m Mode, historyMax int) *Tracker {
	t := &Tracker{was: m}
	t.SetMode(m)
	t.SetHistoryMax(historyMax)
	return t
}

// Mode is what the next group will meet.
func (t *Tracker) Mode() Mode { return Mode(t.mode.Load()) }

// SetMode changes the mode from the next group on.
func (t *Tracker) SetMode(m Mode) { t.mode.Store(uint32(m)) }

// HistoryMax is how many hashes the history may have.
func (t *Tracker) HistoryMax() int { return int(t.historyMax.Load()) }

// SetHistoryMax changes that from the next group on, within 1 and the constant.
func (t *Tracker) SetHistoryMax(n int) { t.historyMax.Store(int64(min(max(n, 1), HistoryMax))) }

// Rotate says that first is the number of the next group, and begins a file.
// Readers finish the file before: nothing of it is remembered.
func (t *Tracker) Rotate(first int64) {
	t.forget(first)
	t.sessions.forget(0)
}

// forget makes everything from now on depend on start.
func (t *Tracker) forget(start int64) {
	t.start = start
	t.history.clear()
}

// Next is the number of the group on which g depends, with all before that.
func (t *Tracker) Next(g Group) int64 {
	mode, historyMax := t.Mode(), t.HistoryMax()
	if mode != t.was || t.history.n > historyMax {
		// Groups that were appended in another mode are in no history, and some may
		// not have committed: all of them are taken for written to.
		t.was = mode
		t.forget(g.Seq - 1)
		t.sessions.forget(g.Seq - 1)
	}
	keys := t.branches.keys(&g)
	if mode == CommitOrder {
		return g.Committed
	}
	parent := g.Committed
	switch {
	case g.Kind == Empty:
		parent = min(t.start, parent)
	case keys.usable(historyMax):
		parent = t.look(&g, keys, historyMax)
	default:
		// What the history has lies in front of start now, and so means nothing.
		t.start = g.Seq
	}
	if mode == WriteSetSession {
		parent = t.sessions.after(&g, parent)
	}
	return parent
}

// look is what g depends on by its keys, which the history has from now on.
func (t *Tracker) look(g *Group, keys *Set, historyMax int) int64 {
	last := t.start
	full := t.history.n+len(keys.hashes) > historyMax
	if !full {
		t.history.room(len(keys.hashes))
	}
	for _, h := range keys.hashes {
		at := t.history.at(h)
		switch {
		case at.seq != 0:
			last = max(last, at.seq)
			at.seq = g.Seq
		case !full:
			*at = slot{h, g.Seq}
			t.history.n++
		}
	}
	if full {
		t.forget(g.Seq)
	}
	if keys.keyless {
		return g.Committed
	}
	return min(last, g.Committed)
}
