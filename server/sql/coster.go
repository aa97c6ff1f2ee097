package sql

import (
	"math"
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/memo"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/convert"
)

// A coster gives the library's costs, but makes joins that would not find the
// right rows cost too much. A plan that does without is always among the
// others. Lookups of a few rows of a query around it cost what they find.
type coster struct{ memo.Coster }

// foundCost is what the library takes for the cost of a row that a lookup finds,
// where one that is read in order costs 1.
const foundCost = 2.3

// EstimateCost implements memo.Coster.
func (c coster) EstimateCost(ctx *gms.Context, n memo.RelExpr, s gms.StatsProvider) (float64, error) {
	if j, ok := n.(memo.JoinRel); ok && !sound(n, j.JoinPrivate()) {
		return math.Inf(1), nil
	}
	cost, err := c.Coster.EstimateCost(ctx, n, s)
	if l, ok := n.(*memo.LookupJoin); ok {
		if rows, ok := fewRows(l.Left); ok {
			cost = min(cost, rows*(1+foundCost*found(l)))
		}
	}
	return cost, err
}

// fewRows is about how many rows a side has for one row of a query around it. The
// library takes all rows of a table for joined that a lookup finds one of.
func fewRows(side *memo.ExprGroup) (rows float64, ok bool) {
	if bound(side) {
		return float64(side.RelProps.GetStats().RowCount()), true
	}
	for r := side.First; r != nil; r = r.Next() {
		l, is := r.(*memo.LookupJoin)
		if !is {
			continue
		}
		if left, some := fewRows(l.Left); some && (!ok || left*found(l) < rows) {
			rows, ok = left*found(l), true
		}
	}
	return rows, ok
}

// found is about how many rows a lookup finds.
func found(l *memo.LookupJoin) float64 {
	if l.Injective {
		return 1
	}
	return lookupRows(l.Right.RelProps.GetStats().RowCount(), len(l.Lookup.Table.Expressions()), len(l.Lookup.Index.Cols()))
}

// lookupRows is about how many rows of a table have the same values in some columns
// of an index.
func lookupRows(rows uint64, bound, columns int) float64 {
	return max(1, math.Pow(float64(rows), 1-float64(bound)/float64(columns)))
}

func sound(n memo.RelExpr, j *memo.JoinBase) bool {
	switch n := n.(type) {
	case *memo.RangeHeapJoin:
		return false // it sorts by an order of the library's
	case *memo.MergeJoin:
		if !mergeable(n, j.Filter) || bound(j.Left) || bound(j.Right) {
			return false
		}
	case *memo.ConcatJoin:
		if len(n.Concat[0].Index.SqlIdx().(index).t.def.PrimaryKey) == 0 {
			return false // it tells rows apart by what they look like
		}
	}
	filter := conditionOf(n, j)
	if excludesNulls(n) && !neverNull(filter) {
		return false
	}
	return distinctBy(j.Left, filter) && distinctBy(j.Right, filter)
}

// conditionOf is a join's condition with what a lookup has taken out of it: that of
// the join that it stands for.
func conditionOf(n memo.RelExpr, j *memo.JoinBase) []gms.Expression {
	for r := n.Group().First; r != nil; r = r.Next() {
		other, ok := r.(memo.JoinRel)
		if !ok {
			continue
		}
		o := other.JoinPrivate()
		if !o.Op.IsPhysical() && o.Left == j.Left && o.Right == j.Right {
			return o.Filter
		}
	}
	return j.Filter
}

// mergeable reports whether both sides come in the order in which the library
// compares them, and without a read for each row: by primary keys of whole
// numbers.
func mergeable(n *memo.MergeJoin, filter []gms.Expression) bool {
	for _, scan := range []*memo.IndexScan{n.InnerScan, n.OuterScan} {
		if scan.Index.SqlIdx().(index).ix != nil {
			return false
		}
	}
	e, ok := filter[0].(*expression.Equals)
	return ok && wholeNumber(e.Left()) && wholeNumber(e.Right())
}

// bound reports whether a side's rows are those of one row of a query around it: to
// merge it, it is read as a whole for each.
func bound(side *memo.ExprGroup) bool {
	for r := side.First; r != nil; r = r.Next() {
		f, is := r.(*memo.Filter)
		if is && slices.ContainsFunc(f.Filters, func(e gms.Expression) bool { return !within(side, e) }) {
			return true
		}
	}
	return false
}

// within reports whether e has no columns but the side's.
func within(side *memo.ExprGroup, e gms.Expression) bool {
	tables := side.RelProps.OutputTables()
	return !transform.InspectExpr(e, func(e gms.Expression) bool {
		f, is := e.(*expression.GetField)
		return is && !tables.Contains(int(f.TableId()))
	})
}

func wholeNumber(e gms.Expression) bool {
	if list, ok := e.(expression.Tuple); ok {
		for _, item := range list {
			if !wholeNumber(item) {
				return false
			}
		}
		return true
	}
	_, column := e.(*expression.GetField)
	t, ok := convert.FromType(e.Type())
	return column && ok && t.IsInteger()
}

// excludesNulls reports whether a join stands for NOT IN or NOT EXISTS: the
// library forgets that in lookups, and looks into one bucket of a hash only.
func excludesNulls(n memo.RelExpr) bool {
	for r := n.Group().First; r != nil; r = r.Next() {
		j, ok := r.(memo.JoinRel)
		if ok && j.JoinPrivate().Op == plan.JoinTypeLeftOuterExcludeNulls {
			return true
		}
	}
	return false
}

// neverNull reports whether a condition is of equalities that cannot be NULL.
func neverNull(filter []gms.Expression) bool {
	for _, e := range filter {
		eq, ok := e.(*expression.Equals)
		if !ok || eq.Left().IsNullable() || eq.Right().IsNullable() {
			return false
		}
	}
	return true
}

// distinctBy reports whether a row of the other side meets one row of a side at
// most that the library has made distinct, in place of asking whether there is
// any.
func distinctBy(side *memo.ExprGroup, filter []gms.Expression) bool {
	if !side.RelProps.Distinct.IsHash() {
		return true
	}
	for _, e := range filter {
		eq, ok := e.(*expression.Equals)
		if !ok || !separates(side, eq.Left(), eq.Right()) && !separates(side, eq.Right(), eq.Left()) {
			return false
		}
	}
	return true
}

// separates reports whether e is a column of the side, and other has none.
func separates(side *memo.ExprGroup, e, other gms.Expression) bool {
	tables := side.RelProps.OutputTables()
	field, ok := e.(*expression.GetField)
	if !ok || !tables.Contains(int(field.TableId())) {
		return false
	}
	free := true
	gms.Inspect(other, func(e gms.Expression) bool {
		if f, ok := e.(*expression.GetField); ok && tables.Contains(int(f.TableId())) {
			free = false
		}
		return free
	})
	return free
}
