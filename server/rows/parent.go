package rows

import (
	"bytes"
	"slices"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A parent is where a foreign key of the table points to.
type parent struct {
	fk    *catalog.ForeignKey
	cols  []int          // of the table
	refs  []int          // of the parent
	table *catalog.Table // the parent; nil: it is not there
	by    catalog.Lookup
}

// findParents locks the definitions of parents.
func (w *Writer) findParents() error {
	if w.parents != nil {
		return nil
	}
	list := make([]parent, len(w.table.ForeignKeys))
	for i := range list {
		p := &list[i]
		p.fk = &w.table.ForeignKeys[i]
		p.cols, _ = w.table.ColumnsOf(p.fk.Columns)
		p.table = w.table
		if !p.fk.Own(w.table) {
			t, ok, err := w.opts.Counters.catalog.Open(w.ctx, w.txn, p.fk.RefDB, p.fk.RefTable, catalog.Shared)
			if err != nil {
				return err
			}
			if p.table = t; !ok {
				p.table = nil
				continue
			}
		}
		p.refs, _ = p.table.ColumnsOf(p.fk.RefColumns)
		var ok bool
		if p.by, ok = p.table.Lookup(p.refs); !ok {
			return mysqlerr.New(mysqlerr.FKNoIndexParent, p.fk.Name, p.fk.RefTable)
		}
	}
	w.parents = list
	return nil
}

// lockParents locks the parents of a row that is to be written, as they are now
// (F1). old is what the row was, nil if it is new. by is a foreign key whose
// parent sees to itself.
func (w *Writer) lockParents(old, values []binlog.Value, by *catalog.ForeignKey) error {
	if len(w.table.ForeignKeys) == 0 || w.opts.NoForeignKeys {
		return nil
	}
	if err := w.findParents(); err != nil {
		return err
	}
	for i := range w.parents {
		p := &w.parents[i]
		if by != nil && p.fk.Name == by.Name {
			continue
		}
		if err := w.lockParent(p, old, values); err != nil {
			return err
		}
	}
	return nil
}

func (w *Writer) lockParent(p *parent, old, values []binlog.Value) error {
	want := pick(values, p.cols)
	if want == nil {
		return nil // a NULL points nowhere
	}
	if p.table == nil {
		return mysqlerr.New(mysqlerr.NoReferencedRow, p.fk.Of(w.table))
	}
	key, err := p.table.Key(p.by, want)
	if err != nil {
		return err
	}
	has := func(row []binlog.Value, cols []int) (bool, error) {
		at := pick(row, cols)
		if at == nil {
			return false, nil
		}
		k, err := p.table.Key(p.by, at)
		return bytes.Equal(k, key), err
	}
	if old != nil && slices.EqualFunc(pickAll(old, p.cols), want, SameValue) {
		return nil
	}
	if p.fk.Own(w.table) {
		if self, err := has(values, p.refs); err != nil || self {
			return err // the row is its own parent
		}
		if old != nil {
			if gone, err := has(old, p.refs); err != nil || gone {
				if gone {
					err = mysqlerr.New(mysqlerr.NoReferencedRow, p.fk.Of(w.table))
				}
				return err
			}
		}
	}
	found, err := w.lockRow(p, key)
	if err == nil && !found {
		err = mysqlerr.New(mysqlerr.NoReferencedRow, p.fk.Of(w.table))
	}
	return err
}

// lockRow locks a parent's row that has the key, Shared, and for as long as the
// branch is in doubt (C15). The row comes ahead of its entry, as for those who
// change it. What is not found may be about to be: the key is locked then, and
// looked at again.
func (w *Writer) lockRow(p *parent, key []byte) (found bool, err error) {
	if p.by.Whole && p.by.Index == nil {
		if _, found, err = w.txn.GetForUpdate(w.ctx, p.table.Space(), key, catalog.Shared); found && err == nil {
			w.txn.KeepLock(p.table.Space(), key)
		}
		return found, err
	}
	if found, err = w.lockOne(p, key); found || err != nil {
		return found, err
	}
	space := p.table.LookupSpace(p.by)
	if p.by.Whole {
		_, _, err = w.txn.GetForUpdate(w.ctx, space, key, catalog.Shared)
	} else {
		err = w.txn.LockRange(w.ctx, space, key, catalog.After(key), catalog.Shared)
	}
	if err != nil {
		return false, err
	}
	return w.lockOne(p, key)
}

// lockOne locks the first row that has the key, and still has it then.
func (w *Writer) lockOne(p *parent, key []byte) (found bool, err error) {
	end := catalog.After(key)
	if p.by.Whole {
		end = append(bytes.Clone(key), 0)
	}
	for start := key; start != nil; {
		var keys [][]byte
		if keys, start, err = rowsWith(w.txn, p.table, p.by, start, end, 1); err != nil || len(keys) == 0 {
			return false, err
		}
		val, ok, err := w.txn.GetForUpdate(w.ctx, p.table.Space(), keys[0], catalog.Shared)
		if err != nil {
			return false, err
		}
		if !ok {
			continue
		}
		values, err := Decode(p.table, val)
		if err != nil {
			return false, err
		}
		if at := pick(values, p.refs); at != nil {
			is, err := p.table.Key(p.by, at)
			if err != nil {
				return false, err
			}
			if bytes.Equal(is, key) {
				w.txn.KeepLock(p.table.Space(), keys[0])
				return true, nil
			}
		}
	}
	return false, nil
}

// rowsWith is the keys of at most max rows by their keys from start to end, as
// they are now, the statement's own included; next is where the rest begins,
// nil if there is none.
func rowsWith(txn Txn, t *catalog.Table, by catalog.Lookup, start, end []byte, max int) (keys [][]byte, next []byte, err error) {
	it := txn.ScanNow(t.LookupSpace(by), start, end)
	defer func() {
		if cerr := it.Close(); err == nil {
			err = cerr
		}
	}()
	for it.Next() {
		if len(keys) == max {
			return keys, bytes.Clone(it.Key()), nil
		}
		key := bytes.Clone(it.Key())
		if by.Index != nil {
			if key, err = catalog.Primary(key, bytes.Clone(it.Value())); err != nil {
				return nil, nil, err
			}
		}
		keys = append(keys, key)
	}
	return keys, nil, it.Err()
}

// pick is the values of some columns, nil if one of them is NULL.
func pick(row []binlog.Value, cols []int) []binlog.Value {
	out := make([]binlog.Value, len(cols))
	for i, col := range cols {
		if out[i] = row[col]; out[i] == nil {
			return nil
		}
	}
	return out
}

// SameValue reports whether two values are stored alike.
func SameValue(a, b binlog.Value) bool {
	x, text := a.([]byte)
	y, too := b.([]byte)
	if text || too {
		return text && too && bytes.Equal(x, y)
	}
	return a == b
}
