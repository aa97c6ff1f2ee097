package sql

import (
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/group"
)

// aboveGroups goes before the library's rule that takes conditions on a derived table into it,
// down to the tables that it reads: some derived tables have other rows then. Those look to the
// library as if it did not know where their columns come from.
func aboveGroups(apply analyzer.RuleFunc) analyzer.RuleFunc {
	return func(ctx *gms.Context, a *analyzer.Analyzer, n gms.Node, scope *plan.Scope, sel analyzer.RuleSelector, flags *gms.QueryFlags) (gms.Node, transform.TreeIdentity, error) {
		hidden := map[gms.TableId]map[gms.ColumnId]gms.Expression{}
		n, same, err := derivedTables(n, func(d *plan.SubqueryAlias) bool {
			if d.ScopeMapping == nil || !closed(d.Child) {
				return false
			}
			hidden[d.Id()], d.ScopeMapping = d.ScopeMapping, nil
			return true
		})
		if err != nil || same {
			if err != nil {
				return nil, transform.SameTree, err
			}
			return apply(ctx, a, n, scope, sel, flags)
		}
		n, same, err = apply(ctx, a, n, scope, sel, flags)
		if err != nil {
			return nil, transform.SameTree, err
		}
		n, _, err = derivedTables(n, func(d *plan.SubqueryAlias) bool {
			mapping := hidden[d.Id()]
			if mapping == nil {
				return false
			}
			d.ScopeMapping = mapping
			return true
		})
		return n, same, err
	}
}

// derivedTables changes copies of a query's derived tables.
func derivedTables(n gms.Node, change func(*plan.SubqueryAlias) bool) (gms.Node, transform.TreeIdentity, error) {
	return transform.Node(n, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		d, is := n.(*plan.SubqueryAlias)
		if !is {
			return n, transform.SameTree, nil
		}
		out := *d
		if !change(&out) {
			return n, transform.SameTree, nil
		}
		return &out, transform.NewTree, nil
	})
}

// closed reports whether a query's rows change by more than those left out if a condition on
// its columns is asked of its tables: the totals of ROLLUP, the first row of a group where a
// column is no key, and what counts rows in variables.
func closed(query gms.Node) (found bool) {
	transform.Inspect(query, func(n gms.Node) bool {
		if _, is := n.(*plan.SubqueryAlias); is { // which is asked about by itself
			return false
		}
		if g, is := n.(*plan.GroupBy); is {
			found = found || group.RollsUp(g) || namesOthers(g)
		}
		if e, is := n.(gms.Expressioner); is {
			for _, e := range e.Expressions() {
				found = found || transform.InspectExpr(e, func(e gms.Expression) bool {
					_, is := e.(*assignment)
					return is
				})
			}
		}
		return !found
	})
	return found
}

// namesOthers reports whether groups have a column that is not among their keys.
func namesOthers(g *plan.GroupBy) bool {
	return slices.ContainsFunc(g.SelectedExprs, func(e gms.Expression) bool {
		if a, is := e.(*expression.Alias); is {
			e = a.Child
		}
		f, is := e.(*expression.GetField)
		return is && !slices.ContainsFunc(g.GroupByExprs, func(key gms.Expression) bool {
			k, is := key.(*expression.GetField)
			return is && k.Id() == f.Id()
		})
	})
}
