package engine

import (
	"bytes"

	"github.com/cockroachdb/pebble/v2"
)

// An Iterator walks rows in key order. It sees the transaction's own writes as
// they were when it was made, so a statement does not meet its own (C17).
//
//	it := txn.Scan(tbl, nil, nil)
//	defer it.Close()
//	for it.Next() { use(it.Key(), it.Value()) }
//	return it.Err()
type Iterator struct {
	e     *Engine
	base  *pebble.Iterator // nil if it could not be made, or closed
	valid bool             // base stands on a row
	moved bool             // base was positioned for the first time
	own   []op             // own writes still ahead
	key   []byte
	val   []byte
	err   error
}

// Scan iterates over [start, end) as the snapshot shows it, own writes
// included. A nil end is the end of the table.
func (t *Txn) Scan(tbl Table, start, end []byte) *Iterator {
	if err := t.usable(); err != nil {
		return &Iterator{err: err}
	}
	snap, err := t.snapshot()
	if err != nil {
		return &Iterator{err: err}
	}
	return t.iterate(snap, tbl, start, end)
}

// ScanLatest iterates over the newest committed rows, own writes included. A
// current read locks each key it is interested in and reads it again.
func (t *Txn) ScanLatest(tbl Table, start, end []byte) *Iterator {
	if err := t.usable(); err != nil {
		return &Iterator{err: err}
	}
	return t.iterate(t.e.db, tbl, start, end)
}

func (t *Txn) iterate(r pebble.Reader, tbl Table, start, end []byte) *Iterator {
	if err := t.e.enter(); err != nil {
		return &Iterator{err: err}
	}
	defer t.e.exit()
	lower, upper := tbl.bounds(start, end)
	base, err := r.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return &Iterator{err: tableError("opening a scan", err)}
	}
	t.e.mu.Lock()
	t.e.mu.scans[base] = struct{}{}
	t.e.mu.Unlock()
	return &Iterator{e: t.e, base: base, own: t.set.within(lower, upper)}
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
	if !it.moved {
		it.moved, it.valid = true, it.base.First()
	}
	for it.err == nil && (it.valid || len(it.own) > 0) {
		if it.step() {
			return true
		}
	}
	if err := it.base.Error(); err != nil && it.err == nil {
		it.err = tableError("scanning", err)
	}
	return false
}

// step consumes the lower of the two heads and reports whether it is a row: an
// own delete is not.
func (it *Iterator) step() bool {
	order := -1 // base first
	switch {
	case !it.valid:
		order = 1
	case len(it.own) > 0:
		order = bytes.Compare(it.base.Key(), it.own[0].key)
	}
	if order < 0 {
		return it.takeBase()
	}
	if order == 0 {
		it.valid = it.base.Next()
	}
	o := it.own[0]
	it.own = it.own[1:]
	it.key = append(it.key[:0], o.key[prefixSize:]...)
	it.val = append(it.val[:0], o.val...)
	return o.kind == opSet
}

func (it *Iterator) takeBase() bool {
	val, err := it.base.ValueAndErr()
	if err != nil {
		it.err = tableError("reading a row", err)
		return false
	}
	it.key = append(it.key[:0], it.base.Key()[prefixSize:]...)
	it.val = append(it.val[:0], val...)
	it.valid = it.base.Next()
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
	it.e.mu.Lock()
	delete(it.e.mu.scans, base)
	it.e.mu.Unlock()
	if err := base.Close(); err != nil && it.err == nil {
		it.err = tableError("closing a scan", err)
	}
	return it.err
}
