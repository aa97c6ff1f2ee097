package sql

import (
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// collate makes a plan compare, group and sort text by package types' keys: the
// library does not pad with spaces, and its hashes know no collation. It comes
// after the analysis, which has chosen keys and ranges by then.
func (c *call) collate(ctx *gms.Context, node gms.Node) (gms.Node, error) {
	node, err := walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		return collateExpr(ctx, e)
	})
	if err != nil {
		return nil, err
	}
	return collateNodes(ctx, node)
}

func collateExpr(ctx *gms.Context, e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
	switch e := e.(type) {
	case *plan.Subquery:
		query, err := collateNodes(ctx, e.Query)
		if err != nil {
			return nil, transform.SameTree, err
		}
		return e.WithQuery(query), transform.NewTree, nil
	case *plan.InSubquery:
		return collateInQuery(ctx, e), transform.NewTree, nil
	case *expression.HashInTuple:
		return collateIn(ctx, e.Left(), e.Right(), true)
	case *expression.InTuple:
		return collateIn(ctx, e.Left(), e.Right(), false)
	case *expression.Equals, *expression.NullSafeEquals, *expression.GreaterThan, *expression.GreaterThanOrEqual,
		*expression.LessThan, *expression.LessThanOrEqual:
		return collateSides(ctx, e.(expression.Comparer))
	case *expression.Between:
		return collateBetween(ctx, e)
	case *function.NullIf:
		same, changed, err := collateExpr(ctx, expression.NewEquals(e.LeftChild, e.RightChild))
		return &collatedNullIf{e, same}, changed, err
	case *aggregation.Max, *aggregation.Min:
		return expr.CollateExtreme(ctx, e)
	case *aggregation.CountDistinct:
		children, changed := expr.KeysOf(ctx, e.Children())
		for i, child := range children {
			if expr.IsTemporal(child) || expr.IsBytes(child) { // of which it cannot make text, or not of all
				children[i], changed = expr.NewSortKey(child, types.CollationBinary), true
			}
		}
		if !changed {
			return e, transform.SameTree, nil
		}
		for _, child := range children {
			if k, ok := child.(*expr.SortKey); ok {
				k.Readable = true // it makes text of what it counts
			}
		}
		out, err := e.WithChildren(children...)
		return out, transform.NewTree, err
	}
	return e, transform.SameTree, nil
}

func collateSides(ctx *gms.Context, e expression.Comparer) (gms.Expression, transform.TreeIdentity, error) {
	l, r := e.Left(), e.Right()
	c, ok := expr.CommonCollation(ctx, l, r)
	if dates, is := expr.ExactDates([]gms.Expression{l, r}); !ok && is {
		out, err := e.WithChildren(dates...)
		return out, transform.NewTree, err
	}
	if !ok {
		return numberSides(e)
	}
	out, err := e.WithChildren(expr.NewSortKey(l, c), expr.NewSortKey(r, c))
	return out, transform.NewTree, err
}

// numberSides makes numbers of two types comparable, exactly or as DOUBLEs: the
// library rounds one of them to the other's type.
func numberSides(e expression.Comparer) (gms.Expression, transform.TreeIdentity, error) {
	l, lok := convert.FromType(e.Left().Type())
	r, rok := convert.FromType(e.Right().Type())
	if !lok || !rok || !l.IsNumber() || !r.IsNumber() {
		return e, transform.SameTree, nil
	}
	if l.IsFloat() || r.IsFloat() {
		if l.Kind == r.Kind {
			return e, transform.SameTree, nil
		}
		out, err := e.WithChildren(expr.AsDouble(e.Left(), l), expr.AsDouble(e.Right(), r))
		return out, transform.NewTree, err
	}
	if l.Scale == r.Scale {
		return e, transform.SameTree, nil
	}
	wide, err := gtypes.CreateDecimalType(types.DecimalPrecisionMax, max(l.Scale, r.Scale))
	if err != nil {
		return nil, transform.SameTree, err
	}
	out, err := e.WithChildren(&exactNumber{expression.UnaryExpression{Child: e.Left()}, wide}, &exactNumber{expression.UnaryExpression{Child: e.Right()}, wide})
	return out, transform.NewTree, err
}

// collateIn makes keys of both sides of IN, if all are texts.
func collateIn(ctx *gms.Context, left, right gms.Expression, hashed bool) (gms.Expression, transform.TreeIdentity, error) {
	in := func(l, r gms.Expression) (gms.Expression, error) {
		if hashed {
			return expression.NewHashInTuple(ctx, l, r)
		}
		return expression.NewInTuple(l, r), nil
	}
	list, ok := right.(expression.Tuple)
	all := append(expression.Tuple{left}, list...)
	amongBytes := ok && bytesAmongTexts(all)
	if !ok || !expr.IsText(left) && !amongBytes {
		same, err := in(left, right)
		return same, transform.SameTree, err
	}
	collation, ok := expr.CollationOfAll(ctx, all)
	if amongBytes {
		collation, ok = expr.TextsCollation(ctx, all), true
	}
	if !ok {
		same, err := in(left, right)
		return same, transform.SameTree, err
	}
	keys := make(expression.Tuple, len(list))
	for i, item := range list {
		keys[i] = expr.NewSortKey(item, collation)
	}
	out, err := in(expr.NewSortKey(left, collation), keys)
	return out, transform.NewTree, err
}

// bytesAmongTexts reports whether there are texts and bytes, and nothing else.
func bytesAmongTexts(list []gms.Expression) bool {
	texts, bytes := 0, 0
	for _, e := range list {
		switch {
		case expr.IsText(e):
			texts++
		case expr.IsPlainBytes(e):
			bytes++
		}
	}
	return texts > 0 && bytes > 0 && texts+bytes == len(list)
}

// collateNodes makes keys of what nodes group, sort and hash by.
func collateNodes(ctx *gms.Context, node gms.Node) (gms.Node, error) {
	node, _, err := transform.NodeWithOpaque(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		switch n := n.(type) {
		case *plan.GroupBy:
			keys, changed := expr.KeysOf(ctx, n.GroupByExprs)
			if changed {
				return plan.NewGroupBy(n.SelectedExprs, keys, n.Child), transform.NewTree, nil
			}
		case *plan.Sort, *plan.TopN:
			return keyed(ctx, n.(gms.Expressioner), n)
		case *plan.HashLookup:
			return hashed(ctx, n)
		case *plan.Distinct:
			return distinct(ctx, n.Child, n, comparedTypes(n.Child))
		case *plan.OrderedDistinct:
			return distinct(ctx, n.Child, n, comparedTypes(n.Child))
		case *plan.SetOp:
			return union(ctx, n)
		case *plan.InsertInto: // whose query is no child
			if n.Source == nil {
				break
			}
			source, err := collateNodes(ctx, n.Source)
			if err != nil {
				return nil, transform.SameTree, err
			}
			return n.WithSource(source), transform.NewTree, nil
		}
		return n, transform.SameTree, nil
	})
	return node, err
}

// keyed changes a node that only orders or hashes by its expressions.
func keyed(ctx *gms.Context, e gms.Expressioner, n gms.Node) (gms.Node, transform.TreeIdentity, error) {
	keys, changed := expr.OrderKeys(ctx, e.Expressions())
	if !changed {
		return n, transform.SameTree, nil
	}
	out, err := e.WithExpressions(keys...)
	return out, transform.NewTree, err
}

func typesOf(n gms.Node) []gms.Type {
	var out []gms.Type
	for _, col := range n.Schema() {
		out = append(out, col.Type)
	}
	return out
}

// comparedTypes are those of a plan's columns, of texts with the collation of what they
// are made of.
func comparedTypes(n gms.Node) []gms.Type {
	out := typesOf(n)
	if p, is := n.(*plan.Project); is && len(p.Projections) == len(out) {
		for i, e := range p.Projections {
			if a, is := e.(*expression.Alias); is {
				e = a.Child
			}
			out[i] = expr.TextType(e)
		}
	}
	return out
}

// distinct is n, which makes a child's rows distinct, by the types in which its columns
// are compared.
func distinct(ctx *gms.Context, child, n gms.Node, list []gms.Type) (gms.Node, transform.TreeIdentity, error) {
	keys, needed := newRowKeys(ctx, list)
	if !needed {
		return n, transform.SameTree, nil
	}
	schema := make(gms.Schema, len(list))
	for i, column := range child.Schema() {
		c := *column
		c.Type = list[i]
		schema[i] = &c
	}
	return &uniqueRows{child, schema, keys}, transform.NewTree, nil
}

// union takes what makes rows distinct, or sorts them, out of a UNION's node, and out
// of those of INTERSECT and EXCEPT.
func union(ctx *gms.Context, n *plan.SetOp) (gms.Node, transform.TreeIdentity, error) {
	isUnion := n.SetOpType == plan.UnionType
	if isUnion && !n.Distinct && len(n.SortFields) == 0 {
		return n, transform.SameTree, nil
	}
	all := *n
	all.Distinct, all.Limit, all.Offset, all.SortFields = false, nil, nil, nil
	out := gms.Node(&all)
	list, isText := unionTypes(ctx, n)
	var err error
	switch {
	case !isUnion:
		out = newCommonRows(ctx, n, list)
	case n.Distinct:
		if out, _, err = distinct(ctx, out, plan.NewDistinct(out), list); err != nil {
			return nil, transform.SameTree, err
		}
	}
	if len(n.SortFields) > 0 {
		fields, err := retyped(n.SortFields, list, isText)
		if err != nil {
			return nil, transform.SameTree, err
		}
		sort := plan.NewSort(fields, out)
		if out, _, err = keyed(ctx, sort, sort); err != nil {
			return nil, transform.SameTree, err
		}
	}
	if n.Offset != nil {
		out = plan.NewOffset(n.Offset, out)
	}
	if n.Limit != nil {
		out = plan.NewLimit(n.Limit, out)
	}
	return out, transform.NewTree, nil
}

// unionTypes is the columns of a UNION: texts in the collation that both of its
// parts agree on, where the library has made them texts without one. It makes texts of
// numbers of two types, too, which sort as numbers: expr.IsText is false for them.
func unionTypes(ctx *gms.Context, n *plan.SetOp) (list []gms.Type, isText []bool) {
	list = typesOf(n)
	isText = make([]bool, len(list))
	left, right := projected(n.Left()), projected(n.Right())
	for i, t := range list {
		if !gtypes.IsTextOnly(t) || len(left) != len(list) || len(right) != len(list) {
			continue
		}
		if !textIn(n, i) {
			continue
		}
		isText[i] = true
		l, lLevel := expr.Coercibility(ctx, unconverted(left[i]))
		r, rLevel := expr.Coercibility(ctx, unconverted(right[i]))
		if c, _ := gms.ResolveCoercibility(l, lLevel, r, rLevel); types.Collation(c).Known() && c != gms.Collation_binary {
			list[i] = gtypes.CreateLongText(c)
		}
	}
	return list, isText
}

// textIn reports whether a column of a query is text in any part of its UNIONs.
func textIn(n gms.Node, column int) bool {
	for below := n; ; below = below.Children()[0] {
		if u, is := below.(*plan.SetOp); is {
			return textIn(u.Left(), column) || textIn(u.Right(), column)
		}
		if _, is := below.(gms.OpaqueNode); is || len(below.Children()) != 1 {
			break
		}
	}
	list := projected(n)
	return column >= len(list) || gtypes.IsTextOnly(unconverted(list[column]).Type())
}

// unconverted is an expression without what makes it the type of a UNION.
func unconverted(e gms.Expression) gms.Expression {
	for {
		switch x := e.(type) {
		case *expression.Alias:
			e = x.Child
		case *expression.Convert:
			e = x.Child
		case *expr.Conversion:
			e = x.Child
		default:
			return e
		}
	}
}

// retyped gives texts that are sorted by their types.
func retyped(fields gms.SortFields, list []gms.Type, isText []bool) (gms.SortFields, error) {
	out := slices.Clone(fields)
	for i := range out {
		e, _, err := transform.Expr(out[i].Column, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
			if k, is := e.(*unionKey); is && isText[k.at] {
				return &unionKey{k.at, k.width, list[k.at], k.name}, transform.NewTree, nil
			}
			f, ok := e.(*expression.GetField)
			if !ok || f.Index() < 0 || f.Index() >= len(list) || !isText[f.Index()] {
				return e, transform.SameTree, nil
			}
			return expression.NewGetFieldWithTable(f.Index(), int(f.TableId()), list[f.Index()], f.Database(), f.Table(), f.Name(), f.IsNullable()), transform.NewTree, nil
		})
		if err != nil {
			return nil, err
		}
		out[i].Column = e
	}
	return out, nil
}
