package sql

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/fulltext"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/rows"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// A match is MATCH ... AGAINST. There is no index of words: the first row that is asked
// about has all rows of the table counted.
type match struct {
	args  []gms.Expression // the columns, and the text
	mode  string           // of package reword
	found *searched
}

// A searched is where a match has its columns, and what it has counted last.
type searched struct {
	table   *table
	columns []int

	call  *call
	text  string
	query *fulltext.Query
}

var _ gms.CollationCoercible = (*match)(nil)

// newMatch takes what package reword has made of MATCH.
func newMatch(args ...gms.Expression) (gms.Expression, error) {
	if len(args) < 3 {
		return nil, gms.ErrFunctionNotFound.New(reword.Match)
	}
	mode, _ := args[len(args)-1].(*expression.Literal)
	if mode == nil {
		return nil, gms.ErrFunctionNotFound.New(reword.Match)
	}
	text := args[len(args)-2]
	var err error
	walk.InspectExpr(text, func(e gms.Expression) {
		if _, is := e.(*expression.GetField); is {
			err = mysqlerr.New(mysqlerr.WrongArguments, "AGAINST")
		}
	})
	word, _ := mode.Value().(string)
	return &match{args: args[:len(args)-1], mode: word}, err
}

// matches finds the tables of all MATCHes, each of which needs its index.
func (c *call) matches(node gms.Node) (gms.Node, error) {
	var tables []gms.Node
	some := false
	out, err := walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		m, is := e.(*match)
		if !is || m.found != nil {
			return e, transform.SameTree, nil
		}
		if some = true; tables == nil {
			var err error
			if tables, err = tablesOf(node); err != nil {
				return nil, transform.SameTree, err
			}
		}
		out := *m
		var err error
		out.found, err = findColumns(tables, m.args[:len(m.args)-1])
		return &out, transform.NewTree, err
	})
	if err != nil || !some {
		return out, err
	}
	return byRelevance(out)
}

// tablesOf is all that gives columns in a plan.
func tablesOf(node gms.Node) (list []gms.Node, err error) {
	_, err = walk.Nodes(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		if _, is := n.(plan.TableIdNode); is {
			list = append(list, n)
		}
		return n, transform.SameTree, nil
	})
	return list, err
}

// findColumns finds the columns of a MATCH in their table.
func findColumns(tables []gms.Node, list []gms.Expression) (*searched, error) {
	found := &searched{}
	for _, e := range list {
		f, is := e.(*expression.GetField)
		if !is {
			return nil, mysqlerr.New(mysqlerr.WrongArguments, "MATCH")
		}
		var t *table
		at := -1
		for _, n := range tables {
			if !n.(plan.TableIdNode).Columns().Contains(f.Id()) {
				continue
			}
			if from, ok := placeOfColumn(n, f.Id()); ok {
				t, at = from.table, from.column
				break
			}
		}
		switch {
		case t == nil, slices.Contains(found.columns, at):
			return nil, mysqlerr.New(mysqlerr.NoFulltextIndex)
		case found.table != nil && found.table != t:
			return nil, mysqlerr.New(mysqlerr.WrongArguments, "MATCH")
		}
		found.table, found.columns = t, append(found.columns, at)
	}
	if _, ok := found.table.def.FulltextOf(found.columns); !ok {
		return nil, mysqlerr.New(mysqlerr.NoFulltextIndex)
	}
	return found, nil
}

// Eval implements gms.Expression.
func (m *match) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	if m.found == nil {
		return nil, mysqlerr.New(mysqlerr.NoFulltextIndex)
	}
	last := len(m.args) - 1
	text, err := bytesAt(ctx, m.args[last], row)
	if err != nil {
		return nil, err
	}
	if err := m.found.search(callOf(ctx), text, m.mode); err != nil {
		return nil, err
	}
	if m.found.query.IsEmpty() {
		return float64(0), nil
	}
	columns := make([][]byte, last)
	for i := range columns {
		if columns[i], err = bytesAt(ctx, m.args[i], row); err != nil {
			return nil, err
		}
	}
	return m.found.query.Rank(columns), nil
}

func bytesAt(ctx *gms.Context, e gms.Expression, row gms.Row) ([]byte, error) {
	v, err := e.Eval(ctx, row)
	if err != nil || v == nil {
		return nil, err
	}
	value, t, err := convert.Down(ctx, v, e.Type())
	if err != nil {
		return nil, err
	}
	return types.Text(value, t), nil
}

// search has the query be about a text, and counts the table's rows for it.
func (s *searched) search(c *call, text []byte, mode string) error {
	if s.call == c && s.query != nil && s.text == string(text) {
		return nil
	}
	collation := equalWords(s.table.def.Columns[s.columns[0]].Type.Collation)
	q := fulltext.Natural(text, collation)
	if mode == reword.BooleanMode {
		var err error
		if q, err = fulltext.Boolean(text, collation); err != nil {
			return syntaxError(err)
		}
	}
	if !q.IsEmpty() {
		if err := s.count(c, q); err != nil {
			return err
		}
		if mode == reword.Expansion {
			wider := fulltext.Natural(text, collation)
			expand := func(document [][]byte) {
				if q.Rank(document) > 0 {
					wider.Expand(document)
				}
			}
			if err := s.each(c, expand); err != nil {
				return err
			}
			if err := s.count(c, wider); err != nil {
				return err
			}
			q = wider
		}
	}
	s.call, s.text, s.query = c, string(text), q
	return nil
}

// caseless is a collation to which capitals are letters like others: MATCH takes them so
// where accents count.
type caseless struct{ types.Collation }

// equalWords is how MATCH compares words of a collation.
func equalWords(c types.Collation) fulltext.Collation {
	if c.IsBin() || !strings.HasSuffix(c.Name(), "_cs") {
		return c
	}
	return caseless{c}
}

// Weights implements fulltext.Collation.
func (c caseless) Weights(word []byte) []byte { return c.Collation.Weights(bytes.ToLower(word)) }

// Begins implements fulltext.Collation.
func (c caseless) Begins(word, part []byte) bool {
	return c.Collation.Begins(bytes.ToLower(word), bytes.ToLower(part))
}

// syntaxError is what a search has that makes no sense, in its own words.
func syntaxError(err error) error {
	var wrong *fulltext.SyntaxError
	if !errors.As(err, &wrong) {
		return err
	}
	e := mysqlerr.New(mysqlerr.ParseError, "")
	return &mysqlerr.Error{Code: e.Code, State: e.State, Message: wrong.Message}
}

// count counts all rows of the table for a query.
func (s *searched) count(c *call, q *fulltext.Query) error { return s.each(c, q.Count) }

// each calls f for all rows of the table, as the statement sees them; it locks none of
// them.
func (s *searched) each(c *call, f func(document [][]byte)) (err error) {
	read := rows.Read{Txn: c.env.Txn, Table: s.table.def, Mode: rows.Snapshot, Now: c.triggered}
	if s.table.mode != 0 || c.triggered {
		read.Mode = rows.Latest
	}
	cursor := read.Open(c.ctx, rows.All())
	defer func() {
		if cerr := cursor.Close(); err == nil {
			err = cerr
		}
	}()
	columns := make([][]byte, len(s.columns))
	for cursor.Next() {
		if c.read++; c.read%checkEvery == 0 {
			if err := c.interrupted(); err != nil {
				return err
			}
		}
		values := cursor.Row().Values
		for i, at := range s.columns {
			columns[i], _ = values[at].([]byte)
		}
		f(columns)
	}
	return cursor.Err()
}

// Type implements gms.Expression.
func (*match) Type() gms.Type { return gtypes.Float64 }

// IsNullable implements gms.Expression.
func (*match) IsNullable() bool { return true }

// Resolved implements gms.Expression.
func (m *match) Resolved() bool {
	return !slices.ContainsFunc(m.args, func(e gms.Expression) bool { return !e.Resolved() })
}

// String implements fmt.Stringer.
func (m *match) String() string {
	var list []string
	for _, e := range m.args {
		list = append(list, e.String())
	}
	last := len(list) - 1
	return "(match " + strings.Join(list[:last], ",") + " against (" + list[last] + m.mode + "))"
}

// Children implements gms.Expression.
func (m *match) Children() []gms.Expression { return m.args }

// WithChildren implements gms.Expression.
func (m *match) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != len(m.args) {
		return nil, gms.ErrInvalidChildrenNumber.New(m, len(children), len(m.args))
	}
	return &match{children, m.mode, m.found}, nil
}

// CollationCoercibility implements gms.CollationCoercible.
func (*match) CollationCoercibility(*gms.Context) (gms.CollationID, byte) {
	return gms.Collation_binary, 5
}
