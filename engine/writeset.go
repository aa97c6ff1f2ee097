package engine

import (
	"fmt"
	"slices"
	"sync"

	"github.com/xadb/xadb/engine/lock"
)

type opKind uint8

const (
	opSet    opKind = 1
	opDelete opKind = 2
	opLock   opKind = 3 // in the log only: a lock that a branch keeps (C15)
)

// An op is one absolute write: replaying it twice changes nothing (I13).
type op struct {
	kind  opKind
	old   bool   // a newer op on the key counts instead
	table uint16 // index in writeSet.tables
	prev  int32  // index of the previous op on this key, or -1
	key   []byte // full key
	val   []byte
}

// opCost is what an op counts for beyond its key and value: about its memory,
// so that very many small writes are bounded too.
const opCost = 64

// A writeSet is what a transaction will write, in the order of its calls. The
// newest op on a key is the one that counts; older ones are kept so that a
// statement can be undone, and does not meet its own writes (C17). Keys and
// values lie in the arena, or are whoever's called add.
//
// Room for a small transaction lies in the struct itself: it is one allocation.
type writeSet struct {
	ops    []op
	newest keyIndex // full key -> index of its newest op
	tables []Table
	locks  []lock.Lock // of a prepared branch: what it keeps beside its writes
	arena  arena
	size   int    // bytes of keys and values, and opCost each
	max    int    // limit of size
	body   []byte // room for what the log gets of it

	firstOps    [4]op
	firstTables [1]Table
	firstBytes  [256]byte
}

// tablesMax is what the u16 of an op in a PREPARE record can number.
const tablesMax = 1 << 16

// noWrites is the write set of a transaction that has written nothing yet.
// Nothing is added to it.
var noWrites = &writeSet{}

// writeSets keeps the memory of small write sets for the next transactions.
var writeSets = sync.Pool{New: func() any { return new(writeSet) }}

const bodyKept = 16 << 10 // bytes of a body that is kept

func newWriteSet(max int) *writeSet {
	w := writeSets.Get().(*writeSet)
	w.max = max
	w.ops, w.tables, w.arena.free = w.firstOps[:0], w.firstTables[:0], w.firstBytes[:]
	w.newest.init()
	return w
}

// release gives the set back: nobody may refer to it, its keys or its values any
// more. One that has outgrown its own room is not kept.
func (w *writeSet) release() {
	if w == noWrites || cap(w.ops) > len(w.firstOps) {
		return
	}
	body := w.body
	if cap(body) > bodyKept {
		body = nil
	}
	*w = writeSet{body: body}
	writeSets.Put(w)
}

// room refuses a write that the set has no room for; nothing is changed then.
func (w *writeSet) room(tbl Table, key, val []byte) error {
	if n := len(key) + len(val) + opCost; w.size+n > w.max {
		return fmt.Errorf("%w: %d bytes and %d more exceed %d", ErrTxnTooLarge, w.size, n, w.max)
	}
	if len(w.tables) == tablesMax && w.tableIndexOf(tbl) < 0 {
		return fmt.Errorf("%w: more than %d tables", ErrTxnTooLarge, tablesMax)
	}
	return nil
}

// copyAdd is add with copies of key and val.
func (w *writeSet) copyAdd(tbl Table, kind opKind, key, val []byte) error {
	if err := w.room(tbl, key, val); err != nil {
		return err
	}
	return w.add(tbl, kind, w.arena.clone(key), w.arena.clone(val))
}

// add appends an op; key and val become the write set's.
func (w *writeSet) add(tbl Table, kind opKind, key, val []byte) error {
	if err := w.room(tbl, key, val); err != nil {
		return err
	}
	prev := w.newest.put(w.ops, key, int32(len(w.ops)))
	if prev >= 0 {
		w.ops[prev].old = true
	}
	w.ops = append(w.ops, op{kind: kind, table: w.tableIndex(tbl), prev: prev, key: key, val: val})
	w.size += len(key) + len(val) + opCost
	return nil
}

func (w *writeSet) tableIndexOf(tbl Table) int {
	if n := len(w.tables); n > 0 && w.tables[n-1] == tbl {
		return n - 1
	}
	return slices.Index(w.tables, tbl)
}

func (w *writeSet) tableIndex(tbl Table) uint16 {
	if i := w.tableIndexOf(tbl); i >= 0 {
		return uint16(i)
	}
	w.tables = append(w.tables, tbl)
	return uint16(len(w.tables) - 1)
}

// keys is the number of rows that would change.
func (w *writeSet) keys() int { return w.newest.len() }

// get is the newest op on a full key, or nil.
func (w *writeSet) get(full []byte) *op {
	if i := w.newest.get(w.ops, full); i >= 0 {
		return &w.ops[i]
	}
	return nil
}

// undo drops every op from index mark on.
func (w *writeSet) undo(mark int) {
	for i := len(w.ops) - 1; i >= mark; i-- {
		o := &w.ops[i]
		w.newest.revert(w.ops, o.key, o.prev)
		if o.prev >= 0 {
			w.ops[o.prev].old = false
		}
		w.size -= len(o.key) + len(o.val) + opCost
		*o = op{}
	}
	if mark < len(w.ops) {
		w.ops = w.ops[:mark]
	}
}

// effective calls fn for the op that counts of each key, oldest first.
func (w *writeSet) effective(fn func(*op)) {
	for i := range w.ops {
		if !w.ops[i].old {
			fn(&w.ops[i])
		}
	}
}

// A span is a range of full keys: from lower, included unless above is set, up
// to but without upper.
type span struct {
	lower, upper []byte
	above        bool
}

// within appends to into the ops that counted when the set had mark ops, by key
// from one end of the span, at most limit.
func (w *writeSet) within(into []op, s span, desc bool, mark, limit int) []op {
	w.newest.walk(w.ops, s, desc, func(i int32) bool {
		for int(i) >= mark {
			if i = w.ops[i].prev; i < 0 {
				return true
			}
		}
		into = append(into, w.ops[i])
		return len(into) < limit
	})
	return into
}

// writes reports whether any op that counts lies in [lower, upper).
func (w *writeSet) writes(lower, upper []byte) (found bool) {
	w.newest.walk(w.ops, span{lower: lower, upper: upper}, false, func(int32) bool {
		found = true
		return false
	})
	return found
}

var onePlace = []int{0}

// usedTables is the tables that some op that counts writes to, and where each
// index of w.tables went: an undone statement leaves no table behind.
func (w *writeSet) usedTables() (place []int, used []Table) {
	if len(w.tables) == 1 && len(w.ops) > 0 {
		return onePlace, w.tables
	}
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
