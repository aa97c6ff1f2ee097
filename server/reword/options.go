package reword

import (
	"slices"
	"strings"

	"github.com/xadb/xadb/server/lex"
)

// DefaultCharset stands for the word DEFAULT where ALTER TABLE converts to the character set
// of the database.
const DefaultCharset = "the default of the database"

// separateOptions puts commas between the options of a table that an ALTER TABLE has
// side by side, where the parser takes one only, and CHARACTER SET for CHARSET:
//
//	ALTER TABLE t ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
func separateOptions(sql string) string {
	l := lex.New(sql)
	if !l.Next().Is("ALTER") || !l.Next().Is("TABLE") {
		return sql
	}
	name := l.Next()
	d := &dialect{src: sql}
	t := l.Next()
	if t.Is(".") {
		name, t = l.Next(), l.Next()
	}
	depth := 0
	var before2 lex.Token
	for before := name; t.Kind != lex.EOF && t.Kind != lex.Bad; before2, before, t = before, t, l.Next() {
		switch {
		case t.Is("DEFAULT") && (before.Is("CHARSET") && before2.Is("TO") || before.Is("SET") && before2.Is("CHARACTER")):
			d.replace(t.Pos, t.End, "`"+DefaultCharset+"`")
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
		case t.Is("CHARSET") && before.Is("TO"):
			d.replace(t.Pos, t.End, "CHARACTER SET")
		case depth == 0 && (before.Pos == name.Pos || before.Is(",")):
			t = d.options(l, t)
		}
	}
	d.copyTo(len(sql))
	return d.out.String()
}

// options reads options of a table from the first one on; it returns the last token.
func (d *dialect) options(l *lex.Lexer, t lex.Token) lex.Token {
	charset := false
	for first := true; beginsOption(t, *l); first = false {
		if !first && !(charset && t.Is("COLLATE")) { // which goes with the CHARACTER SET
			d.copyTo(t.Pos)
			d.out.WriteString(", ")
		}
		charset = false
		if t.Is("DEFAULT") {
			t = l.Next()
		}
		switch charset = t.Is("CHARSET") || t.Is("CHARACTER"); {
		case t.Is("CHARSET"):
			d.replace(t.Pos, t.End, "CHARACTER SET")
		case charset:
			t = l.Next()
		}
		value := l.Next()
		if value.Is("=") {
			value = l.Next()
		}
		behind := *l
		if next := behind.Next(); !beginsOption(next, behind) {
			return value
		}
		t = l.Next()
	}
	return t
}

// beginsOption reports whether a token begins an option of a table; behind it is what
// follows.
func beginsOption(t lex.Token, behind lex.Lexer) bool {
	if t.Is("DEFAULT") {
		t = behind.Next()
		return slices.ContainsFunc([]string{"CHARSET", "CHARACTER", "COLLATE"}, t.Is)
	}
	name := strings.ToLower(t.Text)
	return t.Kind == lex.Word && (ignoredOptions[name] || slices.Contains([]string{
		"engine", "auto_increment", "comment", "charset", "character", "collate", "encryption", "tablespace",
	}, name))
}

// IgnoresOption reports whether an option of a table, in lower case, has no meaning here.
func IgnoresOption(name string) bool { return ignoredOptions[name] }

// ignoredOptions have no meaning here and harm nobody.
var ignoredOptions = map[string]bool{
	"row_format": true, "key_block_size": true, "stats_persistent": true,
	"stats_auto_recalc": true, "stats_sample_pages": true, "max_rows": true, "min_rows": true,
	"avg_row_length": true, "checksum": true, "pack_keys": true, "delay_key_write": true,
	"compression": true, "insert_method": true, "autoextend_size": true, "password": true, "tablespace": true, "connection": true, "secondary_engine": true,
	"page_checksum": true, "transactional": true, // MariaDB's
}
