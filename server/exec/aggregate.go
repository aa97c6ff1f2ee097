package exec

import (
	"math"

	"github.com/dolthub/vitess/go/vt/sqlparser"
	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// sumDigits is what SUM adds to the digits of its argument, as MySQL does.
const sumDigits = 22

// An aggregate is COUNT, SUM, MIN or MAX on its way over the rows. NULLs do
// not count.
type aggregate struct {
	arg   *expr // nil: COUNT(*)
	count int64
	sum   decimal.Decimal
	float float64
	best  binlog.Value
	take  func(a *aggregate, v binlog.Value) error
}

func (a *aggregate) add(rec *record) error {
	if a.arg == nil {
		a.count++
		return nil
	}
	v, err := a.arg.eval(rec)
	if err != nil || v == nil {
		return err
	}
	a.count++
	return a.take(a, v)
}

// countWidth is the length of a whole number of which nothing is known.
const countWidth = 21

// aggregate compiles a call of one. Its expr has the value reached so far.
func (k *compiler) aggregate(n *sqlparser.FuncExpr, name string) (*expr, error) {
	if k.aggregates == nil {
		return nil, mysqlerr.New(mysqlerr.InvalidGroupFuncUse)
	}
	if n.Distinct {
		return nil, unsupported("DISTINCT in " + name)
	}
	arg, err := k.aggregateArgument(n, name)
	if err != nil {
		return nil, err
	}
	a := &aggregate{arg: arg}
	e := &expr{nullable: true, level: levelColumn, col: -1, text: name + "()"}
	switch {
	case name == "count":
		e.typ, e.nullable, e.width = types.Type{Kind: types.BigInt}, false, countWidth
		a.take = func(*aggregate, binlog.Value) error { return nil }
		e.eval = func(*record) (binlog.Value, error) { return a.count, nil }
	case name == "min", name == "max":
		e.typ, e.width = arg.typ, arg.length()
		a.take = extreme(arg.typ, name == "min")
		e.eval = func(*record) (binlog.Value, error) { return a.best, nil }
	case name == "sum" && numericType(arg.typ).IsFloat():
		e.typ = types.Type{Kind: types.Double}
		k.sumFloats(a, e)
	case name == "sum":
		sumExact(a, e)
	default:
		return nil, unsupported("function " + name)
	}
	*k.aggregates = append(*k.aggregates, a)
	return e, nil
}

// aggregateArgument compiles what is between the parentheses; nil for *.
func (k *compiler) aggregateArgument(n *sqlparser.FuncExpr, name string) (*expr, error) {
	if len(n.Exprs) != 1 {
		return nil, unsupported("function " + name + " with these arguments")
	}
	if _, ok := n.Exprs[0].(*sqlparser.StarExpr); ok {
		if name != "count" {
			return nil, mysqlerr.New(mysqlerr.ParseError, "* is no argument of "+name)
		}
		return nil, nil
	}
	a, ok := n.Exprs[0].(*sqlparser.AliasedExpr)
	if !ok {
		return nil, unsupported("function " + name + " with these arguments")
	}
	inner := &compiler{call: k.call, table: k.table, alias: k.alias, clause: k.clause}
	compile := inner.compile
	if name == "count" {
		compile = inner.compileAny
	}
	e, err := compile(a.Expr)
	if err != nil {
		return nil, err
	}
	return e.number(), nil
}

func extreme(t types.Type, least bool) func(*aggregate, binlog.Value) error {
	return func(a *aggregate, v binlog.Value) error {
		if a.best == nil || (types.Compare(v, a.best, t) < 0) == least && types.Compare(v, a.best, t) != 0 {
			a.best = v
		}
		return nil
	}
}

func (k *compiler) sumFloats(a *aggregate, e *expr) {
	a.take = func(a *aggregate, v binlog.Value) error {
		f, err := k.float(v, a.arg.typ)
		a.float += f
		if err == nil && math.IsInf(a.float, 0) {
			err = e.outOfRange()
		}
		return err
	}
	e.eval = func(*record) (binlog.Value, error) {
		if a.count == 0 {
			return nil, nil
		}
		return a.float, nil
	}
}

func sumExact(a *aggregate, e *expr) {
	t := numericType(a.arg.typ)
	e.typ = types.Type{Kind: types.Decimal, Scale: t.Scale}
	e.typ.Precision = min(digitsOf(a.arg).Precision+sumDigits, types.DecimalPrecisionMax)
	a.take = func(a *aggregate, v binlog.Value) error {
		d, ok := types.Exact(plain(v, a.arg.typ))
		a.sum = a.sum.Add(d)
		if !ok || !fitsDecimal(a.sum.Coefficient(), a.sum.Exponent()) {
			return e.outOfRange()
		}
		return nil
	}
	e.eval = func(*record) (binlog.Value, error) {
		if a.count == 0 {
			return nil, nil
		}
		return types.FormatDecimal(a.sum, t.Scale), nil
	}
}
