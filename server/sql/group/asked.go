package group

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/walk"
)

// An asked is groups without keys that are begun when their row is asked for. LIMIT 0 asks
// for none, and the library's groups give back buffers then that the row would have made.
type asked struct {
	plan.UnaryNode                     // the groups
	builder        gms.NodeExecBuilder // begins them
}

var _ gms.ExecSourceRel = (*asked)(nil)

// WhenAsked has groups without keys begin when they are asked for. The builder makes rows of
// them.
func WhenAsked(node gms.Node, builder gms.NodeExecBuilder) (gms.Node, error) {
	return walk.Nodes(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		groups, is := n.(*plan.GroupBy)
		if !is || len(groups.GroupByExprs) > 0 {
			return n, transform.SameTree, nil
		}
		return &asked{plan.UnaryNode{Child: n}, builder}, transform.NewTree, nil
	})
}

// String implements gms.Node.
func (a *asked) String() string { return a.Child.String() }

// IsReadOnly implements gms.Node.
func (a *asked) IsReadOnly() bool { return a.Child.IsReadOnly() }

// WithChildren implements gms.Node.
func (a *asked) WithChildren(children ...gms.Node) (gms.Node, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(a, len(children), 1)
	}
	return &asked{plan.UnaryNode{Child: children[0]}, a.builder}, nil
}

// RowIter implements gms.ExecSourceRel.
func (a *asked) RowIter(_ *gms.Context, row gms.Row) (gms.RowIter, error) {
	return &askedIter{asked: a, outer: row}, nil
}

// An askedIter is the groups of one run.
type askedIter struct {
	*asked
	outer gms.Row
	rows  gms.RowIter // nil: not begun
}

// Next implements gms.RowIter.
func (i *askedIter) Next(ctx *gms.Context) (row gms.Row, err error) {
	if i.rows == nil {
		if i.rows, err = i.builder.Build(ctx, i.Child, i.outer); err != nil {
			return nil, err
		}
	}
	return i.rows.Next(ctx)
}

// Close implements gms.RowIter.
func (i *askedIter) Close(ctx *gms.Context) error {
	if i.rows == nil {
		return nil
	}
	return i.rows.Close(ctx)
}
