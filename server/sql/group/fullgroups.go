package group

import (
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/spell"
	"github.com/xadb/xadb/server/sql/walk"
)

// CheckFull holds that what a query answers, and sorts by, is the same for all
// rows of a group (MySQL manual, MySQL Handling of GROUP BY): that it is made of keys,
// aggregates, and columns that depend on keys. The library looks at some places only,
// and knows no dependence.
func CheckFull(node gms.Node) error { return checkGroupsBelow(node, false) }

// checkGroupsBelow checks all queries at and below a node, whose own parent may be part
// of the same query.
func checkGroupsBelow(n gms.Node, within bool) error {
	groups, grouped := Of(n).(*plan.GroupBy)
	if _, is := n.(*plan.GroupBy); is {
		grouped = false
	}
	if grouped && !within && aggregates(groups) {
		if err := newFullGroups(n, groups).check(n); err != nil {
			return err
		}
	}
	for _, child := range n.Children() {
		if err := checkGroupsBelow(child, grouped); err != nil {
			return err
		}
	}
	if d, is := n.(*plan.Distinct); is {
		if err := checkDistinctOrder(d); err != nil {
			return err
		}
	}
	if into, is := n.(*plan.InsertInto); is && into.Source != nil {
		if err := checkGroupsBelow(into.Source, false); err != nil {
			return err
		}
	}
	ex, is := n.(gms.Expressioner)
	if !is {
		return nil
	}
	var err error
	for _, e := range ex.Expressions() {
		gms.Inspect(e, func(e gms.Expression) bool {
			if sub, is := e.(*plan.Subquery); is && err == nil {
				query := sub.Query
				if d, is := query.(*plan.Distinct); is { // its order means nothing
					query = d.Child
				}
				err = checkGroupsBelow(query, false)
			}
			return err == nil
		})
	}
	return err
}

// aggregates reports whether a query has groups of its own: they are an outer query's if
// all aggregates are of outer columns (see lift).
func aggregates(groups *plan.GroupBy) bool {
	kept, taken := apart(groups.SelectedExprs, gms.ColSet{}.Union(walk.Named(groups).Difference(walk.Columns(groups.Child))))
	own := slices.ContainsFunc(kept, func(e gms.Expression) bool { _, is := e.(gms.Aggregation); return is })
	return len(groups.GroupByExprs) > 0 || own || len(taken) == 0
}

// A fullGroups is the groups of one query.
type fullGroups struct {
	keys    keyList
	below   gms.Node
	rows    gms.ColSet // all columns of the rows
	depend  gms.ColSet // those that are the same in all of a group's
	aliases map[gms.ColumnId]gms.Expression
}

func newFullGroups(n gms.Node, groups *plan.GroupBy) *fullGroups {
	f := &fullGroups{below: groups.Child, rows: walk.Columns(groups.Child), aliases: map[gms.ColumnId]gms.Expression{}}
	f.keys = (&grouper{}).keysOfGroups(groups)
	for _, key := range f.keys.keys {
		if field, is := key.(*expression.GetField); is {
			f.depend.Add(field.Id())
		}
	}
	if !RollsUp(groups) {
		f.depend = dependents(groups.Child, f.depend)
	}
	for n := n.Children()[0]; n != gms.Node(groups); n = n.Children()[0] {
		if p, is := n.(*plan.Project); is {
			f.note(p)
		}
	}
	return f
}

// note notes what aliases are that stand between the groups and the answer.
func (f *fullGroups) note(p *plan.Project) {
	for _, e := range p.Projections {
		if a, is := e.(*expression.Alias); is {
			f.aliases[a.Id()] = a.Child
		}
	}
}

// check checks the answer first, as MySQL does, then HAVING, which sees no other columns
// but in subqueries, then its order: one group has none.
func (f *fullGroups) check(n gms.Node) error {
	if p, is := n.(*plan.Project); is {
		if err := f.all(p.Projections, "SELECT list"); err != nil {
			return err
		}
		n = p.Child
	}
	for below := n; Of(below) != nil && len(below.Children()) > 0; below = below.Children()[0] {
		if h, is := below.(*plan.Having); is {
			if err := f.all([]gms.Expression{h.Cond}, "HAVING clause"); err != nil {
				return err
			}
		}
	}
	if len(f.keys.keys) == 0 {
		return nil
	}
	for Of(n) != nil {
		if s, is := n.(*plan.Sort); is {
			return f.all(s.SortFields.ToExpressions(), "ORDER BY clause")
		}
		if len(n.Children()) == 0 {
			break
		}
		n = n.Children()[0]
	}
	return nil
}

func (f *fullGroups) all(list []gms.Expression, clause string) error {
	for i, e := range list {
		col := f.free(e)
		if col != nil && len(f.keys.keys) == 0 {
			return mysqlerr.New(mysqlerr.MixOfGroupFunc, i+1, fullName(col, f.below))
		}
		if col != nil {
			return mysqlerr.New(mysqlerr.WrongFieldWithGroup, i+1, clause, fullName(col, f.below))
		}
	}
	return nil
}

// fullName is a column as messages have it: those of queries in FROM have no database,
// those of views do.
func fullName(f *expression.GetField, rows gms.Node) string {
	name := f.Name()
	if f.Table() != "" {
		name = f.Table() + "." + name
	}
	derived := false
	transform.Inspect(rows, func(n gms.Node) bool {
		d, is := n.(*plan.SubqueryAlias)
		derived = derived || is && len(d.ScopeMapping) > 0 && strings.EqualFold(d.Name(), f.Table())
		return !is
	})
	if f.Database() != "" && !derived {
		name = f.Database() + "." + name
	}
	return name
}

// free is a column in an expression that rows of a group may differ in; nil if there
// is none.
func (f *fullGroups) free(e gms.Expression) *expression.GetField {
	if f.keys.index(e) >= 0 {
		return nil
	}
	switch e := e.(type) {
	case *expression.GetField:
		if below := f.aliases[e.Id()]; below != nil {
			f.aliases[e.Id()] = nil // a subquery may ask for its own alias, and mean a column
			defer func() { f.aliases[e.Id()] = below }()
			return f.free(below)
		}
		if f.rows.Contains(e.Id()) && !f.depend.Contains(e.Id()) {
			return e
		}
		return nil
	case *plan.Subquery:
		return f.freeWithin(e.Query)
	case gms.Aggregation:
		return nil
	case *expr.Function:
		if e.Name == spell.Grouping {
			return nil
		}
	}
	for _, child := range e.Children() {
		if col := f.free(child); col != nil {
			return col
		}
	}
	return nil
}

// freeWithin is such a column in a subquery. Aggregates are no place to look at: one of
// outer columns is the outer query's.
func (f *fullGroups) freeWithin(query gms.Node) (found *expression.GetField) {
	transform.Inspect(query, func(n gms.Node) bool {
		ex, is := n.(gms.Expressioner)
		if !is {
			return found == nil
		}
		list := ex.Expressions()
		if groups, is := n.(*plan.GroupBy); is {
			list = groups.GroupByExprs // the others only pass
		}
		for _, e := range list {
			gms.Inspect(e, func(e gms.Expression) bool {
				switch e := e.(type) {
				case gms.Aggregation:
					return false
				case *expression.GetField, *plan.Subquery:
					if found == nil {
						found = f.free(e)
					}
				}
				return found == nil
			})
		}
		return found == nil
	})
	return found
}
