package sql

import (
	"bytes"

	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/rows"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// keyRanges is a range of the library as keys, more than one where a column is there by
// its beginning; none if it is empty. Columns behind the first that is not bound to one
// value only narrow the range in ways that keys cannot say, and are left to the conditions.
func (x index) keyRanges(ctx *gms.Context, r gms.MySQLRange) (out []rows.Range, err error) {
	prefixes := [][]byte{nil}
	null := false
	for at, e := range r {
		low, err := x.cut(ctx, at, e.LowerBound, e.Typ, false)
		if err != nil {
			return nil, err
		}
		high, err := x.cut(ctx, at, e.UpperBound, e.Typ, true)
		if err != nil {
			return nil, err
		}
		if low.none || high.none {
			return nil, nil
		}
		if x.descending(at) {
			low, high = high.flip(), low.flip()
		}
		one := low.key != nil && bytes.Equal(low.key, high.key) && !low.after && high.after
		keys := [][]byte{low.key}
		if low.begins != nil {
			keys = low.begins.Keys
		}
		if one && len(keys)*len(prefixes) <= prefixesMax {
			prefixes = crossed(prefixes, keys)
			null = null || low.null
			continue
		}
		for _, prefix := range prefixes {
			out = append(out, between(prefix, low, high)...)
		}
		return out, nil
	}
	point := len(r) == len(x.columns()) && (x.ix == nil || x.ix.Unique && !null && !x.prefixed())
	for _, prefix := range prefixes {
		out = append(out, rows.Range{Start: prefix, End: catalog.After(prefix), Point: point})
	}
	return out, nil
}

// prefixesMax bounds the ranges of keys that one of the library's becomes.
const prefixesMax = 10_000

// crossed is each of the keys behind each of the prefixes.
func crossed(prefixes, keys [][]byte) [][]byte {
	out := make([][]byte, 0, len(prefixes)*len(keys))
	for _, prefix := range prefixes {
		for _, key := range keys {
			out = append(out, append(bytes.Clone(prefix), key...))
		}
	}
	return out
}

// A cut is a place between keys: before key, or after it and all that begin
// with it. Without a key it is the beginning or the end.
type cut struct {
	key   []byte
	after bool
	null  bool
	none  bool // nothing compares with NULL
	// begins: the index has first letters only, and rows may have other ones than the
	// value. Its key is then that of all of it, and the place is in edge.
	begins *types.Beginnings
	edge   []byte
}

// flip is the same place seen from the other end.
func (c cut) flip() cut {
	c.after = !c.after
	return c
}

func (x index) cut(ctx *gms.Context, at int, place gms.MySQLRangeCut, from gms.Type, upper bool) (cut, error) {
	col := x.columns()[at]
	c := &x.t.def.Columns[col]
	var v any
	var out cut
	switch p := place.(type) {
	case gms.Below:
		v = p.Key
	case gms.Above:
		v, out.after = p.Key, true
	case gms.AboveNull, gms.BelowNull:
		if !c.Nullable || x.ix == nil {
			return cut{}, nil
		}
		_, out.after = place.(gms.AboveNull)
		out.null = true
		var err error
		out.key, err = x.append(at, nil)
		return out, err
	default:
		return out, nil
	}
	value, fromType, err := convert.Down(ctx, v, from)
	if err != nil || value == nil {
		return cut{none: true}, err
	}
	// A value that no row of the column can have is no place in it: the range
	// is open there, and the conditions decide.
	if value, err = x.t.c.store(value, fromType, types.Target{Type: c.Type, Row: 1}); err != nil || value == nil {
		return cut{}, nil
	}
	if x.ix != nil && x.ix.Columns[at].Prefix > 0 {
		// Rows on both sides of the value may share its beginning.
		out.after = upper
		out.begins = x.t.def.Beginnings(x.ix, at, value)
	}
	if out.begins == nil {
		out.key, err = x.append(at, value)
		return out, err
	}
	if out.edge = out.begins.From; upper {
		out.edge = out.begins.To
	}
	out.key, err = types.AppendKey(nil, c.Type, value)
	return out, err
}

// place is the key that the cut is at.
func (c cut) place() []byte {
	if c.begins != nil {
		return c.edge
	}
	return c.key
}

// between is what begins with the prefix and is between two cuts.
func between(prefix []byte, low, high cut) (out []rows.Range) {
	for _, c := range []cut{low, high} {
		if c.begins == nil {
			continue
		}
		for _, key := range c.begins.Keys {
			start := append(bytes.Clone(prefix), key...)
			out = append(out, rows.Range{Start: start, End: catalog.After(start)})
		}
	}
	r := rows.Range{Start: prefix, End: catalog.After(prefix)}
	if key := low.place(); key != nil {
		r.Start = append(bytes.Clone(prefix), key...)
		if low.after {
			if r.Start = catalog.After(r.Start); r.Start == nil {
				return out // behind the last key
			}
		}
	}
	if key := high.place(); key != nil {
		r.End = append(bytes.Clone(prefix), key...)
		if high.after {
			r.End = catalog.After(r.End)
		}
	}
	if r.End == nil || bytes.Compare(r.Start, r.End) < 0 {
		out = append(out, r)
	}
	return out
}
