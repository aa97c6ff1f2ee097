package exec

import (
	"strings"
	"time"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/reword"
)

// readFilling parses both halves. The places in them are the whole text's.
func readFilling(f reword.Filling) (sqlparser.Statement, error) {
	blank := []byte(f.Text[:f.Query])
	for i, ch := range blank {
		if ch != '\n' {
			blank[i] = ' '
		}
	}
	query, err := ReadSQL(string(blank) + f.Text[f.Query:])
	if err != nil {
		return nil, err
	}
	rows, ok := query.(sqlparser.SelectStatement)
	if !ok {
		return nil, unsupported("CREATE TABLE of this query")
	}
	text := f.Text[:f.End]
	if !f.Listed {
		text = f.Text[:f.Name] + " (placeholder INT)" + f.Text[f.Name:f.End]
	} else if f.Open > 0 {
		text = f.Text[:f.Open] + "placeholder INT, " + f.Text[f.Open:f.End]
	}
	definition, err := ReadSQL(text)
	if err != nil {
		return nil, err
	}
	d, ok := definition.(*sqlparser.DDL)
	if !ok || d.TableSpec == nil {
		return nil, unsupported("CREATE TABLE of this query")
	}
	if !f.Listed || f.Open > 0 {
		d.TableSpec.Columns = d.TableSpec.Columns[1:]
	}
	d.OptSelect = &sqlparser.OptSelect{Select: rows}
	return d, nil
}

// FillMode is what CREATE TABLE ... SELECT does with rows that break a unique key:
// "ignore", "replace" or nothing.
func (t *Tree) FillMode() string {
	f, _ := reword.SplitFilling(t.Text)
	return f.Mode
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
