package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
)

// sameSums refuses subqueries with an aggregate that the library takes for one of a
// query around, because both have the same words though their tables are two:
//
//	SELECT SUM(b), (SELECT SUM(b) FROM t) FROM t
func sameSums(node gms.Node) (gms.Node, error) {
	sums := map[gms.ColumnId]gms.Expression{}
	inspect(node, func(e gms.Expression) {
		if a, is := e.(gms.Aggregation); is {
			sums[a.Id()] = a
		}
	})
	if len(sums) == 0 {
		return node, nil
	}
	var err error
	nodesOf(node, func(n gms.Node) {
		switch n.(type) {
		case *plan.Project, *plan.Having, *plan.Sort:
			if err == nil && readsOther(n, sums) {
				err = unsupported("the same aggregate in a query and in its subquery")
			}
		}
	})
	return node, err
}

// nodesOf calls f for each node of a plan, those of derived tables and subqueries too.
func nodesOf(node gms.Node, f func(gms.Node)) {
	transform.Inspect(node, func(n gms.Node) bool {
		f(n)
		if ex, is := n.(gms.Expressioner); is {
			for _, e := range ex.Expressions() {
				gms.Inspect(e, func(e gms.Expression) bool {
					if sub, is := e.(*plan.Subquery); is {
						nodesOf(sub.Query, f)
					}
					return true
				})
			}
		}
		return true
	})
}

// readsOther reports whether a node reads an aggregate that is none of its own query's,
// where one of the same words would be.
func readsOther(n gms.Node, sums map[gms.ColumnId]gms.Expression) bool {
	child := n.Children()[0]
	known := columnsOf(rowsOf(child))
	transform.Inspect(child, func(below gms.Node) bool {
		if p, is := below.(gms.Projector); is {
			for _, e := range p.ProjectedExprs() {
				if a, is := e.(gms.Aggregation); is {
					known.Add(a.Id())
				}
			}
		}
		return true
	})
	for _, e := range n.(gms.Expressioner).Expressions() {
		if transform.InspectExpr(e, func(e gms.Expression) bool {
			f, is := e.(*expression.GetField)
			return is && !known.Contains(f.Id()) && sums[f.Id()] != nil && among(rowsOf(child).Schema(), sums[f.Id()])
		}) {
			return true
		}
	}
	return false
}

// among reports whether rows have a column of the name of one that an expression reads.
func among(rows gms.Schema, e gms.Expression) bool {
	return transform.InspectExpr(e, func(e gms.Expression) bool {
		f, is := e.(*expression.GetField)
		if !is {
			return false
		}
		for _, c := range rows {
			if strings.EqualFold(c.Name, f.Name()) && strings.EqualFold(c.Source, f.Table()) {
				return true
			}
		}
		return false
	})
}
