package lex

import "strings"

// Split cuts the first statement off sql, at a semicolon outside literals and
// comments; those in the body of a trigger, a routine or an event belong to it. rest is empty behind the
// last statement.
func Split(sql string) (first, rest string) {
	if strings.IndexByte(sql, ';') < 0 {
		return sql, ""
	}
	l, b := New(sql), blocks{start: true}
	for {
		t := l.Next()
		switch {
		case t.Kind == EOF || t.Kind == Bad:
			return sql, ""
		case t.Is(";") && b.depth == 0:
			rest := sql[t.End:]
			if New(rest).Next().Kind == EOF {
				rest = ""
			}
			return sql[:t.Pos], rest
		}
		b.take(t)
	}
}

// blocks counts the blocks that are open in a CREATE TRIGGER, or in what else has a
// body.
type blocks struct {
	trigger bool
	words   int  // of the statement so far, while it may be a CREATE TRIGGER
	other   bool // it is another statement
	start   bool // a statement of the body may begin here
	ended   bool // END was the last word
	depth   int
}

// headMax is how many words may stand ahead of TRIGGER: CREATE DEFINER = name @ host.
const headMax = 12

func (b *blocks) take(t Token) {
	if b.other {
		return
	}
	if !b.trigger {
		b.words++
		b.trigger = t.Is("TRIGGER") || t.Is("PROCEDURE") || t.Is("FUNCTION") || t.Is("EVENT")
		b.other = b.words == 1 && !t.Is("CREATE") || b.words > headMax || t.Is("TABLE") || t.Is("VIEW")
		return
	}
	closes := b.ended && (t.Is("IF") || t.Is("CASE") || t.Is("LOOP") || t.Is("WHILE") || t.Is("REPEAT"))
	opens := t.Is("BEGIN") || t.Is("CASE") || b.start && (t.Is("IF") || t.Is("LOOP") || t.Is("WHILE") || t.Is("REPEAT"))
	switch b.ended = t.Is("END"); {
	case b.ended:
		b.depth = max(b.depth-1, 0)
	case opens && !closes:
		b.depth++
	}
	b.start = t.Is(";") || t.Is("BEGIN") || t.Is("THEN") || t.Is("ELSE") || t.Is("DO") || t.Is("LOOP") || t.Is("REPEAT") ||
		t.Is("ROW") || t.Is(":")
}
