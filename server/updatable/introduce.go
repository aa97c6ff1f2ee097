package updatable

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"
)

// Introduce copies a tree, in which a character set stands ahead of literals that name none,
// if wanted says so of their text: set is its introducer, as the parser has it ("_utf8mb4 ").
func Introduce[T any](v T, set string, wanted func(text []byte) bool) T {
	same := func(n *sqlparser.ColName) sqlparser.Expr { return n }
	return cloned(&resolver{replace: same, set: set, wanted: wanted}, v, nil)
}

// introduced is a literal with a character set ahead; nil of all else that has to be copied.
func (r *resolver) introduced(n any) sqlparser.Expr {
	if r.set == "" {
		return nil
	}
	switch n := n.(type) {
	case *sqlparser.SQLVal:
		if n.Type == sqlparser.StrVal && r.wanted(n.Val) {
			return &sqlparser.UnaryExpr{Operator: r.set, Expr: n}
		}
	case *sqlparser.CollateExpr: // which stands between the two
		if v, is := n.Expr.(*sqlparser.SQLVal); is && v.Type == sqlparser.StrVal && r.wanted(v.Val) {
			return &sqlparser.UnaryExpr{Operator: r.set, Expr: &sqlparser.CollateExpr{Expr: v, Collation: n.Collation}}
		}
	case *sqlparser.UnaryExpr:
		if strings.HasPrefix(n.Operator, "_") {
			out := *n
			return &out
		}
	}
	return nil
}
