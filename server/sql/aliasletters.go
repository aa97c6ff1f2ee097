package sql

import (
	"slices"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"
)

// aliasLetters are the tables of a query as it writes them, by their names in small
// letters, which is all that the library's plans have.
func aliasLetters(tree sqlparser.SQLNode) map[string]string {
	out := map[string]string{}
	var add func(n sqlparser.SQLNode)
	add = func(n sqlparser.SQLNode) {
		switch n := n.(type) {
		case *sqlparser.ParenSelect:
			add(n.Select)
		case *sqlparser.Select:
			for _, t := range n.From {
				add(t)
			}
		case *sqlparser.JoinTableExpr:
			add(n.LeftExpr)
			add(n.RightExpr)
		case *sqlparser.ParenTableExpr:
			for _, t := range n.Exprs {
				add(t)
			}
		case *sqlparser.AliasedTableExpr:
			as := n.As.String()
			if name, is := n.Expr.(sqlparser.TableName); is && as == "" {
				as = name.Name.String()
			}
			out[strings.ToLower(as)] = as
		}
	}
	add(tree)
	return out
}

// smallTargets is a DELETE that names what it deletes from as the library's plans do.
func smallTargets(s sqlparser.Statement) sqlparser.Statement {
	d, is := s.(*sqlparser.Delete)
	if !is || len(d.Targets) == 0 {
		return s
	}
	from := aliasLetters(&sqlparser.Select{From: d.TableExprs})
	out := *d
	out.Targets = slices.Clone(d.Targets)
	for i := range out.Targets {
		if small := strings.ToLower(out.Targets[i].Name.String()); from[small] != "" {
			out.Targets[i].Name = sqlparser.NewTableIdent(small)
		}
	}
	return &out
}
