package model

import (
	"fmt"
	"sync"
)

// A Verb is what was called for a transaction.
type Verb uint8

// The verbs.
const (
	Commit      Verb = iota + 1 // of a transaction without a name
	Prepare                     // XA PREPARE
	CommitXID                   // XA COMMIT
	RollbackXID                 // XA ROLLBACK
	observe
)

// effect is what the verb makes of an outcome.
func (v Verb) effect(m Mask) Mask {
	from, to := Absent, Committed
	switch v {
	case Prepare:
		to = Prepared
	case CommitXID:
		from = Prepared
	case RollbackXID:
		from, to = Prepared, Absent
	}
	if m&from != 0 {
		m = m&^from | to
	}
	return m
}

// A Result is how a call returned.
type Result uint8

// The results.
const (
	Done    Result = iota + 1 // acknowledged
	Refused                   // certainly without effect
	Unknown                   // an error that leaves the outcome open
)

// A mark is one line of a history.
type mark struct {
	stamp    int // disk operations so far
	state    int // index
	verb     Verb
	returned bool
	result   Result
	mask     Mask // of observe
}

// A History is the list of what was called and what returned. It is safe for
// concurrent use.
type History struct {
	now func() int // disk operations so far

	mu    sync.Mutex
	start *Expectation
	extra []State // of transactions begun here
	marks []mark

	replayed bool
}

// NewHistory returns an empty history that goes on from start; nil means an
// empty store. now counts disk operations.
func NewHistory(start *Expectation, now func() int) *History {
	if start == nil {
		start = &Expectation{Tables: NewTables()}
	}
	return &History{start: start, now: now, replayed: start.Replayed}
}

// SetReplayed sets Expectation.Replayed from here on, and before.
func (h *History) SetReplayed(on bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.replayed = on
}

// Begin adds a transaction, about which nothing was called yet, and returns
// the number by which Call knows it.
func (h *History) Begin(t *Txn) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.extra = append(h.extra, State{Txn: t, Mask: Absent})
	return len(h.start.States) + len(h.extra) - 1
}

// Call notes that a call begins and returns what notes its end.
func (h *History) Call(state int, v Verb) func(Result) {
	h.note(mark{state: state, verb: v})
	return func(r Result) { h.note(mark{state: state, verb: v, returned: true, result: r}) }
}

func (h *History) note(m mark) {
	h.mu.Lock()
	defer h.mu.Unlock()
	m.stamp = h.now()
	h.marks = append(h.marks, m)
}

// Observe notes what a recovery showed: from here on it is certain.
func (h *History) Observe(seen []Mask) {
	for i, m := range seen {
		h.note(mark{state: i, verb: observe, returned: true, result: Done, mask: m})
	}
}

// Nested reports whether the history goes on from another one.
func (h *History) Nested() bool { return len(h.start.States) > 0 }

// Returns counts the acknowledged calls.
func (h *History) Returns() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, m := range h.marks {
		if m.returned && m.result == Done && m.verb != observe {
			n++
		}
	}
	return n
}

// Stage identifies what At(k) would say: equal stages, equal expectations.
func (h *History) Stage(k int) uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	calls, returns := 0, 0
	for _, m := range h.marks {
		switch {
		case !m.seenAt(k):
		case m.returned:
			returns++
		default:
			calls++
		}
	}
	return uint64(calls)<<32 | uint64(returns)
}

// seenAt: what was called at k has not touched the disk before the crash.
func (m mark) seenAt(k int) bool { return m.returned && m.stamp <= k || m.stamp < k }

// At is what to expect of a crash right after operation k.
func (h *History) At(k int) *Expectation {
	h.mu.Lock()
	defer h.mu.Unlock()
	e := &Expectation{Tables: h.start.Tables.Clone(), Seq: h.start.Seq, Replayed: h.replayed}
	e.States = append(append(e.States, h.start.States...), h.extra...)
	for _, m := range h.marks {
		if m.seenAt(k) {
			e.Seq++
			e.step(m)
		}
	}
	return e
}

// Now is what to expect if nothing more happens.
func (h *History) Now() *Expectation { return h.At(int(^uint(0) >> 1)) }

// step takes one mark into account.
func (e *Expectation) step(m mark) {
	s := &e.States[m.state]
	switch {
	case m.verb == observe:
		if s.Mask&m.mask != 0 {
			s.Mask &= m.mask
		}
		s.open = false
	case !m.returned:
		s.before, s.open = s.Mask, true
		s.Mask |= m.verb.effect(s.Mask)
	default:
		before := s.Mask
		if s.open {
			before = s.before
		}
		s.open = false
		switch m.result {
		case Done:
			s.Mask = m.verb.effect(before)
		case Refused:
			s.Mask = before
		default:
			s.Mask = before | m.verb.effect(before)
		}
	}
	s.order(m, e.Seq)
	if s.Mask == Prepared {
		s.Named = true
	}
	if s.Mask == Committed && !s.done {
		s.done = true
		for _, w := range s.Txn.Writes {
			w.apply(e.Tables)
		}
	}
}

// order remembers when the call and its return were noted.
func (s *State) order(m mark, seq int) {
	call, ret := &s.EndCall, &s.EndReturn
	switch {
	case m.verb == observe:
		// Whatever it was, it was over by now.
		if s.PrepareCall != 0 && s.PrepareReturn == 0 {
			s.PrepareReturn = seq
		}
		if s.EndCall != 0 && s.EndReturn == 0 && s.Mask&Prepared == 0 {
			s.EndReturn = seq
		}
		return
	case m.verb == Prepare:
		call, ret = &s.PrepareCall, &s.PrepareReturn
	}
	switch {
	case !m.returned:
		*call, *ret = seq, 0
	case m.result == Done:
		if *call == 0 {
			*call = seq
		}
		*ret = seq
	}
}

// String is a line for each mark, for a report.
func (h *History) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	names := [...]string{"", "commit", "prepare", "xa commit", "xa rollback", "observe"}
	results := [...]string{"", "done", "refused", "unknown"}
	var b []byte
	for _, m := range h.marks {
		id := m.state
		if n := len(h.start.States); id < n {
			id = h.start.States[id].Txn.ID
		} else {
			id = h.extra[id-n].Txn.ID
		}
		switch {
		case m.verb == observe:
			b = fmt.Appendf(b, "op %d: transaction %d was seen %v\n", m.stamp, id, m.mask)
		case m.returned:
			b = fmt.Appendf(b, "op %d: %s of transaction %d returned: %s\n", m.stamp, names[m.verb], id, results[m.result])
		default:
			b = fmt.Appendf(b, "op %d: %s of transaction %d called\n", m.stamp, names[m.verb], id)
		}
	}
	return string(b)
}
