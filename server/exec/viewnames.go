package exec

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/lex"
)

// keepViewNames gives the views that a statement makes or drops the letters they are
// written in: the parser makes them small.
func keepViewNames(tree sqlparser.Statement, text string) {
	d, is := tree.(*sqlparser.DDL)
	if !is || d.ViewSpec == nil && len(d.FromViews) == 0 {
		return
	}
	names := d.FromViews
	if d.ViewSpec != nil {
		names = sqlparser.TableNames{d.ViewSpec.ViewName}
	}
	for i, name := range writtenViews(text, len(names)) {
		if strings.ToLower(name) == names[i].Name.String() {
			names[i].Name = sqlparser.NewTableIdent(name)
		}
	}
	if d.ViewSpec != nil {
		d.ViewSpec.ViewName = names[0]
	}
}

// writtenViews are the first n names behind the word VIEW, without their databases.
func writtenViews(text string, n int) (names []string) {
	l := lex.New(text)
	t := l.Next()
	skip := func(to string) {
		for !t.Is(to) && t.Kind != lex.EOF && t.Kind != lex.Bad {
			t = l.Next()
		}
		t = l.Next()
	}
	if skip("VIEW"); t.Is("IF") {
		skip("EXISTS")
	}
	for len(names) < n && (t.Kind == lex.Word || t.Kind == lex.Quoted) {
		name := t
		if t = l.Next(); t.Is(".") {
			name = l.Next()
			t = l.Next()
		}
		value, _ := name.Value()
		names = append(names, value)
		if t.Is(",") {
			t = l.Next()
		}
	}
	return names
}
