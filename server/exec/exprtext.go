package exec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/types"
)

// An exprDef is an expression that a definition keeps.
type exprDef struct {
	text      string
	columns   []string // that it reads, in the order of appearance
	functions []string // that it calls, in lower case
	subquery  bool
	variable  bool
	misuse    error // the first aggregate, window function or text that is none
}

// readExpr reads an expression of a definition. Its text has every name quoted,
// so that it means the same wherever it is read.
func readExpr(n sqlparser.Expr) exprDef {
	for {
		p, ok := n.(*sqlparser.ParenExpr)
		if !ok {
			break
		}
		n = p.Expr
	}
	d := exprDef{text: exprText(n)}
	_ = Walk(func(n sqlparser.SQLNode) (bool, error) { // the visitor has no errors
		switch n := n.(type) {
		case *sqlparser.ColName:
			name := n.Name.String()
			if strings.HasPrefix(name, "@") {
				d.variable = true
			} else if !slices.ContainsFunc(d.columns, func(c string) bool { return strings.EqualFold(c, name) }) {
				d.columns = append(d.columns, name)
			}
		case *sqlparser.FuncExpr:
			d.variable = d.variable || n.Name.Lowered() == reword.Assign
			d.call(n)
		case *sqlparser.GroupConcatExpr:
			d.misuse = cmp.Or(d.misuse, error(mysqlerr.New(mysqlerr.InvalidGroupFuncUse)))
		case *sqlparser.ValuesFuncExpr:
			d.functions = append(d.functions, "values")
		case *sqlparser.TimestampFuncExpr:
			d.functions = append(d.functions, strings.ToLower(n.Name))
		case *sqlparser.Subquery:
			d.subquery = true
		case *sqlparser.SQLVal:
			d.variable = d.variable || n.Type == sqlparser.ValArg
			if n.Type == sqlparser.StrVal && !utf8.Valid(n.Val) { // which the catalog could not keep
				d.misuse = cmp.Or(d.misuse, error(mysqlerr.New(mysqlerr.InvalidCharacterString, types.CharsetUTF8MB4, fmt.Sprintf("%X", n.Val))))
			}
		}
		return true, nil
	}, n)
	return d
}

// call notes a function that the expression calls.
func (d *exprDef) call(n *sqlparser.FuncExpr) {
	name := n.Name.Lowered()
	d.functions = append(d.functions, name)
	switch {
	case d.misuse != nil:
	case n.Over != nil:
		d.misuse = mysqlerr.New(mysqlerr.WindowInvalidUse, name)
	case n.IsAggregate():
		d.misuse = mysqlerr.New(mysqlerr.InvalidGroupFuncUse)
	}
}

func exprText(n sqlparser.Expr) string {
	buf := sqlparser.NewTrackedBuffer(func(buf *sqlparser.TrackedBuffer, n sqlparser.SQLNode) {
		if col, ok := n.(*sqlparser.ColName); ok {
			buf.WriteString(quoteName(col.Name.String()))
			return
		}
		formatOperator(buf, n)
	})
	buf.Myprintf("%v", n)
	return buf.String()
}

// unrepeatable are the functions whose results a replica does not have, although it
// has the statement's time and connection (MySQL manual, Determination of Safe and
// Unsafe Statements).
var unrepeatable = strings.Fields(`current_user found_rows get_lock is_free_lock is_used_lock rand random_bytes release_lock
	row_count session_user sleep sysdate system_user user uuid uuid_short version`)

// kept is an expression that a definition keeps, whose literals say of which character set
// they are where that is not UTF-8.
func (e *Env) kept(n sqlparser.Expr) exprDef {
	d := readExpr(n)
	if e == nil || e.Literals == "" {
		return d
	}
	if text := reword.Introduced(d.text, e.Literals, true); keptExpr(text) != nil {
		d.text = text
	}
	return d
}

// Unrepeatable reports whether columns that are added have defaults of such functions:
// the rows that are there already would be others on a replica.
func Unrepeatable(s *sqlparser.TableSpec) bool {
	return s != nil && slices.ContainsFunc(s.Columns, func(c *sqlparser.ColumnDefinition) bool {
		n, computed := c.Type.Default.(*sqlparser.ParenExpr)
		return computed && slices.ContainsFunc(readExpr(n.Expr).functions, func(f string) bool { return slices.Contains(unrepeatable, f) })
	})
}
