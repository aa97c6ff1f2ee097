package sql

import (
	"context"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/sql/spell"
)

// A parser reads what the library has texts of: views, triggers, CHECKs. Their words
// are those of a statement.
type parser struct{ gms.Parser }

// ParseSimple implements gms.Parser.
func (parser) ParseSimple(text string) (sqlparser.Statement, error) {
	s, err := exec.ReadKept(text)
	if err == nil {
		spell.TellTables(s)
		err = spell.Aggregates(s)
	}
	if err == nil {
		err = spell.Out(s)
	}
	return s, err
}

// ParseWithOptions implements gms.Parser. The library has no text of several
// statements, and a mode changes none (package reword).
func (p parser) ParseWithOptions(_ context.Context, text string, _ rune, _ bool, _ sqlparser.ParserOptions) (sqlparser.Statement, string, string, error) {
	s, err := p.ParseSimple(text)
	return s, text, "", err
}

// reworded is an expression of a definition for the library, which reads defaults
// without asking the parser. One that was taken once is no error.
func reworded(expr string) string {
	text, _, err := reword.SQL(expr)
	if err != nil {
		return expr
	}
	return text
}
