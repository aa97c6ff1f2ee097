package engine

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/RaduBerinde/btreemap"
)

type opKind uint8

const (
	opSet    opKind = 1
	opDelete opKind = 2
)

// An op is one absolute write: replaying it twice changes nothing (I13).
type op struct {
	kind  opKind
	table int    // index in writeSet.tables
	prev  int    // index of the previous op on this key, or -1
	key   []byte // full key
	val   []byte
}

// A writeSet is what a transaction will write, in the order of its calls. The
// newest op on a key is the one that counts; older ones are kept so that a
// statement can be undone.
type writeSet struct {
	ops    []op
	newest *btreemap.BTreeMap[[]byte, int] // full key -> index of its newest op
	tables []Table
	size   int // bytes of keys and values
	max    int // limit of size
}

// degree is how many keys a node of the tree holds, at least: most
// transactions then have one node.
const degree = 8

// tablesMax is what the u16 of an op in a PREPARE record can number.
const tablesMax = 1 << 16

func newWriteSet(max int) *writeSet {
	return &writeSet{newest: btreemap.New[[]byte, int](degree, bytes.Compare), max: max}
}

// add appends an op; key and val become the write set's.
func (w *writeSet) add(tbl Table, kind opKind, key, val []byte) error {
	n := len(key) + len(val)
	if w.size+n > w.max {
		return fmt.Errorf("%w: %d bytes and %d more exceed %d", ErrTxnTooLarge, w.size, n, w.max)
	}
	if len(w.tables) == tablesMax && w.tableIndexOf(tbl) < 0 {
		return fmt.Errorf("%w: more than %d tables", ErrTxnTooLarge, tablesMax)
	}
	_, prev, replaced := w.newest.ReplaceOrInsert(key, len(w.ops))
	if !replaced {
		prev = -1
	}
	w.ops = append(w.ops, op{kind: kind, table: w.tableIndex(tbl), prev: prev, key: key, val: val})
	w.size += n
	return nil
}

func (w *writeSet) tableIndexOf(tbl Table) int { return slices.Index(w.tables, tbl) }

func (w *writeSet) tableIndex(tbl Table) int {
	if i := w.tableIndexOf(tbl); i >= 0 {
		return i
	}
	w.tables = append(w.tables, tbl)
	return len(w.tables) - 1
}

// get is the newest op on a full key, or nil.
func (w *writeSet) get(full []byte) *op {
	if _, i, ok := w.newest.Get(full); ok {
		return &w.ops[i]
	}
	return nil
}

// undo drops every op from index mark on.
func (w *writeSet) undo(mark int) {
	for i := len(w.ops) - 1; i >= mark; i-- {
		o := &w.ops[i]
		if o.prev < 0 {
			w.newest.Delete(o.key)
		} else {
			w.newest.ReplaceOrInsert(w.ops[o.prev].key, o.prev)
		}
		w.size -= len(o.key) + len(o.val)
	}
	w.ops = w.ops[:mark]
}

// effective calls fn for the op that counts of each key, oldest first.
func (w *writeSet) effective(fn func(*op)) {
	for i := range w.ops {
		o := &w.ops[i]
		if _, newest, _ := w.newest.Get(o.key); newest == i {
			fn(o)
		}
	}
}

// within is the ops that count in [lower, upper), by key.
func (w *writeSet) within(lower, upper []byte) []op {
	var found []op
	for _, i := range w.newest.Ascend(btreemap.GE(lower), btreemap.LT(upper)) {
		found = append(found, w.ops[i])
	}
	return found
}

// usedTables is the tables that some op that counts writes to, and where each
// index of w.tables went: an undone statement leaves no table behind.
func (w *writeSet) usedTables() (place []int, used []Table) {
	place = make([]int, len(w.tables))
	seen := make([]bool, len(w.tables))
	w.effective(func(o *op) {
		if !seen[o.table] {
			seen[o.table], place[o.table] = true, len(used)
			used = append(used, w.tables[o.table])
		}
	})
	return place, used
}
