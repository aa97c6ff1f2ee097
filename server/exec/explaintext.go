package exec

import (
	"slices"
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
)

// An Explain is what EXPLAIN says ahead of the statement that it explains.
type Explain struct {
	Format  string // TRADITIONAL, JSON or TREE; "" is what explain_format says
	Analyze bool
}

// takeExplain takes EXPLAIN and its options off a statement; the result is nil for
// all others. EXPLAIN of a table, and of columns of one, is SHOW COLUMNS.
func takeExplain(sql string) (text string, e *Explain, into []string, err error) {
	l := lex.New(sql)
	if first := l.Next(); !first.Is("EXPLAIN") && !first.Is("DESCRIBE") && !first.Is("DESC") {
		return sql, nil, nil, nil
	}
	c, err := lex.NewCursor(sql[l.Next().Pos:])
	if err != nil {
		return "", nil, nil, err
	}
	e = &Explain{Analyze: c.Accept("ANALYZE")}
	if c.Accept("FORMAT", "=") {
		if e.Format, err = explainFormat(c); err != nil {
			return "", nil, nil, err
		}
	}
	if e.Analyze && e.Format != "" && e.Format != "TREE" {
		return "", nil, nil, unsupported("EXPLAIN ANALYZE with " + e.Format + " format")
	}
	if c.Peek().Is("INTO") && c.PeekAt(1).Kind == lex.UserVar {
		if into, err = explainInto(c, e); err != nil {
			return "", nil, nil, err
		}
	}
	switch {
	case c.Peek().Is("FOR"):
		return "", nil, nil, unsupported("EXPLAIN FOR")
	case explains(c.Peek()):
		return c.Source()[c.Peek().Pos:], e, into, nil
	case *e != Explain{}:
		return "", nil, nil, c.Fail()
	}
	text, err = showColumnsText(c)
	return text, nil, nil, err
}

// explainInto is INTO @name, for which the format has to be JSON.
func explainInto(c *lex.Cursor, e *Explain) ([]string, error) {
	if e.Format != "JSON" {
		return nil, unsupported("EXPLAIN INTO without FORMAT=JSON")
	}
	c.Next()
	name, _ := c.Next().Value()
	return []string{strings.ToLower(name)}, nil
}

func explainFormat(c *lex.Cursor) (string, error) {
	t := c.Next()
	name := t.Text
	if text, ok := t.Value(); ok {
		name = text
	}
	if format := strings.ToUpper(name); slices.Contains([]string{"TRADITIONAL", "JSON", "TREE"}, format) {
		return format, nil
	}
	return "", mysqlerr.New(mysqlerr.UnknownExplainFormat, name)
}

// explains reports whether a statement begins here that can be explained.
func explains(t lex.Token) bool {
	return t.Is("(") || reword.BeginsQuery(t) || slices.ContainsFunc([]string{"INSERT", "REPLACE", "UPDATE", "DELETE"}, t.Is)
}

// showColumnsText is {EXPLAIN | DESCRIBE} table [column | 'pattern'] as SHOW COLUMNS.
func showColumnsText(c *lex.Cursor) (string, error) {
	from := c.Peek().Pos
	if _, err := c.Name(); err != nil {
		return "", err
	}
	if c.Accept(".") {
		if _, err := c.Name(); err != nil {
			return "", err
		}
	}
	text := "SHOW COLUMNS FROM " + c.Source()[from:c.Peek().Pos]
	switch t := c.Peek(); t.Kind {
	case lex.Word, lex.Quoted, lex.String:
		c.Next()
		pattern, _ := t.Value()
		text += " LIKE " + quoteText(pattern)
	}
	return text, c.End()
}
