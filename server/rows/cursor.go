package rows

import (
	"bytes"
	"context"
	"slices"

	"github.com/xadb/xadb/server/catalog"
)

// A Mode is which rows a cursor sees.
type Mode uint8

// The modes.
const (
	Snapshot Mode = iota // those of the transaction's snapshot
	Latest               // the newest committed ones, without locks
	Share                // the newest, locked so that nobody changes them
	Update               // the newest, locked so that nobody locks them
)

func (m Mode) locks() bool { return m >= Share }

func (m Mode) lock() catalog.Mode {
	if m == Update {
		return catalog.Exclusive
	}
	return catalog.Shared
}

// A Range is [Start, End) of the keys of a table, or of an index; nil is the
// beginning or the end. A Point is one whole key, in Start: the primary key, or
// that of a unique index without NULL.
type Range struct {
	Start, End []byte
	Point      bool
}

// Disjoint makes ranges of keys that have none in common, in the keys' order: values that
// the library takes for two may have one key, where a column is there by its beginning.
func Disjoint(list []Range) []Range {
	if len(list) < 2 {
		return list
	}
	slices.SortFunc(list, func(a, b Range) int { return bytes.Compare(a.Start, b.Start) })
	out := list[:1]
	for _, r := range list[1:] {
		last := &out[len(out)-1]
		switch {
		case last.End != nil && bytes.Compare(last.End, r.Start) <= 0:
			out = append(out, r)
		case last.End != nil && (r.End == nil || bytes.Compare(last.End, r.End) < 0):
			last.End, last.Point = r.End, false
		case !bytes.Equal(last.Start, r.Start) || !bytes.Equal(last.End, r.End):
			last.Point = false
		}
	}
	return out
}

// A Read says where rows are looked for, and how.
type Read struct {
	Txn   Txn
	Table *catalog.Table
	Index *catalog.Index // nil: the rows themselves
	Mode  Mode
	Desc  bool // from the last to the first; of Snapshot only
	// Now: it meets what the statement has written before the cursor comes to a
	// range, too; not of Snapshot.
	Now bool
}

// A Cursor walks over rows in the order of the ranges and of the keys in them.
//
//	c := read.Open(ctx, ranges...)
//	defer c.Close()
//	for c.Next() { use(c.Row()) }
//	return c.Err()
type Cursor struct {
	read   Read
	ctx    context.Context
	ranges []Range
	it     catalog.Iterator // over the present range
	row    Row
	err    error
}

// Open returns a cursor ahead of the first row. Nothing is locked or read yet.
func (r Read) Open(ctx context.Context, ranges ...Range) *Cursor {
	return &Cursor{read: r, ctx: ctx, ranges: ranges}
}

// All is the range of all rows.
func All() Range { return Range{} }

// Row is the present row; its bytes are the caller's.
func (c *Cursor) Row() Row { return c.row }

// Err is why the walk stopped early, or nil.
func (c *Cursor) Err() error { return c.err }

// Close releases the cursor and returns Err.
func (c *Cursor) Close() error {
	c.endRange()
	c.ranges = nil
	return c.err
}

func (c *Cursor) endRange() {
	if c.it != nil {
		c.fail(c.it.Close())
		c.it = nil
	}
}

func (c *Cursor) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// Next moves to the next row and reports whether there is one.
func (c *Cursor) Next() bool {
	for c.err == nil {
		if c.it == nil {
			if len(c.ranges) == 0 {
				return false
			}
			if found := c.nextRange(); found {
				return c.err == nil
			}
			continue
		}
		if !c.it.Next() {
			c.fail(c.it.Err())
			c.endRange()
			continue
		}
		if c.take(bytes.Clone(c.it.Key()), bytes.Clone(c.it.Value())) {
			return c.err == nil
		}
	}
	return false
}

// nextRange begins the next range; found says that it was a point and is the
// row.
func (c *Cursor) nextRange() (found bool) {
	at := 0
	if c.read.Desc {
		at = len(c.ranges) - 1
	}
	r := c.ranges[at]
	if at > 0 {
		c.ranges = c.ranges[:at]
	} else {
		c.ranges = c.ranges[1:]
	}
	space := c.space()
	if r.Point {
		val, ok, err := c.get(space, r.Start)
		c.fail(err)
		return ok && err == nil && c.take(r.Start, val)
	}
	txn := c.read.Txn
	switch {
	case c.read.Mode == Snapshot && c.read.Desc:
		c.it = txn.ScanReverse(space, r.Start, r.End)
	case c.read.Mode == Snapshot:
		c.it = txn.Scan(space, r.Start, r.End)
	default:
		if c.read.Mode.locks() {
			if err := txn.LockRange(c.ctx, space, r.Start, r.End, c.read.Mode.lock()); err != nil {
				c.fail(err)
				return false
			}
		}
		c.it = c.latest(space, r.Start, r.End)
	}
	return false
}

func (c *Cursor) space() catalog.Space {
	if c.read.Index == nil {
		return c.read.Table.Space()
	}
	return c.read.Table.IndexSpace(c.read.Index)
}

func (c *Cursor) latest(s catalog.Space, start, end []byte) catalog.Iterator {
	if c.read.Now {
		return c.read.Txn.ScanNow(s, start, end)
	}
	return c.read.Txn.ScanLatest(s, start, end)
}

// get reads one key as the mode says.
func (c *Cursor) get(s catalog.Space, key []byte) ([]byte, bool, error) {
	switch c.read.Mode {
	case Snapshot:
		return c.read.Txn.Get(s, key)
	case Latest:
		it := c.latest(s, key, append(slices.Clip(key), 0))
		defer func() { c.fail(it.Close()) }()
		if !it.Next() {
			return nil, false, it.Err()
		}
		return bytes.Clone(it.Value()), true, nil
	}
	return c.read.Txn.GetForUpdate(c.ctx, s, key, c.read.Mode.lock())
}

// take makes a row, or the row of an entry, the present one. An entry whose row
// is gone, or has another entry now, is passed over (W5).
func (c *Cursor) take(key, val []byte) bool {
	if c.read.Index == nil {
		c.row = Row{Key: key, Entry: key}
		c.decode(val)
		return true
	}
	primary, err := catalog.Primary(key, val)
	if err != nil {
		c.fail(err)
		return true
	}
	val, ok, err := c.get(c.read.Table.Space(), primary)
	if err != nil || !ok {
		c.fail(err)
		return err != nil
	}
	c.row = Row{Key: primary, Entry: key}
	c.decode(val)
	if c.err != nil {
		return true
	}
	e, err := c.read.Table.Entry(c.read.Index, c.row.Values, primary)
	c.fail(err)
	return err != nil || bytes.Equal(e.Key, key)
}

func (c *Cursor) decode(val []byte) {
	var err error
	c.row.Values, err = Decode(c.read.Table, val)
	c.fail(err)
}
