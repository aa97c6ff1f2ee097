package rows

import (
	"math"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// generate puts a value into the AUTO_INCREMENT column of a new row that asks
// for one; any other value raises the counter.
func (w *Writer) generate(values []binlog.Value) error {
	col, ok := w.table.AutoIncrement()
	if !ok {
		return nil
	}
	if v := values[col]; v != nil && (w.opts.ZeroIsValue || !isZero(v)) {
		if n, ok := positive(v); ok {
			w.last = n
			if n >= w.auto.next && w.auto.next < w.auto.end { // what follows is larger
				w.auto.next = min(n+1, w.auto.end)
			}
		}
		return w.raise(values)
	}
	if err := w.reserve(); err != nil {
		return err
	}
	n := w.auto.next
	typ := w.table.Columns[col].Type
	if _, high := types.IntRange(typ); n > high || n == math.MaxUint64 {
		return mysqlerr.New(mysqlerr.AutoIncReadFailed)
	}
	w.auto.next++
	if w.last = n; w.first == 0 {
		w.first = n
	}
	if values[col] = binlog.Value(n); !typ.Unsigned {
		values[col] = int64(n)
	}
	if w.opts.Drawing != nil {
		return w.raise(values) // a value that the session has chosen is not the counter's
	}
	return nil
}

// reserve has at least one AUTO_INCREMENT value at hand.
func (w *Writer) reserve() (err error) {
	if w.auto.next < w.auto.end {
		return nil
	}
	n := max(w.left, 1)
	var first uint64
	if d := w.opts.Drawing; d != nil {
		n = 1
		first, err = d.Draw(w.ctx, w.opts.Counters, w.txn, w.table)
	} else {
		first, err = w.opts.Counters.Take(w.ctx, w.txn, w.table, catalog.AutoInc, n)
	}
	if err == nil {
		w.auto = block{first, first + uint64(n)}
	}
	return err
}

// raise keeps the counter above the row's AUTO_INCREMENT value.
func (w *Writer) raise(values []binlog.Value) error {
	col, ok := w.table.AutoIncrement()
	if !ok {
		return nil
	}
	n, ok := positive(values[col])
	if !ok {
		return nil
	}
	return w.opts.Counters.Raise(w.ctx, w.txn, w.table, catalog.AutoInc, n)
}

func isZero(v binlog.Value) bool { return v == int64(0) || v == uint64(0) }

func positive(v binlog.Value) (uint64, bool) {
	switch v := v.(type) {
	case int64:
		return uint64(v), v > 0
	case uint64:
		return v, v > 0
	}
	return 0, false
}
