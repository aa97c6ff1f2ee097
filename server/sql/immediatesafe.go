package sql

import (
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/walk"
)

// mayBeFirst reports whether MySQL changes the table that it reads first while it reads:
// not if the rows would come along again in the key that they are read by, and, if other
// tables are changed too, not if what is joined to the rows depends on what is set.
func (u *updating) mayBeFirst(s *source) bool {
	if !s.row && slices.ContainsFunc(s.into.columns, func(at int) bool { return s.into.t.def.IsPrimary(at) || s.keyed[at] }) {
		return false
	}
	return len(u.into) == 1 || !slices.ContainsFunc(u.conditions(), func(e gms.Expression) bool { return u.depends(e, s.into) })
}

// conditions are those by which tables are joined.
func (u *updating) conditions() (out []gms.Expression) {
	transform.Inspect(u.Child, func(n gms.Node) bool {
		switch n := n.(type) {
		case *plan.SubqueryAlias:
			return false
		case *plan.JoinNode:
			if n.Filter != nil {
				out = append(out, expression.SplitConjunction(n.Filter)...)
			}
		case *plan.Filter:
			out = append(out, expression.SplitConjunction(n.Expression)...)
		case *plan.IndexedTableAccess:
			out = append(out, n.Expressions()...)
		}
		return true
	})
	return out
}

// depends reports whether a condition asks whether rows of another table go with what a
// table is set to. One row that the other table of two has by a whole key does not.
func (u *updating) depends(cond gms.Expression, first *updated) bool {
	set, others := false, false
	walk.InspectExpr(cond, func(e gms.Expression) {
		f, is := e.(*expression.GetField)
		switch {
		case !is:
		case !strings.EqualFold(f.Table(), first.name):
			others = true
		default:
			set = set || first.sets(f.Name())
		}
	})
	if _, lookup := cond.(*expression.GetField); lookup || !set || !others {
		return false // what is looked up is asked for by a condition as well
	}
	eq, is := cond.(*expression.Equals)
	return !is || len(u.c.sources()) > 2 || !u.findsOne(eq, first.name)
}

// sets reports whether a column is set.
func (u *updated) sets(column string) bool {
	return slices.ContainsFunc(u.columns, func(at int) bool { return strings.EqualFold(u.t.def.Columns[at].Name, column) })
}

// findsOne reports whether an equality is one with a column that alone is a key of another
// table.
func (u *updating) findsOne(eq *expression.Equals, first string) bool {
	for _, e := range eq.Children() {
		f, is := e.(*expression.GetField)
		if !is || strings.EqualFold(f.Table(), first) {
			continue
		}
		t := u.tableNamed(f.Table())
		if t == nil {
			continue
		}
		at := slices.IndexFunc(t.schema, func(c *gms.Column) bool { return strings.EqualFold(c.Name, f.Name()) })
		if t.isKey(at) {
			return true
		}
	}
	return false
}

// tableNamed is the table of the store that has a name in the plan.
func (u *updating) tableNamed(name string) (found *table) {
	for source, t := range tablesBelow(u.Child) {
		if source.name == strings.ToLower(name) {
			found = t
		}
	}
	return found
}

// isKey reports whether a column alone is a unique key.
func (t *table) isKey(at int) bool {
	if at < 0 || at >= len(t.def.Columns) {
		return false
	}
	if p := t.def.PrimaryKey; len(p) == 1 && p[0] == at {
		return true
	}
	for i := range t.def.Indexes {
		if x := &t.def.Indexes[i]; x.Unique && len(x.Columns) == 1 && x.Columns[0].Column == at && x.Columns[0].Prefix == 0 {
			return true
		}
	}
	return false
}
