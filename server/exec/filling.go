package exec

import (
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// filling is the error of a text that the parser has refused: 1235, and not its 1064,
// if it is a definition with a query behind it, each of which the parser knows.
func filling(text string, err error) error {
	if !mysqlerr.Is(err, mysqlerr.ParseError) {
		return err
	}
	definition, query := splitFilling(text)
	if query == "" {
		return err
	}
	for _, part := range []string{definition, query} {
		if _, partErr := ReadSQL(part); partErr != nil {
			return err
		}
	}
	return unsupported("CREATE TABLE with columns and SELECT")
}

// splitFilling parts CREATE TABLE t (...) [options] [IGNORE|REPLACE] [AS] SELECT ...
// before the words between its halves; query is "" if the text is none.
func splitFilling(text string) (definition, query string) {
	l := lex.New(text)
	if !l.Next().Is("CREATE") {
		return "", ""
	}
	t := l.Next()
	if t.Is("TEMPORARY") {
		t = l.Next()
	}
	if !t.Is("TABLE") {
		return "", ""
	}
	depth, listed, end := 0, false, t.End // end is the definition's
	for t = l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		switch {
		case depth == 0 && listed && (t.Is("SELECT") || t.Is("WITH")):
			return text[:end], text[t.Pos:]
		case t.Is("("):
			depth, listed = depth+1, true
		case t.Is(")"):
			depth--
		}
		if !t.Is("IGNORE") && !t.Is("REPLACE") && !t.Is("AS") {
			end = t.End
		}
	}
	return "", ""
}
