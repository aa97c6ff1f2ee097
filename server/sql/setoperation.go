package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/dolthub/vitess/go/vt/sqlparser"
)

// mergeSides gives the columns of a UNION, INTERSECT or EXCEPT types that have the values
// of both sides. The library converts what differs to text or whole numbers, and forgets
// which columns those are that it sorts by. Recursive queries stay as they are.
func mergeSides(s *plan.SetOp) (gms.Node, error) {
	left, right := convertedSide(s.Left()), convertedSide(s.Right())
	if left == nil || right == nil {
		return s, nil
	}
	ls, rs := left.Child.Schema(), right.Child.Schema()
	les, res := make([]gms.Expression, len(ls)), make([]gms.Expression, len(rs))
	changed := &retyping{types: map[gms.ColumnId]gms.Type{}} // to sort by
	sources, others := newSources(left.Child), newSources(right.Child)
	for i := range ls {
		l, r := columnOf(left.Projections[i], ls[i]), columnOf(right.Projections[i], rs[i])
		les[i], res[i] = l, r
		to := mergeTypes([]gms.Expression{sources.of(i, l), others.of(i, r)})
		if to == nil || to.same && ls[i].Type.Equals(rs[i].Type) {
			if to == nil {
				les[i], res[i] = left.Projections[i], right.Projections[i]
			}
			continue
		}
		les[i] = expression.NewAlias(ls[i].Name, &conversion{expression.UnaryExpression{Child: l}, to}).WithId(l.Id()).(gms.Expression)
		res[i] = expression.NewAlias(rs[i].Name, &conversion{expression.UnaryExpression{Child: r}, to}).WithId(r.Id()).(gms.Expression)
		changed.types[l.Id()] = to.typ
	}
	out, err := s.WithChildren(plan.NewProject(les, left.Child), plan.NewProject(res, right.Child))
	if err != nil {
		return nil, err
	}
	merged := out.(*plan.SetOp)
	for i, f := range merged.SortFields {
		e, _, err := transform.Expr(f.Column, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
			out, same := changed.column(e)
			return out, same, nil
		})
		if err != nil {
			return nil, err
		}
		merged.SortFields[i].Column = e
	}
	return merged, nil
}

// convertedSide is the projection that the library has put upon a side to convert its
// columns; nil if there is none.
func convertedSide(n gms.Node) *plan.Project {
	p, is := n.(*plan.Project)
	if !is {
		return nil
	}
	for _, e := range p.Projections {
		if sideColumn(e) == nil {
			return nil
		}
	}
	return p
}

// sideColumn is the column that such a projection has in one place: it is of no table.
func sideColumn(e gms.Expression) *expression.GetField {
	if a, is := e.(*expression.Alias); is {
		e = a.Child
		switch c := e.(type) {
		case *expression.Convert:
			e = c.Child
		case *cast:
			e = c.Child
		}
	}
	if f, is := e.(*expression.GetField); is && f.TableId() == 0 {
		return f
	}
	return nil
}

// columnOf is that column with the type that it has by now.
func columnOf(e gms.Expression, c *gms.Column) *expression.GetField {
	f := sideColumn(e)
	return expression.NewGetFieldWithTable(int(f.Id()), 0, c.Type, f.Database(), f.Table(), f.Name(), c.Nullable)
}

// orderUnion has ORDER BY name the columns of a UNION that it numbers: the library sorts
// by what stands in the first SELECT, which may be a constant.
func orderUnion(s *sqlparser.SetOp) {
	first := firstSelect(s)
	if first == nil {
		return
	}
	for _, o := range s.OrderBy {
		at, ok := columnNumber(o.Expr)
		if !ok || at > len(first.SelectExprs) || hasStar(first.SelectExprs[:at]) {
			continue
		}
		e, ok := first.SelectExprs[at-1].(*sqlparser.AliasedExpr)
		if !ok {
			continue
		}
		if _, column := e.Expr.(*sqlparser.ColName); column && e.As.IsEmpty() {
			continue
		}
		if e.As.IsEmpty() {
			text := e.InputExpression
			if text == "" {
				text = sqlparser.String(e.Expr)
			}
			e.As = sqlparser.NewColIdent(strings.TrimSpace(text))
		}
		o.Expr = &sqlparser.ColName{Name: e.As}
	}
}

// firstSelect is the query whose columns a UNION's are named by.
func firstSelect(s sqlparser.SelectStatement) *sqlparser.Select {
	switch s := s.(type) {
	case *sqlparser.Select:
		return s
	case *sqlparser.SetOp:
		return firstSelect(s.Left)
	case *sqlparser.ParenSelect:
		return firstSelect(s.Select)
	}
	return nil
}

// sources are the expressions that the columns of a side come from.
type sources struct {
	list []gms.Expression
	sums map[gms.ColumnId]gms.Type // of aggregates that become exact later on
}

func newSources(n gms.Node) sources {
	s := sources{projected(n), map[gms.ColumnId]gms.Type{}}
	transform.InspectExpressions(n, func(e gms.Expression) bool {
		if a, is := e.(gms.WindowAdaptableExpression); is && len(a.Children()) > 0 {
			if _, result := exactTypes(a); result != nil {
				s.sums[a.Id()] = result
			}
		}
		return true
	})
	return s
}

// of is a column with the type that it will have; a constant itself, of which more is
// known.
func (s sources) of(i int, column *expression.GetField) gms.Expression {
	if i >= len(s.list) {
		return column
	}
	e := s.list[i]
	if a, is := e.(*expression.Alias); is {
		e = a.Child
	}
	switch e := e.(type) {
	case *expression.Literal:
		if e.Type().Equals(column.Type()) {
			return e
		}
	case *expression.GetField:
		if t := s.sums[e.Id()]; t != nil && e.Table() == "" {
			return expression.NewGetFieldWithTable(int(column.Id()), 0, t, "", "", column.Name(), true)
		}
	}
	return column
}
