package group

import (
	"errors"
	"io"
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/walk"
)

// GROUP BY a, b WITH ROLLUP is GROUP BY a, b, `with rollup`() to the library, until the
// plan is complete. Then a rollup does the grouping: it reads the rows sorted by
// a and b, and its groups are, for rows 1,x 1,y 2,x
//
//	1 x      level 2: both keys are kept
//	1 y
//	1 NULL   level 1, behind the groups of which it is the total
//	2 x
//	2 NULL
//	NULL NULL  level 0: all rows, also if there are none
//
// R1 Keys are columns of their own, and what stands above and is one of the keys is
// that column: it is NULL where the key is rolled up. Aggregates see the rows as they are.
// R2 One more column says how many keys are kept, for GROUPING.
// R3 What is not the same in a group comes from its first row; in a total, from the first
// row of the last of the groups that it is of.
type rollup struct {
	plan.UnaryNode                     // the rows, sorted
	builder        gms.NodeExecBuilder // makes them
	groups         *plan.GroupBy
	keys           []gms.Expression // what the rows are sorted by
	nulls          []int            // for each key, its column
	level          int              // the column of R2
}

var _ gms.ExecSourceRel = (*rollup)(nil)

// isRollup reports whether an expression stands for WITH ROLLUP, or for the column of R2.
func isRollup(e gms.Expression) bool {
	if a, is := e.(*expression.Alias); is {
		e = a.Child
	}
	f, is := e.(*expr.Function)
	return is && f.Name == reword.Rollup
}

// RollsUp reports whether groups have totals among them.
func RollsUp(n *plan.GroupBy) bool { return slices.ContainsFunc(n.GroupByExprs, isRollup) }

// RollUp puts rollups in the place of the library's groups. The builder makes rows of what
// is below them.
func RollUp(node gms.Node, builder gms.NodeExecBuilder) (gms.Node, error) {
	return walk.Nodes(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		groups, is := n.(*plan.GroupBy)
		if !is || !RollsUp(groups) {
			return n, transform.SameTree, nil
		}
		return newRollup(groups, builder), transform.NewTree, nil
	})
}

func newRollup(groups *plan.GroupBy, builder gms.NodeExecBuilder) gms.Node {
	r := &rollup{builder: builder, groups: groups, level: slices.IndexFunc(groups.SelectedExprs, isRollup)}
	r.keys = slices.DeleteFunc(slices.Clone(groups.GroupByExprs), isRollup)
	var by gms.SortFields
	for _, key := range r.keys {
		by = append(by, gms.SortField{Column: key, Order: gms.Ascending, NullOrdering: gms.NullsFirst})
		id := keyColumn(key)
		r.nulls = append(r.nulls, slices.IndexFunc(groups.SelectedExprs, func(e gms.Expression) bool {
			f, is := e.(*expression.GetField)
			return is && f.Id() == id
		}))
	}
	r.Child = plan.NewSort(by, groups.Child)
	schema := groups.Schema()
	list := make([]gms.Expression, len(schema))
	for i, col := range schema { // the library puts the rows of outer queries in front of a projection's
		list[i] = expression.NewGetField(i, col.Type, col.Name, true)
	}
	return plan.NewProject(list, r)
}

// keyColumn is the column that a key is (R1), also of what it is sorted by.
func keyColumn(key gms.Expression) (id gms.ColumnId) {
	gms.Inspect(key, func(e gms.Expression) bool {
		if f, is := e.(*expression.GetField); is {
			id = f.Id()
		}
		return true
	})
	return id
}

// String implements gms.Node.
func (r *rollup) String() string { return r.groups.String() }

// Schema implements gms.Node.
func (r *rollup) Schema() gms.Schema { return r.groups.Schema() }

// IsReadOnly implements gms.Node.
func (r *rollup) IsReadOnly() bool { return r.Child.IsReadOnly() }

// WithChildren implements gms.Node.
func (r *rollup) WithChildren(children ...gms.Node) (gms.Node, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(r, len(children), 1)
	}
	out := *r
	out.Child = children[0]
	return &out, nil
}

// RowIter implements gms.ExecSourceRel.
func (r *rollup) RowIter(ctx *gms.Context, row gms.Row) (gms.RowIter, error) {
	rows, err := r.builder.Build(ctx, r.Child, row)
	if err != nil {
		return nil, err
	}
	return &rollupIter{rollup: r, rows: rows, levels: make([][]gms.AggregationBuffer, len(r.keys)+1)}, nil
}

// A rollupIter makes the groups of a rollup.
type rollupIter struct {
	*rollup
	rows   gms.RowIter
	levels [][]gms.AggregationBuffer // the groups that are not complete; nil: not begun
	last   []any                     // the keys of the last row
	ready  []gms.Row
	ended  bool
}

// Next implements gms.RowIter.
func (i *rollupIter) Next(ctx *gms.Context) (gms.Row, error) {
	for len(i.ready) == 0 {
		if i.ended {
			return nil, io.EOF
		}
		if err := i.read(ctx); err != nil {
			return nil, err
		}
	}
	row := i.ready[0]
	i.ready = i.ready[1:]
	return row, nil
}

// read takes one row, which may complete some groups. The end completes all.
func (i *rollupIter) read(ctx *gms.Context) error {
	row, err := i.rows.Next(ctx)
	if errors.Is(err, io.EOF) {
		i.ended = true
		return i.complete(ctx, 0)
	}
	if err != nil {
		return err
	}
	keys := make([]any, len(i.keys))
	kept := len(keys)
	for k, e := range i.keys {
		if keys[k], err = e.Eval(ctx, row); err != nil {
			return err
		}
		if i.last != nil && kept == len(keys) {
			same, err := sameKey(ctx, e, keys[k], i.last[k])
			if err != nil {
				return err
			}
			if !same {
				kept = k
			}
		}
	}
	if i.last != nil && kept < len(keys) {
		if err := i.complete(ctx, kept+1); err != nil {
			return err
		}
	}
	i.last = keys
	return i.add(ctx, row)
}

func sameKey(ctx *gms.Context, e gms.Expression, a, b any) (bool, error) {
	if a == nil || b == nil {
		return a == nil && b == nil, nil
	}
	n, err := e.Type().Compare(ctx, a, b)
	return n == 0, err
}

// complete ends the groups of a level and above.
func (i *rollupIter) complete(ctx *gms.Context, from int) error {
	for level := len(i.keys); level >= from; level-- {
		if i.levels[level] == nil {
			if level > 0 {
				continue
			}
			if err := i.begin(level); err != nil {
				return err
			}
		}
		row := make(gms.Row, len(i.levels[level]))
		for k, b := range i.levels[level] {
			var err error
			if row[k], err = b.Eval(ctx); err != nil {
				return err
			}
			b.Dispose()
		}
		for _, at := range i.nulls[level:] {
			row[at] = nil
		}
		if i.level >= 0 {
			row[i.level] = int64(level)
		}
		i.levels[level] = nil
		i.ready = append(i.ready, row)
	}
	return nil
}

// begin makes a group.
func (i *rollupIter) begin(level int) error {
	for _, e := range i.groups.SelectedExprs {
		var b gms.AggregationBuffer = &firstRow{of: e}
		if any, is := e.(*aggregation.AnyValue); is {
			b = &firstRow{of: any.Child}
		} else if a, is := e.(gms.Aggregation); is {
			var err error
			if b, err = a.NewBuffer(); err != nil {
				return err
			}
		}
		i.levels[level] = append(i.levels[level], b)
	}
	return nil
}

// add adds a row to all groups that it belongs to.
func (i *rollupIter) add(ctx *gms.Context, row gms.Row) error {
	if i.levels[len(i.keys)] == nil {
		i.forget()
	}
	for level := range i.levels {
		if i.levels[level] == nil {
			if err := i.begin(level); err != nil {
				return err
			}
		}
		for _, b := range i.levels[level] {
			if err := b.Update(ctx, row); err != nil {
				return err
			}
		}
	}
	return nil
}

// forget has totals take what is not the same in them from the next row (R3).
func (i *rollupIter) forget() {
	for _, group := range i.levels {
		for _, b := range group {
			if first, is := b.(*firstRow); is {
				first.seen = false
			}
		}
	}
}

// Close implements gms.RowIter.
func (i *rollupIter) Close(ctx *gms.Context) error {
	for _, group := range i.levels {
		for _, b := range group {
			b.Dispose()
		}
	}
	return i.rows.Close(ctx)
}
