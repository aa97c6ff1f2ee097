package exec

import (
	"encoding/hex"
	"math/big"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/reword"
)

// DefinedExpr is an expression that a definition keeps as MySQL writes it behind CHECK,
// AS and DEFAULT, but for the parentheses around it. One that cannot be read is shown as
// it is kept.
func DefinedExpr(text string) string {
	e := keptExpr(text)
	if e == nil {
		return Enclosed(text)
	}
	return definedFormat{}.text(e.Expr)
}

// ToldExpr is DefinedExpr as information_schema tells it: as the inside of a literal.
func ToldExpr(text string) string {
	return strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(DefinedExpr(text))
}

// A definedFormat writes expressions as MySQL does in definitions: as keyFormat, and each
// condition with what NOT says of it taken in, numbers and columns as conditions compared
// with 0, functions by their first names.
type definedFormat struct{ key keyFormat }

func (f definedFormat) text(n sqlparser.SQLNode) string {
	buf := sqlparser.NewTrackedBuffer(f.format)
	buf.Myprintf("%v", n)
	return buf.String()
}

func (f definedFormat) format(buf *sqlparser.TrackedBuffer, n sqlparser.SQLNode) {
	switch n := n.(type) {
	case *sqlparser.AndExpr, *sqlparser.OrExpr, *sqlparser.XorExpr, *sqlparser.NotExpr, *sqlparser.ComparisonExpr, *sqlparser.RangeCond,
		*sqlparser.IsExpr:
		f.condition(buf, n.(sqlparser.Expr), false)
	case *sqlparser.UnaryExpr:
		f.unary(buf, n)
	case *sqlparser.SQLVal:
		f.literal(buf, n)
	case *sqlparser.FuncExpr:
		f.call(buf, n)
	case *sqlparser.SubstrExpr, *sqlparser.CharExpr:
		buf.WriteString(strings.Replace(strings.Replace(f.plain(n), "substring(", "substr(", 1), "CHAR(", "char(", 1))
	case *sqlparser.TimestampFuncExpr:
		if strings.EqualFold(n.Name, "timestampadd") {
			buf.Myprintf("(%v + interval %v %s)", n.Expr2, n.Expr1, strings.ToLower(n.Unit))
			return
		}
		buf.Myprintf("%s(%s,%v,%v)", strings.ToLower(n.Name), strings.ToUpper(n.Unit), n.Expr1, n.Expr2)
	case *sqlparser.TrimExpr:
		f.trim(buf, n)
	case *sqlparser.IntervalExpr:
		buf.Myprintf("interval %v %s", n.Expr, strings.ToLower(n.Unit))
	case *sqlparser.ConvertExpr:
		if strings.EqualFold(n.Type.Type, "binary") {
			of := *n
			of.Type = &sqlparser.ConvertType{Type: "char", Length: n.Type.Length, Charset: "binary"}
			n = &of
		}
		f.key.convert(buf, n)
	default:
		f.key.format(buf, n)
	}
}

// plain is a node as keyFormat writes it, with what is in it as f does.
func (f definedFormat) plain(n sqlparser.SQLNode) string {
	buf := sqlparser.NewTrackedBuffer(func(buf *sqlparser.TrackedBuffer, part sqlparser.SQLNode) {
		if part == n {
			f.key.format(buf, n)
			return
		}
		f.format(buf, part)
	})
	buf.Myprintf("%v", n)
	return buf.String()
}

func (f definedFormat) unary(buf *sqlparser.TrackedBuffer, n *sqlparser.UnaryExpr) {
	switch n.Operator {
	case sqlparser.BangStr:
		f.condition(buf, n.Expr, true)
	case sqlparser.UPlusStr:
		buf.Myprintf("%v", n.Expr)
	case sqlparser.BinaryStr:
		buf.Myprintf("cast(%v as char charset binary)", n.Expr)
	case sqlparser.UMinusStr:
		buf.Myprintf("-(%v)", n.Expr)
	default:
		switch v, is := n.Expr.(*sqlparser.SQLVal); {
		case is && v.Type == sqlparser.StrVal:
			buf.WriteString(strings.TrimSpace(n.Operator) + quotedText(v))
			return
		case is && v.Type == sqlparser.HexVal:
			buf.Myprintf("%s %v", strings.TrimSpace(n.Operator), v)
			return
		}
		f.key.unary(buf, n)
	}
}

// quotedText is a text as a literal, in which double quotes are as they are.
func quotedText(n *sqlparser.SQLVal) string {
	buf := sqlparser.NewTrackedBuffer(nil)
	n.Format(buf)
	return strings.ReplaceAll(buf.String(), `\"`, `"`)
}

// literal writes bytes and bits as MySQL writes bytes.
func (f definedFormat) literal(buf *sqlparser.TrackedBuffer, n *sqlparser.SQLVal) {
	digits := ""
	switch n.Type {
	case sqlparser.IntVal, sqlparser.FloatVal:
		if number, negative := strings.CutPrefix(string(n.Val), "-"); negative {
			buf.WriteString("-(" + number + ")")
			return
		}
	case sqlparser.HexVal:
		digits = string(n.Val)
	case sqlparser.HexNum:
		digits = strings.TrimPrefix(strings.TrimPrefix(string(n.Val), "0x"), "0X")
	case sqlparser.BitVal:
		if v, ok := new(big.Int).SetString(string(n.Val), 2); ok {
			digits = hex.EncodeToString(v.Bytes())
		}
	case sqlparser.StrVal:
		text := quotedText(n)
		if !strings.Contains(text, `\`) { // MariaDB cannot read both
			text = introduced + text
		}
		buf.WriteString(text)
		return
	}
	if digits == "" {
		f.key.format(buf, n)
		return
	}
	buf.WriteString("0x" + strings.Repeat("0", len(digits)%2) + strings.ToUpper(digits))
}

func (f definedFormat) trim(buf *sqlparser.TrackedBuffer, n *sqlparser.TrimExpr) {
	space := false
	if v, is := n.Pattern.(*sqlparser.SQLVal); is {
		space = v.Type == sqlparser.StrVal && string(v.Val) == " "
	}
	side := ""
	switch n.Dir {
	case sqlparser.Leading:
		side = "leading "
	case sqlparser.Trailing:
		side = "trailing "
	}
	if space && side == "" {
		buf.Myprintf("trim(%v)", n.Str)
		return
	}
	buf.Myprintf("trim("+side+"%v from %v)", n.Pattern, n.Str)
}

// firstNames are those that MySQL writes for functions of several names.
var firstNames = map[string]string{
	"substring": "substr", "mid": "substr", "ucase": "upper", "lcase": "lower", "character_length": "char_length", "octet_length": "length",
	"power": "pow", "ceil": "ceiling", "day": "dayofmonth", "std": "stddev",
}

func (f definedFormat) call(buf *sqlparser.TrackedBuffer, n *sqlparser.FuncExpr) {
	name, args := n.Name.Lowered(), n.Exprs
	switch {
	case (name == "date_add" || name == "adddate") && len(args) == 2:
		f.moved(buf, args, "+")
	case (name == "date_sub" || name == "subdate") && len(args) == 2:
		f.moved(buf, args, "-")
	case name == reword.JSONValue && len(args) == 2:
		buf.Myprintf("json_value(%v, %v returning char(512))", args[0], args[1])
	case name == reword.Member && len(args) == 2:
		buf.Myprintf("%v member of (%v)", args[0], args[1])
	case name == "mod" && len(args) == 2:
		buf.Myprintf("(%v %s %v)", args[0], sqlparser.ModStr, args[1])
	case name == "isnull" && len(args) == 1:
		buf.Myprintf("(%v is null)", args[0])
	case name == "datediff" && len(args) == 2:
		buf.Myprintf("(to_days(%v) - to_days(%v))", args[0], args[1])
	case name == "week" && len(args) == 1:
		buf.Myprintf("week(%v,0)", args[0])
	case firstNames[name] != "":
		f.key.list(buf, firstNames[name]+"(", len(args), func(i int) sqlparser.SQLNode { return args[i] })
	default:
		f.key.call(buf, n)
	}
}

// moved is a date with an interval, or days, added to it.
func (f definedFormat) moved(buf *sqlparser.TrackedBuffer, args sqlparser.SelectExprs, sign string) {
	if a, is := args[1].(*sqlparser.AliasedExpr); is {
		if by, is := a.Expr.(*sqlparser.IntervalExpr); is {
			buf.Myprintf("(%v "+sign+" interval %v %s)", args[0], by.Expr, strings.ToLower(by.Unit))
			return
		}
	}
	buf.Myprintf("(%v "+sign+" interval %v day)", args[0], args[1])
}
