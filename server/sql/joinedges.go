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
//	what else an inner join asks for   when one of its conditions comes first, and it
//	                                   meets the rest at an outer join
//
// It also looks for a quick way to join tables where one is a cross join, and comes to no
// plan at all. So conditions stand above all joins that may change places, and an inner join above
// outer ones has conditions of one kind only; and what is joined with others is not a
// cross join.

// keepConditions makes a plan's joins such that none of their conditions is lost.
func keepConditions(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
	join, is := n.(*plan.JoinNode)
	if !is {
		return n, transform.SameTree, nil
	}
	left, right, op := join.Left(), join.Right(), join.Op
	var above []gms.Expression
	if !op.IsFullOuter() {
		above, left = conditionsOf(left)
	}
	if op.IsInner() {
		var more []gms.Expression
		more, right = conditionsOf(right)
		above = append(above, more...)
	}
	cond := join.Filter
	switch {
	case op == plan.JoinTypeInner:
		kept, others := oneKind(cond, append(outerJoins(left), outerJoins(right)...))
		cond, above = kept, append(above, others...)
	case op == plan.JoinTypeCross && (isJoin(left) || isJoin(right)):
		op, cond = plan.JoinTypeInner, everyPair
	}
	left, right = notCross(left), notCross(right)
	if len(above) == 0 && op == join.Op && left == join.Left() && right == join.Right() {
		return n, transform.SameTree, nil
	}
	out := plan.NewJoin(left, right, op, cond).WithComment(join.CommentStr)
	if len(above) > 0 {
		out = plan.NewFilter(expression.JoinAnd(above...), out)
	}
	return out, transform.NewTree, nil
}

var everyPair = expression.NewLiteral(true, gtypes.Boolean)

// notCross makes an inner join of a cross join.
func notCross(n gms.Node) gms.Node {
	if j, is := n.(*plan.JoinNode); is && j.Op == plan.JoinTypeCross {
		return plan.NewJoin(j.Left(), j.Right(), plan.JoinTypeInner, everyPair).WithComment(j.CommentStr)
	}
	return n
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
