package exec

import (
	"context"
	"slices"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/types"
)

// A Deriver knows what columns expressions make of a table's, and computes them.
type Deriver interface {
	// Derive is the columns that the expressions would be. The table need not be in
	// the catalog.
	Derive(ctx context.Context, env Env, t *catalog.Table, exprs []string) ([]catalog.Column, error)
	// Rewrite gives a table, open Exclusive, a definition with other hidden columns, and
	// writes its rows anew. leftover says that rows were abandoned.
	Rewrite(ctx context.Context, env Env, old, t *catalog.Table) (leftover bool, err error)
}

// textMax is how many characters an expression may have as a VARCHAR: longer ones are
// TEXT.
const textMax = 512

// functionalName is the name of an index whose first part is an expression, unless it
// has one.
const functionalName = "functional_index"

// isFunctional reports whether some part of a key is an expression.
func isFunctional(list []*sqlparser.IndexColumn) bool {
	return slices.ContainsFunc(list, func(c *sqlparser.IndexColumn) bool {
		_, is := reword.NamedExpression(c.Column.String())
		return is
	})
}

// checkFunctional refuses keys on expressions that there are not.
func checkFunctional(tree sqlparser.Statement) error {
	switch s := tree.(type) {
	case *sqlparser.DDL:
		if s.TableSpec == nil {
			return nil
		}
		for _, d := range s.TableSpec.Indexes {
			if err := checkFunctionalKey(d.Columns, d.Info.Primary, d.Info.Fulltext, d.Info.Spatial); err != nil {
				return err
			}
		}
	case *sqlparser.AlterTable:
		for _, d := range s.Statements {
			if ix := d.IndexSpec; ix != nil {
				if err := checkFunctionalKey(ix.Columns, ix.Type == sqlparser.PrimaryStr, ix.Type == sqlparser.FulltextStr, ix.Type == sqlparser.SpatialStr); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func checkFunctionalKey(list []*sqlparser.IndexColumn, primary, fulltext, spatial bool) error {
	if !isFunctional(list) {
		return nil
	}
	switch {
	case primary:
		return mysqlerr.New(mysqlerr.FunctionalPrimary)
	case fulltext:
		return mysqlerr.New(mysqlerr.FunctionalFulltext)
	case spatial:
		return mysqlerr.New(mysqlerr.FunctionalSpatial)
	}
	for _, c := range list {
		if _, is := reword.NamedExpression(c.Column.String()); is && c.Length != nil {
			return mysqlerr.New(mysqlerr.ParseError, "a key on an expression has no length")
		}
	}
	return nil
}

// A keyExpression is an expression of a key.
type keyExpression struct {
	exprDef
	cast  *types.Type // CAST(... AS CHAR(n)), maybe with a collation: the type that it names
	field bool        // it is a column
	array bool        // its values are those of an array
}

func readKeyExpression(text string) (e keyExpression, err error) {
	text, e.array = withoutArray(text)
	tree, err := ParseTree("SELECT " + text)
	if err != nil {
		return e, err
	}
	query, is := tree.Statement.(*sqlparser.Select)
	if !is || len(query.SelectExprs) != 1 || len(query.From) > 1 {
		return e, mysqlerr.New(mysqlerr.ParseError, "'"+text+"' is no expression of a key")
	}
	aliased, is := query.SelectExprs[0].(*sqlparser.AliasedExpr)
	if !is || !aliased.As.IsEmpty() {
		return e, mysqlerr.New(mysqlerr.ParseError, "'"+text+"' is no expression of a key")
	}
	n := aliased.Expr
	for {
		p, inner := n.(*sqlparser.ParenExpr)
		if !inner {
			break
		}
		n = p.Expr
	}
	_, e.field = n.(*sqlparser.ColName)
	e.exprDef = readExpr(n)
	e.text = keyFormat{arrays: e.array}.text(n)
	e.cast, err = castText(n)
	return e, err
}

// typed is the type that a hidden column has of what its expression is derived to be.
func (e *keyExpression) typed(derived types.Type) (types.Type, error) {
	if e.cast != nil { // whatever is short enough for it
		derived = *e.cast
	}
	switch {
	case derived.Kind == types.JSON || derived.Kind == types.Geometry:
		return derived, mysqlerr.New(mysqlerr.FunctionalJSON)
	case derived.Kind == types.Blob, derived.IsText() && derived.Length > textMax:
		return derived, mysqlerr.New(mysqlerr.FunctionalBlob)
	}
	return derived, nil
}

// Retype is the type of a hidden column whose expression is derived anew.
func Retype(c *catalog.Column, derived types.Type) (types.Type, error) {
	e, err := readKeyExpression(c.Generated)
	if err != nil {
		return derived, err
	}
	return e.typed(derived)
}

// castText is the type that a CAST to text of a length has, nil of all else.
func castText(n sqlparser.Expr) (*types.Type, error) {
	collation := types.CollationModern
	c, collated := n.(*sqlparser.CollateExpr)
	if collated {
		n = c.Expr
		for p, inner := n.(*sqlparser.ParenExpr); inner; p, inner = n.(*sqlparser.ParenExpr) {
			n = p.Expr
		}
	}
	cast, is := n.(*sqlparser.ConvertExpr)
	if !is || !strings.EqualFold(cast.Type.Type, "char") || cast.Type.Length == nil {
		return nil, nil
	}
	length, err := number(cast.Type.Length)
	if err == nil && cast.Type.Charset != "" {
		_, collation, err = charsetNamed(cast.Type.Charset)
	}
	if err == nil && collated {
		collation, err = collationNamed(c.Collation)
	}
	return &types.Type{Kind: types.VarChar, Length: length, Collation: collation}, err
}

// withoutArray takes ARRAY off CAST(... AS type ARRAY), which the parser does not know.
func withoutArray(text string) (string, bool) {
	var list []lex.Token
	l := lex.New(text)
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		list = append(list, t)
	}
	n := len(list)
	if n < 6 || !list[0].Is("CAST") || !list[n-1].Is(")") || !list[n-2].Is("ARRAY") {
		return text, false
	}
	return text[:list[n-2].Pos] + ")", true
}

// hide gives the table a column for a part of an index that is an expression.
func (c *call) hide(t *catalog.Table, index string, part int, text string) (name string, err error) {
	e, err := readKeyExpression(text)
	if err != nil {
		return "", err
	}
	_, changes := e.disallowed(changing, ofStatements)
	switch {
	case e.misuse != nil:
		return "", e.misuse
	case e.variable:
		return "", mysqlerr.New(mysqlerr.DefaultVariable, index)
	case e.field:
		return "", mysqlerr.New(mysqlerr.FunctionalColumn)
	case changes || e.subquery:
		return "", mysqlerr.New(mysqlerr.FunctionalFunction, index)
	case c == nil || c.env.Deriver == nil:
		return "", unsupported("index on an expression")
	}
	for _, n := range e.columns {
		switch at := columnNamed(t, n); {
		case at < 0:
			return "", mysqlerr.New(mysqlerr.BadField, n, "functional index")
		case t.Columns[at].AutoIncrement:
			return "", mysqlerr.New(mysqlerr.FunctionalAutoInc, index)
		}
	}
	list, err := c.env.Deriver.Derive(c.ctx, c.env, t, []string{e.text})
	if err != nil {
		return "", err
	}
	col := list[0]
	if col.Type, err = e.typed(col.Type); err != nil {
		return "", err
	}
	t.Columns = append(t.Columns, catalog.Column{
		Name: t.HiddenName(index, part), Type: col.Type, Nullable: col.Nullable || e.array,
		Generated: e.text, Uses: e.columns, Invisible: true, Hidden: true, Array: e.array,
	})
	return t.Columns[len(t.Columns)-1].Name, nil
}

// functionalParts is an index's definition with hidden columns for its expressions.
func (c *call) functionalParts(t *catalog.Table, d indexDef) (indexDef, error) {
	if !isFunctional(d.columns) {
		return d, nil
	}
	if _, first := reword.NamedExpression(d.columns[0].Column.String()); first && d.name == "" {
		d.name = FreeName(t, functionalName)
	}
	name := d.name
	if name == "" {
		name = FreeName(t, d.columns[0].Column.String())
	}
	columns := slices.Clone(d.columns)
	for i, col := range columns {
		text, is := reword.NamedExpression(col.Column.String())
		if !is {
			continue
		}
		hidden, err := c.hide(t, name, i, text)
		if err != nil {
			return d, err
		}
		if at := len(t.Columns) - 1; t.Columns[at].Array {
			if d.arrays {
				return d, unsupported("more than one multi-valued key part per index")
			}
			if d.arrays = true; d.unique {
				return d, unsupported("UNIQUE index of an array's values")
			}
		}
		of := *col
		of.Column = sqlparser.NewColIdent(hidden)
		columns[i] = &of
	}
	d.columns = columns
	return d, nil
}

// partText is a part of an index as SHOW CREATE TABLE has it.
func partText(t *catalog.Table, p catalog.Part) string {
	c := &t.Columns[p.Column]
	if c.Hidden {
		return "(" + KeyExpression(c) + ")"
	}
	return quoteName(c.Name)
}
