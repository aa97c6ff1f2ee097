package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/rows"
)

// An outer plans a query that depends on the rows of a query around it. Their
// columns are bound when it runs, so a table can be looked up by them. The library
// does that only if all that an index is asked for is outer columns, and not
// below a join.
type outer struct {
	ctx     *gms.Context
	columns gms.ColSet // of the queries around
	// there is those that are in their rows, as "table.column". The library loses
	// some behind GROUP BY.
	there map[string]bool
}

func newOuter(ctx *gms.Context, scope *plan.Scope) outer {
	o := outer{ctx: ctx}
	if scope == nil || scope.Correlated().Empty() {
		return o
	}
	o.columns, o.there = scope.Correlated(), map[string]bool{}
	for _, c := range scope.Schema() {
		o.there[place(c.Source, c.Name)] = true
	}
	return o
}

func place(table, column string) string { return strings.ToLower(table + "." + column) }

// before brings conditions on one table and outer columns down to the table, and
// tells the library about how many rows a lookup finds there.
func (o outer) before(n gms.Node) (gms.Node, error) {
	if o.columns.Empty() {
		return n, nil
	}
	n, _, err := transform.Node(n, o.sinkAll)
	if err != nil {
		return nil, err
	}
	return o.leaves(n, o.narrow)
}

// sinkAll brings what it can of the conditions on a join down to its tables.
func (o outer) sinkAll(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
	var list []gms.Expression
	below := n
	switch n := n.(type) {
	case *plan.Filter:
		list, below = expression.SplitConjunction(n.Expression), n.Child
	case *plan.JoinNode:
		if n.Op == plan.JoinTypeInner {
			list = expression.SplitConjunction(n.Filter)
		}
	}
	join, is := below.(*plan.JoinNode)
	conds := o.byTable(list)
	if !is || len(conds) == 0 {
		return n, transform.SameTree, nil
	}
	child, err := o.sink(join, conds)
	if err != nil {
		return nil, transform.SameTree, err
	}
	var rest []gms.Expression
	for _, e := range list {
		if id, ok := o.tableOf(e); !ok || conds[id] != nil {
			rest = append(rest, e)
		}
	}
	if below == n {
		if len(rest) == 0 {
			rest = append(rest, expression.NewLiteral(true, gtypes.Boolean))
		}
		child, err = child.(*plan.JoinNode).WithExpressions(expression.JoinAnd(rest...))
	} else if len(rest) > 0 {
		child = plan.NewFilter(expression.JoinAnd(rest...), child)
	}
	return child, transform.NewTree, err
}

// byTable is the conditions that are about one table of the query each.
func (o outer) byTable(list []gms.Expression) map[gms.TableId][]gms.Expression {
	conds := map[gms.TableId][]gms.Expression{}
	for _, e := range list {
		if id, ok := o.tableOf(e); ok {
			conds[id] = append(conds[id], e)
		}
	}
	return conds
}

// tableOf is the one table of the query that a condition is about, besides outer
// columns.
func (o outer) tableOf(e gms.Expression) (id gms.TableId, ok bool) {
	bound, one := false, true
	gms.Inspect(e, func(e gms.Expression) bool {
		switch e := e.(type) {
		case *plan.Subquery:
			one = false
		case gms.NonDeterministicExpression:
			one = one && !e.IsNonDeterministic()
		case *expression.GetField:
			switch {
			case o.columns.Contains(e.Id()):
				bound = true
			case id != 0 && id != e.TableId():
				one = false
			default:
				id = e.TableId()
			}
		}
		return one
	})
	return id, bound && one && id != 0
}

// sink puts conditions above their tables and forgets them, where no outer join is
// in between that asks for rows of theirs in vain.
func (o outer) sink(n gms.Node, conds map[gms.TableId][]gms.Expression) (gms.Node, error) {
	switch n := n.(type) {
	case *plan.JoinNode:
		both := n.Op.IsInner() || n.Op.IsCross()
		if !both && !n.Op.IsLeftOuter() && !n.Op.IsSemi() && !n.Op.IsAnti() {
			return n, nil
		}
		left, err := o.sink(n.Left(), conds)
		if err != nil {
			return nil, err
		}
		right := n.Right()
		if both {
			if right, err = o.sink(right, conds); err != nil {
				return nil, err
			}
		}
		return n.WithChildren(left, right)
	case *plan.Filter:
		child, err := o.sink(n.Child, conds)
		if err != nil {
			return nil, err
		}
		if below, is := child.(*plan.Filter); is {
			return plan.NewFilter(expression.JoinAnd(n.Expression, below.Expression), below.Child), nil
		}
		return plan.NewFilter(n.Expression, child), nil
	case *plan.ResolvedTable, *plan.TableAlias:
		id := n.(plan.TableIdNode).Id()
		list := conds[id]
		if len(list) == 0 {
			return n, nil
		}
		delete(conds, id)
		cond, _, err := transform.Expr(expression.JoinAnd(list...), o.hideOuter)
		return plan.NewFilter(cond, n), err
	}
	return n, nil
}

// hideOuter hides outer columns: the library would conclude that they are columns
// of the query.
func (o outer) hideOuter(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
	if f, is := e.(*expression.GetField); is && o.columns.Contains(f.Id()) {
		return hide(e), transform.NewTree, nil
	}
	return e, transform.SameTree, nil
}

// leaves changes the tables right below a filter.
func (o outer) leaves(n gms.Node, change func(gms.Expression, gms.TableNode) (gms.Node, error)) (gms.Node, error) {
	n, _, err := transform.Node(n, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		f, is := n.(*plan.Filter)
		if !is {
			return n, transform.SameTree, nil
		}
		child := f.Child
		alias, aliased := child.(*plan.TableAlias)
		if aliased {
			child = alias.Child
		}
		leaf, is := child.(gms.TableNode)
		if !is {
			return n, transform.SameTree, nil
		}
		changed, err := change(f.Expression, leaf)
		if err != nil || changed == child {
			return n, transform.SameTree, err
		}
		if aliased {
			if changed, err = alias.WithChildren(changed); err != nil {
				return nil, transform.SameTree, err
			}
		}
		return plan.NewFilter(f.Expression, changed), transform.NewTree, nil
	})
	return n, err
}

// narrow makes a table as small as a lookup by outer columns makes it.
func (o outer) narrow(cond gms.Expression, leaf gms.TableNode) (gms.Node, error) {
	t := tableUnder(leaf)
	m, mutable := leaf.(gms.MutableTableNode)
	if t == nil || t.target || !mutable {
		return leaf, nil
	}
	x, keys := o.lookup(cond, t, leaf)
	if len(keys) == 0 {
		return leaf, nil
	}
	s, err := t.c.sizeOf(t)
	if err != nil {
		return nil, err
	}
	columns := len(x.columns())
	if x.interim != nil {
		columns++ // as if it were unique with one more
	}
	few := *t
	few.size = &exec.Size{Rows: uint64(lookupRows(s.Rows, len(keys), columns)), Bytes: s.Bytes}
	return m.WithTable(&few)
}

// after makes lookups of tables that are read as a whole, or by fewer columns.
func (o outer) after(n gms.Node) (gms.Node, error) {
	if o.columns.Empty() {
		return n, nil
	}
	return o.leaves(n, func(cond gms.Expression, was gms.TableNode) (gms.Node, error) {
		leaf, whole := was, part{ranges: []rows.Range{rows.All()}}
		if ita, is := was.(*plan.IndexedTableAccess); is {
			if !ita.IsStatic() {
				return was, nil
			}
			lookup, err := ita.GetLookup(o.ctx, nil)
			if err != nil {
				return nil, err
			}
			if whole, err = partOf(o.ctx, lookup); err != nil {
				return nil, err
			}
			leaf = ita.TableNode
		}
		x, keys := o.lookup(cond, tableUnder(leaf), leaf)
		if len(keys) == 0 {
			return was, nil
		}
		if x.interim != nil {
			x.interim.of = whole
		}
		return plan.NewIndexedAccessForTableNode(o.ctx, leaf, plan.NewLookupBuilder(x, keys, make([]bool, len(keys))))
	})
}

func tableUnder(leaf gms.TableNode) *table {
	switch t := leaf.UnderlyingTable().(type) {
	case *table:
		return t
	case *indexed:
		return t.table
	}
	return nil
}
