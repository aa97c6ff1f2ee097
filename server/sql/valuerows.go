package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// A valueRows is VALUES ROW(...), ROW(...) whose columns may have NULLs among decimals: the
// library gives up on those.
type valueRows struct{ *plan.ValueDerivedTable }

var (
	_ gms.ExecSourceRel = (*valueRows)(nil)
	_ gms.Projector     = (*valueRows)(nil)
)

// withValueRows puts them in the place of the library's.
func withValueRows(node gms.Node) (gms.Node, error) {
	return walk.Nodes(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		if v, is := n.(*plan.ValueDerivedTable); is {
			return &valueRows{v}, transform.NewTree, nil
		}
		return n, transform.SameTree, nil
	})
}

// RowIter implements gms.ExecSourceRel.
func (v *valueRows) RowIter(ctx *gms.Context, row gms.Row) (gms.RowIter, error) {
	schema, rows := v.Schema(), make([]gms.Row, len(v.ExpressionTuples))
	for i, tuple := range v.ExpressionTuples {
		rows[i] = make(gms.Row, len(tuple))
		for j, e := range tuple {
			value, err := e.Eval(ctx, row)
			if err != nil {
				return nil, err
			}
			if value == nil {
				continue
			}
			if value, _, err = schema[j].Type.Convert(ctx, value); err != nil {
				return nil, err
			}
			t, exact := schema[j].Type.(gms.DecimalType)
			if d, is := value.(decimal.Decimal); is && exact {
				value = d.Round(int32(t.Scale()))
			}
			rows[i][j] = value
		}
	}
	return gms.RowsToRowIter(rows...), nil
}

// ProjectedExprs implements gms.Projector: ahead of what a projector makes, the library
// puts the rows around a subquery.
func (v *valueRows) ProjectedExprs() []gms.Expression { return v.ExpressionTuples[0] }

// WithChildren implements gms.Node.
func (v *valueRows) WithChildren(children ...gms.Node) (gms.Node, error) {
	if len(children) != 0 {
		return nil, gms.ErrInvalidChildrenNumber.New(v, len(children), 0)
	}
	return v, nil
}

// ofValues is the columns of VALUES: they have the values of all rows.
func (c *call) ofValues(ctx *gms.Context, n *plan.ValueDerivedTable) (list []chosenColumn) {
	x := &chooser{ctx: ctx, shaper: shaper{}}
	schema := n.Schema()
	for i, tuple := range n.ExpressionTuples {
		for j, e := range tuple {
			col := x.chosen(e)
			switch {
			case i == 0:
				col.Name = schema[j].Name
				list = append(list, col)
			case j < len(list):
				name := list[j].Name
				list[j] = both(list[j], col)
				list[j].Name = name
			}
		}
	}
	for j := range list {
		col := &list[j]
		col.constant, col.kept = false, false
		if col.Type.IsNumber() {
			col.wire.Flags |= types.FlagBinary
		}
		if col.Type.IsString() {
			col.wire.Decimals = floatDecimals
		}
	}
	return list
}
