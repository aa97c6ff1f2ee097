package rows

import (
	"math"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// A drawn block is AUTO_INCREMENT values that are reserved for a statement: next, and each
// that is a width above, below end.
type drawn struct {
	next, end, width uint64
	all              bool   // the column takes none above
	own              uint64 // the last that was given to a row
}

// reservedMax is how many values a statement reserves at once that does not know how many
// rows it brings.
const reservedMax = 1<<16 - 1

// Asks reports whether a new row asks for a value of its AUTO_INCREMENT column.
func (w *Writer) Asks(values []binlog.Value) bool {
	col, ok := w.table.AutoIncrement()
	return ok && (values[col] == nil || !w.opts.ZeroIsValue && isZero(values[col]))
}

// generate puts a value into the AUTO_INCREMENT column of a new row that asks
// for one; any other value raises the counter.
func (w *Writer) generate(values []binlog.Value) error {
	col, ok := w.table.AutoIncrement()
	if !ok {
		return nil
	}
	if !w.Asks(values) {
		if n, ok := positive(values[col]); ok {
			w.last = n
			if n >= w.auto.next && w.auto.next < w.auto.end { // what follows is larger
				w.auto.next += ((n-w.auto.next)/w.auto.width + 1) * w.auto.width
			}
		}
		return w.raise(values)
	}
	if err := w.Reserve(); err != nil {
		return err
	}
	n := w.auto.next
	w.auto.next += w.auto.width
	w.auto.own = n
	if w.last = n; w.first == 0 {
		w.first = n
	}
	if values[col] = binlog.Value(n); !w.table.Columns[col].Type.Unsigned {
		values[col] = int64(n)
	}
	if w.opts.Drawing != nil {
		return w.raise(values) // a value that the session has chosen is not the counter's
	}
	return nil
}

// GiveBack lets the next row have the value that was drawn for one that has not come into
// the table.
func (w *Writer) GiveBack() {
	if w.auto.own == 0 || w.auto.next != w.auto.own+w.auto.width {
		return
	}
	if w.auto.next = w.auto.own; w.first == w.auto.own {
		w.first = 0
	}
	w.auto.own = 0
}

// Reserve has at least one AUTO_INCREMENT value at hand: with the first, one for each row
// that is expected; else twice as many each time, as MySQL does.
func (w *Writer) Reserve() (err error) {
	col, ok := w.table.AutoIncrement()
	switch {
	case !ok || w.auto.next < w.auto.end:
		return nil
	case w.auto.all:
		return mysqlerr.New(mysqlerr.AutoIncReadFailed)
	}
	if w.first == 0 && w.auto.width == 0 {
		w.due = w.opts.Inserts
	}
	n := w.due
	if w.opts.Inserts == 0 {
		n = min(1<<w.reserved, reservedMax)
		w.reserved = min(w.reserved+1, 16)
	}
	n = max(n, 1)
	first, width := uint64(0), uint64(1)
	if d := w.opts.Drawing; d != nil {
		first, n, err = d.Draw(w.ctx, w.opts.Counters, w.txn, w.table, n)
		width = d.Step.Width
	} else {
		first, err = w.opts.Counters.Take(w.ctx, w.txn, w.table, catalog.AutoInc, n)
	}
	if err != nil {
		return err
	}
	return w.within(col, drawn{next: first, end: first + (uint64(n)-1)*width + 1, width: width})
}

// within keeps a block to what its column takes. MySQL gives the largest value again and
// again once there is none above, but not to who counts in larger steps.
func (w *Writer) within(col int, b drawn) error {
	typ := w.table.Columns[col].Type
	_, high := types.IntRange(typ)
	switch {
	case b.next == math.MaxUint64:
		return mysqlerr.New(mysqlerr.AutoIncReadFailed)
	case b.next > high && w.opts.Drawing != nil:
		return mysqlerr.New(mysqlerr.OutOfRange, w.table.Columns[col].Name, w.inserted+1)
	case b.next > high:
		b.next = high
	}
	if high < math.MaxUint64 && b.end > high {
		b.end, b.all = high+1, true
	}
	w.auto = b
	return nil
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
