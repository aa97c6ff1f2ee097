package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// A defaultOf is DEFAULT(column), until the statement is bound.
type defaultOf struct{ expression.UnaryExpression }

func newDefaultOf(args ...gms.Expression) (gms.Expression, error) {
	if len(args) != 1 {
		return nil, gms.ErrFunctionNotFound.New(reword.DefaultOf)
	}
	return &defaultOf{expression.UnaryExpression{Child: args[0]}}, nil
}

// Eval implements gms.Expression.
func (d *defaultOf) Eval(*gms.Context, gms.Row) (any, error) {
	return nil, unsupported("DEFAULT(column) here")
}

// Type implements gms.Expression.
func (d *defaultOf) Type() gms.Type { return d.Child.Type() }

// String implements fmt.Stringer: in words that no column of a query is named by.
func (d *defaultOf) String() string { return reword.DefaultOf + " " + d.Child.String() }

// WithChildren implements gms.Expression.
func (d *defaultOf) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(d, len(children), 1)
	}
	return &defaultOf{expression.UnaryExpression{Child: children[0]}}, nil
}

// defaults puts what columns have for a default in the place of DEFAULT(column).
func (c *call) defaults(node gms.Node) (gms.Node, error) {
	if !asksDefaults(node) {
		return node, nil
	}
	places := []gms.Node{node}
	var target *table // of an INSERT, whose columns have no place in the plan
	_, err := walk.Nodes(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		places = append(places, n)
		if into, is := n.(*plan.InsertInto); is {
			target = c.destination(into.Destination)
		}
		return n, transform.SameTree, nil
	})
	if err != nil {
		return nil, err
	}
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		d, is := e.(*defaultOf)
		if !is {
			return e, transform.SameTree, nil
		}
		field, is := d.Child.(*expression.GetField)
		if !is {
			return nil, transform.SameTree, unsupported("DEFAULT() of what is no column")
		}
		for _, n := range places {
			if from, ok := placeOfColumn(n, field.Id()); ok {
				out, err := c.defaultValue(from)
				return out, transform.NewTree, err
			}
		}
		if target != nil {
			if at, ok := target.def.Column(field.Name()); ok {
				out, err := c.defaultValue(origin{target, at})
				return out, transform.NewTree, err
			}
		}
		return nil, transform.SameTree, unsupported("DEFAULT() of this column")
	})
}

func asksDefaults(node gms.Node) (found bool) {
	_, _ = walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) { // f has no errors
		_, is := e.(*defaultOf)
		found = found || is
		return e, transform.SameTree, nil
	})
	return found
}

// defaultValue is a column's default as a literal (MySQL manual, DEFAULT()).
func (c *call) defaultValue(from origin) (gms.Expression, error) {
	col := &from.table.def.Columns[from.column]
	typ := from.table.schema[from.column].Type
	v, err := c.plainDefault(col)
	if err != nil {
		return nil, err
	}
	if col.Type.IsNamed() && v != nil {
		return expression.NewLiteral(string(types.Text(v, col.Type)), gtypes.LongText), nil
	}
	value, err := convert.Up(v, col.Type, c.env.Location)
	return expression.NewLiteral(value, typ), err
}

// plainDefault is a column's default as a row has it, without the current time, which
// is not known yet.
func (c *call) plainDefault(col *catalog.Column) (any, error) {
	switch def := col.Default; {
	case col.Generated != "":
		return nil, mysqlerr.New(mysqlerr.NoDefaultForField, col.Name)
	case def != nil && def.Expr != "":
		return nil, mysqlerr.New(mysqlerr.DefaultComputed)
	case def != nil && !def.Now:
		return def.Get(col, c.env.Now, c.env.Location)
	case col.Nullable:
		return nil, nil
	case def == nil && !col.AutoIncrement:
		return nil, mysqlerr.New(mysqlerr.NoDefaultForField, col.Name)
	}
	return types.Zero(col.Type), nil
}
