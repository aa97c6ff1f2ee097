package reword

import (
	"slices"

	"github.com/xadb/xadb/server/lex"
)

// A column may have its foreign key behind it, and a foreign key may leave out that it means
// the parent's primary key (MySQL manual, FOREIGN KEY Constraints). To the parser the first
// is nothing, and it does not know the second.

// ImpliedKey stands for the columns of the parent's primary key.
const ImpliedKey = "> primary"

// A referring finds REFERENCES in a definition of a table.
type referring struct {
	dialect
	depth, base int    // of parentheses: now, and where columns are defined
	column      string // that is being defined, as it is written; "": something else is
	refers      bool   // its REFERENCES has been
	named       bool   // CONSTRAINT has been, behind which the parser complains
	found       bool
	alters      bool
}

// References is a statement in which all foreign keys are the table's, and name the
// columns that they refer to; found: some column had one.
func References(sql string) (out string, found bool) {
	if !lex.ContainsFold(sql, "references") {
		return sql, false
	}
	r := &referring{dialect: dialect{src: sql}}
	l := lex.New(sql)
	before, ok := r.begin(l)
	for ok {
		t := l.Next()
		if t.Kind == lex.EOF || t.Kind == lex.Bad {
			break
		}
		r.token(before, t, *l)
		if before = t; r.depth < r.base {
			break
		}
	}
	r.copyTo(len(sql))
	return r.out.String(), r.found
}

// begin reads up to the definitions, and gives the last token before them.
func (r *referring) begin(l *lex.Lexer) (before lex.Token, ok bool) {
	t := l.Next()
	if r.alters = t.Is("ALTER"); !r.alters && !t.Is("CREATE") {
		return t, false
	}
	if t = l.Next(); t.Is("TEMPORARY") {
		t = l.Next()
	}
	if !t.Is("TABLE") {
		return t, false
	}
	ahead := *l
	if ahead.Next().Is("IF") {
		l.Next()
		l.Next()
		l.Next()
	}
	readName(l)
	if r.alters {
		return lex.Token{Kind: lex.Punct, Text: ","}, true
	}
	r.base, r.depth = 1, 1
	t = l.Next()
	return t, t.Is("(")
}

// readName reads a table's name, and says where it ends.
func readName(l *lex.Lexer) (end int) {
	end = l.Next().End
	if ahead := *l; ahead.Next().Is(".") {
		l.Next()
		end = l.Next().End
	}
	return end
}

func (r *referring) token(before, t lex.Token, behind lex.Lexer) {
	if r.depth == r.base && (before.Is(",") || before.Is("(")) {
		r.column, r.refers, r.named = r.defined(t, behind), false, false
	}
	switch {
	case t.Is("("):
		r.depth++
	case t.Is(")"):
		r.depth--
	case r.depth == r.base && t.Is("CONSTRAINT"):
		r.named = true
	case r.depth == r.base && t.Is("CHECK"):
		r.named = false
	case r.depth == r.base && t.Is("REFERENCES") && (r.column == "" || !r.named):
		r.references(t, behind)
	case r.depth == r.base && r.refers && t.Is("MATCH"):
		r.leaveOut(t.Pos, behind.Next().End)
	}
}

// defined is the column that a definition is of.
func (r *referring) defined(t lex.Token, behind lex.Lexer) string {
	if r.alters {
		if !t.Is("ADD") {
			return ""
		}
		if t = behind.Next(); t.Is("COLUMN") {
			t = behind.Next()
		}
	}
	if t.Kind != lex.Quoted && t.Kind != lex.Word || slices.ContainsFunc(noColumns, t.Is) {
		return ""
	}
	return r.src[t.Pos:t.End]
}

// noColumns is how definitions begin that are of no column.
var noColumns = []string{"CHECK", "CONSTRAINT", "FOREIGN", "FULLTEXT", "INDEX", "KEY", "PRIMARY", "SPATIAL", "UNIQUE", "PARTITION"}

func (r *referring) references(t lex.Token, behind lex.Lexer) {
	r.refers = true
	if r.column != "" {
		r.found = true
		place, end := r.place(behind)
		r.copyTo(t.Pos)
		if r.alters {
			r.out.WriteString(place + ", ADD")
		} else {
			r.out.WriteString(",")
		}
		r.out.WriteString(" FOREIGN KEY (" + r.column + ") ")
		defer func() {
			if place != "" {
				r.leaveOut(end-len(place), end)
			}
		}()
	}
	end := readName(&behind)
	if !behind.Next().Is("(") {
		r.copyTo(end)
		r.out.WriteString(" (`" + ImpliedKey + "`) ")
	}
}

// place is FIRST or AFTER behind a column's definition, and where it ends.
func (r *referring) place(behind lex.Lexer) (text string, end int) {
	for depth := 0; ; {
		switch t := behind.Next(); {
		case t.Kind == lex.EOF || t.Kind == lex.Bad || depth == 0 && (t.Is(",") || t.Is(";")):
			return "", 0
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
		case depth == 0 && t.Is("FIRST"):
			return r.src[t.Pos:t.End], t.End
		case depth == 0 && t.Is("AFTER"):
			end = behind.Next().End
			return r.src[t.Pos:end], end
		}
	}
}
