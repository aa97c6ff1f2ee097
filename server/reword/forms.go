package reword

import (
	"slices"

	"github.com/xadb/xadb/server/lex"
)

// plainForms writes the forms of MySQL's statements that the parser does not know, and
// that mean nothing else than ones that it does.
func plainForms(sql string) string {
	if !hasForms(sql) {
		return sql
	}
	list := lex.All(sql)
	if len(list) < 2 {
		return sql
	}
	f := forms{dialect{src: sql}, list}
	if from := f.statement(); from < len(list) {
		for i := from; i < len(list); {
			i = f.token(i)
		}
	}
	if f.last == 0 {
		return sql
	}
	f.copyTo(len(sql))
	return f.out.String()
}

// formWords are words of these forms anywhere in a query.
var formWords = []string{"with", "natural", "distinctrow", "high_priority", "straight_join", "sql_small_result", "sql_big_result", "sql_buffer_result"}

// hasForms reports whether one may be in a text, which may be a large INSERT.
func hasForms(sql string) bool {
	l := lex.New(sql)
	switch first := l.Next(); {
	case first.Is("DROP"), first.Is("CREATE"), first.Is("DELETE"):
		return true
	case first.Is("INSERT"), first.Is("REPLACE"):
		dots := 0
		for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad && !t.Is("VALUES") && !t.Is("VALUE") && !t.Is("SELECT"); t = l.Next() {
			if t.Is(".") {
				dots++
			}
		}
		if dots > 1 {
			return true
		}
	}
	has := func(word string) bool { return lex.ContainsFold(sql, word) }
	return slices.ContainsFunc(formWords, has)
}

type forms struct {
	dialect
	list []lex.Token
}

func (f *forms) is(i int, words ...string) bool {
	return i >= 0 && i < len(f.list) && slices.ContainsFunc(words, f.list[i].Is)
}

// drop leaves out the tokens from i to last.
func (f *forms) drop(i, last int) { f.leaveOut(f.list[i].Pos, f.list[last].End) }

// statement rewrites what is known by a statement's first words; the rest begins at from.
func (f *forms) statement() (from int) {
	switch {
	case f.is(0, "DROP") && f.is(1, "TABLES"):
		f.replace(f.list[1].Pos, f.list[1].End, "TABLE")
	case f.is(0, "INSERT", "REPLACE"):
		return f.insertColumns()
	case f.is(0, "DELETE") && f.is(1, "FROM"):
		return f.deleteNames()
	}
	return 0
}

// insertColumns: INSERT t (d.t.a), where the parser knows t.a only.
func (f *forms) insertColumns() (from int) {
	for i := 1; i < len(f.list) && !f.is(i, "VALUES", "VALUE", "SELECT", "SET", "TABLE", "WITH"); i++ {
		from = i
		if f.is(i, "(", ",") && f.is(i+2, ".") && f.is(i+4, ".") {
			f.drop(i+1, i+4)
		}
	}
	return from
}

// deleteNames: DELETE FROM a.*, b.* USING.
func (f *forms) deleteNames() (from int) {
	for i := 2; i < len(f.list) && !f.is(i, "WHERE", "JOIN", "(", "AS"); i++ {
		if f.is(i, "USING") {
			for j := 2; j < i; j++ {
				if f.is(j, ".") && f.is(j+1, "*") {
					f.drop(j, j+1)
				}
			}
			return i
		}
	}
	return 0
}

// queryOfWith: WITH a AS (..) (SELECT ..), whose parentheses say nothing, nor do they
// ahead of an ORDER BY or a LIMIT, if there is none in them. The rest begins at next.
func (f *forms) queryOfWith(with int) (next int) {
	i := with + 1
	if f.is(i, "RECURSIVE") {
		i++
	}
	if !f.is(i+1, "AS", "(") {
		return with + 1 // WITH ROLLUP and its like
	}
	for {
		for i++; i < len(f.list) && !f.is(i, "AS"); i++ {
		}
		end := closing(f.list, min(i+1, len(f.list)))
		if end < 0 {
			return with + 1
		}
		if i = end + 1; !f.is(i, ",") {
			break
		}
		i++
	}
	end, last := closing(f.list, i), len(f.list)-1
	if f.is(with-1, "(") {
		last = closing(f.list, with-1) - 1
	} else if f.is(last, ";") {
		last--
	}
	if !f.is(i, "(") || end != last && (!f.is(end+1, "ORDER", "LIMIT") || f.ordered(i, end)) {
		return with + 1
	}
	for j := with + 1; j < i; {
		j = f.token(j)
	}
	f.drop(i, i)
	for j := i + 1; j < end; {
		j = f.token(j)
	}
	f.replace(f.list[end].Pos, f.list[end].End, " ")
	return min(end+1, len(f.list))
}

// ordered reports whether a query in parentheses has an ORDER BY, a LIMIT or another
// clause at its end that would be said of what is behind it.
func (f *forms) ordered(open, closed int) bool {
	depth := 0
	for i := open + 1; i < closed; i++ {
		switch {
		case f.is(i, "("):
			depth++
		case f.is(i, ")"):
			depth--
		case depth == 0 && f.is(i, "ORDER", "LIMIT", "FOR", "LOCK", "INTO"):
			return true
		}
	}
	return false
}

// token rewrites what is known by the token at i; next is where the rest begins.
func (f *forms) token(i int) (next int) {
	switch {
	case f.is(i, "WITH"):
		return f.queryOfWith(i)
	case f.is(i, "SELECT"):
		f.options(i + 1)
	case f.is(i, "NATURAL") && f.is(i+1, "INNER") && f.is(i+2, "JOIN"):
		f.drop(i+1, i+1)
	}
	return i + 1
}

// options of a query, of which some only say how to find the rows. Each is left out by
// itself: a comment for MySQL alone may be around it.
func (f *forms) options(first int) {
	for i := first; i < len(f.list); i++ {
		switch {
		case f.is(i, "HIGH_PRIORITY", "STRAIGHT_JOIN", "SQL_SMALL_RESULT", "SQL_BIG_RESULT"):
			f.drop(i, i)
		case f.is(i, "SQL_BUFFER_RESULT") && !f.is(i+1, ",", "FROM", ")", ";", ".", "AS") && i+1 < len(f.list):
			f.drop(i, i)
		case f.is(i, "DISTINCTROW"):
			f.replace(f.list[i].Pos, f.list[i].End, "DISTINCT")
		case f.is(i, "ALL", "DISTINCT", "SQL_CALC_FOUND_ROWS", "SQL_NO_CACHE", "SQL_CACHE"):
		default:
			return
		}
	}
}
