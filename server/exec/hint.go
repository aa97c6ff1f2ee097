package exec

import (
	"slices"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// plainHints writes the index hints of a table as the parser knows them: one, with
// the names of all, and not for what. They choose nothing here, but an index that
// does not exist is an error (CheckHints).
func plainHints(sql string) string {
	if !lex.ContainsFold(sql, "index") && !lex.ContainsFold(sql, "key") {
		return sql
	}
	d := dialect{src: sql}
	list := tokensOf(sql)
	for i := 0; i < len(list); i++ {
		var names []string
		n := 0
		for {
			more, width := hint(list[i+n:])
			if width == 0 {
				break
			}
			names, n = append(names, more...), n+width
		}
		switch {
		case n == 0:
			continue
		case len(names) == 0:
			d.replace(list[i].Pos, list[i+n-1].End, " ")
		default:
			d.replace(list[i].Pos, list[i+n-1].End, list[i].Text+" INDEX ("+strings.Join(names, ", ")+")")
		}
		i += n - 1
	}
	if d.last == 0 {
		return sql
	}
	d.copyTo(len(sql))
	return d.out.String()
}

// hint reads {USE | FORCE | IGNORE} {INDEX | KEY} [FOR ...] (names), and says how many
// tokens that is: none if there is no hint.
func hint(list []lex.Token) (names []string, width int) {
	is := func(i int, words ...string) bool {
		return i < len(list) && slices.ContainsFunc(words, list[i].Is)
	}
	if !is(0, "USE", "FORCE", "IGNORE") || !is(1, "INDEX", "KEY") {
		return nil, 0
	}
	i := 2
	switch {
	case is(2, "FOR") && is(3, "JOIN"):
		i = 4
	case is(2, "FOR") && is(3, "ORDER", "GROUP") && is(4, "BY"):
		i = 5
	}
	if !is(i, "(") {
		return nil, 0
	}
	for i++; i < len(list); i++ {
		switch t := list[i]; {
		case t.Is(")"):
			return names, i + 1
		case t.Kind == lex.Word:
			names = append(names, quoteName(t.Text))
		case t.Kind == lex.Quoted:
			names = append(names, t.Text)
		case !t.Is(","):
			return nil, 0
		}
	}
	return nil, 0
}

// tokensOf is a statement's tokens, none if there is one that does not end.
func tokensOf(sql string) (list []lex.Token) {
	l := lex.New(sql)
	for t := l.Next(); t.Kind != lex.EOF; t = l.Next() {
		if t.Kind == lex.Bad {
			return nil
		}
		list = append(list, t)
	}
	return list
}

// CheckHints is 1176 for the first hint that names an index which its table has not.
func (e *Executor) CheckHints(env Env, t *Tree) error {
	if !t.hinted {
		return nil
	}
	return sqlparser.Walk(func(n sqlparser.SQLNode) (bool, error) {
		a, is := n.(*sqlparser.AliasedTableExpr)
		if !is || a.Hints == nil {
			return true, nil
		}
		name, is := a.Expr.(sqlparser.TableName)
		if !is {
			return true, nil
		}
		db := name.DbQualifier.String()
		if db == "" {
			db = env.DB
		}
		def, ok := env.Temporaries.Find(db, name.Name.String())
		if !ok {
			var err error
			if def, ok, err = e.catalog.Find(env.Txn, db, name.Name.String()); err != nil || !ok {
				return true, err // a view, or none, which others say
			}
		}
		for _, index := range a.Hints.Indexes {
			if !hasIndex(def, index.String()) {
				return false, mysqlerr.New(mysqlerr.KeyDoesNotExist, index.String(), name.Name.String())
			}
		}
		return true, nil
	}, t.Statement)
}

func hasIndex(t *catalog.Table, name string) bool {
	_, ok := t.Index(name)
	return ok || strings.EqualFold(name, "PRIMARY") && len(t.PrimaryKey) > 0
}
