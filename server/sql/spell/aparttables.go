package spell

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
)

// apartTables gives a common table expression another name where the query also names a
// table that is called so in a database: to the library it were the expression.
//
//	WITH t AS (...) SELECT ... FROM d.t JOIN t x    WITH `t of WITH` AS (...) SELECT ... FROM d.t JOIN `t of WITH` x
func apartTables(query sqlparser.SQLNode, with *sqlparser.With) {
	if with == nil {
		return
	}
	qualified := map[string]bool{}
	_ = exec.Walk(func(n sqlparser.SQLNode) (bool, error) { // its only errors are the visitor's
		if e, is := n.(*sqlparser.AliasedTableExpr); is {
			if t, is := e.Expr.(sqlparser.TableName); is && !t.DbQualifier.IsEmpty() {
				qualified[strings.ToLower(t.Name.String())] = true
			}
		}
		return true, nil
	}, query)
	for i, cte := range with.Ctes {
		name := cte.As
		if !qualified[strings.ToLower(name.String())] {
			continue
		}
		cte.As = sqlparser.NewTableIdent(name.String() + " of WITH")
		asked := askedInQueries(query, with, name)
		for j, other := range with.Ctes {
			if j > i || j == i && with.Recursive {
				asked = append(asked, askedInQueries(other.AliasedTableExpr, with, name)...)
			}
		}
		for _, t := range asked {
			if t.As.IsEmpty() {
				t.As = name
			}
			t.Expr = sqlparser.TableName{Name: cte.As}
		}
	}
}
