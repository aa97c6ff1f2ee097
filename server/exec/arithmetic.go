package exec

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// arithmetic compiles + - *. Integers give BIGINT, decimals an exact DECIMAL,
// anything else a DOUBLE; NULL gives NULL.
func (k *compiler) arithmetic(n *sqlparser.BinaryExpr) (*expr, error) {
	switch n.Operator {
	case sqlparser.PlusStr, sqlparser.MinusStr, sqlparser.MultStr:
	default:
		return nil, unsupported("operator " + n.Operator)
	}
	sides, err := k.compileAll(n.Left, n.Right)
	if err != nil {
		return nil, err
	}
	l, r := sides[0].number(), sides[1].number()
	e := &expr{
		nullable: l.nullable || r.nullable, constant: l.constant && r.constant, level: levelLiteral, col: -1,
		text: fmt.Sprintf("(%s %s %s)", operandText(l), n.Operator, operandText(r)),
	}
	lt, rt := numericType(l.typ), numericType(r.typ)
	var apply func(a, b binlog.Value) (binlog.Value, bool)
	op := n.Operator[0]
	switch {
	case lt.IsFloat() || rt.IsFloat():
		e.typ = types.Type{Kind: types.Double}
		return k.floatArithmetic(e, l, r, op), nil
	case lt.Kind == types.Decimal || rt.Kind == types.Decimal:
		e.typ = decimalResult(digitsOf(l), digitsOf(r), op)
		scale := e.typ.Scale
		apply = func(a, b binlog.Value) (binlog.Value, bool) { return decimalOp(op, a, b, scale) }
	default:
		e.typ = types.Type{Kind: types.BigInt, Unsigned: lt.Unsigned || rt.Unsigned}
		unsigned := e.typ.Unsigned
		e.width = wholeWidth(decimalResult(digitsOf(l), digitsOf(r), op), unsigned)
		apply = func(a, b binlog.Value) (binlog.Value, bool) { return integerOp(op, a, b, unsigned) }
	}
	e.eval = func(rec *record) (binlog.Value, error) {
		a, b, err := both(l, r, rec)
		if err != nil || a == nil || b == nil {
			return nil, err
		}
		v, ok := apply(plain(a, l.typ), plain(b, r.typ))
		if !ok {
			return nil, e.outOfRange()
		}
		return v, nil
	}
	return e, nil
}

func both(l, r *expr, rec *record) (a, b binlog.Value, err error) {
	if a, err = l.eval(rec); err != nil {
		return nil, nil, err
	}
	b, err = r.eval(rec)
	return a, b, err
}

// numericType is the type that a value has among numbers.
func numericType(t types.Type) types.Type {
	switch {
	case t.Kind == types.Null:
		return types.Type{Kind: types.BigInt}
	case t.Kind == types.Year, t.Kind == types.Bit:
		return types.Type{Kind: types.BigInt, Unsigned: true}
	case t.IsString():
		return types.Type{Kind: types.Double}
	case t.IsTemporal() && t.FSP > 0:
		return types.Type{Kind: types.Decimal, Precision: momentDigits[t.Kind] + t.FSP, Scale: t.FSP}
	case t.IsTemporal():
		return types.Type{Kind: types.BigInt}
	}
	return t
}

// plain turns a date or time into its number.
func plain(v binlog.Value, t types.Type) binlog.Value {
	if !t.IsTemporal() {
		return v
	}
	d := types.TemporalNumber(v, t)
	if t.FSP == 0 {
		return d.IntPart()
	}
	return types.FormatDecimal(d, t.FSP)
}

// operandTextMax is how much of an operand an error tells. Each level of a deep
// expression holds its operands' texts: without a bound, the statement's
// length squared.
const operandTextMax = 256

func operandText(e *expr) string {
	if len(e.text) > operandTextMax {
		return strings.ToValidUTF8(e.text[:operandTextMax], "") + "..."
	}
	return e.text
}

func (e *expr) outOfRange() error {
	kind := "BIGINT"
	switch {
	case e.typ.IsFloat():
		kind = "DOUBLE"
	case e.typ.Kind == types.Decimal:
		kind = "DECIMAL"
	case e.typ.Unsigned:
		kind = "BIGINT UNSIGNED"
	}
	return mysqlerr.New(mysqlerr.DataOutOfRange, kind, e.text)
}

func integerOp(op byte, a, b binlog.Value, unsigned bool) (binlog.Value, bool) {
	x, okX := a.(int64)
	y, okY := b.(int64)
	if okX && okY && !unsigned {
		return signedOp(op, x, y)
	}
	n, m := bigOf(a), bigOf(b)
	switch op {
	case '+':
		n.Add(n, m)
	case '-':
		n.Sub(n, m)
	default:
		n.Mul(n, m)
	}
	if unsigned {
		return n.Uint64(), n.IsUint64()
	}
	return n.Int64(), n.IsInt64()
}

func signedOp(op byte, x, y int64) (binlog.Value, bool) {
	switch op {
	case '+':
		sum := x + y
		return sum, (sum > x) == (y > 0)
	case '-':
		diff := x - y
		return diff, (diff < x) == (y > 0)
	}
	high, low := bits.Mul64(magnitude(x), magnitude(y))
	if (x < 0) != (y < 0) {
		return int64(-low), high == 0 && low <= 1<<63
	}
	return int64(low), high == 0 && low < 1<<63
}

func magnitude(x int64) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}

func bigOf(v binlog.Value) *big.Int {
	if u, ok := v.(uint64); ok {
		return new(big.Int).SetUint64(u)
	}
	return big.NewInt(v.(int64))
}

func decimalOp(op byte, a, b binlog.Value, scale uint8) (binlog.Value, bool) {
	x, okX := types.Exact(a)
	y, okY := types.Exact(b)
	switch op {
	case '+':
		x = x.Add(y)
	case '-':
		x = x.Sub(y)
	default:
		x = x.Mul(y)
	}
	return types.FormatDecimal(x, scale), okX && okY && fitsDecimal(x.Coefficient(), x.Exponent())
}

// fitsDecimal reports whether the whole part has no more digits than a
// DECIMAL can.
func fitsDecimal(coefficient *big.Int, exponent int32) bool {
	return len(coefficient.Text(10))+int(exponent) <= types.DecimalPrecisionMax+1
}

func (k *compiler) floatArithmetic(e, l, r *expr, op byte) *expr {
	e.eval = func(rec *record) (binlog.Value, error) {
		a, b, err := both(l, r, rec)
		if err != nil || a == nil || b == nil {
			return nil, err
		}
		x, err := k.float(a, l.typ)
		if err != nil {
			return nil, err
		}
		y, err := k.float(b, r.typ)
		if err != nil {
			return nil, err
		}
		switch op {
		case '+':
			x += y
		case '-':
			x -= y
		default:
			x *= y
		}
		if math.IsInf(x, 0) || math.IsNaN(x) {
			return nil, e.outOfRange()
		}
		return x, nil
	}
	return e
}

// float is any value as a DOUBLE. A string that is more than a number is an
// error in statements that write, a warning in others.
func (c *call) float(v binlog.Value, t types.Type) (float64, error) {
	f, clean, ok := types.FloatOf(v, t)
	if text, is := v.([]byte); clean && ok || is && (len(bytes.TrimSpace(text)) == 0 || t.Kind == types.Blob) {
		return f, nil // an empty one is 0, too, and of a TEXT's nobody is told
	}
	warning := mysqlerr.New(mysqlerr.TruncatedWrongValue, "DOUBLE", shown(types.Text(v, t)))
	if !c.strict {
		c.add(Diagnostic{"Warning", warning.Code, warning.Message})
		return f, nil
	}
	return 0, warning
}

// hasDecimalOpposite reports whether an expression is a whole number for every row whose
// opposite is a DECIMAL to MySQL: one below 0, or with an opposite below all of BIGINT.
func (k *compiler) hasDecimalOpposite(e *expr) bool {
	if !e.constant {
		return false
	}
	before := k.diagnostics
	v, err := e.eval(nil)
	k.diagnostics = before // it is asked again
	switch n := v.(type) {
	case int64:
		return err == nil && n < 0
	case uint64:
		return err == nil && n > 1<<63
	}
	return false
}

// negate compiles a minus sign before something that is no literal.
func (k *compiler) negate(e *expr) (*expr, error) {
	approximate := e.hex || e.typ.IsTemporal()
	e = e.number()
	out := *e
	out.col, out.text, out.level, out.width = -1, "-("+operandText(e)+")", levelLiteral, 0
	t := numericType(e.typ)
	if approximate {
		t = types.Type{Kind: types.Double}
		if e.typ.FSP > 0 {
			t.Precision, t.Scale = doubleWidth, e.typ.FSP
		}
	}
	out.typ = t
	switch {
	case approximate:
	case t.IsFloat():
		out.typ = types.Type{Kind: types.Double}
	case t.Kind == types.Decimal:
		out.typ.Unsigned = false
	case k.hasDecimalOpposite(e):
		t = digitsOf(e)
		out.typ = t
	default:
		out.typ = types.Type{Kind: types.BigInt}
	}
	if out.typ.Kind == types.BigInt {
		out.width = wholeWidth(digitsOf(e), false)
	}
	out.eval = func(rec *record) (binlog.Value, error) {
		v, err := e.eval(rec)
		if err != nil || v == nil {
			return nil, err
		}
		var ok bool
		switch v = plain(v, e.typ); {
		case t.IsFloat():
			f, err := k.float(v, e.typ)
			return -f, err
		case t.Kind == types.Decimal:
			v, ok = decimalOp('-', int64(0), v, t.Scale)
		default:
			v, ok = integerOp('-', int64(0), v, false)
		}
		if !ok {
			return nil, out.outOfRange()
		}
		return v, nil
	}
	return &out, nil
}
