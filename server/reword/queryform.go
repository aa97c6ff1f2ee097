package reword

import (
	"slices"

	"github.com/xadb/xadb/server/lex"
)

// plainQuery writes queries of forms that the parser does not know in ones that it
// does: VALUES ROW(...) as a part of a UNION or of a condition, parentheses around
// parentheses, and a whole query in parentheses with ORDER BY or LIMIT behind them
// (MySQL manual, Parenthesized Query Expressions).
func plainQuery(sql string) string {
	sql = plainValues(sql)
	if !lex.New(sql).Next().Is("(") && !lex.ContainsFold(sql, "union") && !lex.ContainsFold(sql, "((") && !lex.ContainsFold(sql, "( (") {
		return sql
	}
	return plainParens(sql)
}

// plainValues writes VALUES ROW(...) as a SELECT.
func plainValues(sql string) string {
	if !lex.ContainsFold(sql, "values") || !lex.ContainsFold(sql, "row") {
		return sql
	}
	d := dialect{src: sql}
	list := lex.All(sql)
	ownPassed := len(list) > 0 && !list[0].Is("INSERT") && !list[0].Is("REPLACE")
	for i := 0; i < len(list); i++ {
		switch {
		case list[i].Is("SELECT"), list[i].Is("TABLE"):
			ownPassed = true
		case list[i].Is("VALUES"):
			n := rowList(list[i+1:])
			if own := !ownPassed; own || n == 0 || isDerived(list, i, n) {
				ownPassed = true
				continue
			}
			d.copyTo(list[i].Pos)
			d.out.WriteString("SELECT * FROM (")
			d.copyTo(list[i+n].End)
			d.out.WriteString(") AS `values`")
			i += n
		}
	}
	if d.last == 0 {
		return sql
	}
	d.copyTo(len(sql))
	return d.out.String()
}

// rowList is how many tokens ROW(...), ROW(...) is; none if it is something else.
func rowList(list []lex.Token) (n int) {
	for {
		if n+1 >= len(list) || !list[n].Is("ROW") || !list[n+1].Is("(") {
			return 0
		}
		end := closing(list, n+1)
		if end < 0 {
			return 0
		}
		if n = end + 1; n >= len(list) || !list[n].Is(",") {
			return n
		}
		n++
	}
}

// closing is where the parenthesis ends that begins at i, or -1.
func closing(list []lex.Token, i int) int {
	depth := 0
	for ; i < len(list); i++ {
		switch {
		case list[i].Is("("):
			depth++
		case list[i].Is(")"):
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// isDerived reports whether the VALUES at i, of n tokens more, is a derived table,
// which the parser knows.
func isDerived(list []lex.Token, i, n int) bool {
	if i < 2 || !list[i-1].Is("(") || i+n+1 >= len(list) || !list[i+n+1].Is(")") {
		return false
	}
	return slices.ContainsFunc([]string{"FROM", "JOIN", "LATERAL", ","}, list[i-2].Is)
}

// plainParens takes parentheses away that change nothing, and writes a query in
// parentheses that is limited twice as a derived table.
func plainParens(sql string) string {
	sql = singleParens(sql)
	for {
		list := lex.All(sql)
		if len(list) == 0 || !list[0].Is("(") {
			return sql
		}
		if list[len(list)-1].Is(";") {
			list = list[:len(list)-1]
		}
		end := closing(list, 0)
		if end < 0 || end == 1 {
			return sql
		}
		inside, rest := sql[list[0].End:list[end].Pos], sql[list[end].End:]
		switch behind := list[end+1:]; {
		case len(behind) == 0, mayOpen(list[1:end], behind):
			sql = inside + " " + rest
		case slices.ContainsFunc([]string{"ORDER", "LIMIT", "FOR", "LOCK"}, behind[0].Is):
			return "SELECT * FROM (" + plainParens(inside) + ") AS `query` " + rest
		default:
			return sql
		}
	}
}

// mayOpen reports whether what follows a query in parentheses can be said of the
// query itself.
func mayOpen(query, behind []lex.Token) bool {
	depth, ordered := 0, false
	for _, t := range query {
		switch {
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
		case depth > 0:
		case t.Is("LIMIT"), t.Is("FOR"), t.Is("LOCK"):
			return false
		case t.Is("ORDER"):
			ordered = true
		}
	}
	return behind[0].Is("LIMIT") || !ordered && behind[0].Is("ORDER")
}

// singleParens takes one pair of two away around a query, where it is not the
// argument of a function.
func singleParens(sql string) string {
	list := lex.All(sql)
	d := dialect{src: sql}
	var drop []int
	for i := 0; i+2 < len(list); i++ {
		if !list[i].Is("(") || !list[i+1].Is("(") || i > 0 && !takesQuery(list[i-1]) && !isInsert(list, i) {
			continue
		}
		first := i + 1
		for list[first].Is("(") && first+1 < len(list) {
			first++
		}
		if !BeginsQuery(list[first]) {
			continue
		}
		if end := closing(list, i); end > 0 && closing(list, i+1) == end-1 {
			drop = append(drop, i, end)
		}
	}
	slices.Sort(drop)
	for _, i := range drop {
		d.replace(list[i].Pos, list[i].End, " ")
	}
	if d.last == 0 {
		return sql
	}
	d.copyTo(len(sql))
	return d.out.String()
}

// BeginsQuery reports whether a query may begin with a token.
func BeginsQuery(t lex.Token) bool {
	return slices.ContainsFunc([]string{"SELECT", "WITH", "TABLE", "VALUES"}, t.Is)
}

// takesQuery reports whether a query may stand behind a token, in parentheses.
func takesQuery(t lex.Token) bool {
	return slices.ContainsFunc([]string{
		"(", "UNION", "ALL", "DISTINCT", "EXCEPT", "INTERSECT", "FROM", "JOIN", "AS", "IN", "EXISTS", "EXPLAIN",
	}, t.Is)
}

// isInsert reports whether the parenthesis at i is what an INSERT inserts.
func isInsert(list []lex.Token, i int) bool {
	if !list[0].Is("INSERT") && !list[0].Is("REPLACE") {
		return false
	}
	depth := 0
	for _, t := range list[:i] {
		switch {
		case BeginsQuery(t):
			return false
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
		}
	}
	return depth == 0
}
