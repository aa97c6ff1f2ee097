package rows

import (
	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
)

// An image is a row before or after a change, with its place in each index.
type image struct {
	key     []byte
	entries []catalog.Entry
	values  []binlog.Value
}

// log logs a change, with the unique keys of its images: whoever writes one of them
// later has to come later, wherever the log is replayed (binlog/writeset). They are
// the bytes by which W2 holds them unique.
func (w *Writer) log(kind binlog.RowsKind, before, after image) error {
	if w.table.Temporary || w.opts.Unlogged {
		return nil
	}
	for _, m := range []image{before, after} {
		if m.values == nil {
			continue
		}
		if len(w.table.PrimaryKey) > 0 {
			w.txn.LogKey(w.table.ID, m.key)
		}
		for i, e := range m.entries {
			if e.Unique {
				w.txn.LogKey(w.table.Indexes[i].ID, e.Key)
			}
		}
		if err := w.logParents(m.values); err != nil {
			return err
		}
	}
	w.changes.add(w.table, kind, binlog.RowChange{Before: before.values, After: after.values})
	return nil
}

// logParents tells of the keys that a row points to. Who deletes a row has not
// looked for its parents, and need not: those who change a parent's row come behind
// all that its lock made them wait for, and children that went are among that.
func (w *Writer) logParents(values []binlog.Value) error {
	for i := range w.parents {
		p := &w.parents[i]
		want := pick(values, p.cols)
		if want == nil || p.table == nil {
			continue
		}
		key, err := p.table.Key(p.by, want)
		if err != nil {
			return err
		}
		w.txn.LogKey(p.table.LookupSpace(p.by).ID, key)
	}
	return nil
}
