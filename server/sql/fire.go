package sql

import (
	"io"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/dolthub/vitess/go/vt/sqlparser"
)

// Triggers fire where rows are written: in the editors, whatever statement of the
// library writes. Only before an INSERT, and before an UPDATE of one table, they fire in
// the plan, because the library looks at rows before it hands them on. Foreign keys do
// not come by here (MySQL manual, Using Triggers).

// fire runs a table's triggers on a row: old, the new one, or both. They may change the
// new one.
func (t *table) fire(ctx *gms.Context, time, event string, old, row gms.Row) error {
	programs, err := t.programs()
	if err != nil {
		return err
	}
	for _, p := range programs {
		if p.time != time || p.event != event {
			continue
		}
		if err := p.run(ctx, old, row); err != nil {
			return err
		}
	}
	return nil
}

// fires reports whether the table has triggers of a kind.
func (t *table) fires(time, event string) (bool, error) {
	programs, err := t.programs()
	for _, p := range programs {
		if p.time == time && p.event == event {
			return true, nil
		}
	}
	return false, err
}

// programs are the table's triggers, made once a statement.
func (t *table) programs() ([]*program, error) {
	if t.fired != nil || len(t.def.Triggers) == 0 {
		return t.fired, nil
	}
	var out []*program
	for i := range t.def.Triggers {
		p, err := t.newProgram(&t.def.Triggers[i])
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	t.fired = out
	return out, nil
}

// fireBefore puts triggers into a plan, where the library would look at rows first.
func (c *call) fireBefore(node gms.Node) (gms.Node, error) {
	if !c.triggered {
		return node, nil
	}
	node, _, err := transform.Node(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		switch n := n.(type) {
		case *plan.InsertInto:
			t := c.destination(n.Destination)
			if t == nil {
				break
			}
			if some, err := t.fires(sqlparser.BeforeStr, sqlparser.InsertStr); err != nil || !some {
				return n, transform.SameTree, err
			}
			return n.WithSource(&firing{n.Source, t}), transform.NewTree, nil
		}
		return n, transform.SameTree, nil
	})
	return node, err
}

// A firing hands rows on when their triggers have run.
type firing struct {
	gms.Node
	t *table
}

var _ gms.ExecSourceRel = (*firing)(nil)

// Children implements gms.Node.
func (f *firing) Children() []gms.Node { return []gms.Node{f.Node} }

// WithChildren implements gms.Node.
func (f *firing) WithChildren(children ...gms.Node) (gms.Node, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(f, len(children), 1)
	}
	return &firing{children[0], f.t}, nil
}

// RowIter implements gms.ExecSourceRel.
func (f *firing) RowIter(ctx *gms.Context, row gms.Row) (gms.RowIter, error) {
	iter, err := f.t.c.lib.Analyzer.ExecBuilder.Build(ctx, f.Node, row)
	if err != nil {
		return nil, err
	}
	return &firingIter{iter, f}, nil
}

type firingIter struct {
	gms.RowIter
	f *firing
}

// Next implements gms.RowIter.
func (i *firingIter) Next(ctx *gms.Context) (gms.Row, error) {
	row, err := i.RowIter.Next(ctx)
	if err != nil {
		return row, err // io.EOF, too
	}
	t := i.f.t
	row = row.Copy()
	g, err := t.generator()
	if err == nil {
		err = g.fill(ctx, row)
	}
	if err != nil {
		return nil, err
	}
	return row, t.fire(ctx, sqlparser.BeforeStr, sqlparser.InsertStr, nil, row)
}

// beforeUpdate runs the triggers of a row that is about to change.
func (t *table) beforeUpdate(ctx *gms.Context, old, row gms.Row) (gms.Row, error) {
	if some, err := t.fires(sqlparser.BeforeStr, sqlparser.UpdateStr); err != nil || !some {
		return row, err
	}
	row = row.Copy()
	return row, t.fire(ctx, sqlparser.BeforeStr, sqlparser.UpdateStr, old, row)
}

// collect runs a query, and keeps its rows as the library has them.
func (c *call) collect(ctx *gms.Context, s sqlparser.Statement) (out []gms.Row, schema gms.Schema, err error) {
	node, _, err := c.planned(ctx, s, c.stmt.tree.Text, nil)
	if err != nil {
		return nil, nil, err
	}
	iter, err := c.lib.Analyzer.ExecBuilder.Build(ctx, node, nil)
	if err != nil {
		return nil, nil, err
	}
	for {
		row, err := iter.Next(ctx)
		if err == io.EOF {
			return out, node.Schema(), iter.Close(ctx)
		}
		if err == nil {
			err = c.hold(len(row) * rowValueBytes)
		}
		if err != nil {
			_ = iter.Close(ctx) // the first error matters
			return nil, nil, err
		}
		out = append(out, row)
	}
}

// rowValueBytes is about what a value of a row takes that a trigger holds.
const rowValueBytes = 64
