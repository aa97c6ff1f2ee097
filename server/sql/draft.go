package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/spell"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// A draft is the row that a list of VALUES is about to make. A value may name
// columns: of those to its left it sees what they have been given, of the others
// their defaults (MySQL manual, INSERT Statement).
type draft struct {
	given map[string]any // by name as the table has it
}

// draftColumn is the function in whose place such names stand until the statement is
// bound: the library knows no columns there.
const draftColumn = "column of the row"

// draftNames puts it into an INSERT; one that names no columns is as it was.
func (c *call) draftNames(s sqlparser.Statement) (sqlparser.Statement, error) {
	into, is := s.(*sqlparser.Insert)
	if !is || !namesColumns(into) {
		return s, nil
	}
	t, err := c.tableNamed(into.Table)
	if err != nil || t == nil {
		return s, err
	}
	fresh, err := exec.ReadSQL(c.stmt.tree.Text) // the tree is the prepared statement's
	if err != nil {
		return nil, err
	}
	spell.TellTables(fresh)
	into, is = fresh.(*sqlparser.Insert)
	if !is {
		return s, nil
	}
	for _, row := range tuplesOf(into) {
		for i := range row {
			if err := c.draftValue(t, &row[i]); err != nil {
				return nil, err
			}
		}
	}
	return fresh, nil
}

func tuplesOf(s *sqlparser.Insert) sqlparser.Values {
	if list, is := s.Rows.(*sqlparser.AliasedValues); is {
		return list.Values
	}
	return nil
}

func namesColumns(s *sqlparser.Insert) bool {
	for _, row := range tuplesOf(s) {
		for _, e := range row {
			if len(columnsIn(e)) > 0 {
				return true
			}
		}
	}
	return false
}

// columnsIn are the columns that an expression names, outside of subqueries.
func columnsIn(e sqlparser.Expr) (list []*sqlparser.ColName) {
	_ = exec.Walk(func(n sqlparser.SQLNode) (bool, error) { // the visitor has no errors
		switch n := n.(type) {
		case *sqlparser.Subquery:
			return false, nil
		case *sqlparser.ColName:
			if name := n.Name.String(); name == "" || name[0] != '@' {
				list = append(list, n)
			}
		}
		return true, nil
	}, e)
	return list
}

// draftValue puts the function in the place of the columns of one value.
func (c *call) draftValue(t *catalog.Table, value *sqlparser.Expr) error {
	for _, col := range columnsIn(*value) {
		at, ok := t.Column(col.Name.String())
		if q := col.Qualifier.Name.String(); !ok || q != "" && q != t.Name {
			continue // the library says that it is not there
		}
		*value = sqlparser.ReplaceExpr(*value, col, &sqlparser.FuncExpr{
			Name:  sqlparser.NewColIdent(draftColumn),
			Exprs: sqlparser.SelectExprs{&sqlparser.AliasedExpr{Expr: sqlparser.NewStrVal([]byte(t.Columns[at].Name))}},
		})
	}
	for _, col := range columnsIn(*value) {
		if _, ok := t.Column(col.Name.String()); ok {
			return unsupported("a column in this expression of VALUES")
		}
	}
	return nil
}

// A draftField is what a column has been given so far.
type draftField struct {
	expression.UnaryExpression // the default
	name                       string
	typ                        gms.Type
	draft                      *draft
	unset                      bool // only the default is asked for
}

func newDraftField(args ...gms.Expression) (gms.Expression, error) {
	if len(args) == 1 {
		if l, is := args[0].(*expression.Literal); is {
			name, _ := l.Value().(string)
			return &draftField{expression.UnaryExpression{Child: l}, name, gtypes.Null, nil, false}, nil
		}
	}
	return nil, gms.ErrFunctionNotFound.New(draftColumn)
}

// newDraftDefault is DEFAULT(column).
func newDraftDefault(args ...gms.Expression) (gms.Expression, error) {
	e, err := newDraftField(args...)
	if f, is := e.(*draftField); is {
		f.unset = true
	}
	return e, err
}

// Eval implements gms.Expression.
func (f *draftField) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	if f.draft == nil {
		return nil, unsupported("DEFAULT(column) in an expression")
	}
	if v, ok := f.draft.given[f.name]; ok && !f.unset {
		return v, nil
	}
	return f.Child.Eval(ctx, row)
}

// Type implements gms.Expression.
func (f *draftField) Type() gms.Type { return f.typ }

// String implements fmt.Stringer.
func (f *draftField) String() string { return f.name }

// WithChildren implements gms.Expression.
func (f *draftField) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(f, len(children), 1)
	}
	out := *f
	out.Child = children[0]
	return &out, nil
}

// CollationCoercibility implements gms.CollationCoercible.
func (f *draftField) CollationCoercibility(ctx *gms.Context) (gms.CollationID, byte) {
	collation, _ := f.typ.CollationCoercibility(ctx)
	return collation, 2
}

// A drafted is a value on its way into the draft.
type drafted struct {
	*stored
	draft *draft
	first bool // of the row
}

// Eval implements gms.Expression.
func (d *drafted) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	if d.first {
		clear(d.draft.given)
	}
	v, err := d.stored.Eval(ctx, row)
	if err == nil {
		d.draft.given[d.column.Name] = v
	}
	return v, err
}

// WithChildren implements gms.Expression.
func (d *drafted) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	e, err := d.stored.WithChildren(children...)
	if err != nil {
		return nil, err
	}
	return &drafted{e.(*stored), d.draft, d.first}, nil
}

// drafts gives the rows of VALUES that name columns their drafts.
func (c *call) drafts(node gms.Node) (gms.Node, error) {
	node, _, err := transform.NodeWithOpaque(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		into, is := n.(*plan.InsertInto)
		if !is {
			return n, transform.SameTree, nil
		}
		values, is := into.Source.(*plan.Values)
		t := c.destination(into.Destination)
		if !is || t == nil {
			return n, transform.SameTree, nil
		}
		changed := *values
		changed.ExpressionTuples = nil
		for _, row := range values.ExpressionTuples {
			row, err := c.draftRow(t, into.ColumnNames, row)
			if err != nil {
				return nil, transform.SameTree, err
			}
			changed.ExpressionTuples = append(changed.ExpressionTuples, row)
		}
		return into.WithSource(&changed), transform.NewTree, nil
	})
	return node, err
}

// draftRow is a row with its draft; one that names no columns is as it was.
func (c *call) draftRow(t *table, names []string, row []gms.Expression) ([]gms.Expression, error) {
	d := &draft{given: map[string]any{}}
	fill := func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		f, is := e.(*draftField)
		if !is {
			return e, transform.SameTree, nil
		}
		out, err := c.draftField(t, d, f)
		return out, transform.NewTree, err
	}
	filled, same, err := walk.Map(row, fill)
	if err != nil || bool(same) {
		return row, err
	}
	for i := range filled {
		at, ok := t.def.Column(names[i])
		if _, isDefault := filled[i].(*expression.Wrapper); ok && !isDefault {
			filled[i] = &drafted{c.storing(filled[i], t, at, false), d, i == 0}
		}
	}
	return filled, nil
}

// draftField is a column of a draft with its default.
func (c *call) draftField(t *table, d *draft, f *draftField) (gms.Expression, error) {
	at, ok := t.def.Column(f.name)
	if !ok {
		return nil, mysqlerr.New(mysqlerr.BadField, f.name, "field list")
	}
	col := &t.def.Columns[at]
	value := any(nil)
	switch {
	case !f.unset:
	case col.Default != nil && col.Default.Expr != "":
		return nil, mysqlerr.New(mysqlerr.DefaultComputed)
	case col.Default == nil && !col.Nullable && !col.AutoIncrement && col.Generated == "":
		return nil, mysqlerr.New(mysqlerr.NoDefaultForField, col.Name)
	}
	switch def := col.Default; {
	case def != nil && (def.Expr != "" || def.Now) || col.Generated != "":
		return nil, unsupported("a column in VALUES whose default is computed")
	case def != nil:
		v, err := def.Literal(col, c.env.Location)
		if err == nil {
			value, err = convert.Up(v, col.Type, c.env.Location)
		}
		if err != nil {
			return nil, err
		}
	case !col.Nullable:
		var err error
		if value, err = convert.Up(types.Zero(col.Type), col.Type, c.env.Location); err != nil {
			return nil, err
		}
	}
	typ := t.schema[at].Type
	return &draftField{expression.UnaryExpression{Child: expression.NewLiteral(value, typ)}, f.name, typ, d, f.unset}, nil
}
