package model

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
)

// An Expectation is what may be found after one crash.
type Expectation struct {
	Tables Tables  // with everything that is certainly committed
	States []State // every transaction ever
	Seq    int     // marks so far
	// Replayed says that the binary log was on from the start: replaying it
	// gives the tables.
	Replayed bool
}

// Undecided counts the transactions with more than one possible outcome.
func (e *Expectation) Undecided() int {
	n := 0
	for i := range e.States {
		if m := e.States[i].Mask; m&(m-1) != 0 {
			n++
		}
	}
	return n
}

// Binlogged reports whether some branch may be prepared whose outcome belongs
// in the binary log.
func (e *Expectation) Binlogged() bool {
	for i := range e.States {
		if s := &e.States[i]; s.Mask&Prepared != 0 && len(s.Txn.Rows) > 0 {
			return true
		}
	}
	return false
}

// A Branch is one prepared branch as a store lists it.
type Branch struct {
	XID    XID
	Tables []string // by name, such as "d.t0"
}

// An Observation is what a store shows after recovery.
type Observation struct {
	Branches []Branch
	Tables   Tables
}

// TableName is the name of table i as branches list it.
func TableName(i int) string { return fmt.Sprintf("d.t%d", i) }

// Check compares an observation with what was to be expected. It returns what
// has become of each transaction; more than one outcome where they look alike.
func (e *Expectation) Check(o *Observation) ([]Mask, error) {
	seen, err := e.checkBranches(o.Branches)
	if err != nil {
		return nil, err
	}
	want := e.Tables.Clone()
	for i := range e.States {
		s := &e.States[i]
		if s.done || seen[i]&Committed == 0 {
			continue
		}
		if seen[i] == Committed {
			applyAll(s.Txn, want)
			continue
		}
		there, same := true, true
		for _, w := range s.Txn.Writes {
			there = there && w.holds(o.Tables)
			same = same && w.holds(e.Tables)
		}
		switch {
		case same: // nothing tells the outcomes apart
		case there:
			seen[i] = Committed
			applyAll(s.Txn, want)
		default:
			seen[i] &^= Committed
		}
	}
	return seen, e.compareTables(o.Tables, want)
}

func applyAll(t *Txn, to Tables) {
	for _, w := range t.Writes {
		w.apply(to)
	}
}

// checkBranches compares the listing: each branch once, every byte of its name
// and all its tables right, oldest first.
func (e *Expectation) checkBranches(list []Branch) ([]Mask, error) {
	seen := make([]Mask, len(e.States))
	taken := make([]bool, len(list))
	last := -1
	for i := range e.States {
		s := &e.States[i]
		seen[i] = s.Mask
		if s.Mask&Prepared == 0 {
			continue
		}
		at := slices.IndexFunc(list, func(b Branch) bool { return b.XID.Same(*s.Txn.XID) })
		switch {
		case at < 0 && s.Mask == Prepared:
			return nil, fmt.Errorf("%s was prepared and is not listed; listed are %v", s.Txn.name(), list)
		case at < 0:
			seen[i] &^= Prepared
			continue
		case taken[at]:
			return nil, fmt.Errorf("two transactions may be the listed branch %s", list[at].XID)
		}
		taken[at] = true
		seen[i] = Prepared
		if err := s.Txn.checkListed(list[at]); err != nil {
			return nil, err
		}
		if last >= 0 && !e.mayFollow(list, at, i) {
			return nil, fmt.Errorf("branch %s is not listed in the order of preparing: %v", s.Txn.XID, list)
		}
		last = at
	}
	for at, b := range list {
		if !taken[at] {
			return nil, fmt.Errorf("branch %s is listed, but %s", b.XID, e.whyNot(b.XID))
		}
	}
	return seen, nil
}

// mayFollow reports whether no branch listed behind place at was certainly
// prepared before state i was.
func (e *Expectation) mayFollow(list []Branch, at, i int) bool {
	for j := range e.States {
		o := &e.States[j]
		if o.Mask&Prepared == 0 || j == i {
			continue
		}
		behind := slices.IndexFunc(list, func(b Branch) bool { return b.XID.Same(*o.Txn.XID) })
		if behind > at && o.PrepareReturn != 0 && e.States[i].PrepareCall > o.PrepareReturn {
			return false
		}
	}
	return true
}

// checkListed compares the tables that a branch is listed with.
func (t *Txn) checkListed(b Branch) error {
	var want []string
	for i, used := range t.tables() {
		if used {
			want = append(want, TableName(i))
		}
	}
	got := slices.Clone(b.Tables)
	sort.Strings(got)
	if !slices.Equal(got, want) {
		return fmt.Errorf("branch %s is listed with tables %v, it changed %v", b.XID, b.Tables, want)
	}
	return nil
}

// whyNot says what became of the last transaction of that name.
func (e *Expectation) whyNot(x XID) string {
	why := "nobody prepared a branch of that name"
	for i := range e.States {
		if s := &e.States[i]; s.Txn.XID != nil && s.Txn.XID.Same(x) {
			why = fmt.Sprintf("it must be %v", s.Mask)
		}
	}
	return why
}

// compareTables names the first difference.
func (e *Expectation) compareTables(got, want Tables) error {
	for i := range want {
		for _, key := range keysOf(got[i], want[i]) {
			g, inGot := got[i][key]
			w, inWant := want[i][key]
			if inGot == inWant && g == w {
				continue
			}
			return fmt.Errorf("row %s of %s is %s, want %s%s", key, TableName(i), show(g, inGot), show(w, inWant), e.writers(i, key))
		}
	}
	return nil
}

func keysOf(a, b map[string]string) []string {
	var keys []string
	for k := range a {
		keys = append(keys, k)
	}
	for k := range b {
		if _, both := a[k]; !both {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	return keys
}

func show(v string, there bool) string {
	const most = 40
	switch {
	case !there:
		return "absent"
	case len(v) > most:
		return fmt.Sprintf("%q... (%d bytes)", v[:most], len(v))
	}
	return fmt.Sprintf("%q", v)
}

// writers lists who wrote a row, and what they may have become.
func (e *Expectation) writers(table int, key string) string {
	var b bytes.Buffer
	for i := range e.States {
		s := &e.States[i]
		for _, w := range s.Txn.Writes {
			if w.Table == table && w.Key == key {
				value := show(w.Value, !w.Gone)
				fmt.Fprintf(&b, "; %s wrote %s and is %v", s.Txn.name(), value, s.Mask)
			}
		}
	}
	return b.String()
}
