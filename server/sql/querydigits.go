package sql

import (
	"maps"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/types"
)

// queryDigits is how many digits behind the point a TIME shows that is a column of a query.
func queryDigits(tables map[string]*catalog.Table, query gms.Node, column int) uint8 {
	inside := maps.Clone(tables)
	if inside == nil {
		inside = map[string]*catalog.Table{}
	}
	for alias, t := range aliasedTables(query) {
		inside[alias] = t.def
	}
	transform.Inspect(query, func(n gms.Node) bool {
		d, is := n.(*plan.SubqueryAlias)
		if is {
			inside[strings.ToLower(d.Name())] = timesOf(inside, d)
		}
		return !is
	})
	if u, is := query.(*plan.SetOp); is {
		return max(queryDigits(inside, u.Left(), column), queryDigits(inside, u.Right(), column))
	}
	list := projected(query)
	if column >= len(list) {
		return types.FSPMax
	}
	return columnDigits(inside, query, list[column])
}

// timesOf is a table that has the TIMEs of a query in FROM.
func timesOf(tables map[string]*catalog.Table, d *plan.SubqueryAlias) *catalog.Table {
	out := &catalog.Table{Name: d.Name()}
	for i, col := range d.Schema() {
		if gtypes.IsTimespan(col.Type) {
			t := types.Type{Kind: types.Time, FSP: queryDigits(tables, d.Child, i)}
			out.Columns = append(out.Columns, catalog.Column{Name: col.Name, Type: t})
		}
	}
	return out
}

// columnDigits is that of an expression of a query, which may be a column of what is computed
// below.
func columnDigits(tables map[string]*catalog.Table, query gms.Node, e gms.Expression) uint8 {
	if a, is := e.(*expression.Alias); is {
		e = a.Child
	}
	f, is := e.(*expression.GetField)
	if !is || f.Table() != "" {
		return digits(tables, e)
	}
	found := uint8(types.FSPMax)
	transform.Inspect(query, func(n gms.Node) bool {
		p, is := n.(gms.Projector)
		if !is {
			return true
		}
		for _, below := range p.ProjectedExprs() {
			if id, is := below.(gms.IdExpression); is && id.Id() == f.Id() {
				if _, field := below.(*expression.GetField); !field {
					found = columnDigits(tables, n.Children()[0], below)
				}
			}
		}
		return true
	})
	return found
}
