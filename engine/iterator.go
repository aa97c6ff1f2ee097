package engine

import (
	"bytes"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/xadb/xadb/engine/lock"
)

// An Iterator walks rows in key order, or against it. It sees the transaction's
// own writes as they were when its statement began, or without one when it was
// made: a statement does not meet its own (C17).
//
//	it := txn.Scan(tbl, nil, nil)
//	defer it.Close()
//	for it.Next() { use(it.Key(), it.Value()) }
//	return it.Err()
type Iterator struct {
	e    *Engine
	desc bool
	base *pebble.Iterator // nil if it could not be made, or closed
	link reader           // base in the engine's list
	// at says where base stands. It moves on as late as it can: whoever wants
	// one row does not pay for finding the next.
	at  place
	own *ownRows // nil: the scan sees none
	err error

	// Rows are fetched ahead, more each time, but not many: those that the
	// user does not want cost as much as those that he does.
	*scanRoom
	row  int // index in rows of the present one
	want int // rows to fetch next
}

// A scanRoom is memory that one scan leaves to the next.
type scanRoom struct {
	rows  []fetched
	bytes []byte // of the rows
	keys  []byte // the bounds
	opts  pebble.IterOptions
}

var scanRooms = sync.Pool{New: func() any { return new(scanRoom) }}

// noRoom is what a scan has that fetches nothing.
var noRoom = &scanRoom{}

func failedScan(err error) *Iterator { return &Iterator{scanRoom: noRoom, err: err} }

// A fetched row is a copy, in scanRoom.bytes from key up to end: pebble's own bytes
// end with its iterator, which the engine may close at any time.
type fetched struct{ key, val, end int }

// fetchMax and fetchBytes bound the rows fetched at once.
const (
	fetchMax   = 8
	fetchBytes = 32 << 10
)

type place uint8

const (
	atStart place = iota // not positioned yet
	atRow                // on a row that is not consumed
	atUsed               // on a row that is
	atEnd
)

// Scan iterates over [start, end) as the transaction's isolation level shows
// it, own writes included. A nil end is the end of the table. Under
// Serializable it locks the range first.
func (t *Txn) Scan(tbl Table, start, end []byte) *Iterator { return t.scan(tbl, start, end, false) }

// ScanReverse is Scan from the last row to the first.
func (t *Txn) ScanReverse(tbl Table, start, end []byte) *Iterator {
	return t.scan(tbl, start, end, true)
}

func (t *Txn) scan(tbl Table, start, end []byte, desc bool) *Iterator {
	if err := t.usable(); err != nil {
		return failedScan(err)
	}
	if t.opts.Isolation == Serializable {
		if err := t.LockRange(t.ownContext(), tbl, start, end, lock.Shared); err != nil {
			return failedScan(err)
		}
	}
	snap, err := t.view()
	switch {
	case err != nil:
		return failedScan(err)
	case snap == nil:
		return t.withOwn(t.e.iterate(t.e.newest(), tbl, start, end, desc))
	}
	return t.withOwn(t.e.iterate(snap, tbl, start, end, desc))
}

// ScanLatest iterates over the newest committed rows, own writes included,
// without locks. A current read locks each key it is interested in and reads
// it again, or locks the range before.
func (t *Txn) ScanLatest(tbl Table, start, end []byte) *Iterator {
	if err := t.usable(); err != nil {
		return failedScan(err)
	}
	return t.withOwn(t.e.iterate(t.e.newest(), tbl, start, end, false))
}

// ScanNow is ScanLatest that meets the running statement's writes, too, those
// made before it begins: for checks that see everything (C17).
func (t *Txn) ScanNow(tbl Table, start, end []byte) *Iterator {
	if err := t.usable(); err != nil {
		return failedScan(err)
	}
	return t.withWrites(t.e.iterate(t.e.newest(), tbl, start, end, false), len(t.set.ops))
}

// withOwn makes a scan see the transaction's writes.
func (t *Txn) withOwn(it *Iterator) *Iterator { return t.withWrites(it, t.seen()) }

// withWrites makes a scan see the first ops of the write set.
func (t *Txn) withWrites(it *Iterator, mark int) *Iterator {
	if mark > 0 && it.base != nil {
		it.own = &ownRows{set: t.set, span: span{lower: it.opts.LowerBound, upper: it.opts.UpperBound}, desc: it.desc, mark: mark}
		t.scanned = true
	}
	return it
}

// iterate scans what r has.
func (e *Engine) iterate(r pebble.Reader, tbl Table, start, end []byte, desc bool) *Iterator {
	if err := e.enter(); err != nil {
		return failedScan(err)
	}
	defer e.exit()
	it := &Iterator{e: e, desc: desc, scanRoom: scanRooms.Get().(*scanRoom)}
	it.bound(tbl, start, end)
	base, err := r.NewIter(&it.opts)
	if err != nil {
		it.giveBack()
		return failedScan(e.tableError("opening a scan", err))
	}
	it.base = base
	e.readers.add(&it.link, base)
	return it
}

// Next moves to the next row and reports whether there is one.
func (it *Iterator) Next() bool {
	it.row++
	return it.row < len(it.rows) || it.fetch()
}

// fetch replaces the rows by the next ones and reports whether there are any.
func (it *Iterator) fetch() bool {
	if it.base == nil {
		return false
	}
	it.rows, it.bytes, it.row = it.rows[:0], it.bytes[:0], 0
	if it.err != nil {
		return false
	}
	if it.err = it.enter(); it.err != nil {
		return false
	}
	it.want = min(2*it.want+1, fetchMax)
	if it.own == nil {
		it.fetchBase()
	} else {
		it.fetchMerged()
	}
	it.link.gate.Exit()
	return len(it.rows) > 0
}

// enter must precede a read of base, and link.gate.Exit follow it.
func (it *Iterator) enter() error {
	if !it.link.gate.Enter() {
		return ErrClosed
	}
	if err := it.e.failure(); err != nil {
		it.link.gate.Exit()
		return err
	}
	return nil
}

// full reports whether enough is fetched.
func (it *Iterator) full() bool { return len(it.rows) >= it.want || len(it.bytes) >= fetchBytes }

// fetchBase fetches rows of base alone.
func (it *Iterator) fetchBase() {
	for !it.full() && it.settle() && it.err == nil {
		it.takeBase()
	}
}

// fetchMerged fetches rows of base and own writes.
func (it *Iterator) fetchMerged() {
	for !it.full() && it.err == nil {
		there, own := it.settle(), it.own.head()
		if !there && own == nil {
			return
		}
		it.step(own)
	}
}

// settle brings base to a row that is not consumed, and reports whether there is
// one.
func (it *Iterator) settle() (there bool) {
	switch {
	case it.at == atRow || it.at == atEnd:
		return it.at == atRow
	case it.at == atUsed && !it.desc:
		// The whole key is its prefix, so this is Next, but for a row that has
		// changed often since the tables were flushed: Next would step over
		// each of its versions, this seeks past them.
		there = it.base.NextPrefix()
	case it.at == atUsed:
		there = it.base.Prev()
	case it.desc:
		there = it.base.Last()
	default:
		there = it.base.First()
	}
	it.at = atRow
	if !there {
		it.at = atEnd
		if err := it.base.Error(); err != nil {
			it.err = it.e.tableError("scanning", err)
		}
	}
	return there
}

// step consumes the nearer of the two heads, which is a row unless it is an own
// delete.
func (it *Iterator) step(own *op) {
	order := -1 // base first
	switch {
	case it.at == atEnd:
		order = 1
	case own != nil:
		order = bytes.Compare(it.base.Key(), own.key)
		if it.desc {
			order = -order
		}
	}
	if order < 0 {
		it.takeBase()
		return
	}
	if order == 0 {
		it.at = atUsed
	}
	it.own.pop()
	if own.kind == opSet {
		it.append(own.key, own.val)
	}
}

func (it *Iterator) takeBase() {
	val, err := it.base.ValueAndErr()
	if err != nil {
		it.err = it.e.tableError("reading a row", err)
		return
	}
	it.append(it.base.Key(), val)
	it.at = atUsed
}

// append adds a copy.
func (r *scanRoom) append(full, val []byte) {
	row := fetched{key: len(r.bytes)}
	r.bytes = append(r.bytes, full[prefixSize:]...)
	row.val = len(r.bytes)
	r.bytes = append(r.bytes, val...)
	row.end = len(r.bytes)
	r.rows = append(r.rows, row)
}

// Key is the row's key, valid until the next call of Next.
func (it *Iterator) Key() []byte {
	if it.row >= len(it.rows) {
		return nil
	}
	r := it.rows[it.row]
	return it.bytes[r.key:r.val:r.val]
}

// Value is the row's value, valid until the next call of Next.
func (it *Iterator) Value() []byte {
	if it.row >= len(it.rows) {
		return nil
	}
	r := it.rows[it.row]
	return it.bytes[r.val:r.end:r.end]
}

// Err is why the scan stopped early, or nil.
func (it *Iterator) Err() error { return it.err }

// Close releases the iterator and returns Err. The engine has released it
// already if it was closed meanwhile: pebble cannot close under an iterator.
func (it *Iterator) Close() error {
	base := it.base
	it.base = nil
	it.giveBack()
	if base == nil || it.e.enter() != nil {
		return it.err
	}
	defer it.e.exit()
	it.e.readers.remove(&it.link)
	if err := base.Close(); err != nil && it.err == nil {
		it.err = it.e.tableError("closing a scan", err)
	}
	return it.err
}

// bound makes the options for a scan of [start, end).
func (r *scanRoom) bound(tbl Table, start, end []byte) {
	r.keys = tbl.appendFullKey(r.keys[:0], start)
	n := len(r.keys)
	r.keys = tbl.appendEnd(r.keys, end)
	r.opts = pebble.IterOptions{LowerBound: r.keys[:n:n], UpperBound: r.keys[n:]}
}

// giveBack keeps the memory for the next scan.
func (it *Iterator) giveBack() {
	if r := it.scanRoom; r != noRoom && cap(r.bytes) <= 2*fetchBytes {
		r.rows, r.bytes = r.rows[:0], r.bytes[:0]
		scanRooms.Put(r)
	}
	it.scanRoom = noRoom
}

// ownChunk is how many own writes a scan looks at ahead.
const ownChunk = 64

// ownRows is a scan's way over the write set, which may grow meanwhile.
type ownRows struct {
	set   *writeSet
	span  span // still to be looked up
	desc  bool
	mark  int // ops that the scan sees
	ahead []op
	done  bool // nothing is left in the span
}

// head is the next own write, or nil.
func (r *ownRows) head() *op {
	if len(r.ahead) == 0 && !r.done {
		r.fill()
	}
	if len(r.ahead) == 0 {
		return nil
	}
	return &r.ahead[0]
}

func (r *ownRows) fill() {
	r.ahead = r.set.within(nil, r.span, r.desc, min(r.mark, len(r.set.ops)), ownChunk)
	if len(r.ahead) < ownChunk {
		r.done = true
		return
	}
	if last := r.ahead[len(r.ahead)-1].key; r.desc {
		r.span.upper = last
	} else {
		r.span.lower, r.span.above = last, true
	}
}

// pop consumes the head, whose bytes stay.
func (r *ownRows) pop() { r.ahead = r.ahead[1:] }
