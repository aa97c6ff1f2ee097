package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/geo"
	"github.com/xadb/xadb/server/sql/spell"
)

// A collect is ST_COLLECT: one geometry of those of a group, in the order of its rows.
type collect struct {
	*aggregation.Max
	of   gms.Expression
	once bool
}

// ownCollect makes it of what package spell has written.
func ownCollect(m *aggregation.Max) (gms.Expression, transform.TreeIdentity, error) {
	f, is := m.Child.(*expr.Function)
	if !is || f.Name != spell.Collected && f.Name != spell.CollectedOnce {
		return m, transform.SameTree, nil
	}
	if m.Window() != nil {
		return nil, transform.SameTree, unsupported("ST_COLLECT over a window")
	}
	return &collect{m, f.Args[0], f.Name == spell.CollectedOnce}, transform.NewTree, nil
}

// WithChildren implements gms.Expression.
func (c *collect) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	e, err := c.Max.WithChildren(children...)
	if err != nil {
		return nil, err
	}
	out, _, err := ownCollect(e.(*aggregation.Max))
	return out, err
}

// NewBuffer implements gms.Aggregation.
func (c *collect) NewBuffer() (gms.AggregationBuffer, error) {
	return &collectBuffer{collect: c, seen: map[string]bool{}}, nil
}

// A collectBuffer is a group on its way.
type collectBuffer struct {
	*collect
	list []geo.Geometry
	seen map[string]bool
}

// Update implements gms.AggregationBuffer.
func (b *collectBuffer) Update(ctx *gms.Context, row gms.Row) error {
	v, err := b.of.Eval(ctx, row)
	if err != nil || v == nil {
		return err
	}
	g, err := expr.ReadGeometry(ctx, "st_collect", v, b.of.Type())
	if err != nil {
		return err
	}
	if b.once {
		if key := string(g.Bytes()); !b.seen[key] {
			b.seen[key] = true
		} else {
			return nil
		}
	}
	b.list = append(b.list, g)
	return nil
}

// Eval implements gms.AggregationBuffer.
func (b *collectBuffer) Eval(ctx *gms.Context) (any, error) {
	if len(b.list) == 0 {
		return nil, nil
	}
	g, err := geo.Collect("st_collect", b.list)
	if err != nil {
		return nil, err
	}
	return expr.GeometryValue(ctx, g)
}

// Dispose implements gms.Disposable.
func (b *collectBuffer) Dispose() {}
