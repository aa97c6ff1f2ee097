package reword

import (
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// deleteModifiers are the words between DELETE and FROM, in their order.
var deleteModifiers = []string{"LOW_PRIORITY", "QUICK", "IGNORE"}

// plainModifiers leaves out what a change says of its urgency, of which there are no
// degrees here, and writes a DELETE that names its table otherwise as the parser
// knows it. IGNORE of a DELETE is left to who parses it.
func plainModifiers(sql string) (string, []*mysqlerr.Error, error) {
	l := lex.New(sql)
	first := l.Next()
	var known []string
	switch {
	case first.Is("INSERT"), first.Is("REPLACE"):
		known = []string{"LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY"}
	case first.Is("UPDATE"):
		known = []string{"LOW_PRIORITY"}
	case first.Is("DELETE"):
		known = deleteModifiers
	case first.Is("ALTER"):
		return plainSchema(sql, *l), nil, nil
	case first.Is("SHOW"):
		return plainShow(sql, *l), nil, nil
	default:
		return sql, nil, nil
	}
	d := dialect{src: sql}
	var notes []*mysqlerr.Error
	t := l.Next()
	for _, word := range known {
		if !t.Is(word) {
			continue
		}
		if word == "DELAYED" {
			notes = append(notes, mysqlerr.New(mysqlerr.DelayedConverted, strings.ToUpper(first.Text), strings.ToUpper(first.Text)))
		}
		d.leaveOut(t.Pos, t.End)
		t = l.Next()
	}
	if first.Is("DELETE") && t.Is("FROM") {
		if err := d.deleteAlias(*l); err != nil {
			return "", nil, err
		}
	}
	if d.last == 0 {
		return sql, nil, nil
	}
	d.copyTo(len(sql))
	return d.out.String(), notes, nil
}

// leaveOutWords leaves out those of the words that come next, in their order.
func (d *dialect) leaveOutWords(l lex.Lexer, words []string) {
	t := l.Next()
	for _, word := range words {
		if t.Is(word) {
			d.leaveOut(t.Pos, t.End)
			t = l.Next()
		}
	}
}

// plainSchema is an ALTER SCHEMA with DATABASE in its place; l is behind its first word.
func plainSchema(sql string, l lex.Lexer) string {
	t := l.Next()
	if !t.Is("SCHEMA") {
		return sql
	}
	return sql[:t.Pos] + "DATABASE" + sql[t.End:]
}

// plainShow is a SHOW without EXTENDED, of columns and tables, of which there are no
// hidden ones, and without the FULL of triggers; l is behind its first word.
func plainShow(sql string, l lex.Lexer) string {
	d := dialect{src: sql}
	t := l.Next()
	extended := t
	if extended.Is("EXTENDED") {
		t = l.Next()
	}
	full := t
	if full.Is("FULL") {
		t = l.Next()
	}
	if extended.Is("EXTENDED") && (t.Is("COLUMNS") || t.Is("FIELDS") || t.Is("TABLES") || t.Is("INDEX") || t.Is("INDEXES") || t.Is("KEYS")) {
		d.leaveOut(extended.Pos, extended.End)
	}
	if full.Is("FULL") && t.Is("TRIGGERS") {
		d.leaveOut(full.Pos, full.End)
	}
	if t.Is("SCHEMAS") {
		d.replace(t.Pos, t.End, "DATABASES")
	}
	d.copyTo(len(sql))
	return d.out.String()
}

// deleteAlias writes DELETE FROM t AS x as DELETE FROM x USING t AS x; l is behind
// FROM.
func (d *dialect) deleteAlias(l lex.Lexer) error {
	name := l.Next()
	end, t := name.End, l.Next()
	if t.Is(".") {
		end = l.Next().End
		t = l.Next()
	}
	if t.Is("AS") {
		t = l.Next()
	} else if t.Kind != lex.Quoted && (t.Kind != lex.Word || endsTable(t)) {
		return nil
	}
	alias := t
	if alias.Kind != lex.Quoted && alias.Kind != lex.Word {
		return nil
	}
	for t, depth := l.Next(), 0; t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		switch {
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
		case depth == 0 && (t.Is("LIMIT") || t.Is("ORDER")):
			return unsupported("DELETE of a table with an alias, ORDER BY and LIMIT")
		}
	}
	d.replace(name.Pos, end, alias.Text+" USING "+d.src[name.Pos:end])
	return nil
}

// endsTable reports whether a word behind the table of a DELETE is no alias.
func endsTable(t lex.Token) bool {
	return t.Is("WHERE") || t.Is("ORDER") || t.Is("LIMIT") || t.Is("USING") || t.Is("PARTITION") || t.Is("RETURNING")
}
