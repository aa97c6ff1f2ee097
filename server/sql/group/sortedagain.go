package group

import (
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/xadb/xadb/server/sql/expr"
)

// A sorted is a query's answer and its order, some of which has another value each time it is
// asked, as RAND() has. Each row keeps the value that it is sorted by, and gets its others in
// the order in which rows are found.
type sorted struct {
	g      *grouper
	before []*expression.Alias       // what is computed before rows are sorted
	fields map[string]gms.Expression // of these, by their texts
}

// hoistSorted computes before rows are sorted what changes, if they are sorted by such.
func (g *grouper) hoistSorted(p *plan.Project) *plan.Project {
	sort, is := p.Child.(*plan.Sort)
	if !is {
		return p
	}
	aliases, rows := g.changingAliases(sort)
	if len(aliases) == 0 && !slices.ContainsFunc(sort.SortFields.ToExpressions(), changes) {
		return p
	}
	s := sorted{g: g, fields: aliases}
	answers := make([]gms.Expression, len(p.Projections))
	for i, e := range p.Projections {
		if a, named := e.(*expression.Alias); named {
			answers[i], _ = a.WithChildren(s.field(a.Child)) // a single child is no mistake
		} else {
			answers[i] = s.field(e)
		}
	}
	order := s.order(sort.SortFields)
	asked := append(slices.Clone(answers), order.ToExpressions()...)
	rows = withComputed(rows, s.before, asked)
	return plan.NewProject(answers, plan.NewSort(order, rows)).WithCanDefer(p.CanDefer)
}

// changingAliases are the columns that a query is sorted by and whose values change, by the
// texts of what they stand for, and the rows with these as columns. The library forgets which
// columns they are when a subquery in them changes.
func (g *grouper) changingAliases(sort *plan.Sort) (map[string]gms.Expression, gms.Node) {
	fields := map[string]gms.Expression{}
	p, is := sort.Child.(*plan.Project)
	if !is {
		return fields, sort.Child
	}
	list := slices.Clone(p.Projections)
	for i, e := range list {
		a, is := e.(*expression.Alias)
		if !is || !changes(a.Child) {
			continue
		}
		for _, f := range sort.SortFields {
			column, is := f.Column.(gms.Nameable)
			if !is || !strings.EqualFold(column.Name(), a.Name()) {
				continue
			}
			field, is := column.(*expression.GetField)
			if !is {
				id := g.newColumn()
				field = expression.NewGetFieldWithTable(int(id), 0, expr.TextType(a), "", "", a.Name(), a.IsNullable())
			}
			if field.Table() == "" {
				fields[a.Child.String()], list[i] = field, a.WithId(field.Id())
			}
		}
	}
	return fields, plan.NewProject(list, p.Child)
}

// order is by columns instead of what changes.
func (s *sorted) order(fields gms.SortFields) gms.SortFields {
	out := slices.Clone(fields)
	for i, f := range out {
		e := f.Column
		if a, is := e.(*expression.Alias); is {
			e = a.Child
		}
		if changes(e) {
			out[i].Column = s.field(e)
		}
	}
	return out
}

// field is the column of what changes; others stay what they are.
func (s *sorted) field(e gms.Expression) gms.Expression {
	if !changes(e) {
		return e
	}
	text := e.String()
	if s.fields[text] == nil {
		made, field := s.g.hoist(e)
		s.before, s.fields[text] = append(s.before, made), field
	}
	return s.fields[text]
}

// sortDistinct has rows that are distinct sorted by those of their columns that change.
func (g *grouper) sortDistinct(n *plan.Sort) *plan.Sort {
	distinct, is := n.Child.(*plan.Distinct)
	if !is || !slices.ContainsFunc(n.SortFields.ToExpressions(), changes) {
		return n
	}
	p, is := distinct.Child.(*plan.Project)
	if !is {
		return n
	}
	answers, fields := slices.Clone(p.Projections), map[string]gms.Expression{}
	for i, e := range answers {
		if _, named := e.(*expression.Alias); !named && changes(e) {
			made, field := g.hoist(e)
			text := e.String()
			answers[i] = expression.NewAlias(text, e).WithId(made.Id()).(*expression.Alias)
			fields[text] = field.(*expression.GetField).WithName(text)
		}
	}
	order := slices.Clone(n.SortFields)
	for i, f := range order {
		if field := fields[f.Column.String()]; field != nil {
			order[i].Column = field
		}
	}
	return plan.NewSort(order, plan.NewDistinct(plan.NewProject(answers, p.Child)))
}

// changes reports whether an expression has another value each time it is asked.
func changes(e gms.Expression) (found bool) {
	gms.Inspect(e, func(e gms.Expression) bool {
		sub, is := e.(*plan.Subquery)
		found = found || is && sub.Volatile()
		return !found
	})
	return found || expr.AskedAgain(e)
}
