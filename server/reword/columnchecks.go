package reword

import (
	"slices"

	"github.com/xadb/xadb/server/lex"
)

// ColumnChecks makes CHECKs of columns the table's, behind the column's definition. It is
// for a text that the parser has refused, which knows one CHECK of a column, and nothing
// behind it:
//
//	a INT CHECK (x) NOT NULL CHECK (y)   ->   a INT NOT NULL, CHECK (x), CHECK (y)
func ColumnChecks(sql string) string {
	list := lex.All(sql)
	r := &referring{dialect: dialect{src: sql}}
	l := lex.New(sql)
	before, ok := r.begin(l)
	if !ok {
		return sql
	}
	c := columnChecks{dialect: dialect{src: sql}, list: list, add: ", "}
	if r.alters {
		c.add = ", ADD "
	}
	i := slices.IndexFunc(list, func(t lex.Token) bool { return t.Pos >= before.End })
	if r.alters {
		i = slices.IndexFunc(list, func(t lex.Token) bool { return t.Is("ADD") })
	}
	for ; i >= 0 && i < len(list); i++ {
		if i = c.definition(i); i < len(list) && !list[i].Is(",") {
			break
		}
	}
	c.copyTo(len(sql))
	return c.out.String()
}

type columnChecks struct {
	dialect
	list []lex.Token
	add  string // between definitions
}

// definition goes over the definition at i, and gives where it ends.
func (c *columnChecks) definition(i int) (end int) {
	column := i
	if c.add != ", " {
		if column++; column < len(c.list) && c.list[column].Is("COLUMN") {
			column++
		}
	}
	isColumn := column < len(c.list) && (c.list[column].Kind == lex.Quoted || !slices.ContainsFunc(noColumns, c.list[column].Is))
	moved := ""
	for ; i < len(c.list); i++ {
		switch t := c.list[i]; {
		case t.Is("("):
			if i = closing(c.list, i); i < 0 {
				return len(c.list)
			}
		case t.Is(","), t.Is(")"), t.Is(";"):
			c.copyTo(t.Pos)
			c.out.WriteString(moved)
			return i
		case isColumn && i > column && t.Is("CHECK") && i+1 < len(c.list) && c.list[i+1].Is("("):
			from, to := c.check(i)
			if to < 0 {
				return len(c.list)
			}
			moved += c.add + c.src[c.list[from].Pos:c.list[to].End]
			c.leaveOut(c.list[from].Pos, c.list[to].End)
			i = to
		}
	}
	c.copyTo(len(c.src))
	c.out.WriteString(moved)
	return i
}

// check is the tokens of the CHECK at i, with its name and whether it is enforced; to is
// -1 if it does not end.
func (c *columnChecks) check(i int) (from, to int) {
	from, to = i, closing(c.list, i+1)
	is := func(i int, word string) bool { return i >= 0 && i < len(c.list) && c.list[i].Is(word) }
	switch {
	case is(i-1, "CONSTRAINT"):
		from = i - 1
	case is(i-2, "CONSTRAINT"):
		from = i - 2
	}
	switch {
	case to > 0 && is(to+1, "NOT") && is(to+2, "ENFORCED"):
		to += 2
	case to > 0 && is(to+1, "ENFORCED"):
		to++
	}
	return from, to
}
