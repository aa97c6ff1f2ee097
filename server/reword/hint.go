package reword

import (
	"slices"
	"strings"

	"github.com/xadb/xadb/server/lex"
)

// plainHints writes the index hints of a table as the parser knows them: one, with
// the names of all, and not for what. They choose nothing here, but an index that
// does not exist is an error (CheckHints).
func plainHints(sql string) string {
	if !lex.ContainsFold(sql, "index") && !lex.ContainsFold(sql, "key") {
		return sql
	}
	d := dialect{src: sql}
	list := lex.All(sql)
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
			names = append(names, lex.QuoteName(t.Text))
		case t.Kind == lex.Quoted:
			names = append(names, t.Text)
		case !t.Is(","):
			return nil, 0
		}
	}
	return nil, 0
}
