package window

import (
	"cmp"
	"io"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	gwindow "github.com/dolthub/go-mysql-server/sql/expression/function/aggregation/window"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/spell"
	"github.com/xadb/xadb/server/sql/walk"
)

// Functions gives functions over windows the frames that MySQL gives them, and has
// aggregates computed as without a window: the library adds up floats, takes
// each row for the last of its peers, and knows no descending range. Texts divide
// and sort rows by their keys.
func Functions(ctx *gms.Context, node gms.Node) (gms.Node, error) {
	node, err := walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		w, ok := e.(gms.WindowAdaptableExpression)
		if !ok || w.Window() == nil {
			return e, transform.SameTree, nil
		}
		e, _, err := expr.CollateExtreme(ctx, e)
		if err != nil {
			return nil, transform.SameTree, err
		}
		w = e.(gms.WindowAdaptableExpression)
		return &framed{w.WithWindow(keyedWindow(ctx, w.Window()))}, transform.NewTree, nil
	})
	if err != nil {
		return nil, err
	}
	return walk.Nodes(node, runWindows)
}

func keyedWindow(ctx *gms.Context, def *gms.WindowDefinition) *gms.WindowDefinition {
	out := *def
	out.PartitionBy, _ = expr.OrderKeys(ctx, def.PartitionBy)
	by, _ := expr.OrderKeys(ctx, def.OrderBy.ToExpressions())
	for _, e := range by {
		if k, ok := e.(*expr.SortKey); ok {
			k.Readable = true // the library compares with !=, which bytes do not stand
		}
	}
	out.OrderBy = def.OrderBy.FromExpressions(by...)
	return &out
}

// A framed is a function of the rows of a frame.
type framed struct{ gms.WindowAdaptableExpression }

// WithChildren implements gms.Expression.
func (f *framed) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	e, err := f.WindowAdaptableExpression.WithChildren(children...)
	if err != nil {
		return nil, err
	}
	return &framed{e.(gms.WindowAdaptableExpression)}, nil
}

// NewBuffer implements gms.Aggregation, as which the library looks for functions
// over windows.
func (f *framed) NewBuffer() (gms.AggregationBuffer, error) {
	return nil, aggregation.ErrEvalUnsupportedOnAggregation.New(f.String())
}

// NewWindowFunction implements gms.WindowAdaptableExpression.
func (f *framed) NewWindowFunction() (gms.WindowFunction, error) {
	framer, err := newFramer(f.Window())
	if err != nil {
		return nil, err
	}
	if rank := rankOf(f.WindowAdaptableExpression); rank != nil {
		return newRanking(rank, f.Window()), nil
	}
	if fn := overFunction(f.WindowAdaptableExpression, f.Window(), framer); fn != nil {
		return fn, nil
	}
	a, total := f.WindowAdaptableExpression.(gms.Aggregation)
	if total {
		return &frameTotal{Aggregation: a, framer: rowFramer{WindowFramer: framer}}, nil
	}
	def := *f.Window()
	def.Frame = nil
	fn, err := f.WithWindow(&def).NewWindowFunction()
	if err != nil {
		return nil, err
	}
	switch f.WindowAdaptableExpression.(type) {
	case *gwindow.FirstValue, *gwindow.LastValue:
	default: // of all rows, or of peers
		framer = fn.DefaultFramer()
	}
	return &frameFunction{fn, rowFramer{WindowFramer: framer}}, nil
}

// newFramer gives the frames of a window: without a frame's words, all rows, or
// those up to the current row's last peer if there is an order.
func newFramer(def *gms.WindowDefinition) (gms.WindowFramer, error) {
	switch {
	case def.Frame == nil && len(def.OrderBy) == 0:
		return aggregation.NewPartitionFramer(), nil
	case def.Frame == nil, strings.HasPrefix(def.Frame.String(), "RANGE"):
		return newRangeFramer(def)
	}
	return def.Frame.NewFramer(def)
}

// A rowFramer gives no frame where there are no rows: the library's give one.
type rowFramer struct {
	gms.WindowFramer
	none bool
}

// NewFramer implements gms.WindowFramer.
func (f rowFramer) NewFramer(partition gms.WindowInterval) (gms.WindowFramer, error) {
	framer, err := f.WindowFramer.NewFramer(partition)
	return rowFramer{framer, partition.Start == partition.End}, err
}

// Next implements gms.WindowFramer.
func (f rowFramer) Next(ctx *gms.Context, buf gms.WindowBuffer) (gms.WindowInterval, error) {
	if f.none {
		return gms.WindowInterval{}, io.EOF
	}
	return f.WindowFramer.Next(ctx, buf)
}

// A frameFunction is a function of the library's with other frames.
type frameFunction struct {
	gms.WindowFunction
	framer gms.WindowFramer
}

// DefaultFramer implements gms.WindowFunction.
func (f *frameFunction) DefaultFramer() gms.WindowFramer { return f.framer }

// A frameTotal is an aggregate over frames. It goes on with the total of the
// frame before where rows have only been added to that.
type frameTotal struct {
	gms.Aggregation
	framer gms.WindowFramer
	fresh  bool // totals are not to be gone on with: they are the buffer's own
	buffer gms.AggregationBuffer
	at     gms.WindowInterval // what buffer is the total of
}

// DefaultFramer implements gms.WindowFunction.
func (f *frameTotal) DefaultFramer() gms.WindowFramer { return f.framer }

// StartPartition implements gms.WindowFunction.
func (f *frameTotal) StartPartition(*gms.Context, gms.WindowInterval, gms.WindowBuffer) error {
	f.Dispose()
	return nil
}

// Dispose implements gms.WindowFunction.
func (f *frameTotal) Dispose() {
	if f.buffer != nil {
		f.buffer.Dispose()
	}
	f.buffer = nil
}

// Compute implements gms.WindowFunction.
func (f *frameTotal) Compute(ctx *gms.Context, frame gms.WindowInterval, buf gms.WindowBuffer) any {
	v, err := f.total(ctx, frame, buf)
	if err != nil {
		ctx.Session.(Session).Fail(err) // the interface has no place for it
	}
	return v
}

func (f *frameTotal) total(ctx *gms.Context, frame gms.WindowInterval, buf gms.WindowBuffer) (any, error) {
	if f.buffer == nil || f.fresh || frame.Start != f.at.Start || frame.End < f.at.End {
		f.Dispose()
		b, err := f.NewBuffer()
		if err != nil {
			return nil, err
		}
		f.buffer, f.at = b, gms.WindowInterval{Start: frame.Start, End: frame.Start}
	}
	for ; f.at.End < frame.End; f.at.End++ {
		if err := f.buffer.Update(ctx, buf[f.at.End]); err != nil {
			return nil, err
		}
	}
	return f.buffer.Eval(ctx)
}

// A rangeFramer gives the frames of RANGE: they begin and end with peers of the
// current row, or with what is so much before or behind it.
type rangeFramer struct {
	order      gms.SortFields
	start, end frameBound
	rows       gms.WindowInterval // the partition
	at         int                // the row whose frame is next
	frame      gms.WindowInterval
	begun      bool
}

// A frameBound is where a frame begins or ends: nowhere before the partition does,
// at the current row, or at a value for it.
type frameBound struct {
	unbounded bool
	value     gms.Expression // nil: at the current row's peers
}

func newRangeFramer(def *gms.WindowDefinition) (gms.WindowFramer, error) {
	f := &rangeFramer{order: def.OrderBy, start: frameBound{unbounded: true}}
	if def.Frame == nil {
		return f, nil
	}
	f.start.unbounded, f.end.unbounded = def.Frame.UnboundedPreceding(), def.Frame.UnboundedFollowing()
	var err error
	if f.start.value, err = f.distant(def.Frame.StartNPreceding(), nFollowing(def.Frame)); err == nil {
		f.end.value, err = f.distant(def.Frame.EndNPreceding(), def.Frame.EndNFollowing())
	}
	return f, err
}

// nFollowing is the start of a frame, which the library's interface leaves out.
func nFollowing(frame gms.WindowFrame) gms.Expression {
	if f, ok := frame.(interface{ StartNFollowing() gms.Expression }); ok {
		return f.StartNFollowing()
	}
	return nil
}

// distant is the value that is so much before, or behind, the current row's.
func (f *rangeFramer) distant(before, behind gms.Expression) (gms.Expression, error) {
	if before == nil && behind == nil {
		return nil, nil
	}
	if len(f.order) != 1 {
		return nil, mysqlerr.New(mysqlerr.WindowRange, spell.UnnamedWindow)
	}
	by := f.order[0]
	_, interval := cmp.Or(before, behind).(*expression.Interval)
	switch t, ok := convert.FromType(by.Column.Type()); {
	case ok && t.IsTemporal():
		if !interval {
			return nil, mysqlerr.New(mysqlerr.WindowRangeTemporal, spell.UnnamedWindow)
		}
	case !ok || !t.IsNumber():
		return nil, mysqlerr.New(mysqlerr.WindowRange, spell.UnnamedWindow)
	case interval:
		return nil, mysqlerr.New(mysqlerr.WindowRangeNumeric, spell.UnnamedWindow)
	}
	if (before != nil) == (by.Order == gms.Ascending) {
		return expression.NewMinus(by.Column, cmp.Or(before, behind)), nil
	}
	return expression.NewPlus(by.Column, cmp.Or(before, behind)), nil
}

// NewFramer implements gms.WindowFramer.
func (f *rangeFramer) NewFramer(partition gms.WindowInterval) (gms.WindowFramer, error) {
	return &rangeFramer{order: f.order, start: f.start, end: f.end, rows: partition, at: partition.Start,
		frame: gms.WindowInterval{Start: partition.Start, End: partition.Start}, begun: true}, nil
}

// Next implements gms.WindowFramer. Both ends only ever move forward.
func (f *rangeFramer) Next(ctx *gms.Context, buf gms.WindowBuffer) (gms.WindowInterval, error) {
	if !f.begun || f.at >= f.rows.End {
		return gms.WindowInterval{}, io.EOF
	}
	var err error
	if !f.start.unbounded {
		f.frame.Start, err = f.advance(ctx, buf, f.start, f.frame.Start, false)
	}
	if f.frame.End = max(f.frame.End, f.frame.Start); f.end.unbounded {
		f.frame.End = f.rows.End
	} else if err == nil {
		f.frame.End, err = f.advance(ctx, buf, f.end, f.frame.End, true)
	}
	f.at++
	return f.frame, err
}

// advance moves on from a row to the first that is not before the bound, or if
// it is the frame's end, to the first behind it.
func (f *rangeFramer) advance(ctx *gms.Context, buf gms.WindowBuffer, bound frameBound, from int, end bool) (int, error) {
	for ; from < f.rows.End; from++ {
		before, err := f.isBefore(ctx, buf, bound, from, end)
		if err != nil || !before {
			return from, err
		}
	}
	return from, nil
}

func (f *rangeFramer) isBefore(ctx *gms.Context, buf gms.WindowBuffer, bound frameBound, i int, orAt bool) (bool, error) {
	var limit any
	if bound.value != nil {
		var err error
		if limit, err = bound.value.Eval(ctx, buf[f.at]); err != nil {
			return false, err
		}
	}
	if limit == nil { // also where the current row's value is NULL
		s := expression.Sorter{SortFields: f.order, Rows: buf, Ctx: ctx}
		if orAt {
			return !s.Less(f.at, i) && s.LastError == nil, s.LastError
		}
		return s.Less(i, f.at), s.LastError
	}
	by := f.order[0]
	v, err := by.Column.Eval(ctx, buf[i])
	if err != nil || v == nil {
		return by.Order == gms.Ascending, err // NULLs come first, then
	}
	n, err := bound.value.Type().Compare(ctx, v, limit)
	if by.Order == gms.Descending {
		n = -n
	}
	return n < 0 || n == 0 && orAt, err
}

// FirstIdx implements gms.WindowFramer.
func (f *rangeFramer) FirstIdx() int { return f.frame.Start }

// LastIdx implements gms.WindowFramer.
func (f *rangeFramer) LastIdx() int { return f.frame.End }

// Interval implements gms.WindowFramer.
func (f *rangeFramer) Interval() (gms.WindowInterval, error) { return f.frame, nil }
