package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/walk"
)

// keepDigits has the IFs and CASEs of DECIMALs that are columns of the result keep the digits
// of the value that they choose, where MySQL hands the value on, as it does to functions of texts. What it puts into a table of
// its own on the way, for groups, windows, DISTINCT or a UNION, gets the digits of the column,
// and so does what is joined.
func (c *call) keepDigits(node gms.Node) (gms.Node, error) {
	node, err := walk.Exprs(node, expr.ChosenTexts)
	if err != nil {
		return nil, err
	}
	out, kept, err := keptDigits(node)
	c.keptDigits = kept.places
	return out, err
}

// keptColumns are the columns of a plan that keep the digits of their values.
type keptColumns struct {
	places []bool // nil if none does
	ids    map[gms.ColumnId]bool
}

// keptDigits is a plan whose columns keep their digits, and which those are.
func keptDigits(node gms.Node) (gms.Node, keptColumns, error) {
	children := node.Children()
	if len(children) != 1 {
		return node, keptColumns{}, nil
	}
	switch node.(type) {
	case *plan.Project, *plan.Sort, *plan.Limit, *plan.Offset, *plan.TopN, *plan.Filter, *plan.Having, *plan.SubqueryAlias:
	default:
		return node, keptColumns{}, nil
	}
	child, kept, err := keptDigits(children[0])
	if err != nil {
		return nil, kept, err
	}
	if kept.places != nil {
		if node, err = node.WithChildren(child); err != nil {
			return nil, kept, err
		}
	}
	switch n := node.(type) {
	case *plan.Project:
		return keptProjections(n, kept)
	case *plan.SubqueryAlias:
		return n, keptColumns{kept.places, keptIDs(n, kept.places)}, nil
	}
	return node, kept, nil
}

// keptIDs are the numbers of the columns of a derived table that keep their digits.
func keptIDs(n *plan.SubqueryAlias, places []bool) map[gms.ColumnId]bool {
	ids, i := map[gms.ColumnId]bool{}, 0
	n.Columns().ForEach(func(id gms.ColumnId) {
		if i < len(places) && places[i] {
			ids[id] = true
		}
		i++
	})
	return ids
}

func keptProjections(p *plan.Project, below keptColumns) (gms.Node, keptColumns, error) {
	out := keptColumns{ids: map[gms.ColumnId]bool{}}
	list := make([]gms.Expression, len(p.Projections))
	places, found := make([]bool, len(list)), false
	for i, e := range p.Projections {
		var err error
		if list[i], places[i], err = keptIn(e, below); err != nil {
			return nil, out, err
		}
		if id, is := e.(gms.IdExpression); is && places[i] {
			out.ids[id.Id()] = true
		}
		found = found || places[i]
	}
	if !found {
		return p, out, nil
	}
	out.places = places
	n, err := p.WithExpressions(list...)
	return n, out, err
}

// keptIn is a column of a result with its digits kept; ok is false of others.
func keptIn(e gms.Expression, below keptColumns) (_ gms.Expression, ok bool, err error) {
	switch e := e.(type) {
	case *expression.Alias:
		child, ok, err := keptIn(e.Child, below)
		if err != nil || !ok {
			return e, false, err
		}
		out, err := e.WithChildren(child)
		return out, true, err
	case *expr.Choice:
		out, ok := e.KeepDigits()
		return out, ok, nil
	case *expression.GetField:
		return e, below.ids[e.Id()], nil
	case *plan.Subquery:
		query, kept, err := keptDigits(e.Query)
		if err != nil || len(kept.places) != 1 {
			return e, false, err
		}
		return e.WithQuery(query), true, nil
	}
	return e, false, nil
}
