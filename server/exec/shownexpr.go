package exec

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/reword"
)

// The arguments that package reword writes for the clauses of JSON_VALUE.
const (
	jsonValueArgs      = 7
	jsonValueReturning = 2
	jsonValueEmpty     = 3
	jsonValueError     = 5
)

// keptExpr reads an expression of a definition; nil if it cannot be read.
func keptExpr(text string) *sqlparser.AliasedExpr {
	tree, err := ReadSQL("select " + text)
	if err != nil {
		return nil
	}
	query, is := tree.(*sqlparser.Select)
	if !is || len(query.SelectExprs) != 1 {
		return nil
	}
	e, _ := query.SelectExprs[0].(*sqlparser.AliasedExpr)
	return e
}

// ShownExpr is the expression of a key in MySQL's words: JSON_VALUE has clauses there.
func ShownExpr(text string) string {
	if !lex.ContainsFold(text, reword.JSONValue) {
		return text
	}
	e := keptExpr(text)
	if e == nil {
		return text
	}
	buf := sqlparser.NewTrackedBuffer(func(buf *sqlparser.TrackedBuffer, n sqlparser.SQLNode) {
		switch n := n.(type) {
		case *sqlparser.ColName:
			buf.WriteString(quoteName(n.Name.String()))
		case *sqlparser.FuncExpr:
			if n.Name.Lowered() == reword.JSONValue && len(n.Exprs) == jsonValueArgs {
				formatJSONValue(buf, n.Exprs)
				return
			}
			formatOperator(buf, n)
		default:
			n.Format(buf)
		}
	})
	buf.Myprintf("%v", e.Expr)
	return buf.String()
}

func formatJSONValue(buf *sqlparser.TrackedBuffer, args sqlparser.SelectExprs) {
	buf.Myprintf("json_value(%v, %v", args[0], args[1])
	if t := wordIn(args[jsonValueReturning]); t != "" {
		buf.WriteString(" returning " + t)
	}
	for _, clause := range []struct {
		at int
		on string
	}{{jsonValueEmpty, "empty"}, {jsonValueError, "error"}} {
		switch wordIn(args[clause.at]) {
		case "error":
			buf.WriteString(" error on " + clause.on)
		case "default":
			buf.Myprintf(" default %v on "+clause.on, args[clause.at+1])
		}
	}
	buf.WriteString(")")
}

// wordIn is the text of an argument that is one.
func wordIn(e sqlparser.SelectExpr) string {
	a, is := e.(*sqlparser.AliasedExpr)
	if !is {
		return ""
	}
	v, is := a.Expr.(*sqlparser.SQLVal)
	if !is || v.Type != sqlparser.StrVal {
		return ""
	}
	return strings.ToLower(string(v.Val))
}

// Enclosed is an expression as MySQL writes it by itself: in parentheses, unless it is
// one name, or one call.
func Enclosed(expr string) string {
	l := lex.New(expr)
	first, depth := l.Next(), 0
	for t := l.Next(); t.Kind != lex.EOF; t = l.Next() {
		switch {
		case t.Is("(") && (depth > 0 || t.Pos == first.End && first.Kind == lex.Word):
			depth++
		case depth == 0:
			return "(" + expr + ")"
		case t.Is(")"):
			if depth--; depth == 0 {
				first = lex.Token{} // a second call is no part of the first
			}
		}
	}
	return expr
}
