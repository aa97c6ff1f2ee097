package window

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	gwindow "github.com/dolthub/go-mysql-server/sql/expression/function/aggregation/window"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/spell"
)

// overFunction is what a function of another name computes; nil if it is the
// library's own.
func overFunction(e gms.Expression, def *gms.WindowDefinition, framer gms.WindowFramer) gms.WindowFunction {
	first, is := e.(*gwindow.FirstValue)
	if !is {
		return nil
	}
	f, is := first.Child.(*expr.Function)
	if !is {
		return nil
	}
	var total gms.Aggregation
	switch f.Name {
	case spell.OverPrefix + "nth_value":
		return &nthValue{of: f.Args[0], n: f.Args[1], framer: rowFramer{WindowFramer: framer}}
	case spell.OverPrefix + "ntile":
		tiles := &ntile{aggregation.NewNTile(f.Args[0])}
		return &frameFunction{tiles, rowFramer{WindowFramer: tiles.DefaultFramer()}}
	case spell.OverPrefix + "cume_dist":
		return newRanking(cumeDist, def)
	case spell.OverPrefix + "bit_and":
		total = aggregation.NewBitAnd(f.Args[0])
	case spell.OverPrefix + "bit_or":
		total = aggregation.NewBitOr(f.Args[0])
	case spell.OverPrefix + "bit_xor":
		total = aggregation.NewBitXor(f.Args[0])
	case spell.OverPrefix + "json_objectagg":
		total = aggregation.NewJSONObjectAgg(f.Args[0], f.Args[1]).(gms.Aggregation)
	default:
		return nil
	}
	_, fresh := total.(*aggregation.JSONObjectAgg)
	return &frameTotal{Aggregation: total, fresh: fresh, framer: rowFramer{WindowFramer: framer}}
}

// FunctionName is a function's name, in small letters, as the client wrote it.
func FunctionName(e gms.FunctionExpression) string {
	if first, is := e.(*gwindow.FirstValue); is {
		if f, is := first.Child.(*expr.Function); is && strings.HasPrefix(f.Name, spell.OverPrefix) {
			return strings.TrimPrefix(f.Name, spell.OverPrefix)
		}
	}
	return strings.ToLower(e.FunctionName())
}

// An ntile is the library's, which takes two for one that have the same window.
type ntile struct{ *aggregation.NTile }

// StartPartition implements gms.WindowFunction.
func (n *ntile) StartPartition(ctx *gms.Context, rows gms.WindowInterval, buf gms.WindowBuffer) error {
	if err := n.NTile.StartPartition(ctx, rows, buf); err != nil {
		return mysqlerr.New(mysqlerr.WrongArguments, "ntile")
	}
	return nil
}

// An nthValue is the value of the row of a frame that has a number.
type nthValue struct {
	of, n  gms.Expression
	framer gms.WindowFramer
}

// StartPartition implements gms.WindowFunction.
func (*nthValue) StartPartition(*gms.Context, gms.WindowInterval, gms.WindowBuffer) error { return nil }

// DefaultFramer implements gms.WindowFunction.
func (f *nthValue) DefaultFramer() gms.WindowFramer { return f.framer }

// Compute implements gms.WindowFunction.
func (f *nthValue) Compute(ctx *gms.Context, frame gms.WindowInterval, buf gms.WindowBuffer) any {
	v, err := f.value(ctx, frame, buf)
	if err != nil {
		ctx.Session.(Session).Fail(err) // the interface has no place for it
	}
	return v
}

func (f *nthValue) value(ctx *gms.Context, frame gms.WindowInterval, buf gms.WindowBuffer) (any, error) {
	given, err := f.n.Eval(ctx, nil)
	if err != nil {
		return nil, err
	}
	n, _, err := gtypes.Int64.Convert(ctx, given)
	at, is := n.(int64)
	if err != nil || !is || at < 1 {
		return nil, mysqlerr.New(mysqlerr.WrongArguments, "nth_value")
	}
	if at > int64(frame.End-frame.Start) {
		return nil, nil
	}
	return f.of.Eval(ctx, buf[frame.Start+int(at)-1])
}

// Dispose implements gms.WindowFunction.
func (f *nthValue) Dispose() { expression.Dispose(f.of) }
