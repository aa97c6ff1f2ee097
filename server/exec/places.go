package exec

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"
)

// plainOperands takes parentheses and signs that mean nothing off names and literals that are
// all of an answer, or of what rows are grouped or sorted by. To MySQL (1) and +1 are the
// place that 1 is, +a may be an alias, and an answer (a) has the name of a; here they would be
// expressions.
func plainOperands(tree sqlparser.Statement, text string) {
	if _, load := tree.(*sqlparser.Load); load || !strings.ContainsAny(text, "(+") {
		return
	}
	_ = Walk(func(n sqlparser.SQLNode) (bool, error) { // the visitor has no errors
		switch n := n.(type) {
		case *sqlparser.Select:
			for _, e := range n.SelectExprs {
				if a, is := e.(*sqlparser.AliasedExpr); is {
					plainAnswer(a)
				}
			}
			for i := range n.GroupBy {
				n.GroupBy[i] = plainOperand(n.GroupBy[i])
			}
			plainOrder(n.OrderBy)
		case *sqlparser.SetOp:
			plainOrder(n.OrderBy)
		case *sqlparser.Update:
			plainOrder(n.OrderBy)
		case *sqlparser.Delete:
			plainOrder(n.OrderBy)
		case *sqlparser.GroupConcatExpr:
			plainOrder(n.OrderBy)
		}
		return true, nil
	}, tree)
}

func plainOrder(list sqlparser.OrderBy) {
	for _, o := range list {
		o.Expr = plainOperand(o.Expr)
	}
}

// plainAnswer has an answer be named as what is in its parentheses.
func plainAnswer(a *sqlparser.AliasedExpr) {
	inner := plainOperand(a.Expr)
	switch v := inner.(type) {
	case *sqlparser.ColName:
		if inner != a.Expr && !strings.HasPrefix(v.Name.String(), "@") {
			a.Expr, a.InputExpression = inner, v.Name.String()
		}
	case *sqlparser.SQLVal: // the parser drops a sign itself
		if v.Type != sqlparser.ValArg && v.Type != sqlparser.HexVal && v.Type != sqlparser.BitVal {
			text := strings.TrimLeft(a.InputExpression, "+( \t\r\n")
			a.Expr, a.InputExpression = inner, columnName(strings.TrimRight(text, ") \t\r\n"))
		}
	case *sqlparser.NullVal:
		a.Expr = inner
	}
}

// plainOperand is a name or a literal without what means nothing around it; other
// expressions stay as they are.
func plainOperand(e sqlparser.Expr) sqlparser.Expr {
	inner := e
	for {
		switch n := inner.(type) {
		case *sqlparser.ParenExpr:
			inner = n.Expr
			continue
		case *sqlparser.UnaryExpr:
			if n.Operator == sqlparser.UPlusStr {
				inner = n.Expr
				continue
			}
		case *sqlparser.SQLVal, *sqlparser.ColName, *sqlparser.NullVal:
			return inner
		}
		return e
	}
}
