package sql

import (
	"cmp"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
)

// lasting marks a name in the query of a view that means a table or view, though the
// session has a temporary table of that name. No name begins so: MySQL's have no
// characters of that plane.
const lasting = "\U0010FFFF"

// markLasting marks them; a view in db is read as if there were no temporary tables.
func (c *call) markLasting(s sqlparser.SQLNode, db string) (marked bool, err error) {
	if c.env.Temporaries == nil {
		return false, nil
	}
	names := map[string]bool{} // of common table expressions
	err = exec.Walk(func(n sqlparser.SQLNode) (bool, error) {
		if e, is := n.(*sqlparser.CommonTableExpr); is {
			names[strings.ToLower(e.As.String())] = true
		}
		return true, nil
	}, s)
	if err != nil {
		return false, err
	}
	err = exec.Walk(func(n sqlparser.SQLNode) (bool, error) {
		e, is := n.(*sqlparser.AliasedTableExpr)
		if !is {
			return true, nil
		}
		name, is := e.Expr.(sqlparser.TableName)
		text, of := name.Name.String(), name.DbQualifier.String()
		if !is || of == "" && names[strings.ToLower(text)] {
			return true, nil
		}
		if _, hidden := c.env.Temporaries.Find(cmp.Or(of, db), text); hidden {
			if e.As.IsEmpty() {
				e.As = name.Name
			}
			name.Name = sqlparser.NewTableIdent(lasting + text)
			e.Expr, marked = name, true
		}
		return true, nil
	}, s)
	return marked, err
}
