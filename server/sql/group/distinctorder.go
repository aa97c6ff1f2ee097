package group

import (
	"reflect"
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/spell"
)

// checkDistinctOrder refuses to sort distinct rows by what is not in them (3065, 3066):
// one of them stands for several that may differ in that.
func checkDistinctOrder(n *plan.Distinct) error {
	p, is := n.Child.(*plan.Project)
	if !is {
		return nil
	}
	below := map[gms.ColumnId]gms.Expression{}
	under := p.Child
	if aliases, is := under.(*plan.Project); is { // stands there if there are subqueries
		noteAliases(below, aliases)
		under = aliases.Child
	}
	sort, is := under.(*plan.Sort)
	if !is {
		return nil
	}
	if aliases, is := sort.Child.(*plan.Project); is {
		noteAliases(below, aliases)
	}
	if groups, is := Of(sort).(*plan.GroupBy); is && len(groups.GroupByExprs) > 0 && answersAll(p.Projections, groups.GroupByExprs, below) {
		return nil // the rows are distinct anyway
	}
	totals := map[gms.ColumnId]bool{}
	if groups, is := Of(sort).(*plan.GroupBy); is {
		for _, e := range groups.SelectedExprs {
			if a, is := e.(gms.Aggregation); is {
				totals[a.Id()] = true
			}
		}
	}
	for i, f := range sort.SortFields {
		col := strangeTo(p.Projections, f.Column, below)
		if col != nil && (totals[col.Id()] || col.Table() == spell.GroupsTable) {
			return mysqlerr.New(mysqlerr.DistinctAggregate, i+1, "ORDER BY clause", "DISTINCT")
		}
		if col != nil {
			return mysqlerr.New(mysqlerr.DistinctOrder, i+1, "ORDER BY clause", fullName(col, rowsOf(sort)), "DISTINCT")
		}
	}
	return nil
}

// answersAll reports whether rows have all keys of their groups.
func answersAll(row, keys []gms.Expression, below map[gms.ColumnId]gms.Expression) bool {
	return !slices.ContainsFunc(keys, func(key gms.Expression) bool {
		if a, is := key.(*expression.Alias); is {
			key = a.Child
		}
		return strangeTo(row, key, below) != nil
	})
}

// noteAliases notes what aliases stand for.
func noteAliases(what map[gms.ColumnId]gms.Expression, p *plan.Project) {
	for _, e := range p.Projections {
		if a, is := e.(*expression.Alias); is {
			what[a.Id()] = a.Child
		}
	}
}

// strangeTo is a column of an expression that rows do not have; nil if there is none.
// below is what aliases stand for.
func strangeTo(row []gms.Expression, e gms.Expression, below map[gms.ColumnId]gms.Expression) *expression.GetField {
	f, isField := e.(*expression.GetField)
	for _, answer := range row {
		if id, is := answer.(gms.IdExpression); is && isField && id.Id() == f.Id() {
			return nil
		}
		if a, is := answer.(*expression.Alias); is {
			if isField && f.Table() == "" && strings.EqualFold(a.Name(), f.Name()) {
				return nil
			}
			answer = a.Child
		}
		if g, is := answer.(*expression.GetField); is && isField && g.Id() == f.Id() {
			return nil
		}
		if reflect.DeepEqual(answer, e) || sameText(answer, e) {
			return nil
		}
	}
	if isField {
		if child := below[f.Id()]; child != nil {
			return strangeTo(row, child, nil)
		}
		return f
	}
	for _, child := range e.Children() {
		if col := strangeTo(row, child, below); col != nil {
			return col
		}
	}
	return nil
}
