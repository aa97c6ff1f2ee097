package rows

import (
	"bytes"
	"slices"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// depthMax is how many tables a change passes through, as in MySQL.
const depthMax = 15

// childrenMax is how many children are looked for at once.
const childrenMax = 1000

// A child is a foreign key that points to the table.
type child struct {
	fk    *catalog.ForeignKey
	cols  []int // of the child
	refs  []int // of the table
	table *catalog.Table
	by    catalog.Lookup
}

// findChildren locks the definitions of children.
func (w *Writer) findChildren() error {
	if w.children != nil {
		return nil
	}
	list := make([]child, len(w.table.ReferencedBy))
	for i, r := range w.table.ReferencedBy {
		t, at, err := w.opts.Counters.catalog.Referring(w.ctx, w.txn, r, catalog.Shared)
		if err != nil {
			return err
		}
		c := child{fk: &t.ForeignKeys[at], table: t}
		c.cols, _ = t.ColumnsOf(c.fk.Columns)
		c.refs, _ = w.table.ColumnsOf(c.fk.RefColumns)
		var ok bool
		if c.by, ok = t.Lookup(c.cols); !ok {
			return mysqlerr.New(mysqlerr.CannotAddForeign)
		}
		list[i] = c
	}
	w.children = list
	return nil
}

func (w *Writer) hasChildren() bool {
	return len(w.table.ReferencedBy) > 0 && !w.opts.NoForeignKeys
}

// deleteChildren does what foreign keys ask for, before a row goes (F2), or makes room
// for another.
func (w *Writer) deleteChildren(old Row, by []binlog.Value) error {
	if !w.hasChildren() {
		return nil
	}
	if err := w.findChildren(); err != nil {
		return err
	}
	for i := range w.children {
		c := &w.children[i]
		if by != nil && sameValues(c.refs, old.Values, by) {
			continue
		}
		change, leaves := w.refuse, true
		switch c.fk.OnDelete {
		case catalog.Cascade:
			change = func(cw *Writer, _ *child, r Row) error { return cw.Delete(r) }
		case catalog.SetNull:
			change = setNull
		default: // a row that is its own parent cannot go, as in MySQL
			leaves = false
		}
		if err := w.eachChild(c, old, leaves, c.fk.OnDelete, change); err != nil {
			return err
		}
	}
	return nil
}

// updateChildren does what foreign keys ask for, before a row gets other values
// (F2). As in MySQL, a change that comes to a table twice is refused.
func (w *Writer) updateChildren(old Row, values []binlog.Value) error {
	if !w.hasChildren() {
		return nil
	}
	if err := w.findChildren(); err != nil {
		return err
	}
	for i := range w.children {
		c := &w.children[i]
		if sameValues(c.refs, old.Values, values) {
			continue
		}
		action, change := c.fk.OnUpdate, w.refuse
		if c.table.ID == w.table.ID || slices.Contains(w.changes.chain, c.table.ID) {
			action = catalog.Restrict
		}
		switch action {
		case catalog.Cascade:
			change = func(cw *Writer, c *child, r Row) error {
				return cw.update(r, c.with(r.Values, pickAll(values, c.refs)), c.fk)
			}
		case catalog.SetNull:
			change = setNull
		}
		if err := w.eachChild(c, old, false, action, change); err != nil {
			return err
		}
	}
	return nil
}

// A childChange is what becomes of a child.
type childChange = func(*Writer, *child, Row) error

func (w *Writer) refuse(_ *Writer, c *child, _ Row) error {
	return mysqlerr.New(mysqlerr.RowIsReferenced, c.fk.Of(c.table))
}

func setNull(cw *Writer, c *child, r Row) error { return cw.update(r, c.with(r.Values, nil), c.fk) }

// with is a child's row with other values in the columns of the foreign key;
// nil is NULL.
func (c *child) with(row, values []binlog.Value) []binlog.Value {
	out := slices.Clone(row)
	for i, col := range c.cols {
		out[col] = nil
		if values != nil {
			out[col] = values[i]
		}
	}
	return out
}

func pickAll(row []binlog.Value, cols []int) []binlog.Value {
	out := make([]binlog.Value, len(cols))
	for i, col := range cols {
		out[i] = row[col]
	}
	return out
}

// sameValues reports whether two rows have the same values in columns that are referred
// to. Equal texts that are written otherwise are not the same, as in MySQL.
func sameValues(refs []int, a, b []binlog.Value) bool {
	x := pick(a, refs)
	return x == nil /* nobody points to NULL */ || slices.EqualFunc(x, pickAll(b, refs), SameValue)
}

// eachChild locks the rows that point to a row of the table, which is locked
// exclusively, and hands on those that still do. So there is no other: whoever
// makes one waits for the parent's lock, and then sees what has become of it.
// leaves: the row itself, should it be its own child, is none.
func (w *Writer) eachChild(c *child, old Row, leaves bool, action string, change childChange) error {
	want := pick(old.Values, c.refs)
	if want == nil {
		return nil
	}
	prefix, err := c.table.Key(c.by, want)
	if err != nil {
		return err
	}
	if len(w.changes.chain) >= depthMax {
		return mysqlerr.New(mysqlerr.FKDepthExceeded, depthMax)
	}
	cw := w.changes.writer(w, c.table)
	self := rowID(w.table, old.Key)
	w.changes.chain = append(w.changes.chain, w.table.ID)
	if leaves {
		w.changes.leaving[self] = struct{}{}
	}
	defer func() {
		w.changes.chain = w.changes.chain[:len(w.changes.chain)-1]
		delete(w.changes.leaving, self)
	}()
	mode := catalog.Shared
	if action == catalog.Cascade || action == catalog.SetNull {
		mode = catalog.Exclusive
	}
	for start := prefix; start != nil; {
		var keys [][]byte
		if keys, start, err = rowsWith(w.txn, c.table, c.by, start, catalog.After(prefix), childrenMax); err != nil {
			return err
		}
		for _, key := range keys {
			if err := cw.changeChild(c, key, prefix, mode, change); err != nil {
				return err
			}
		}
	}
	return nil
}

// changeChild locks a row, asks again whether it has the prefix, and changes it.
func (cw *Writer) changeChild(c *child, key, prefix []byte, mode catalog.Mode, change childChange) error {
	id := rowID(c.table, key)
	if _, leaves := cw.changes.leaving[id]; leaves {
		return nil
	}
	val, ok, err := cw.txn.GetForUpdate(cw.ctx, c.table.Space(), key, mode)
	if err != nil || !ok {
		return err
	}
	values, err := Decode(c.table, val)
	if err != nil {
		return err
	}
	at := pick(values, c.cols)
	if at == nil {
		return nil
	}
	if is, err := c.table.Key(c.by, at); err != nil || !bytes.Equal(is, prefix) {
		return err
	}
	if mode == catalog.Exclusive {
		cw.changes.touched[id] = struct{}{}
	}
	return change(cw, c, Row{Key: key, Values: values})
}
