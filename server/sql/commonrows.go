package sql

import (
	"errors"
	"io"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
)

// A commonRows is INTERSECT or EXCEPT by package types' keys: the library's compares
// hashes that know no collation. It counts the rows of the right side, all of them,
// and then lets those of the left side pass.
type commonRows struct {
	left, right gms.Node
	schema      gms.Schema
	keys        rowKeys
	except      bool
	distinct    bool
}

var _ gms.ExecSourceRel = (*commonRows)(nil)

// newCommonRows: list are the types in which columns are compared.
func newCommonRows(ctx *gms.Context, n *plan.SetOp, list []gms.Type) *commonRows {
	c := &commonRows{left: n.Left(), right: n.Right(), schema: n.Schema(), except: n.SetOpType == plan.ExceptType, distinct: n.Distinct}
	c.keys, _ = newRowKeys(ctx, list)
	return c
}

// Resolved implements gms.Node.
func (c *commonRows) Resolved() bool { return c.left.Resolved() && c.right.Resolved() }

// String implements gms.Node.
func (c *commonRows) String() string {
	if c.except {
		return "Except"
	}
	return "Intersect"
}

// Schema implements gms.Node.
func (c *commonRows) Schema() gms.Schema { return c.schema }

// IsReadOnly implements gms.Node.
func (c *commonRows) IsReadOnly() bool { return c.left.IsReadOnly() && c.right.IsReadOnly() }

// Children implements gms.Node.
func (c *commonRows) Children() []gms.Node { return []gms.Node{c.left, c.right} }

// WithChildren implements gms.Node.
func (c *commonRows) WithChildren(children ...gms.Node) (gms.Node, error) {
	if len(children) != 2 {
		return nil, gms.ErrInvalidChildrenNumber.New(c, len(children), 2)
	}
	out := *c
	out.left, out.right = children[0], children[1]
	return &out, nil
}

// RowIter implements gms.ExecSourceRel.
func (c *commonRows) RowIter(ctx *gms.Context, row gms.Row) (gms.RowIter, error) {
	i := &commonIter{commonRows: c, counts: map[string]int{}}
	right, err := callOf(ctx).lib.Analyzer.ExecBuilder.Build(ctx, c.right, row)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(i.count(ctx, right), right.Close(ctx)); err != nil {
		return nil, err
	}
	if i.rows, err = callOf(ctx).lib.Analyzer.ExecBuilder.Build(ctx, c.left, row); err != nil {
		return nil, err
	}
	return i, nil
}

type commonIter struct {
	*commonRows
	rows   gms.RowIter
	counts map[string]int // of rows on the right that no row on the left has met
}

func (i *commonIter) count(ctx *gms.Context, right gms.RowIter) error {
	for {
		row, err := right.Next(ctx)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		key, err := i.keys.of(ctx, row)
		if err != nil {
			return err
		}
		i.counts[key]++
	}
}

// Next implements gms.RowIter.
func (i *commonIter) Next(ctx *gms.Context) (gms.Row, error) {
	for {
		row, err := i.rows.Next(ctx)
		if err != nil {
			return nil, err
		}
		key, err := i.keys.of(ctx, row)
		if err != nil {
			return nil, err
		}
		if i.passes(key) {
			return row, nil
		}
	}
}

// passes reports whether a row on the left is in the result.
func (i *commonIter) passes(key string) bool {
	n := i.counts[key]
	switch {
	case i.except && i.distinct:
		i.counts[key] = 1 // none like it passes again
		return n == 0
	case n > 0 && i.distinct:
		delete(i.counts, key)
	case n > 0:
		i.counts[key] = n - 1
	}
	return n > 0 != i.except
}

// Close implements gms.RowIter.
func (i *commonIter) Close(ctx *gms.Context) error { return i.rows.Close(ctx) }
