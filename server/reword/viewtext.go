package reword

import (
	"strings"

	"github.com/xadb/xadb/server/lex"
)

// A ViewChange is what the parser is not told of a statement about a view.
type ViewChange struct {
	Alter       bool // ALTER VIEW, which it reads as CREATE OR REPLACE
	OwnDefiner  bool // ALTER DEFINER = CURRENT_USER VIEW, without that
	IfNotExists bool // CREATE VIEW IF NOT EXISTS, without that
}

// ownDefiner is a text without DEFINER = CURRENT_USER ahead of what it defines; own
// says whether that stood there.
func ownDefiner(sql string) (text string, own bool) {
	l := lex.New(sql)
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad && !t.Is("VIEW"); t = l.Next() {
		if !t.Is("DEFINER") {
			continue
		}
		behind := *l
		equals, user := behind.Next(), behind.Next()
		if !equals.Is("=") || !user.Is("CURRENT_USER") {
			return sql, false
		}
		end := user.End
		if open, closed := behind.Next(), behind.Next(); open.Is("(") && closed.Is(")") {
			end = closed.End
		}
		return sql[:t.Pos] + sql[end:], true
	}
	return sql, false
}

// plainView writes ALTER VIEW as CREATE OR REPLACE VIEW, CREATE VIEW IF NOT EXISTS and
// DROP VIEW ... {RESTRICT | CASCADE} without these words. Others are as they were.
func plainView(sql string) (string, ViewChange) {
	l := lex.New(sql)
	first := l.Next()
	if !first.Is("ALTER") && !first.Is("CREATE") && !first.Is("DROP") {
		return sql, ViewChange{}
	}
	view, kind := viewWord(*l, first)
	if kind == "" {
		return sql, ViewChange{}
	}
	text, own := ownDefiner(sql)
	if own {
		text, change := plainView(text)
		change.OwnDefiner = change.Alter
		return text, change
	}
	d := dialect{src: sql}
	switch {
	case first.Is("ALTER"):
		return sql[:first.Pos] + "CREATE OR REPLACE" + sql[first.End:], ViewChange{Alter: true}
	case first.Is("CREATE"):
		if t := view.Next(); t.Is("IF") {
			if not, exists := view.Next(), view.Next(); not.Is("NOT") && exists.Is("EXISTS") {
				d.leaveOut(t.Pos, exists.End)
				d.copyTo(len(sql))
				return d.out.String(), ViewChange{IfNotExists: true}
			}
		}
		return sql, ViewChange{}
	}
	last := lex.Token{}
	for t := view.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad && !t.Is(";"); t = view.Next() {
		last = t
	}
	if last.Is("RESTRICT") || last.Is("CASCADE") {
		return strings.TrimSpace(sql[:last.Pos]), ViewChange{}
	}
	return sql, ViewChange{}
}

// viewWord is what follows the word VIEW, if that is what the statement is about.
func viewWord(l lex.Lexer, first lex.Token) (behind lex.Lexer, kind string) {
	t := l.Next()
	if first.Is("DROP") {
		if t.Is("VIEW") {
			return l, "VIEW"
		}
		return l, ""
	}
	if t.Is("OR") {
		l.Next()
		t = l.Next()
	}
	for ; t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		switch {
		case t.Is("VIEW"):
			return l, "VIEW"
		case t.Is("TABLE"), t.Is("DATABASE"), t.Is("TRIGGER"), t.Is("INDEX"), t.Is("AS"):
			return l, ""
		}
	}
	return l, ""
}
