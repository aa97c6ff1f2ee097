package engine

import (
	"bytes"

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
	own ownRows
	key []byte
	val []byte
	err error
}

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
		return &Iterator{err: err}
	}
	if t.opts.Isolation == Serializable {
		if err := t.LockRange(t.ownContext(), tbl, start, end, lock.Shared); err != nil {
			return &Iterator{err: err}
		}
	}
	snap, err := t.view()
	switch {
	case err != nil:
		return &Iterator{err: err}
	case snap == nil:
		return t.iterate(t.e.db, tbl, start, end, desc)
	}
	return t.iterate(snap, tbl, start, end, desc)
}

// ScanLatest iterates over the newest committed rows, own writes included,
// without locks. A current read locks each key it is interested in and reads
// it again, or locks the range before.
func (t *Txn) ScanLatest(tbl Table, start, end []byte) *Iterator {
	if err := t.usable(); err != nil {
		return &Iterator{err: err}
	}
	return t.iterate(t.e.db, tbl, start, end, false)
}

func (t *Txn) iterate(r pebble.Reader, tbl Table, start, end []byte, desc bool) *Iterator {
	if err := t.e.enter(); err != nil {
		return &Iterator{err: err}
	}
	defer t.e.exit()
	lower, upper := tbl.bounds(start, end)
	base, err := r.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return &Iterator{err: tableError("opening a scan", err)}
	}
	it := &Iterator{e: t.e, base: base, desc: desc, own: ownRows{
		set: t.set, span: span{lower: lower, upper: upper}, desc: desc, mark: t.seen(),
	}}
	t.e.readers.add(&it.link, base.Close)
	return it
}

// Next moves to the next row and reports whether there is one.
func (it *Iterator) Next() bool {
	if it.err != nil || it.base == nil {
		return false
	}
	if it.err = it.e.enter(); it.err != nil {
		return false
	}
	defer it.e.exit()
	for it.err == nil {
		it.settle()
		own := it.own.head()
		if it.at == atEnd && own == nil {
			if err := it.base.Error(); err != nil {
				it.err = tableError("scanning", err)
			}
			return false
		}
		if it.step(own) {
			return true
		}
	}
	return false
}

// settle brings base to a row that is not consumed, or to its end.
func (it *Iterator) settle() {
	var valid bool
	switch {
	case it.at == atRow || it.at == atEnd:
		return
	case it.at == atStart && it.desc:
		valid = it.base.Last()
	case it.at == atStart:
		valid = it.base.First()
	case it.desc:
		valid = it.base.Prev()
	default:
		valid = it.base.Next()
	}
	it.at = atEnd
	if valid {
		it.at = atRow
	}
}

// step consumes the nearer of the two heads and reports whether it is a row: an
// own delete is not.
func (it *Iterator) step(own *op) bool {
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
		return it.takeBase()
	}
	if order == 0 {
		it.at = atUsed
	}
	it.own.pop()
	it.key = append(it.key[:0], own.key[prefixSize:]...)
	it.val = append(it.val[:0], own.val...)
	return own.kind == opSet
}

func (it *Iterator) takeBase() bool {
	val, err := it.base.ValueAndErr()
	if err != nil {
		it.err = tableError("reading a row", err)
		return false
	}
	it.key = append(it.key[:0], it.base.Key()[prefixSize:]...)
	it.val = append(it.val[:0], val...)
	it.at = atUsed
	return true
}

// Key is the row's key, valid until the next call of Next.
func (it *Iterator) Key() []byte { return it.key }

// Value is the row's value, valid until the next call of Next.
func (it *Iterator) Value() []byte { return it.val }

// Err is why the scan stopped early, or nil.
func (it *Iterator) Err() error { return it.err }

// Close releases the iterator and returns Err. The engine has released it
// already if it was closed meanwhile: pebble cannot close under an iterator.
func (it *Iterator) Close() error {
	base := it.base
	it.base = nil
	if base == nil || it.e.enter() != nil {
		return it.err
	}
	defer it.e.exit()
	it.e.readers.remove(&it.link)
	if err := base.Close(); err != nil && it.err == nil {
		it.err = tableError("closing a scan", err)
	}
	return it.err
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
		if r.mark == 0 {
			r.done = true
			return nil
		}
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
