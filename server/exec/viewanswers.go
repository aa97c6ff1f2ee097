package exec

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dolthub/vitess/go/vt/sqlparser"
)

// A viewAnswer is a column of a view's query.
type viewAnswer struct {
	name   string
	own    string // that it had at first
	given  bool   // by an alias, or by the column that it is
	end    int    // of its expression, in the text
	change bool
}

// nameViewAnswers writes aliases into a CREATE VIEW without a list of columns, for what is
// computed and has the name of another column, or none that a column may have:
//
//	CREATE VIEW v AS SELECT 1, 1, ''    CREATE VIEW v AS SELECT 1, 1 AS `Name_exp_1`, '' AS `Name_exp_3`
func nameViewAnswers(tree sqlparser.Statement, text string) (named string, changed bool) {
	d, is := tree.(*sqlparser.DDL)
	if !is || d.ViewSpec == nil || d.Action != sqlparser.CreateStr || len(d.ViewSpec.Columns) > 0 {
		return text, false
	}
	list := viewAnswers(d.ViewSpec.ViewExpr)
	validNames(list)
	if !uniqueNames(list) {
		return text, false
	}
	for _, a := range slices.Backward(list) {
		if !a.change {
			continue
		}
		if a.end <= 0 || a.end > len(text) {
			return text, false
		}
		end := len(strings.TrimRight(text[:a.end], " \t\r\n,"))
		text = text[:end] + " AS `" + strings.ReplaceAll(a.name, "`", "``") + "`" + text[end:]
		changed = true
	}
	return text, changed
}

// viewAnswers are the columns of a query: those of its first half.
func viewAnswers(query sqlparser.SelectStatement) (list []*viewAnswer) {
	switch q := query.(type) {
	case *sqlparser.ParenSelect:
		return viewAnswers(q.Select)
	case *sqlparser.SetOp:
		return viewAnswers(q.Left)
	case *sqlparser.Select:
		for _, e := range q.SelectExprs {
			a, is := e.(*sqlparser.AliasedExpr)
			if !is { // a * has names that are given
				list = append(list, &viewAnswer{name: "*", given: true})
				continue
			}
			out := &viewAnswer{name: ClientWords(a.InputExpression), end: a.EndParsePos}
			if _, null := a.Expr.(*sqlparser.NullVal); null {
				out.name = "NULL"
			}
			if col, is := a.Expr.(*sqlparser.ColName); is {
				out.name, out.given = col.Name.String(), true
			}
			if !a.As.IsEmpty() {
				out.name, out.given = a.As.String(), true
			}
			out.own = out.name
			list = append(list, out)
		}
	}
	return list
}

// columnNameMax is how many characters a column's name has at most.
const columnNameMax = 64

// validNames gives what has no name for a column one by its number.
func validNames(list []*viewAnswer) {
	for i, a := range list {
		if !a.given && (a.name == "" || strings.HasSuffix(a.name, " ") || utf8.RuneCountInString(a.name) > columnNameMax) {
			a.name, a.change = "Name_exp_"+strconv.Itoa(i+1), true
			a.own = a.name
		}
	}
}

// uniqueNames gives what is computed another name where two columns have one; ok is false if
// both are given.
func uniqueNames(list []*viewAnswer) (ok bool) {
	for i, a := range list {
		for _, before := range list[:i] {
			switch {
			case a.name == "*" || !strings.EqualFold(a.name, before.name):
			case !a.given:
				a.rename(list[:i])
			case !before.given:
				before.rename(list[:i+1])
			default:
				return false
			}
		}
	}
	return true
}

// rename finds a name that none of a list has.
func (a *viewAnswer) rename(list []*viewAnswer) {
	for attempt := 0; ; attempt++ {
		name := "Name_exp_" + a.own
		if attempt > 0 {
			name = "Name_exp_" + strconv.Itoa(attempt) + "_" + a.own
		}
		if !slices.ContainsFunc(list, func(b *viewAnswer) bool { return b != a && strings.EqualFold(b.name, name) }) {
			a.name, a.change = name, true
			return
		}
	}
}
