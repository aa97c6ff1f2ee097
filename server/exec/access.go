package exec

import (
	"math"
	"time"
	"unicode/utf8"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/types"
)

// floatIntMax: below it every whole number is a DOUBLE.
const floatIntMax = 1 << 53

// A bound is what one condition says of a column of a key: one of the
// operators = > >= < <=, and the values; for =, any of them, NULL too.
type bound struct {
	op     string
	values []binlog.Value
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
	case *sqlparser.IsExpr:
		if col, ok := k.keyed(n.Expr); ok && n.Operator == sqlparser.IsNullStr {
			into[col.col] = append(into[col.col], bound{op: sqlparser.EqualStr, values: []binlog.Value{nil}})
		}
	}
}

var mirrored = map[string]string{
	sqlparser.EqualStr: sqlparser.EqualStr, sqlparser.NullSafeEqualStr: sqlparser.EqualStr,
	sqlparser.LessThanStr: sqlparser.GreaterThanStr, sqlparser.GreaterThanStr: sqlparser.LessThanStr,
	sqlparser.LessEqualStr: sqlparser.GreaterEqualStr, sqlparser.GreaterEqualStr: sqlparser.LessEqualStr,
}

func (k *compiler) collectComparison(n *sqlparser.ComparisonExpr, into map[int][]bound) {
	if c, ok := rowComparisonOf(n); ok {
		k.collectRows(c, into)
		return
	}
	if list, ok := n.Right.(sqlparser.ValTuple); ok && n.Operator == sqlparser.InStr {
		k.bind(n.Left, sqlparser.EqualStr, into, list...)
		return
	}
	swapped, ok := mirrored[n.Operator]
	if !ok {
		return
	}
	op := mirrored[swapped]
	if n.Operator == sqlparser.NullSafeEqualStr {
		op, swapped = n.Operator, n.Operator
	}
	k.bind(n.Left, op, into, n.Right)
	k.bind(n.Right, swapped, into, n.Left)
}

// keyed is an expression that is a column of some key, and alone.
func (k *compiler) keyed(n sqlparser.Expr) (*expr, bool) {
	name, ok := n.(*sqlparser.ColName)
	if !ok {
		return k.computed(n)
	}
	col, err := k.column(name)
	return col, err == nil && k.table.IsKeyed(col.col)
}

// computed is the hidden column that has an expression's values.
func (k *compiler) computed(n sqlparser.Expr) (*expr, bool) {
	if !k.table.HasHidden() {
		return nil, false
	}
	at := Computed(k.table, n, func(name *sqlparser.ColName) bool {
		_, err := k.resolve(name)
		return err == nil
	})
	if at < 0 || !k.table.IsKeyed(at) {
		return nil, false
	}
	bare := k.bare
	col, err := k.column(&sqlparser.ColName{Name: sqlparser.NewColIdent(k.table.Columns[at].Name)})
	k.bare = bare
	return col, err == nil
}

// bind keeps "column op any of values", if it is one and every value has a
// key that compares as the value does.
func (k *compiler) bind(column sqlparser.Expr, op string, into map[int][]bound, list ...sqlparser.Expr) {
	col, ok := k.keyed(column)
	if !ok {
		return
	}
	nullIsValue := op == sqlparser.NullSafeEqualStr
	if nullIsValue {
		op = sqlparser.EqualStr
	}
	b := bound{op: op}
	for _, n := range list {
		e, err := k.compile(n)
		if err != nil || !e.constant {
			return
		}
		if len(list) == 1 {
			e = e.asYear(col)
		}
		v, err := e.eval(nil)
		if err != nil {
			return
		}
		if v == nil {
			if nullIsValue {
				b.values = append(b.values, nil)
			}
			continue // else equal to nothing, above and below nothing
		}
		if col.typ.IsSpecial() {
			v, ok = specialKey(col.typ, e, op)
		} else {
			v, ok = k.keyValue(col, e)
		}
		if text, isText := v.([]byte); !ok || isText && len(text) > keyBytesMax {
			return
		}
		b.values = append(b.values, v)
	}
	into[col.col] = append(into[col.col], b)
}

// keyValue is a constant as a value of a key's column; ok is false if the two
// would not be compared as the column's values are.
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
		c, err := k.stringCollation(col, e, sqlparser.EqualStr)
		return v, ok && err == nil && c == t.Collation && (!t.IsText() || utf8.Valid(b))
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
