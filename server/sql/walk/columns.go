package walk

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
)

// Columns is all columns at or below a node, within its query.
func Columns(n gms.Node) (columns gms.ColSet) {
	if t, is := n.(plan.TableIdNode); is {
		return t.Columns().Copy() // the caller may add to it
	}
	if p, is := n.(gms.Projector); is {
		for _, e := range p.ProjectedExprs() {
			if id, is := e.(gms.IdExpression); is {
				columns.Add(id.Id())
			}
		}
	}
	for _, child := range n.Children() {
		columns = columns.Union(Columns(child))
	}
	return columns
}

// Fields is the columns among some that expressions ask for, their subqueries
// too.
func Fields(among gms.ColSet, exprs ...gms.Expression) (fields []gms.Expression) {
	var seen gms.ColSet
	for _, e := range exprs {
		InspectExpr(e, func(e gms.Expression) {
			if f, is := e.(*expression.GetField); is && f.Id() != 0 && among.Contains(f.Id()) && !seen.Contains(f.Id()) {
				seen.Add(f.Id())
				fields = append(fields, f)
			}
		})
	}
	return fields
}

// Outer is the columns that a subquery asks for if e is part of it.
func Outer(e gms.Expression) (columns gms.ColSet) {
	gms.Inspect(e, func(e gms.Expression) bool {
		switch e := e.(type) {
		case *expression.GetField:
			columns.Add(e.Id())
		case *plan.Subquery:
			columns = columns.Union(e.Correlated())
		}
		return true
	})
	return columns
}

// SameAgain reports whether an expression has the same value each time it is asked
// of a row.
func SameAgain(e gms.Expression) bool {
	same := true
	gms.Inspect(e, func(e gms.Expression) bool {
		if n, is := e.(gms.NonDeterministicExpression); is && n.IsNonDeterministic() {
			same = false
		}
		return same
	})
	return same
}

// Named is the columns that the expressions of a plan name, those of subqueries too.
func Named(node gms.Node) (columns gms.ColSet) {
	Inspect(node, func(e gms.Expression) {
		if f, is := e.(*expression.GetField); is {
			columns.Add(f.Id())
		}
	})
	return columns
}
