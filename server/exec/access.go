package exec

import (
	"bytes"
	"math"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/types"
)

const (
	// rangesMax bounds the key ranges of one statement; beyond it the rest of
	// the key is left to the WHERE clause (E7).
	rangesMax = 10_000
	// keyBytesMax bounds a key made from a literal: no stored key is longer.
	keyBytesMax = 2*catalog.KeyMax + 64
	// floatIntMax: below it every whole number is a DOUBLE.
	floatIntMax = 1 << 53
)

// A keyRange is [start, end) of a table's keys; nil is its beginning or end.
// A point has all of the key, in start.
type keyRange struct {
	start, end []byte
	point      bool
}

// A bound is what one condition says of a key column: one of the operators
// = > >= < <=, and the keys of the values; for =, any of them.
type bound struct {
	op   string
	keys [][]byte
}

// ranges derives from a WHERE clause which keys can match: sorted, disjoint
// ranges, none if nothing can.
func (k *compiler) ranges(where sqlparser.Expr) []keyRange {
	bounds := make(map[int][]bound)
	if where != nil {
		k.collect(where, bounds)
	}
	prefixes := [][]byte{nil}
	used := 0
	for _, col := range k.table.PrimaryKey {
		keys, ok := equals(bounds[col])
		if !ok {
			return between(prefixes, bounds[col])
		}
		if len(prefixes)*len(keys) > rangesMax {
			break
		}
		prefixes = cross(prefixes, keys)
		used++
	}
	if used == 0 {
		return []keyRange{{}}
	}
	if used < len(k.table.PrimaryKey) {
		return between(prefixes, nil)
	}
	out := make([]keyRange, len(prefixes))
	for i, p := range prefixes {
		out[i] = keyRange{start: p, end: after(p), point: true}
	}
	return out
}

// equals is the keys that a column may have, if an equality says so.
func equals(list []bound) ([][]byte, bool) {
	for _, b := range list {
		if b.op == sqlparser.EqualStr {
			return b.keys, true
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

// between is the ranges of keys that begin with one of the prefixes and meet
// the bounds on the next column.
func between(prefixes [][]byte, list []bound) []keyRange {
	var low, high []byte // on the next column: from low, up to but without high
	for _, b := range list {
		if len(b.keys) == 0 {
			return nil
		}
		key := b.keys[0]
		switch b.op {
		case sqlparser.GreaterThanStr:
			low = larger(low, after(key))
		case sqlparser.GreaterEqualStr:
			low = larger(low, key)
		case sqlparser.LessThanStr:
			high = smaller(high, key)
		case sqlparser.LessEqualStr:
			high = smaller(high, after(key))
		}
	}
	var out []keyRange
	for _, p := range prefixes {
		r := keyRange{start: append(bytes.Clone(p), low...), end: after(p)}
		if high != nil {
			r.end = append(bytes.Clone(p), high...)
		}
		if r.end == nil || bytes.Compare(r.start, r.end) < 0 {
			out = append(out, r)
		}
	}
	return out
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

// after is the first key behind all that begin with prefix; nil is the end of
// the table.
func after(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xff {
			out := bytes.Clone(prefix[:i+1])
			out[i]++
			return out
		}
	}
	return nil
}

// collect finds the conditions that must all hold, and keeps those that bind
// a key column to constants. What does not compile is left to the WHERE
// clause, which reports it.
func (k *compiler) collect(n sqlparser.Expr, into map[int][]bound) {
	switch n := n.(type) {
	case *sqlparser.ParenExpr:
		k.collect(n.Expr, into)
	case *sqlparser.AndExpr:
		k.collect(n.Left, into)
		k.collect(n.Right, into)
	case *sqlparser.RangeCond:
		if n.Operator == sqlparser.BetweenStr {
			k.bind(n.Left, sqlparser.GreaterEqualStr, into, n.From)
			k.bind(n.Left, sqlparser.LessEqualStr, into, n.To)
		}
	case *sqlparser.ComparisonExpr:
		k.collectComparison(n, into)
	}
}

var mirrored = map[string]string{
	sqlparser.EqualStr: sqlparser.EqualStr, sqlparser.NullSafeEqualStr: sqlparser.EqualStr,
	sqlparser.LessThanStr: sqlparser.GreaterThanStr, sqlparser.GreaterThanStr: sqlparser.LessThanStr,
	sqlparser.LessEqualStr: sqlparser.GreaterEqualStr, sqlparser.GreaterEqualStr: sqlparser.LessEqualStr,
}

func (k *compiler) collectComparison(n *sqlparser.ComparisonExpr, into map[int][]bound) {
	if list, ok := n.Right.(sqlparser.ValTuple); ok && n.Operator == sqlparser.InStr {
		k.bind(n.Left, sqlparser.EqualStr, into, list...)
		return
	}
	swapped, ok := mirrored[n.Operator]
	if !ok {
		return
	}
	k.bind(n.Left, mirrored[swapped], into, n.Right)
	k.bind(n.Right, swapped, into, n.Left)
}

// bind keeps "column op any of values", if it is one and every value has a
// key that compares as the value does.
func (k *compiler) bind(column sqlparser.Expr, op string, into map[int][]bound, values ...sqlparser.Expr) {
	name, ok := column.(*sqlparser.ColName)
	if !ok {
		return
	}
	col, err := k.column(name)
	if err != nil || !k.table.IsPrimary(col.col) {
		return
	}
	b := bound{op: op}
	for _, n := range values {
		e, err := k.compile(n)
		if err != nil || !e.constant {
			return
		}
		v, err := e.eval(nil)
		if err != nil {
			return
		}
		if v == nil {
			continue // equal to nothing, above and below nothing
		}
		key, ok := k.keyOf(col, e)
		if !ok || len(key) > keyBytesMax {
			return
		}
		b.keys = append(b.keys, key)
	}
	into[col.col] = append(into[col.col], b)
}

// keyOf is the key of a constant in a column of the primary key; ok is false
// if the two would not be compared as the column's values are.
func (k *compiler) keyOf(col, e *expr) (key []byte, ok bool) {
	v, ok := k.keyValue(col, e)
	if !ok {
		return nil, false
	}
	key, err := types.AppendKey(nil, col.typ, v)
	return key, err == nil
}

func (k *compiler) keyValue(col, e *expr) (binlog.Value, bool) {
	t := col.typ
	if t.IsNumber() {
		e = e.number()
	}
	v, err := e.eval(nil)
	if err != nil {
		return nil, false
	}
	switch {
	case t.IsString():
		b, ok := v.([]byte)
		return v, ok && stringCollation(col, e) == t.Collation && (!t.IsText() || utf8.Valid(b))
	case t.IsTemporal():
		return k.temporalKey(t, e)
	case t.IsFloat():
		f, clean, ok := types.FloatOf(v, e.typ)
		return f, clean && ok && (e.typ.IsNumber() || e.typ.IsString()) && !math.IsNaN(f)
	}
	return numberKey(t, v)
}

// numberKey is a number as the value of an integer or decimal column, if it
// has one exactly. A float or a string is compared as a float, so it must be
// a whole number that floats have exactly, and the column an integer's.
func numberKey(t types.Type, v binlog.Value) (binlog.Value, bool) {
	f, isFloat := v.(float64)
	if b, ok := v.([]byte); ok {
		var clean bool
		if f, clean = types.FloatOfString(b); !clean {
			return nil, false
		}
		isFloat = true
	}
	if isFloat {
		if f != math.Trunc(f) || math.Abs(f) >= floatIntMax || !t.IsInteger() {
			return nil, false
		}
		v = int64(f)
	}
	if _, temporal := v.(binlog.DateTime); temporal {
		return nil, false
	}
	want, ok := types.Exact(v)
	if !ok {
		return nil, false
	}
	out, err := types.Store(v, types.Type{Kind: types.BigInt}, types.Target{Type: keyTarget(t), Zone: time.UTC})
	if err != nil {
		return nil, false
	}
	got, ok := types.Exact(out)
	return out, ok && got.Equal(want)
}

// keyTarget is the type to convert a key to: a YEAR without its rule for two
// digits.
func keyTarget(t types.Type) types.Type {
	if t.Kind == types.Year {
		return types.Type{Kind: types.SmallInt}
	}
	return t
}

// temporalKey is a constant as a date or time of the column's kind.
func (k *compiler) temporalKey(t types.Type, e *expr) (binlog.Value, bool) {
	e, err := k.asTemporal(e, t)
	if err != nil {
		return nil, false
	}
	v, err := e.eval(nil)
	if err != nil {
		return nil, false
	}
	switch v := v.(type) {
	case binlog.Duration:
		return v, t.Kind == types.Time
	case binlog.DateTime:
		day := binlog.DateTime{Year: v.Year, Month: v.Month, Day: v.Day}
		utc := k.env.Location == time.UTC || k.env.Location.String() == "UTC"
		return v, t.Kind == types.DateTime || t.Kind == types.Date && v == day || t.Kind == types.Timestamp && utc
	}
	return nil, false
}
