package rows

import (
	"encoding/binary"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
)

// Changes are those of one statement, whatever tables it writes to: they are
// logged in the order in which they were made.
type Changes struct {
	txn  Txn
	runs []run
	made int // how many
	// writers are those that foreign keys have needed, by table.
	writers map[uint32]*Writer
	chain   []uint32            // tables whose children are being changed
	touched map[string]struct{} // rows that were changed because their parent was
	leaving map[string]struct{} // rows that go, or point elsewhere, once their children have been seen to
}

// A run is changes of one kind and table that follow each other.
type run struct {
	table   *catalog.Table
	kind    binlog.RowsKind
	changes []binlog.RowChange
}

// NewChanges are a statement's, which has changed nothing yet.
func NewChanges(txn Txn) *Changes { return &Changes{txn: txn} }

func (c *Changes) add(t *catalog.Table, kind binlog.RowsKind, r binlog.RowChange) {
	r.Before, r.After = t.Logged(r.Before), t.Logged(r.After)
	if n := len(c.runs); n == 0 || c.runs[n-1].kind != kind || c.runs[n-1].table != t {
		c.runs = append(c.runs, run{table: t, kind: kind})
	}
	last := &c.runs[len(c.runs)-1]
	last.changes = append(last.changes, r)
	c.made++
}

// Made is how many rows have been changed so far.
func (c *Changes) Made() int { return c.made }

// Log logs them.
func (c *Changes) Log() error {
	for _, r := range c.runs {
		if err := c.txn.LogRows(r.table.Binlog(), r.kind, r.changes); err != nil {
			return err
		}
	}
	c.runs = nil
	return nil
}

// writer changes the rows of a child of w's table.
func (c *Changes) writer(w *Writer, t *catalog.Table) *Writer {
	if c.writers == nil {
		c.writers = make(map[uint32]*Writer)
		c.touched, c.leaving = make(map[string]struct{}), make(map[string]struct{})
	}
	cw := c.writers[t.ID]
	if cw == nil {
		cw = NewWriter(w.ctx, w.txn, t, Options{Counters: w.opts.Counters, Changes: c})
		c.writers[t.ID] = cw
	}
	return cw
}

// rowID names a row of any table.
func rowID(t *catalog.Table, key []byte) string {
	return string(append(binary.BigEndian.AppendUint32(nil, t.ID), key...))
}

// Current brings a row up to date that the statement has found, should a foreign
// key have changed it since; ok is false if it is gone.
func (w *Writer) Current(r *Row) (ok bool, err error) {
	if _, touched := w.changes.touched[rowID(w.table, r.Key)]; !touched {
		return true, nil
	}
	val, ok, err := w.txn.GetForUpdate(w.ctx, w.table.Space(), r.Key, catalog.Exclusive)
	if err != nil || !ok {
		return false, err
	}
	r.Values, err = Decode(w.table, val)
	return err == nil, err
}
