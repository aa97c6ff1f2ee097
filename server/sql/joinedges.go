package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/walk"
)

// The library puts tables into another order by the conditions that join them. It loses
//
//	a condition between two joins      when it joins their tables in another order
//	what else an inner join asks for   when another join of its conditions comes first,
//	                                   and it meets the rest at an outer or a cross join
//
// So conditions stand above all joins that may change places, and an inner join above
// outer ones has conditions of one kind only.

// keepConditions makes a plan's joins such that none of their conditions is lost.
func keepConditions(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
	join, is := n.(*plan.JoinNode)
	if !is {
		return n, transform.SameTree, nil
	}
	left, right := join.Left(), join.Right()
	var above []gms.Expression
	if !join.Op.IsFullOuter() {
		above, left = conditionsOf(left)
	}
	if join.Op.IsInner() {
		var more []gms.Expression
		more, right = conditionsOf(right)
		above = append(above, more...)
	}
	cond, op := join.Filter, join.Op
	switch {
	case op == plan.JoinTypeCross && (isJoin(left) || isJoin(right)):
		op, cond = plan.JoinTypeInner, expression.NewLiteral(true, gtypes.Boolean)
	case op == plan.JoinTypeInner:
		kept, other := oneKind(cond, append(outerJoins(left), outerJoins(right)...))
		cond, above = kept, append(above, other...)
	}
	if len(above) == 0 && op == join.Op {
		return n, transform.SameTree, nil
	}
	var out gms.Node = plan.NewJoin(left, right, op, cond).WithComment(join.CommentStr)
	if len(above) > 0 {
		out = plan.NewFilter(expression.JoinAnd(above...), out)
	}
	return out, transform.NewTree, nil
}

func isJoin(n gms.Node) bool {
	_, is := n.(*plan.JoinNode)
	return is
}

// conditionsOf takes the conditions off that stand above a join.
func conditionsOf(n gms.Node) ([]gms.Expression, gms.Node) {
	if f, is := n.(*plan.Filter); is && isJoin(f.Child) {
		return expression.SplitConjunction(f.Expression), f.Child
	}
	return nil, n
}

// outerJoins is those below a node that the library may change places with.
func outerJoins(n gms.Node) (list []*plan.JoinNode) {
	if _, table := n.(plan.TableIdNode); table {
		return nil
	}
	if j, is := n.(*plan.JoinNode); is && !j.Op.IsInner() && !j.Op.IsPartial() {
		list = append(list, j)
	}
	for _, child := range n.Children() {
		list = append(list, outerJoins(child)...)
	}
	return list
}

// oneKind is the conditions of an inner join that ask for columns of the same sides of the
// outer joins below, those of the kind that has the most equalities; and the others.
func oneKind(cond gms.Expression, below []*plan.JoinNode) (gms.Expression, []gms.Expression) {
	list := expression.SplitConjunction(cond)
	if len(list) < 2 || len(below) == 0 {
		return cond, nil
	}
	kinds, equalities := map[string][]gms.Expression{}, map[string]int{}
	best := ""
	for i, e := range list {
		kind := kindOf(e, below)
		kinds[kind] = append(kinds[kind], e)
		if _, is := equality(e); is {
			equalities[kind]++
		}
		if i == 0 || equalities[kind] > equalities[best] {
			best = kind
		}
	}
	var others []gms.Expression
	for _, e := range list {
		if kindOf(e, below) != best {
			others = append(others, e)
		}
	}
	return expression.JoinAnd(kinds[best]...), others
}

// kindOf tells which sides of outer joins a condition has columns of.
func kindOf(e gms.Expression, below []*plan.JoinNode) string {
	kind := make([]byte, 0, 2*len(below))
	for _, j := range below {
		for _, side := range j.Children() {
			at := byte('-')
			if refersTo(e, walk.Columns(side)) || asksAbout(e, walk.Columns(side)) {
				at = '+'
			}
			kind = append(kind, at)
		}
	}
	return string(kind)
}
