package sql

import (
	"math"
	"strconv"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/walk"
)

// A recursion is one of the two halves of a recursive common table expression: the
// first one, or the one that is repeated. It counts how often that has been.
type recursion struct {
	gms.Node
	times  *int
	repeat bool
	max    int
}

var _ gms.ExecSourceRel = recursion{}

// Children implements gms.Node: the node's own are its own business.
func (recursion) Children() []gms.Node { return nil }

// WithChildren implements gms.Node.
func (r recursion) WithChildren(children ...gms.Node) (gms.Node, error) {
	return plan.NillaryWithChildren(r, children...)
}

// RowIter implements gms.ExecSourceRel.
func (r recursion) RowIter(ctx *gms.Context, row gms.Row) (gms.RowIter, error) {
	if *r.times++; !r.repeat {
		*r.times = 0
	}
	if *r.times > r.max {
		return nil, mysqlerr.New(mysqlerr.RecursionLimit, *r.times)
	}
	return callOf(ctx).lib.Analyzer.ExecBuilder.Build(ctx, r.Node, row)
}

// countRecursions has recursive common table expressions end by
// cte_max_recursion_depth.
func (c *call) countRecursions(node gms.Node) (gms.Node, error) {
	most := math.MaxInt
	if text, ok := c.s.client.Variable("cte_max_recursion_depth"); ok {
		if n, err := strconv.Atoi(text); err == nil {
			most = n
		}
	}
	return walk.Nodes(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		cte, is := n.(*plan.RecursiveCte)
		if !is {
			return n, transform.SameTree, nil
		}
		times := new(int)
		counted, err := cte.WithChildren(
			recursion{Node: cte.Left(), times: times, max: most},
			recursion{Node: cte.Right(), times: times, repeat: true, max: most})
		return counted, transform.NewTree, err
	})
}
