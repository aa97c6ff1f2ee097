package rows

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/types"
)

// Options say how a Writer works.
type Options struct {
	Counters *Counters
	// Drawing, if not nil, is how AUTO_INCREMENT values are drawn.
	Drawing *Drawing
	// ZeroIsValue: a 0 in the AUTO_INCREMENT column is stored as it is, not
	// replaced (NO_AUTO_VALUE_ON_ZERO).
	ZeroIsValue bool
	// Inserts is how many rows the statement is about to insert, if it knows:
	// their generated values follow each other.
	Inserts int
	// Changes is what the writers of the statement share; nil: there is no other.
	Changes *Changes
	// NoForeignKeys: nobody asks for parents or children (foreign_key_checks=0).
	NoForeignKeys bool
	// Unlogged: the rows are a table's that there is not yet, and no binary log has them.
	Unlogged bool
}

// A Writer changes rows of one table within one statement.
type Writer struct {
	ctx   context.Context
	txn   Txn
	table *catalog.Table
	opts  Options

	changes  *Changes
	parents  []parent // of the table's foreign keys; nil: not looked up yet
	children []child  // of the foreign keys that point to it

	churn *atomic.Uint64 // of the table; nil before the first row, or without counters

	size     int    // bytes of keys and values that were inserted
	left     int    // rows that are still expected
	inserted int    // rows that were to be
	due      int    // rows that were expected when values were reserved first, and are to come
	auto     drawn  // AUTO_INCREMENT values reserved for this statement
	reserved int    // how often
	ids      block  // hidden row IDs
	first    uint64 // the first value generated
	last     uint64 // the last value in an AUTO_INCREMENT column
}

// A block is the numbers [next, end).
type block struct{ next, end uint64 }

// NewWriter returns a Writer of a table that is locked.
func NewWriter(ctx context.Context, txn Txn, t *catalog.Table, o Options) *Writer {
	if o.Changes == nil {
		o.Changes = NewChanges(txn)
	}
	return &Writer{ctx: ctx, txn: txn, table: t, opts: o, changes: o.Changes, left: o.Inserts}
}

// Insert adds a row, one value per column as types.Store returned it. NULL in
// the AUTO_INCREMENT column, or 0, is replaced in values, which the Writer
// keeps. A key that is taken is a *DuplicateError (W3).
func (w *Writer) Insert(values []binlog.Value) error {
	early := w.parentsAhead()
	if early {
		if err := w.lockParents(nil, values, nil); err != nil {
			return err
		}
	}
	if err := w.generate(values); err != nil {
		return err
	}
	w.inserted++
	w.left--
	w.due--
	key, err := w.newKey(values)
	if err != nil {
		return err
	}
	if len(w.table.PrimaryKey) > 0 {
		if err := w.primaryFree(key, values); err != nil {
			return err
		}
	}
	entries, err := w.entries(values, key)
	if err != nil {
		return err
	}
	for i := range entries {
		if err := w.entryFree(i, entries[i], values); err != nil {
			return err
		}
	}
	if !early {
		if err := w.lockParents(nil, values, nil); err != nil {
			return err
		}
	}
	val, err := encode(w.table, values)
	if err != nil {
		return err
	}
	if err := w.txn.Put(w.ctx, w.table.Space(), key, val); err != nil {
		return err
	}
	w.size += len(key) + len(val) + keyCost
	for i, e := range entries {
		if e.IsNone() {
			continue
		}
		if err := w.txn.Put(w.ctx, w.space(i), e.Key, e.Value); err != nil {
			return err
		}
		w.size += len(e.Key) + len(e.Value) + keyCost
	}
	w.churned()
	return w.log(binlog.WriteRows, image{}, image{key, entries, values})
}

// parentsAhead reports whether a new row's parents can be asked for before a value is drawn
// for it: a row without them uses up none.
func (w *Writer) parentsAhead() bool {
	if len(w.table.ForeignKeys) == 0 {
		return false // there are none, and no column is looked for
	}
	col, ok := w.table.AutoIncrement()
	return !ok || !slices.ContainsFunc(w.table.ForeignKeys, func(fk catalog.ForeignKey) bool {
		cols, _ := w.table.ColumnsOf(fk.Columns)
		if fk.RefDB == w.table.DB && fk.RefTable == w.table.Name {
			refs, _ := w.table.ColumnsOf(fk.RefColumns)
			cols = slices.Concat(cols, refs)
		}
		return slices.Contains(cols, col)
	})
}

// Size is how much Insert has written, in bytes of keys and values.
func (w *Writer) Size() int { return w.size }

// Update changes a row that is locked exclusively, and moves it if its primary
// key is another. The Writer keeps both lists of values. A key that is taken is
// a *DuplicateError (W3).
func (w *Writer) Update(old Row, values []binlog.Value) error {
	return w.update(old, values, nil)
}

// update is Update; by is the foreign key whose parent makes it.
func (w *Writer) update(old Row, values []binlog.Value, by *catalog.ForeignKey) error {
	newKey := old.Key
	var err error
	if len(w.table.PrimaryKey) > 0 {
		if newKey, err = w.table.AppendKey(nil, values); err != nil {
			return err
		}
	}
	moved := !bytes.Equal(newKey, old.Key)
	if moved {
		if err := w.primaryFree(newKey, values); err != nil {
			return err
		}
	}
	before, err := w.entries(old.Values, old.Key)
	if err != nil {
		return err
	}
	after, err := w.entries(values, newKey)
	if err != nil {
		return err
	}
	for i := range after {
		if !bytes.Equal(before[i].Key, after[i].Key) {
			if err := w.entryFree(i, after[i], values); err != nil {
				return err
			}
		}
	}
	if err := w.lockParents(old.Values, values, by); err != nil {
		return err
	}
	if err := w.updateChildren(old, values); err != nil {
		return err
	}
	val, err := encode(w.table, values)
	if err != nil {
		return err
	}
	if moved {
		if err := w.txn.Delete(w.ctx, w.table.Space(), old.Key); err != nil {
			return err
		}
	}
	if err := w.txn.Put(w.ctx, w.table.Space(), newKey, val); err != nil {
		return err
	}
	if err := w.replaceEntries(before, after); err != nil {
		return err
	}
	if err := w.log(binlog.UpdateRows, image{old.Key, before, old.Values}, image{newKey, after, values}); err != nil {
		return err
	}
	if col, ok := w.table.AutoIncrement(); ok && values[col] != old.Values[col] {
		return w.raise(values)
	}
	return nil
}

func (w *Writer) replaceEntries(before, after []catalog.Entry) error {
	for i, was := range before {
		is := after[i]
		same := bytes.Equal(was.Key, is.Key)
		if same && bytes.Equal(was.Value, is.Value) {
			continue
		}
		if !same {
			if err := w.txn.Delete(w.ctx, w.space(i), was.Key); err != nil {
				return err
			}
		}
		if err := w.txn.Put(w.ctx, w.space(i), is.Key, is.Value); err != nil {
			return err
		}
	}
	return nil
}

// Delete removes a row that is locked exclusively. The Writer keeps its values.
func (w *Writer) Delete(old Row) error { return w.Replace(old, nil) }

// Replace is Delete of a row in whose place one with other values is to be inserted: whoever
// points to what both have keeps its parent. nil: there is none.
func (w *Writer) Replace(old Row, by []binlog.Value) error {
	if err := w.deleteChildren(old, by); err != nil {
		return err
	}
	entries, err := w.entries(old.Values, old.Key)
	if err != nil {
		return err
	}
	if err := w.txn.Delete(w.ctx, w.table.Space(), old.Key); err != nil {
		return err
	}
	for i, e := range entries {
		if e.IsNone() {
			continue
		}
		if err := w.txn.Delete(w.ctx, w.space(i), e.Key); err != nil {
			return err
		}
	}
	w.churned()
	return w.log(binlog.DeleteRows, image{old.Key, entries, old.Values}, image{})
}

// churned counts a row that comes or goes.
func (w *Writer) churned() {
	if w.churn == nil && w.opts.Counters != nil {
		w.churn = w.opts.Counters.Churn(w.table)
	}
	if w.churn != nil {
		w.churn.Add(1)
	}
}

// Existing locks the row that a duplicate was refused for, and reads it.
func (w *Writer) Existing(d *DuplicateError) (Row, error) {
	val, ok, err := w.txn.GetForUpdate(w.ctx, w.table.Space(), d.Key, catalog.Exclusive)
	if err != nil {
		return Row{}, err
	}
	if !ok {
		return Row{}, fmt.Errorf("%w: index %s of table %s.%s has an entry without a row",
			catalog.ErrCorrupt, d.Index, w.table.DB, w.table.Name)
	}
	values, err := Decode(w.table, val)
	return Row{Key: d.Key, Values: values, Entry: d.Key}, err
}

// Close logs what the statement has changed so far. One that fails has no use for
// it.
func (w *Writer) Close() error { return w.changes.Log() }

// InsertID is the first AUTO_INCREMENT value that was generated, 0 if none was:
// LAST_INSERT_ID().
func (w *Writer) InsertID() uint64 { return w.first }

// LastValue is the AUTO_INCREMENT value of the last row inserted, generated or
// not: what the client is told if none was generated.
func (w *Writer) LastValue() uint64 { return w.last }

func (w *Writer) space(i int) catalog.Space { return w.table.IndexSpace(&w.table.Indexes[i]) }

func (w *Writer) newKey(values []binlog.Value) ([]byte, error) {
	if len(w.table.PrimaryKey) > 0 {
		return w.table.AppendKey(nil, values)
	}
	if w.ids.next == w.ids.end {
		n := max(w.left, 1)
		first, err := w.opts.Counters.Take(w.ctx, w.txn, w.table, catalog.RowIDs, n)
		if err != nil {
			return nil, err
		}
		w.ids = block{first, first + uint64(n)}
	}
	w.ids.next++
	return binary.BigEndian.AppendUint64(nil, w.ids.next-1), nil
}

func (w *Writer) entries(values []binlog.Value, key []byte) ([]catalog.Entry, error) {
	if len(w.table.Indexes) == 0 {
		return nil, nil
	}
	out := make([]catalog.Entry, len(w.table.Indexes))
	for i := range out {
		var err error
		if out[i], err = w.table.Entry(&w.table.Indexes[i], values, key); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// primaryFree locks a primary key, which must be free (W2).
func (w *Writer) primaryFree(key []byte, values []binlog.Value) error {
	_, taken, err := w.txn.GetForUpdate(w.ctx, w.table.Space(), key, catalog.Exclusive)
	if err != nil || !taken {
		return err
	}
	var vals []binlog.Value
	var typs []types.Type
	for _, col := range w.table.PrimaryKey {
		vals, typs = append(vals, values[col]), append(typs, w.table.Columns[col].Type)
	}
	return duplicate(w.table, catalog.PrimaryName, vals, typs, key)
}

// entryFree locks a unique key of index i, which must be free (W2). Others are.
func (w *Writer) entryFree(i int, e catalog.Entry, values []binlog.Value) error {
	if !e.Unique {
		return nil
	}
	val, taken, err := w.txn.GetForUpdate(w.ctx, w.space(i), e.Key, catalog.Exclusive)
	if err != nil || !taken {
		return err
	}
	key, err := catalog.Primary(e.Key, val)
	if err != nil {
		return err
	}
	return duplicateEntry(w.table, &w.table.Indexes[i], values, key)
}

func duplicateEntry(t *catalog.Table, ix *catalog.Index, values []binlog.Value, key []byte) error {
	var vals []binlog.Value
	var typs []types.Type
	for at, p := range ix.Columns {
		vals, typs = append(vals, t.PartValue(ix, at, values)), append(typs, t.Columns[p.Column].Type)
	}
	return duplicate(t, ix.Name, vals, typs, key)
}

// AsDuplicate is the DuplicateError in err, or nil.
func AsDuplicate(err error) *DuplicateError {
	var d *DuplicateError
	if errors.As(err, &d) {
		return d
	}
	return nil
}
