package window

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
)

// A windowRun computes functions over windows as MySQL does: pass by pass, each sorting the
// rows as the one before has left them. Rows that are equal for a window have the order of
// the windows before, and so have rows of which no ORDER BY asks for another. The library
// begins anew with the order below for each window, and gives rows in it.
type windowRun struct{ *plan.Window }

var _ gms.ExecSourceRel = (*windowRun)(nil)

func runWindows(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
	if w, is := n.(*plan.Window); is {
		return &windowRun{w}, transform.NewTree, nil
	}
	return n, transform.SameTree, nil
}

// WithChildren implements gms.Node.
func (w *windowRun) WithChildren(children ...gms.Node) (gms.Node, error) {
	n, err := w.Window.WithChildren(children...)
	if err != nil {
		return nil, err
	}
	return &windowRun{n.(*plan.Window)}, nil
}

// WithExpressions implements gms.Expressioner.
func (w *windowRun) WithExpressions(list ...gms.Expression) (gms.Node, error) {
	n, err := w.Window.WithExpressions(list...)
	if err != nil {
		return nil, err
	}
	return &windowRun{n.(*plan.Window)}, nil
}

// RowIter implements gms.ExecSourceRel.
func (w *windowRun) RowIter(ctx *gms.Context, row gms.Row) (gms.RowIter, error) {
	iter, err := ctx.Session.(Session).Builder().Build(ctx, w.Child, row)
	if err != nil {
		return nil, err
	}
	rows, err := gms.RowIterToRows(ctx, iter)
	if err != nil {
		return nil, err
	}
	r := &windowRows{ctx: ctx, rows: rows, answers: make([]gms.Row, len(rows))}
	for i := range r.answers {
		r.answers[i] = make(gms.Row, len(w.SelectExprs))
	}
	for _, p := range windowPasses(w.SelectExprs) {
		if err := r.pass(p); err != nil {
			return nil, err
		}
	}
	for i, e := range w.SelectExprs {
		if windowFunction(e) != nil {
			continue
		}
		for j, row := range r.rows {
			if r.answers[j][i], err = e.Eval(ctx, row); err != nil {
				return nil, err
			}
		}
	}
	return gms.RowsToRowIter(r.answers...), nil
}

// windowFunction is the function over a window that an expression is; nil if it is none.
func windowFunction(e gms.Expression) gms.WindowAdaptableExpression {
	if a, is := e.(*expression.Alias); is {
		e = a.Child
	}
	if f, is := e.(gms.WindowAdaptableExpression); is && f.Window() != nil {
		return f
	}
	return nil
}

// A windowPass is the functions whose windows sort rows alike.
type windowPass struct {
	by     gms.SortFields
	blocks map[string]*windowBlock // by what divides the rows
}

// A windowBlock is the functions of a pass whose windows divide rows alike, too.
type windowBlock struct {
	by        []gms.Expression
	functions []gms.WindowAdaptableExpression
	places    []int // of the functions among the answer's columns
}

// windowPasses are the passes of windows: first of those that have names, in the order of
// their definitions, then of others in the order of their functions. What sorts as one before
// is of its pass.
func windowPasses(list []gms.Expression) (passes []*windowPass) {
	var places []int
	for i, e := range list {
		if windowFunction(e) != nil {
			places = append(places, i)
		}
	}
	slices.SortStableFunc(places, func(a, b int) int {
		return cmp.Compare(definedAt(windowFunction(list[a])), definedAt(windowFunction(list[b])))
	})
	known := map[string]*windowPass{}
	for _, i := range places {
		f := windowFunction(list[i])
		def := f.Window()
		var by gms.SortFields
		for _, e := range def.PartitionBy {
			by = append(by, gms.SortField{Column: e, Order: gms.Ascending, NullOrdering: gms.NullsFirst})
		}
		divided := sortText(by)
		by = append(by, def.OrderBy...)
		sorted := sortText(by)
		p := known[sorted]
		if p == nil {
			p = &windowPass{by, map[string]*windowBlock{}}
			known[sorted], passes = p, append(passes, p)
		}
		b := p.blocks[divided]
		if b == nil {
			b = &windowBlock{by: def.PartitionBy}
			p.blocks[divided] = b
		}
		b.functions, b.places = append(b.functions, f), append(b.places, i)
	}
	return passes
}

// definedAt is the place of a function's window in the query's WINDOW clause.
func definedAt(f gms.WindowAdaptableExpression) int {
	if place, err := strconv.Atoi(f.Window().Name); err == nil {
		return place
	}
	return math.MaxInt
}

func sortText(by gms.SortFields) string {
	var out strings.Builder
	for _, f := range by {
		out.WriteString(f.String() + ",")
	}
	return out.String()
}

// A windowRows is rows with what is known of their answers.
type windowRows struct {
	ctx     *gms.Context
	rows    []gms.Row
	answers []gms.Row
	sorter  expression.Sorter
}

// pass sorts the rows and computes functions over them.
func (r *windowRows) pass(p *windowPass) error {
	if len(p.by) > 0 {
		r.sorter = expression.Sorter{SortFields: p.by, Rows: r.rows, Ctx: r.ctx}
		if sort.Stable(r); r.sorter.LastError != nil {
			return r.sorter.LastError
		}
	}
	for _, b := range p.blocks {
		if err := r.compute(b); err != nil {
			return err
		}
	}
	return nil
}

// Len implements sort.Interface.
func (r *windowRows) Len() int { return len(r.rows) }

// Less implements sort.Interface.
func (r *windowRows) Less(i, j int) bool { return r.sorter.Less(i, j) }

// Swap implements sort.Interface.
func (r *windowRows) Swap(i, j int) {
	r.sorter.Swap(i, j)
	r.answers[i], r.answers[j] = r.answers[j], r.answers[i]
}

// compute lets the library compute functions over the rows, which it does not have to sort.
func (r *windowRows) compute(b *windowBlock) error {
	if len(r.rows) == 0 {
		return nil
	}
	var functions []*aggregation.Aggregation
	var places []int
	for i, f := range b.functions {
		fn, err := f.NewWindowFunction()
		if err != nil {
			return err
		}
		functions = append(functions, aggregation.NewAggregation(fn, fn.DefaultFramer()))
		places = append(places, i)
	}
	part := aggregation.NewWindowPartitionIter(aggregation.NewWindowPartition(b.by, nil, functions))
	iter := aggregation.NewWindowIter([]*aggregation.WindowPartitionIter{part}, [][]int{places}, gms.RowsToRowIter(r.rows...))
	for _, answer := range r.answers {
		row, err := iter.Next(r.ctx)
		if err != nil {
			return errors.Join(err, iter.Close(r.ctx))
		}
		for i, place := range b.places {
			answer[place] = row[i]
		}
	}
	return iter.Close(r.ctx)
}
