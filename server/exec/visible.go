package exec

import (
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
)

// Columns are INVISIBLE or VISIBLE: the parser drops the first word and does not know
// the second, so both are read from the statement's tokens (MySQL manual, Invisible
// Columns).

// Hide makes the columns of a new table invisible that its CREATE TABLE says are.
func Hide(t *catalog.Table, create *Tree) error {
	for _, name := range invisibleIn(create.SQL) {
		if at := columnNamed(t, name); at >= 0 {
			t.Columns[at].Invisible = true
		}
	}
	return CheckVisible(t)
}

// invisibleIn is the columns that a CREATE TABLE makes invisible.
func invisibleIn(sql string) (names []string) {
	l := lex.New(sql)
	depth, name, first := 0, "", false
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		switch {
		case t.Is("("):
			depth++
			first = depth == 1
			continue
		case t.Is(")"):
			depth--
		case t.Is(",") && depth == 1:
			first = true
			continue
		case first && (reword.NamesColumn(t)):
			name, _ = t.Value()
		case first:
			name = ""
		case t.Is("INVISIBLE") && depth == 1 && name != "":
			names = append(names, name)
		}
		first = false
	}
	return names
}

// Invisible reports whether the column that the clause defines is.
func (c Clause) Invisible() bool {
	w := *c.words
	changes := w.Next().Is("CHANGE")
	w.Accept("COLUMN")
	if w.Next(); changes {
		w.Next()
	}
	for !w.AtEnd() {
		switch t := w.Next(); {
		case t.Is("INVISIBLE"):
			return true
		case t.Is("AFTER"):
			return false
		}
	}
	return false
}

// setVisible is ALTER [COLUMN] name SET VISIBLE or INVISIBLE; ok is false if the
// clause is another.
func (a *altering) setVisible(w lex.Cursor) (ok bool, err error) {
	if !w.Accept("ALTER") {
		return false, nil
	}
	w.Accept("COLUMN")
	name, err := w.Name()
	if err != nil || !w.Accept("SET") || !w.Peek().Is("VISIBLE") && !w.Peek().Is("INVISIBLE") {
		return false, nil
	}
	at := columnNamed(a.table, name)
	if at < 0 {
		return true, mysqlerr.New(mysqlerr.BadField, name, a.table.Name)
	}
	a.table.Columns[at].Invisible = w.Peek().Is("INVISIBLE")
	return true, nil
}

// CheckVisible refuses a table all of whose columns are invisible.
func CheckVisible(t *catalog.Table) error {
	for i := range t.Columns {
		if !t.Columns[i].Invisible {
			return nil
		}
	}
	return mysqlerr.New(mysqlerr.TableWithoutVisible)
}
