package reword

import (
	"slices"
	"strings"

	"github.com/xadb/xadb/server/lex"
)

// A Filling is CREATE TABLE t [(...)] [options] [IGNORE|REPLACE] [AS] query. The parser
// knows it without columns, options and parentheses only, so the halves are read apart.
type Filling struct {
	Text   string
	Name   int    // where the name of the table ends
	End    int    // where the definition ends
	Query  int    // where the query begins
	Listed bool   // columns or keys are listed
	Open   int    // where keys are listed ahead of columns, of which the parser wants one first
	Mode   string // "", "ignore" or "replace"
}

// SplitFilling finds the halves; ok is false if the text is none.
func SplitFilling(text string) (f Filling, ok bool) {
	l := lex.New(text)
	if !l.Next().Is("CREATE") {
		return f, false
	}
	t := l.Next()
	if t.Is("TEMPORARY") {
		t = l.Next()
	}
	if !t.Is("TABLE") {
		return f, false
	}
	list := lex.All(text[t.End:])
	at := nameEnd(list)
	if at == 0 {
		return f, false
	}
	f = Filling{Text: text, Name: t.End + list[at-1].End}
	f.End = f.Name
	depth := 0
	for i := at; i < len(list); i++ {
		w := list[i]
		switch {
		case depth == 0 && queryAhead(list[i:]):
			f.Query = t.End + w.Pos
			return f, true
		case w.Is("("):
			if f.Listed = f.Listed || i == at; i == at && i+1 < len(list) && slices.ContainsFunc(notColumns, list[i+1].Is) {
				f.Open = t.End + w.End
			}
			depth++
		case w.Is(")"):
			depth--
		case depth == 0 && (w.Is("IGNORE") || w.Is("REPLACE")):
			f.Mode = strings.ToLower(w.Text)
			continue
		case depth == 0 && w.Is("AS"):
			continue
		}
		f.End = t.End + w.End
	}
	return Filling{}, false
}

// plainFilling is plainQuery of a statement, or of the query behind a definition.
func plainFilling(text string) string {
	f, _ := SplitFilling(text)
	return text[:f.Query] + plainQuery(text[f.Query:])
}

// nameEnd is how many tokens [IF NOT EXISTS] [db.]table takes.
func nameEnd(list []lex.Token) int {
	i := 0
	if len(list) > 3 && list[0].Is("IF") {
		i = 3
	}
	if i >= len(list) {
		return 0
	}
	i++
	if i+1 < len(list) && list[i].Is(".") {
		i += 2
	}
	return i
}

// queryAhead reports whether a query begins here, in parentheses or not.
func queryAhead(list []lex.Token) bool {
	for len(list) > 0 && list[0].Is("(") {
		list = list[1:]
	}
	return len(list) > 0 && BeginsQuery(list[0])
}

// NamesColumn reports whether a part of a table's definition that begins so is a column.
func NamesColumn(t lex.Token) bool { return !slices.ContainsFunc(notColumns, t.Is) }

// notColumns are words that begin a part of a table's definition that is no column.
var notColumns = []string{"PRIMARY", "UNIQUE", "INDEX", "KEY", "FULLTEXT", "SPATIAL", "CONSTRAINT", "CHECK", "FOREIGN", "LIKE", "SELECT"}
