package exec

import (
	"slices"
	"strings"
	"time"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/lex"
)

// A filling is CREATE TABLE t [(...)] [options] [IGNORE|REPLACE] [AS] query. The parser
// knows it without columns, options and parentheses only, so it reads the halves apart.
type filling struct {
	text  string
	name  int    // where the name of the table ends
	end   int    // where the definition ends
	query int    // where the query begins
	list  bool   // columns or keys are listed
	open  int    // where keys are listed ahead of columns, of which the parser wants one first
	mode  string // "", "ignore" or "replace"
}

// splitFilling finds the halves; ok is false if the text is none.
func splitFilling(text string) (f filling, ok bool) {
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
	list := tokensOf(text[t.End:])
	at := nameEnd(list)
	if at == 0 {
		return f, false
	}
	f = filling{text: text, name: t.End + list[at-1].End}
	f.end = f.name
	depth := 0
	for i := at; i < len(list); i++ {
		w := list[i]
		switch {
		case depth == 0 && queryAhead(list[i:]):
			f.query = t.End + w.Pos
			return f, true
		case w.Is("("):
			if f.list = f.list || i == at; i == at && i+1 < len(list) && slices.ContainsFunc(notColumns, list[i+1].Is) {
				f.open = t.End + w.End
			}
			depth++
		case w.Is(")"):
			depth--
		case depth == 0 && (w.Is("IGNORE") || w.Is("REPLACE")):
			f.mode = strings.ToLower(w.Text)
			continue
		case depth == 0 && w.Is("AS"):
			continue
		}
		f.end = t.End + w.End
	}
	return filling{}, false
}

// plainFilling is plainQuery of a statement, or of the query behind a definition.
func plainFilling(text string) string {
	f, _ := splitFilling(text)
	return text[:f.query] + plainQuery(text[f.query:])
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
	return len(list) > 0 && beginsQuery(list[0])
}

// read parses both halves. The places in them are the whole text's.
func (f filling) read() (sqlparser.Statement, error) {
	blank := []byte(f.text[:f.query])
	for i, ch := range blank {
		if ch != '\n' {
			blank[i] = ' '
		}
	}
	query, err := ReadSQL(string(blank) + f.text[f.query:])
	if err != nil {
		return nil, err
	}
	rows, ok := query.(sqlparser.SelectStatement)
	if !ok {
		return nil, unsupported("CREATE TABLE of this query")
	}
	text := f.text[:f.end]
	if !f.list {
		text = f.text[:f.name] + " (placeholder INT)" + f.text[f.name:f.end]
	} else if f.open > 0 {
		text = f.text[:f.open] + "placeholder INT, " + f.text[f.open:f.end]
	}
	definition, err := ReadSQL(text)
	if err != nil {
		return nil, err
	}
	d, ok := definition.(*sqlparser.DDL)
	if !ok || d.TableSpec == nil {
		return nil, unsupported("CREATE TABLE of this query")
	}
	if !f.list || f.open > 0 {
		d.TableSpec.Columns = d.TableSpec.Columns[1:]
	}
	d.OptSelect = &sqlparser.OptSelect{Select: rows}
	return d, nil
}

// FillMode is what CREATE TABLE ... SELECT does with rows that break a unique key:
// "ignore", "replace" or nothing.
func (t *Tree) FillMode() string {
	f, _ := splitFilling(t.Text)
	return f.mode
}

// Definitions are columns as CREATE TABLE spells them.
func Definitions(columns []catalog.Column, zone *time.Location) ([]*sqlparser.ColumnDefinition, error) {
	text, err := CreateText(&catalog.Table{Name: "t", Columns: columns}, 1, zone)
	if err != nil {
		return nil, err
	}
	tree, err := ParseTree(text[:strings.LastIndex(text, "\n)")+2])
	if err != nil {
		return nil, err
	}
	return tree.Statement.(*sqlparser.DDL).TableSpec.Columns, nil
}

// parts is a statement, and the query that CREATE TABLE is filled by, to which the
// parser's walk does not come.
func parts(tree sqlparser.Statement) []sqlparser.Statement {
	if d, is := tree.(*sqlparser.DDL); is && d.OptSelect != nil {
		return []sqlparser.Statement{d, d.OptSelect.Select}
	}
	return []sqlparser.Statement{tree}
}
