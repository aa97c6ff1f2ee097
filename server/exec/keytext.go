package exec

import (
	"slices"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/reword"
)

// KeyExpression is the expression of a hidden column as MySQL writes it: it is kept so,
// but for JSON_VALUE.
func KeyExpression(c *catalog.Column) string {
	text := ShownExpr(c.Generated)
	if c.Array {
		text = strings.TrimSuffix(text, ")") + " array)"
	}
	return text
}

// KeyText is the text of an expression of a key, or of one that may be the same.
func KeyText(n sqlparser.Expr) string { return keyFormat{}.text(n) }

// A keyFormat writes expressions as MySQL does: each operator in parentheses of its
// own, names of functions in small letters, texts with their character set.
type keyFormat struct {
	arrays bool // CHAR is that of an array, which has no set
}

func (k keyFormat) text(n sqlparser.SQLNode) string {
	buf := sqlparser.NewTrackedBuffer(k.format)
	buf.Myprintf("%v", n)
	return buf.String()
}

var introduced = strings.TrimSpace(sqlparser.Utf8mb4Str)

func (k keyFormat) format(buf *sqlparser.TrackedBuffer, n sqlparser.SQLNode) {
	switch n := n.(type) {
	case *sqlparser.ColName:
		buf.WriteString(quoteName(n.Name.String()))
	case *sqlparser.AliasedExpr:
		buf.Myprintf("%v", n.Expr)
	case *sqlparser.ParenExpr:
		buf.Myprintf("%v", n.Expr)
	case *sqlparser.SQLVal:
		if n.Type == sqlparser.StrVal {
			buf.WriteString(introduced)
		}
		n.Format(buf)
	case *sqlparser.NullVal:
		buf.WriteString("NULL")
	case *sqlparser.UnaryExpr:
		k.unary(buf, n)
	case *sqlparser.CollateExpr:
		buf.Myprintf("(%v collate %s)", n.Expr, n.Collation)
	case *sqlparser.FuncExpr:
		k.call(buf, n)
	case *sqlparser.ConvertExpr:
		k.convert(buf, n)
	case *sqlparser.CaseExpr:
		k.choice(buf, n)
	case sqlparser.ValTuple:
		k.list(buf, "(", len(n), func(i int) sqlparser.SQLNode { return n[i] })
	default:
		k.operator(buf, n)
	}
}

func (k keyFormat) operator(buf *sqlparser.TrackedBuffer, n sqlparser.SQLNode) {
	switch n := n.(type) {
	case *sqlparser.BinaryExpr:
		switch n.Operator {
		case sqlparser.JSONExtractOp:
			buf.Myprintf("json_extract(%v,%v)", n.Left, n.Right)
		case sqlparser.JSONUnquoteExtractOp:
			buf.Myprintf("json_unquote(json_extract(%v,%v))", n.Left, n.Right)
		case sqlparser.IntDivStr:
			buf.Myprintf("(%v DIV %v)", n.Left, n.Right)
		default:
			buf.Myprintf("(%v %s %v)", n.Left, n.Operator, n.Right)
		}
	case *sqlparser.ComparisonExpr:
		buf.Myprintf("(%v %s %v", n.Left, n.Operator, n.Right)
		if n.Escape != nil {
			buf.Myprintf(" escape %v", n.Escape)
		}
		buf.WriteString(")")
	case *sqlparser.RangeCond:
		buf.Myprintf("(%v %s %v and %v)", n.Left, n.Operator, n.From, n.To)
	case *sqlparser.AndExpr:
		buf.Myprintf("(%v and %v)", n.Left, n.Right)
	case *sqlparser.OrExpr:
		buf.Myprintf("(%v or %v)", n.Left, n.Right)
	case *sqlparser.XorExpr:
		buf.Myprintf("(%v xor %v)", n.Left, n.Right)
	case *sqlparser.NotExpr:
		if _, column := n.Expr.(*sqlparser.ColName); column {
			buf.Myprintf("(0 = %v)", n.Expr)
			return
		}
		buf.Myprintf("(not(%v))", n.Expr)
	case *sqlparser.IsExpr:
		buf.Myprintf("(%v %s)", n.Expr, n.Operator)
	default:
		n.Format(buf)
	}
}

func (k keyFormat) unary(buf *sqlparser.TrackedBuffer, n *sqlparser.UnaryExpr) {
	value, literal := n.Expr.(*sqlparser.SQLVal)
	switch {
	case literal && strings.HasPrefix(n.Operator, "_"):
		buf.WriteString(strings.TrimSpace(n.Operator))
		value.Format(buf)
	case literal:
		n.Format(buf)
	default:
		buf.Myprintf("%s(%v)", strings.TrimSpace(n.Operator), n.Expr)
	}
}

func (k keyFormat) call(buf *sqlparser.TrackedBuffer, n *sqlparser.FuncExpr) {
	name := n.Name.Lowered()
	if name == reword.JSONValue && len(n.Exprs) == jsonValueArgs {
		formatJSONValue(buf, n.Exprs)
		return
	}
	if !formatCall(buf, name, n.Exprs) {
		k.list(buf, name+"(", len(n.Exprs), func(i int) sqlparser.SQLNode { return n.Exprs[i] })
	}
}

func (k keyFormat) list(buf *sqlparser.TrackedBuffer, open string, n int, at func(i int) sqlparser.SQLNode) {
	buf.WriteString(open)
	for i := range n {
		if i > 0 {
			buf.WriteString(",")
		}
		buf.Myprintf("%v", at(i))
	}
	buf.WriteString(")")
}

func (k keyFormat) convert(buf *sqlparser.TrackedBuffer, n *sqlparser.ConvertExpr) {
	of := *n.Type
	of.Type, of.Operator = strings.ToLower(of.Type), " charset"
	if of.Charset == "" && of.Type == "char" && !k.arrays {
		of.Charset = "utf8mb4"
	}
	plain := sqlparser.NewTrackedBuffer(nil) // lengths are no texts
	of.Format(plain)
	buf.Myprintf("cast(%v as %s)", n.Expr, strings.ReplaceAll(plain.String(), ", ", ","))
}

func (k keyFormat) choice(buf *sqlparser.TrackedBuffer, n *sqlparser.CaseExpr) {
	buf.WriteString("(case ")
	if n.Expr != nil {
		buf.Myprintf("%v ", n.Expr)
	}
	for _, when := range n.Whens {
		buf.Myprintf("when %v then %v ", when.Cond, when.Val)
	}
	if n.Else != nil {
		buf.Myprintf("else %v ", n.Else)
	}
	buf.WriteString("end)")
}

// Computed is the hidden column that has the values of an expression of a table's
// columns, or -1; of says whether a name is one of them.
func Computed(t *catalog.Table, n sqlparser.Expr, of func(name *sqlparser.ColName) bool) int {
	switch n.(type) {
	case *sqlparser.SQLVal, *sqlparser.NullVal, *sqlparser.ColName, sqlparser.BoolVal, sqlparser.ValTuple, *sqlparser.Subquery:
		return -1
	}
	all, some := true, false
	_ = Walk(func(n sqlparser.SQLNode) (bool, error) { // the visitor has no errors
		if name, is := n.(*sqlparser.ColName); is {
			all, some = all && of(name), true
		}
		return all, nil
	}, n)
	if !all || !some {
		return -1
	}
	text := KeyText(n)
	return slices.IndexFunc(t.Columns, func(c catalog.Column) bool {
		return c.Hidden && !c.Array && c.Generated == text && (!c.Type.IsString() || ofColumns(n))
	})
}

// keepsCollation are functions whose text has its first argument's collation.
var keepsCollation = map[string]bool{
	"lower": true, "upper": true, "lcase": true, "ucase": true, "left": true, "right": true, "substring": true, "substr": true, "mid": true,
	"reverse": true, "ltrim": true, "rtrim": true, "trim": true, "coalesce": true, "ifnull": true, "concat": true,
}

// ofColumns reports whether a text's collation is that of a column, or named: one of
// literals is the connection's, and another than the index has.
func ofColumns(n sqlparser.Expr) bool {
	switch n := n.(type) {
	case *sqlparser.ParenExpr:
		return ofColumns(n.Expr)
	case *sqlparser.ColName, *sqlparser.CollateExpr:
		return true
	case *sqlparser.FuncExpr:
		if len(n.Exprs) == 0 || !keepsCollation[n.Name.Lowered()] {
			return false
		}
		first, is := n.Exprs[0].(*sqlparser.AliasedExpr)
		return is && ofColumns(first.Expr)
	}
	return false
}
