package walk

import (
	"slices"
	"testing"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
)

func literal(n int64) gms.Expression { return expression.NewLiteral(n, gtypes.Int64) }

// query is SELECT the expressions, of one row.
func query(list ...gms.Expression) gms.Node {
	return plan.NewProject(list, plan.NewEmptyTableWithSchema(nil))
}

func subquery(of gms.Node) gms.Expression { return plan.NewSubquery(of, "") }

// literals are those that a way over a plan comes by.
func literals(way func(f func(e gms.Expression))) (out []int64) {
	way(func(e gms.Expression) {
		if l, is := e.(*expression.Literal); is {
			out = append(out, l.Value().(int64))
		}
	})
	slices.Sort(out)
	return out
}

// Each way comes to subqueries of subqueries, and to what is inserted.
func TestWays(t *testing.T) {
	inner := query(literal(1), subquery(query(literal(2))))
	node := plan.NewFilter(expression.NewEquals(literal(3), subquery(inner)), query(literal(4)))
	want := []int64{1, 2, 3, 4}
	if got := literals(func(f func(e gms.Expression)) { Inspect(node, f) }); !slices.Equal(got, want) {
		t.Errorf("Inspect comes by %v, want %v", got, want)
	}
	changed := func(node gms.Node) gms.Node {
		out, err := Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
			if l, is := e.(*expression.Literal); is {
				return literal(l.Value().(int64) + 10), transform.NewTree, nil
			}
			return e, transform.SameTree, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if got := literals(func(f func(e gms.Expression)) { Inspect(changed(node), f) }); !slices.Equal(got, []int64{11, 12, 13, 14}) {
		t.Errorf("Exprs has made %v", got)
	}
	if got := literals(func(f func(e gms.Expression)) { Inspect(node, f) }); !slices.Equal(got, want) {
		t.Errorf("Exprs has changed the plan that it was given: %v", got)
	}
	into := plan.NewInsertInto(gms.UnresolvedDatabase(""), plan.NewEmptyTableWithSchema(nil), inner, false, nil, nil, false)
	if got := literals(func(f func(e gms.Expression)) { Inspect(changed(into).(*plan.InsertInto).Source, f) }); !slices.Equal(got, []int64{11, 12}) {
		t.Errorf("what is inserted is %v", got)
	}
	nodes := 0
	InspectNodes(node, func(n gms.Node) {
		if _, is := n.(*plan.Project); is {
			nodes++
		}
	})
	if nodes != 3 {
		t.Errorf("InspectNodes comes by %d queries, want 3", nodes)
	}
}

// A plan of which nothing changes is the same plan.
func TestSame(t *testing.T) {
	node := query(literal(1), literal(2))
	out, err := Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		return e, transform.SameTree, nil
	})
	if err != nil || out != node {
		t.Errorf("%v, %v", out, err)
	}
	if HasSubquery(literal(1)) || !HasSubquery(literal(1), expression.NewNot(subquery(node))) {
		t.Error("HasSubquery errs")
	}
}
