package server

import (
	"regexp"
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// hidden stands for what a statement says about a password.
const hidden = "<secret>"

// hasSecret reports whether a statement may hold a password, well formed or
// not: it has one of the words that come before one. Where is everywhere, in
// comments and strings, too.
func hasSecret(sql string) bool {
	return lex.ContainsFold(sql, "identified") || lex.ContainsFold(sql, "password")
}

// withoutSecrets is a statement as others may see it.
func withoutSecrets(sql string) string {
	if !hasSecret(sql) {
		return sql
	}
	return digest(sql)
}

// secretWord is a word that comes before a password, and no part of a name.
var secretWord = regexp.MustCompile(`(?i)\b(identified|password)\b`)

// hideSecrets takes the piece of a statement that has a password out of a
// syntax error.
func hideSecrets(sql string, e *mysqlerr.Error) *mysqlerr.Error {
	if e.Code != mysqlerr.ParseError || !secretWord.MatchString(sql) {
		return e
	}
	out := *e
	before, rest, ok := strings.Cut(e.Message, " near '")
	if i := strings.LastIndex(rest, "' at line "); ok && i >= 0 {
		out.Message = before + " near '" + hidden + rest[i:]
	} else {
		out.Message = hidden
	}
	return &out
}

// A masker replaces the words of a password that somebody forgot to quote:
// those between IDENTIFIED or SET PASSWORD and the next comma.
type masker struct {
	last lex.Token
	on   bool
}

// mask reports whether a token is to be hidden.
func (m *masker) mask(t lex.Token) bool {
	last := m.last
	m.last = t
	switch {
	case t.Is(",") || t.Is(";"):
		m.on = false
	case t.Is("IDENTIFIED"), t.Is("PASSWORD") && last.Is("SET"), t.Is("=") && last.Is("PASSWORD"):
		m.on = true
		return false
	}
	return m.on && (t.Kind == lex.Word || t.Kind == lex.Quoted) && !isClauseWord(t)
}

// isClauseWord: words of the clauses around a password.
func isClauseWord(t lex.Token) bool {
	for _, w := range []string{"BY", "WITH", "AS", "FOR", "REPLACE", "RETAIN", "CURRENT", "REQUIRE", "ACCOUNT"} {
		if t.Is(w) {
			return true
		}
	}
	return false
}
