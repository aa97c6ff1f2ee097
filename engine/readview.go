package engine

import (
	"sync"

	"github.com/cockroachdb/pebble/v2"
)

// A ReadView is the committed rows of one moment, for who only reads: without a
// transaction, its locks and its writes. Those who take one between two commits
// share it. It must not be copied once it is used.
type ReadView struct {
	e      *Engine
	snap   *snapshot // nil: closed, or the engine is read-only and never changes
	closed bool
}

// ReadView takes the rows of now. Close it: until then the store keeps what was
// changed since.
func (e *Engine) ReadView() (ReadView, error) {
	if e.ReadOnly() {
		return ReadView{e: e}, e.failure()
	}
	snap, err := e.takeSnapshot()
	return ReadView{e: e, snap: snap}, err
}

// Share is a view of the same rows, to be closed by itself. REQUIRES: v is not
// being closed.
func (v *ReadView) Share() (ReadView, error) {
	if _, err := v.reader(); err != nil {
		return ReadView{}, err
	}
	if v.snap != nil {
		v.snap.users.Add(1)
	}
	return ReadView{e: v.e, snap: v.snap}, nil
}

func (v *ReadView) reader() (pebble.Reader, error) {
	switch err := v.e.failure(); {
	case err != nil:
		return nil, err
	case v.closed:
		return nil, ErrSnapshotClosed
	case v.snap == nil:
		return v.e.newest(), nil
	}
	return v.snap.Snapshot, nil
}

// Get returns a row's value, which is the caller's.
func (v *ReadView) Get(tbl Table, key []byte) (val []byte, ok bool, err error) {
	r, err := v.reader()
	if err != nil {
		return nil, false, err
	}
	return v.e.readRow(r, tbl, key)
}

// Scan iterates over [start, end); a nil end is the end of the table. Close the
// iterator.
func (v *ReadView) Scan(tbl Table, start, end []byte) *Iterator {
	return v.scan(tbl, start, end, false)
}

// ScanReverse is Scan from the last row to the first.
func (v *ReadView) ScanReverse(tbl Table, start, end []byte) *Iterator {
	return v.scan(tbl, start, end, true)
}

func (v *ReadView) scan(tbl Table, start, end []byte, desc bool) *Iterator {
	r, err := v.reader()
	if err != nil {
		return failedScan(err)
	}
	return v.e.iterate(r, tbl, start, end, desc)
}

// Close lets the view go. Closing twice is fine.
func (v *ReadView) Close() {
	if v.snap != nil {
		v.e.returnSnapshot(v.snap)
	}
	v.snap, v.closed = nil, true
}

// Get returns the newest committed value of a row, which is the caller's.
func (e *Engine) Get(tbl Table, key []byte) (val []byte, ok bool, err error) {
	return e.readRow(e.newest(), tbl, key)
}

// keyRoom has memory for full keys: what pebble looks up escapes to the heap.
var keyRoom = sync.Pool{New: func() any { return new([]byte) }}

// readRow is read for those who have no room for the full key.
func (e *Engine) readRow(r pebble.Reader, tbl Table, key []byte) (val []byte, ok bool, err error) {
	room := keyRoom.Get().(*[]byte)
	*room = tbl.appendFullKey((*room)[:0], key)
	val, ok, err = e.read(r, *room)
	keyRoom.Put(room)
	return val, ok, err
}
