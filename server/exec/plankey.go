package exec

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/rows"
	"github.com/xadb/xadb/server/types"
)

// argKey appends the key of an argument for a column; false for what is not
// compared as the column's values are, or has none.
func (c *call) argKey(dst []byte, p *plan, at, param int) ([]byte, bool) {
	w := &p.where
	col := w.next
	if at < len(w.parts) {
		col = w.parts[at].Column
	}
	t := p.table.Columns[col].Type
	v, ok := keyArg(t, c.args[param])
	if !ok || !t.IsText() && c.env.recodes(v) {
		return nil, false
	}
	var err error
	if w.index == nil {
		dst, err = types.AppendKey(dst, p.table.Types()[col], v)
	} else {
		dst, err = p.table.AppendPart(dst, w.index, at, v)
	}
	return dst, err == nil
}

// keyArg is an argument as the value of a column of strings or of whole numbers.
func keyArg(t types.Type, v binlog.Value) (binlog.Value, bool) {
	if t.IsString() {
		b, ok := v.([]byte)
		return v, ok && len(b) <= keyBytesMax && (!t.IsText() || utf8.Valid(b))
	}
	return intArg(t, v)
}

// intArg is a whole number as the value of an integer column, if it is in range.
func intArg(t types.Type, v binlog.Value) (binlog.Value, bool) {
	low, high := types.IntRange(t)
	switch n := v.(type) {
	case int64:
		switch {
		case !t.Unsigned:
			return v, n >= low && (n < 0 || uint64(n) <= high)
		case n >= 0:
			return uint64(n), uint64(n) <= high
		}
	case uint64:
		if n > high {
			return nil, false
		}
		if t.Unsigned {
			return v, true
		}
		return int64(n), true
	}
	return nil, false
}

// prefix is the key that equalities give; of a point, all of it.
func (c *call) prefix(p *plan) ([]byte, bool) {
	key, ok := make([]byte, 0, 16), true
	for i, param := range p.where.equal {
		if key, ok = c.argKey(key, p, i, param); !ok {
			return nil, false
		}
	}
	return key, true
}

// planRanges is where the plan's rows are; false if an argument is not of the
// plain kind.
func (c *call) planRanges(p *plan) ([]rows.Range, bool) {
	w := &p.where
	key, ok := c.prefix(p)
	switch {
	case !ok:
		return nil, false
	case w.in != nil:
		return c.listRanges(p, key)
	case w.point:
		return []rows.Range{{Start: key, Point: true}}, true
	}
	r := rows.Range{Start: key, End: catalog.After(key)}
	if w.low.param >= 0 {
		if r.Start, ok = c.argKey(bytes.Clone(key), p, len(w.parts), w.low.param); !ok {
			return nil, false
		}
		if !w.low.inclusive {
			r.Start = catalog.After(r.Start)
		}
	}
	if w.high.param >= 0 {
		if r.End, ok = c.argKey(bytes.Clone(key), p, len(w.parts), w.high.param); !ok {
			return nil, false
		}
		if w.high.inclusive {
			r.End = catalog.After(r.End)
		}
	}
	if r.Start == nil && w.low.param >= 0 || r.End != nil && bytes.Compare(r.Start, r.End) >= 0 {
		return nil, true // nothing is between
	}
	return []rows.Range{r}, true
}

// listRanges is those of IN, in the order of keys and each once.
func (c *call) listRanges(p *plan, prefix []byte) ([]rows.Range, bool) {
	w := &p.where
	keys := make([][]byte, len(w.in))
	for i, param := range w.in {
		var ok bool
		if keys[i], ok = c.argKey(bytes.Clone(prefix), p, len(w.parts)-1, param); !ok {
			return nil, false
		}
	}
	slices.SortFunc(keys, bytes.Compare)
	keys = slices.CompactFunc(keys, bytes.Equal)
	out := make([]rows.Range, len(keys))
	for i, key := range keys {
		out[i] = rows.Range{Start: key, End: catalog.After(key), Point: w.point}
	}
	return out, true
}
