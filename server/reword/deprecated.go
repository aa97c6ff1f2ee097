package reword

import (
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// Deprecated are MySQL's warnings about words of a statement that it means to give up: in
// their order, and behind them those about calls and assignments, which MySQL looks at once
// it has read the statement. A text without such words costs one pass and no memory.
func Deprecated(sql string) []*mysqlerr.Error {
	d := &deprecation{}
	l := lex.New(sql)
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		switch t.Kind {
		case lex.Word:
			d.word(t, *l)
		case lex.Punct:
			d.sign(t)
		case lex.SysVar:
			name, _ := t.Value()
			if e := GoingVariable(name); e != nil {
				d.late = append(d.late, e)
			}
		}
		d.before2, d.before = d.before, t
		if d.first.Kind == lex.EOF {
			d.first = t
		}
	}
	return append(d.notes, d.late...)
}

type deprecation struct {
	notes, late            []*mysqlerr.Error
	first, before, before2 lex.Token
	told                   int  // up to where character sets are told of
	updates                bool // it is behind ON DUPLICATE KEY UPDATE
	defines                bool // of a table or a database
}

func (d *deprecation) say(code uint16, args ...any) {
	d.notes = append(d.notes, mysqlerr.New(code, args...))
}

func (d *deprecation) sayLate(code uint16, message string) {
	d.late = append(d.late, mysqlerr.Deprecated(code, message))
}

func (d *deprecation) sign(t lex.Token) {
	switch t.Text {
	case "&&":
		d.say(mysqlerr.DeprecatedSyntax, "&&", "AND")
	case "||":
		d.say(mysqlerr.DeprecatedSyntax, "|| as a synonym for OR", "OR")
	case "!":
		d.say(mysqlerr.DeprecatedSyntax, "!", "NOT")
	case ":=":
		if d.before.Kind == lex.UserVar && !d.before2.Is("SET") {
			d.sayLate(mysqlerr.DeprecatedSyntax, "Setting user variables within expressions is deprecated and will be removed in a future "+
				"release. Consider alternatives: 'SET variable=expression, ...', or 'SELECT expression(s) INTO variables(s)'.")
		}
	}
}

// deprecatedWordMax is the length of the longest word that word knows.
const deprecatedWordMax = len("SQL_CALC_FOUND_ROWS")

func (d *deprecation) word(t lex.Token, behind lex.Lexer) {
	if len(t.Text) > deprecatedWordMax || d.before.Is(".") {
		return
	}
	var upper [deprecatedWordMax]byte
	for i := range t.Text {
		c := t.Text[i]
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		upper[i] = c
	}
	if f := deprecatedWords[string(upper[:len(t.Text)])]; f != nil {
		f(d, t, behind)
	}
}

// deprecatedWords is what to do at a word; behind is what follows it.
var deprecatedWords map[string]func(d *deprecation, t lex.Token, behind lex.Lexer)

func init() {
	deprecatedWords = map[string]func(*deprecation, lex.Token, lex.Lexer){
		"SQL_CALC_FOUND_ROWS": (*deprecation).countsAll, "SQL_NO_CACHE": (*deprecation).noCache, "FOUND_ROWS": (*deprecation).call,
		"JSON_MERGE": (*deprecation).call, "MASTER_POS_WAIT": (*deprecation).call, "VALUES": (*deprecation).values,
		"DUPLICATE": (*deprecation).duplicate, "BINARY": (*deprecation).binary, "CREATE": (*deprecation).definition,
		"ALTER": (*deprecation).definition, "CHARSET": (*deprecation).charset, "SET": (*deprecation).charset, "USING": (*deprecation).charset,
		"_UTF8": (*deprecation).introducer, "_UTF8MB3": (*deprecation).introducer, "N": (*deprecation).national,
		"COLLATE": (*deprecation).collation, "NATIONAL": (*deprecation).nationalType, "NCHAR": (*deprecation).nationalType,
		"NVARCHAR": (*deprecation).nationalType, "ASCII": (*deprecation).charsetWord, "UNICODE": (*deprecation).charsetWord,
		"YEAR": (*deprecation).year, "PRIVILEGES": (*deprecation).command, "PROFILES": (*deprecation).command,
		"PROFILE": (*deprecation).command,
	}
	for word := range numericTypes {
		deprecatedWords[word] = (*deprecation).numeric
	}
}

func (d *deprecation) countsAll(lex.Token, lex.Lexer) {
	d.notes = append(d.notes, mysqlerr.Deprecated(mysqlerr.DeprecatedSyntax, "SQL_CALC_FOUND_ROWS is deprecated and will be removed in "+
		"a future release. Consider using two separate queries instead."))
}

func (d *deprecation) noCache(lex.Token, lex.Lexer) {
	if d.before.Is("SELECT") || d.before.Is("DISTINCT") || d.before.Is("ALL") || d.before.Is("SQL_CALC_FOUND_ROWS") {
		d.say(mysqlerr.DeprecatedAlone, "'SQL_NO_CACHE'")
	}
}

// call is one of the functions that MySQL means to give up.
func (d *deprecation) call(t lex.Token, behind lex.Lexer) {
	if !behind.Next().Is("(") {
		return
	}
	switch name := strings.ToUpper(t.Text); name {
	case "FOUND_ROWS":
		d.sayLate(mysqlerr.DeprecatedSyntax, "FOUND_ROWS() is deprecated and will be removed in a future release. Consider using COUNT(*) "+
			"instead.")
	case "JSON_MERGE":
		d.late = append(d.late, mysqlerr.New(mysqlerr.DeprecatedSyntax, name, "JSON_MERGE_PRESERVE/JSON_MERGE_PATCH"))
	default:
		d.late = append(d.late, mysqlerr.New(mysqlerr.DeprecatedSyntax, name, "SOURCE_POS_WAIT"))
	}
}

// command is FLUSH PRIVILEGES, SHOW PROFILES or SHOW PROFILE.
func (d *deprecation) command(t lex.Token, _ lex.Lexer) {
	word := strings.ToUpper(t.Text)
	switch {
	case d.first.Is("FLUSH") && word == "PRIVILEGES":
		d.say(mysqlerr.DeprecatedAlone, "'FLUSH PRIVILEGES'")
	case d.first.Is("SHOW") && d.before.Is("SHOW") && word != "PRIVILEGES":
		d.say(mysqlerr.DeprecatedSyntax, "SHOW "+word, "Performance Schema")
	}
}

func (d *deprecation) duplicate(_ lex.Token, behind lex.Lexer) {
	d.updates = d.before.Is("ON") && behind.Next().Is("KEY") && behind.Next().Is("UPDATE")
}

// values is VALUES(column) of ON DUPLICATE KEY UPDATE.
func (d *deprecation) values(_ lex.Token, behind lex.Lexer) {
	if d.updates && behind.Next().Is("(") {
		d.late = append(d.late, mysqlerr.New(mysqlerr.DeprecatedSyntax, "VALUES function",
			"an alias (INSERT INTO ... VALUES (...) AS alias) and replace VALUES(col) in the ON DUPLICATE KEY UPDATE clause with alias.col"))
	}
}
