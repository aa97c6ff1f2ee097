package spell

import (
	"slices"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
)

// letterMark ends the names of tables that other names of their statement differ from in
// capitals only: the library would take all of them for one table. MySQL's names have no
// characters of that plane.
const letterMark = "\U0010FFFE"

// TellTables gives such tables names that differ otherwise, in all of a statement. Names of
// tables are what they are letter by letter, so which one is meant stays the same.
//
//	SELECT t.a, T.a FROM t JOIN T    SELECT t.a, `T~`.a FROM t JOIN T AS `T~`
//
// also are names that stand beside the statement, which it gives back.
func TellTables(n sqlparser.SQLNode, also ...string) []string {
	n = queryOf(n)
	found := findTables(n)
	marks := found.marks()
	if len(marks) == 0 {
		return also
	}
	found.mark(n, marks)
	out := slices.Clone(also)
	for i, name := range out {
		if to, is := marks[name]; is {
			out[i] = to.String()
		}
	}
	return out
}

// Written is a text with the names of tables as the statement has them.
func Written(text string) string { return strings.ReplaceAll(text, letterMark, "") }

// tableNames are the names of a statement's tables, in the order of their places.
type tableNames struct {
	list []string
	with map[string]bool // those that a WITH gives
}

func findTables(n sqlparser.SQLNode) *tableNames {
	found := &tableNames{with: map[string]bool{}}
	add := func(name sqlparser.TableIdent) {
		if text := name.String(); text != "" && !slices.Contains(found.list, text) {
			found.list = append(found.list, text)
		}
	}
	_ = exec.Walk(func(n sqlparser.SQLNode) (bool, error) { // it has no error
		switch n := n.(type) {
		case *sqlparser.Insert:
			add(n.Table.Name)
			if rows, is := n.Rows.(*sqlparser.AliasedValues); is {
				add(rows.As)
			}
		case *sqlparser.CommonTableExpr:
			found.with[n.As.String()] = true
		case *sqlparser.JSONTableExpr:
			add(n.Alias)
		case *sqlparser.AliasedTableExpr:
			add(n.As)
			if name, is := n.Expr.(sqlparser.TableName); is && n.As.IsEmpty() {
				add(name.Name)
			}
		}
		return true, nil
	}, n)
	return found
}

// marks are other names for those that are not told from names ahead of them. It is those of
// WITH that change where they can: a table of the same letters would be sought by them.
func (f *tableNames) marks() map[string]sqlparser.TableIdent {
	slices.SortStableFunc(f.list, func(a, b string) int {
		switch {
		case f.with[a] == f.with[b]:
			return 0
		case f.with[a]:
			return 1
		}
		return -1
	})
	out, times := map[string]sqlparser.TableIdent{}, map[string]int{}
	for _, name := range f.list {
		lower := strings.ToLower(name)
		if n := times[lower]; n > 0 {
			out[name] = sqlparser.NewTableIdent(name + strings.Repeat(letterMark, n))
		}
		times[lower]++
	}
	return out
}

// mark writes them.
func (f *tableNames) mark(n sqlparser.SQLNode, marks map[string]sqlparser.TableIdent) {
	rename := func(name *sqlparser.TableIdent) {
		if to, is := marks[name.String()]; is {
			*name = to
		}
	}
	refer := func(name *sqlparser.TableName) {
		if to, is := marks[name.Name.String()]; is {
			*name = sqlparser.TableName{Name: to}
		}
	}
	_ = exec.Walk(func(n sqlparser.SQLNode) (bool, error) { // it has no error
		switch n := n.(type) {
		case *sqlparser.Insert:
			if rows, is := n.Rows.(*sqlparser.AliasedValues); is {
				rename(&rows.As)
			}
		case *sqlparser.Delete:
			for i := range n.Targets {
				refer(&n.Targets[i])
			}
		case *sqlparser.JSONTableExpr:
			rename(&n.Alias)
		case *sqlparser.AliasedTableExpr:
			f.markTable(n, marks)
			rename(&n.As)
		case *sqlparser.StarExpr:
			refer(&n.TableName)
		case *sqlparser.ColName:
			refer(&n.Qualifier)
		}
		return true, nil
	}, n)
}

// markTable gives a table of FROM its other name: what WITH gives has that alone.
func (f *tableNames) markTable(t *sqlparser.AliasedTableExpr, marks map[string]sqlparser.TableIdent) {
	name, is := t.Expr.(sqlparser.TableName)
	to, marked := marks[name.Name.String()]
	switch {
	case !is || !marked:
	case name.DbQualifier.IsEmpty() && f.with[name.Name.String()]:
		t.Expr = sqlparser.TableName{Name: to}
	case t.As.IsEmpty():
		t.As = to
	}
}
