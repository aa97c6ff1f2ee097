package exec

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/reword"
)

// SQLText is a tree as a text for ReadSQL.
func SQLText(n sqlparser.SQLNode) string {
	buf := sqlparser.NewTrackedBuffer(formatOperator)
	buf.Myprintf("%v", n)
	return buf.String()
}

// formatOperator writes a node; what package reword has written as a function is an
// operator again.
func formatOperator(buf *sqlparser.TrackedBuffer, n sqlparser.SQLNode) {
	f, is := n.(*sqlparser.FuncExpr)
	if !is || !formatCall(buf, f.Name.Lowered(), f.Exprs) {
		n.Format(buf)
	}
}

// formatCall writes the call of such a function; false if it is another one.
func formatCall(buf *sqlparser.TrackedBuffer, name string, args sqlparser.SelectExprs) bool {
	operator, quantifier, _ := strings.Cut(name, " ")
	switch {
	case name == reword.BitNot && len(args) == 1:
		buf.Myprintf("~(%v)", args[0])
	case name == reword.Assign && len(args) == 2:
		buf.Myprintf("(@%v := %v)", args[0], args[1])
	case name == reword.Member && len(args) == 2:
		buf.Myprintf("(%v) member of (%v)", args[0], args[1])
	case name == reword.Match && len(args) > 2:
		columns, n := args[:len(args)-2], len(args)
		mode := strings.Trim(sqlparser.String(args[n-1]), "'")
		buf.Myprintf("match (%v) against (%v"+mode+")", columns, args[n-2])
	case name == reword.Weights && len(args) == 3:
		kind := strings.Trim(sqlparser.String(args[1]), "'")
		buf.Myprintf("weight_string(%v as "+kind+"(%v))", args[0], args[2])
	case len(args) == 2 && (quantifier == "any" || quantifier == "all"):
		buf.Myprintf("(%v "+operator+" "+quantifier+" %v)", args[0], args[1])
	default:
		return false
	}
	return true
}
