package sql

import (
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/lex"
)

// logDefinition logs a statement of DDL so that a replica does the same.
func (c *call) logDefinition() error {
	text := c.stmt.tree.SQL
	if d, is := c.stmt.tree.Statement.(*sqlparser.DDL); is {
		if d.Action == sqlparser.CreateStr && c.env.Rights.Account != nil && (d.ViewSpec != nil || d.TriggerSpec != nil) {
			text = withDefiner(text, c.env.Rights.Account.Name)
		}
	}
	return c.env.Txn.LogQuery(c.env.DB, text)
}

// withDefiner is CREATE VIEW or CREATE TRIGGER with the definer that it does not
// name: a replica runs it as nobody.
func withDefiner(text string, name auth.Name) string {
	l := lex.New(text)
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		switch {
		case t.Is("DEFINER"):
			return text
		case t.Is("VIEW"), t.Is("TRIGGER"), t.Is("SQL"): // SQL SECURITY
			return text[:t.Pos] + "DEFINER=" + quoteName(name.User) + "@" + quoteName(name.Host) + " " + text[t.Pos:]
		}
	}
	return text
}
