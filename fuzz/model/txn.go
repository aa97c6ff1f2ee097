package model

import (
	"fmt"
	"strings"
)

// TableCount is how many tables the programs use.
const TableCount = 2

// Tables is the content of all tables: key to value.
type Tables [TableCount]map[string]string

// NewTables returns empty tables.
func NewTables() Tables {
	var t Tables
	for i := range t {
		t[i] = map[string]string{}
	}
	return t
}

// Clone copies the maps.
func (t Tables) Clone() Tables {
	c := NewTables()
	for i := range t {
		for k, v := range t[i] {
			c[i][k] = v
		}
	}
	return c
}

// A Write is the last thing a transaction did to a row.
type Write struct {
	Table int
	Key   string
	Value string
	Gone  bool // deleted
}

// apply makes the write.
func (w Write) apply(t Tables) {
	if w.Gone {
		delete(t[w.Table], w.Key)
		return
	}
	t[w.Table][w.Key] = w.Value
}

// holds reports whether the tables show the row as the write leaves it.
func (w Write) holds(t Tables) bool {
	v, ok := t[w.Table][w.Key]
	if w.Gone {
		return !ok
	}
	return ok && v == w.Value
}

// A Row is one row change as the binary log carries it. A nil image is a row
// that was not, or is no more, there.
type Row struct {
	Table         int
	Key           string
	Before, After *string
}

func (r Row) equal(o Row) bool {
	same := func(a, b *string) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
	return r.Table == o.Table && r.Key == o.Key && same(r.Before, o.Before) && same(r.After, o.After)
}

// A Mask is a set of outcomes.
type Mask uint8

// The outcomes.
const (
	Absent Mask = 1 << iota // rolled back, or it never happened
	Prepared
	Committed
)

// String lists the outcomes.
func (m Mask) String() string {
	var words []string
	for i, name := range []string{"absent", "prepared", "committed"} {
		if m&(1<<i) != 0 {
			words = append(words, name)
		}
	}
	if words == nil {
		return "nothing possible"
	}
	return strings.Join(words, " or ")
}

// A Txn is one transaction, as far as a crash can tell.
type Txn struct {
	ID     int
	XID    *XID    // of a client's branch
	Writes []Write // one for each row
	Rows   []Row   // in the binary log, in order; none: it is not binlogged
	Locks  Kept    // what it holds beyond a restart, while it is prepared (C15)
}

// name is how a report calls the transaction.
func (t *Txn) name() string {
	if t.XID == nil {
		return fmt.Sprintf("transaction %d", t.ID)
	}
	return fmt.Sprintf("transaction %d, branch %s", t.ID, t.XID)
}

// tables lists the tables that the transaction changes.
func (t *Txn) tables() [TableCount]bool {
	var used [TableCount]bool
	for _, w := range t.Writes {
		used[w.Table] = true
	}
	return used
}

// A State is a transaction at a crash.
type State struct {
	Txn   *Txn
	Mask  Mask // the possible outcomes
	Named bool // it was prepared for certain, at some time
	// Calls and returns in the order in which they were noted, from 1; 0 is
	// never. They order what did not overlap.
	PrepareCall, PrepareReturn int
	EndCall, EndReturn         int

	before Mask // while a call is open
	open   bool
	done   bool // its rows are in the base
}

// Same returns an error that names the first row in which the tables differ.
func (t Tables) Same(want Tables) error {
	for i := range t {
		for _, key := range keysOf(t[i], want[i]) {
			g, inGot := t[i][key]
			w, inWant := want[i][key]
			if inGot != inWant || g != w {
				return fmt.Errorf("the replayed binary log has row %s of %s as %s, the store %s", key, TableName(i), show(g, inGot), show(w, inWant))
			}
		}
	}
	return nil
}
