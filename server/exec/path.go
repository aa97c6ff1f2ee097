package exec

import (
	"bytes"
	"slices"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/rows"
	"github.com/xadb/xadb/server/types"
)

const (
	// rangesMax bounds the key ranges of one statement; beyond it the rest of
	// the key is left to the WHERE clause (E7).
	rangesMax = 10_000
	// keyBytesMax bounds a key made from a literal: no stored key is longer.
	keyBytesMax = 2*catalog.KeyMax + 64
)

// A path is how rows are found: by the primary key, or by an index.
type path struct {
	table  *catalog.Table
	index  *catalog.Index // nil: the primary key
	parts  []catalog.Part // the key's columns
	ranges []rows.Range   // sorted and disjoint; none if nothing can match
	rank   rank
	equal  int  // columns that equalities bind
	spread bool // one value has several keys (catalog.Table.Beginnings)
}

// A rank is how good a path is, the best first (E6).
type rank int

const (
	primaryPoint rank = iota
	uniquePoint
	primaryEqual // some columns of the primary key
	indexEqual
	primaryBetween // both ends of a range
	indexBetween
	primaryRange
	indexRange
	everything
)

// path derives from the bounds of a WHERE clause the best way to the rows that
// can match.
func (k *compiler) path(bounds map[int][]bound) path {
	best := path{table: k.table, parts: k.table.PrimaryParts()}
	best.derive(bounds)
	for i := range k.table.Indexes {
		ix := &k.table.Indexes[i]
		if !k.table.Finds(ix) {
			continue
		}
		p := path{table: k.table, index: ix, parts: ix.Columns}
		if p.derive(bounds); p.rank < best.rank || p.rank == best.rank && p.equal > best.equal {
			best = p
		}
	}
	return best
}

// isFixed reports whether an equality binds a column to one value.
func isFixed(bounds map[int][]bound, col int) bool {
	values, ok := equals(bounds[col])
	return ok && len(values) == 1
}

// key is the key of a value in part at; ok is false if none can be there.
func (p *path) key(at int, v binlog.Value) (key []byte, ok bool) {
	var err error
	switch col := p.parts[at].Column; {
	case v == nil && !p.table.Columns[col].Nullable:
		return nil, false
	case p.index == nil:
		key, err = types.AppendKey(nil, p.table.Types()[col], v)
	default:
		key, err = p.table.AppendPart(nil, p.index, at, v)
	}
	return key, err == nil
}

// beginnings are where values are that compare with one, in a part that has other first
// letters of them; nil if the key of the value tells it.
func (p *path) beginnings(at int, v binlog.Value) *types.Beginnings {
	if p.index == nil {
		return nil
	}
	return p.table.Beginnings(p.index, at, v)
}

// derive finds the ranges of the key, and the rank that they give the path.
func (p *path) derive(bounds map[int][]bound) {
	prefixes := [][]byte{nil}
	nulls := false
	for at, part := range p.parts {
		values, ok := equals(bounds[part.Column])
		if !ok {
			break
		}
		if len(prefixes)*len(values) > rangesMax {
			p.between(prefixes, nil)
			p.settle(false, 0)
			return
		}
		var keys [][]byte
		for _, v := range values {
			if b := p.beginnings(at, v); b != nil {
				keys, p.spread = append(keys, b.Keys...), true
			} else if key, ok := p.key(at, v); ok {
				keys = append(keys, key)
				nulls = nulls || v == nil
			}
		}
		prefixes = cross(prefixes, keys)
		p.equal++
	}
	if len(p.parts) > 0 && p.equal == len(p.parts) {
		if p.index == nil || p.index.Unique && !nulls && !p.spread {
			for _, key := range prefixes {
				p.ranges = append(p.ranges, rows.Range{Start: key, End: catalog.After(key), Point: true})
			}
			p.settle(true, 0)
			return
		}
		p.between(prefixes, nil)
		p.settle(false, 0)
		return
	}
	var list []bound
	if len(p.parts) > 0 {
		list = bounds[p.parts[p.equal].Column]
	}
	p.settle(false, p.between(prefixes, list))
}

// settle sets the rank of a path that is of points, or has so many ends behind
// its equalities.
func (p *path) settle(point bool, ends int) {
	switch {
	case point && p.index == nil:
		p.rank = primaryPoint
	case point:
		p.rank = uniquePoint
	case p.equal > 0 && p.index == nil:
		p.rank = primaryEqual
	case p.equal > 0:
		p.rank = indexEqual
	case ends == 2 && p.index == nil:
		p.rank = primaryBetween
	case ends == 2:
		p.rank = indexBetween
	case ends == 1 && p.index == nil:
		p.rank = primaryRange
	case ends == 1:
		p.rank = indexRange
	default:
		p.rank = everything
	}
}

// equals is the values that a column may have, if an equality says so.
func equals(list []bound) ([]binlog.Value, bool) {
	for _, b := range list {
		if b.op == sqlparser.EqualStr {
			return b.values, true
		}
	}
	return nil, false
}

// cross appends each key to each prefix, sorted and each once.
func cross(prefixes, keys [][]byte) [][]byte {
	out := make([][]byte, 0, len(prefixes)*len(keys))
	for _, p := range prefixes {
		for _, key := range keys {
			out = append(out, append(bytes.Clone(p), key...))
		}
	}
	slices.SortFunc(out, bytes.Compare)
	return slices.CompactFunc(out, bytes.Equal)
}

// between sets the ranges of keys that begin with one of the prefixes and meet
// the bounds on the next column, and returns how many ends these give.
func (p *path) between(prefixes [][]byte, list []bound) (ends int) {
	var low, high []byte // on the next column: from low, up to but without high
	var more [][]byte    // and what begins so
	for _, b := range list {
		if len(b.values) == 0 {
			return 2 // of nothing
		}
		key, ok := p.key(p.equal, b.values[0])
		if !ok {
			continue
		}
		op := b.op
		part := p.parts[p.equal]
		if b := p.beginnings(p.equal, b.values[0]); b != nil {
			more, key = append(more, b.Keys...), b.From
			if op == sqlparser.LessThanStr || op == sqlparser.LessEqualStr {
				key = b.To
			}
		}
		if part.Desc {
			op = mirrored[op]
		}
		switch whole := part.Prefix == 0; { // others with the prefix may meet the bound
		case op == sqlparser.GreaterThanStr && whole:
			low = larger(low, catalog.After(key))
		case op == sqlparser.GreaterThanStr, op == sqlparser.GreaterEqualStr:
			low = larger(low, key)
		case op == sqlparser.LessThanStr && whole:
			high = smaller(high, key)
		case op == sqlparser.LessThanStr, op == sqlparser.LessEqualStr:
			high = smaller(high, catalog.After(key))
		}
	}
	if low != nil {
		ends++
	}
	if high != nil {
		ends++
	}
	if high != nil && low == nil && p.index != nil && p.table.Columns[p.parts[p.equal].Column].Nullable {
		low = catalog.After(p.null()) // NULL is below nothing
	}
	for _, prefix := range prefixes {
		r := rows.Range{Start: append(bytes.Clone(prefix), low...), End: catalog.After(prefix)}
		if high != nil {
			r.End = append(bytes.Clone(prefix), high...)
		}
		if r.End == nil || bytes.Compare(r.Start, r.End) < 0 {
			p.ranges = append(p.ranges, r)
		}
		for _, key := range more {
			start := append(bytes.Clone(prefix), key...)
			p.ranges = append(p.ranges, rows.Range{Start: start, End: catalog.After(start)})
		}
	}
	if p.spread = p.spread || len(more) > 0; p.spread {
		p.ranges = rows.Disjoint(p.ranges)
	}
	return ends
}

// null is the key of NULL in the next column, if it sorts first.
func (p *path) null() []byte {
	if p.parts[p.equal].Desc {
		return nil
	}
	key, _ := p.key(p.equal, nil)
	return key
}

func larger(a, b []byte) []byte {
	if bytes.Compare(a, b) > 0 {
		return a
	}
	return b
}

// smaller: nil is no bound.
func smaller(a, b []byte) []byte {
	if a == nil || b != nil && bytes.Compare(b, a) < 0 {
		return b
	}
	return a
}

// inOrder reports whether rows read by the path, or backwards, are in the
// wanted order. Columns that are bound to one value do not matter to it.
func (p *path) inOrder(order []orderKey, bounds map[int][]bound, desc bool) bool {
	if p.spread {
		return false
	}
	parts := p.parts
	if p.index != nil { // entries that are equal are in the order of their rows
		parts = append(slices.Clip(parts), p.table.PrimaryParts()...)
	}
	for _, o := range order {
		if o.e.col >= 0 && isFixed(bounds, o.e.col) {
			continue
		}
		for len(parts) > 0 && isFixed(bounds, parts[0].Column) {
			parts = parts[1:]
		}
		if len(parts) == 0 {
			return p.index == nil && len(p.parts) > 0 // no two rows are equal so far
		}
		if o.e.col != parts[0].Column || parts[0].Prefix > 0 || (o.desc != parts[0].Desc) != desc {
			return false
		}
		parts = parts[1:]
	}
	return true
}

// ordered is the path by an index in whose order all rows are in the wanted
// one.
func (k *compiler) ordered(order []orderKey, desc bool) (path, bool) {
	for i := range k.table.Indexes {
		ix := &k.table.Indexes[i]
		p := path{table: k.table, index: ix, parts: ix.Columns, ranges: []rows.Range{rows.All()}, rank: everything}
		if k.table.Finds(ix) && p.inOrder(order, nil, desc) {
			return p, true
		}
	}
	return path{}, false
}
