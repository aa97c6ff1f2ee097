package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// ofGroup is the type of an aggregate whose library's is another.
func (x *chooser) ofGroup(e gms.Expression) (t types.Type, ok bool) {
	switch e := e.(type) {
	case *aggregation.Sum:
		return x.total(e.Child, sumDigits, 0), true
	case *aggregation.Avg:
		of, more := averagedOf(e.Child)
		return x.total(of, more, more), true
	case *aggregation.Max:
		t, ok = x.extreme(e.Child)
		return widened(e, t), ok
	case *aggregation.Min:
		t, ok = x.extreme(e.Child)
		return widened(e, t), ok
	case *aggregation.GroupConcat:
		t = storable(convert.FromType(e.Type()))
		return types.Type{Kind: types.Blob, Length: 2, Collation: x.collation(e, t.Collation)}, true
	}
	return t, false
}

// widened: what window functions find of whole numbers is BIGINT.
func widened(e gms.Expression, t types.Type) types.Type {
	if isWindowed(e) && t.IsInteger() && t.Kind != types.Year {
		t.Kind = types.BigInt
	}
	return t
}

// total is the type of a sum, or an average, with more digits than its operand.
func (x *chooser) total(of gms.Expression, precision, scale uint8) types.Type {
	if n, is := of.(*exactNumber); is {
		of = n.Child
	}
	t, ok := x.operand(of)
	if !ok {
		return types.Type{Kind: types.Double}
	}
	t = x.digitsIn(of, t)
	t.Scale = min(t.Scale+scale, types.DecimalScaleMax)
	t.Precision = min(t.Precision+precision, types.DecimalPrecisionMax)
	return types.Type{Kind: types.Decimal, Precision: t.Precision, Scale: t.Scale}
}

// extreme is the type of MAX and MIN: that of what they look at.
func (x *chooser) extreme(of gms.Expression) (types.Type, bool) {
	if n, is := of.(*names); is {
		of = n.Child
	}
	t := x.column(of).Type
	if _, field := of.(*expression.GetField); !field && t.Kind == types.Int {
		t.Kind = types.BigInt
	}
	return t, t.Kind != types.Null
}
