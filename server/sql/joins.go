package sql

import (
	"reflect"
	"regexp"
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// How the library plans a join is made safe in three places (S12):
//
//	before   a condition is written twice, or its sides are hidden, where an
//	         index may find other rows than the condition asks for (this file);
//	         conditions on columns of a query around go to their tables (outer.go);
//	         none is where changing the order of joins loses it (joinedges.go)
//	costs    what the library cannot do right costs too much (coster.go)
//	after    tables are looked up by columns of a query around (outer.go); a hash
//	         join looks for keys that equal values have in common (joinkey.go)

// planJoins replaces the library's rules that make joins and plan them.
func planJoins(a *analyzer.Analyzer) {
	around := map[string]func(analyzer.RuleFunc) analyzer.RuleFunc{
		"hoistOutOfScopeFilters": settled, "optimizeJoins": guarded,
		"unnestInSubqueries":     func(f analyzer.RuleFunc) analyzer.RuleFunc { return withoutLaterals(oneRow(f)) },
		"unnestExistsSubqueries": func(f analyzer.RuleFunc) analyzer.RuleFunc { return withoutLaterals(decided(f)) },
		"finalizeUnions":         placedOnce, "validateGroupBy": asItIs, "pushdownSubqueryAliasFilters": aboveGroups,
		"replaceAgg": stillGrouped,
	}
	for _, batch := range a.Batches {
		batch.Rules = slices.Clone(batch.Rules) // they are the library's own
		for i, rule := range batch.Rules {
			if f := around[rule.Id.String()]; f != nil {
				batch.Rules[i].Apply = f(rule.Apply)
			}
		}
	}
}

// asItIs leaves a plan as it is: see checkFullGroups.
func asItIs(analyzer.RuleFunc) analyzer.RuleFunc {
	return func(_ *gms.Context, _ *analyzer.Analyzer, n gms.Node, _ *plan.Scope, _ analyzer.RuleSelector, _ *gms.QueryFlags) (gms.Node, transform.TreeIdentity, error) {
		return n, transform.SameTree, nil
	}
}

func guarded(apply analyzer.RuleFunc) analyzer.RuleFunc {
	var whole analyzer.RuleFunc
	whole = func(ctx *gms.Context, a *analyzer.Analyzer, n gms.Node, scope *plan.Scope, sel analyzer.RuleSelector, flags *gms.QueryFlags) (gms.Node, transform.TreeIdentity, error) {
		was := n
		o := newOuter(ctx, scope)
		n, err := planLaterals(n, false, o.columns, func(n gms.Node) (gms.Node, error) {
			n, _, err := whole(ctx, a, n, scope, sel, flags)
			return n, err
		})
		if err != nil {
			return nil, transform.SameTree, err
		}
		n, kept, err := transform.Node(n, keepConditions)
		if err != nil {
			return nil, transform.SameTree, err
		}
		n, before, err := transform.Node(n, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) { return guardNode(ctx, n) })
		if err != nil {
			return nil, transform.SameTree, err
		}
		if n, err = o.before(n); err != nil {
			return nil, transform.SameTree, err
		}
		n, planned, err := apply(ctx, a, n, scope, sel, flags)
		if err != nil {
			return nil, transform.SameTree, err
		}
		if n, _, err = transform.Node(n, plannedLaterals); err != nil || before == transform.SameTree && o.columns.Empty() {
			return n, kept && planned && n == was, err
		}
		if n, err = o.after(n); err != nil {
			return nil, transform.SameTree, err
		}
		n, _, err = transform.Node(n, pruneNode)
		return n, transform.NewTree, err
	}
	return whole
}

func guardNode(ctx *gms.Context, n gms.Node) (gms.Node, transform.TreeIdentity, error) {
	switch n := n.(type) {
	case *plan.JoinNode:
		out := n
		if hint := knownHint(n); hint != n.CommentStr {
			out = n.WithComment(hint).(*plan.JoinNode)
		}
		if n.Filter == nil || n.Op.IsDegenerate() {
			return out, transform.TreeIdentity(out == n), nil
		}
		cond, err := guardJoin(ctx, n.Filter)
		if err != nil {
			return nil, transform.SameTree, err
		}
		if cond, _, err = hideStrangers(cond, n); err != nil || cond == n.Filter {
			return out, transform.TreeIdentity(out == n), err
		}
		changed, err := out.WithExpressions(cond)
		return changed, transform.NewTree, err
	case *plan.Filter:
		cond, same, err := transform.Expr(n.Expression, hider(ctx))
		if err != nil {
			return nil, transform.SameTree, err
		}
		cond, own, err := hideStrangers(cond, n.Child)
		if err != nil || same && own {
			return n, transform.SameTree, err
		}
		return plan.NewFilter(cond, n.Child), transform.NewTree, nil
	}
	return n, transform.SameTree, nil
}

// hideStrangers hides columns of queries around in a condition that a node's rows meet. The
// library takes them for columns of its tables: it tells those by name where it chooses an
// index, and wants all that are equal to one to be joined.
func hideStrangers(cond gms.Expression, n gms.Node) (gms.Expression, transform.TreeIdentity, error) {
	own := walk.Columns(n)
	return transform.Expr(cond, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		if f, is := e.(*expression.GetField); is && f.Id() != 0 && !own.Contains(f.Id()) {
			return hide(f), transform.NewTree, nil
		}
		return e, transform.SameTree, nil
	})
}

var joinOrder = regexp.MustCompile(`(?i)\bjoin_order\s*\([^()]*\)`)

// knownHint is a join's hint without what MySQL has not: with the library's own
// a client could have any plan, however wrong. So it could by the order in which
// it wants tables to be joined of which one is only asked whether it has a row.
func knownHint(j *plan.JoinNode) string {
	order := joinOrder.FindString(j.CommentStr)
	partial := transform.InspectUp(j, func(n gms.Node) bool {
		join, is := n.(*plan.JoinNode)
		return is && join.Op.IsPartial()
	})
	if order == "" || partial {
		return ""
	}
	return "/*+ " + order + " */"
}

// guardJoin is a join's condition as the library may have it. It takes each
// equality that an index looks up for kept and forgets it; what it forgets must
// be there again, unless the lookup is exact. It also takes all equalities of a
// join for NULL-safe if one of them is.
func guardJoin(ctx *gms.Context, cond gms.Expression) (gms.Expression, error) {
	hidden, _, err := transform.Expr(cond, hider(ctx))
	if err != nil {
		return nil, err
	}
	list := expression.SplitConjunction(hidden)
	nullSafe := transform.InspectExpr(hidden, func(e gms.Expression) bool {
		_, is := e.(*expression.NullSafeEquals)
		return is
	})
	again := list
	for _, e := range list {
		c, ok := equality(e)
		if !ok || !nullSafe && exactly(ctx, c) {
			continue
		}
		twin, err := c.WithChildren(c.Children()...)
		if err != nil {
			return nil, err
		}
		again = append(again, twin)
	}
	if len(again) == len(list) {
		return hidden, nil
	}
	return expression.JoinAnd(again...), nil
}

// equality is a comparison that rows of two tables are joined by, or may be.
func equality(e gms.Expression) (expression.Comparer, bool) {
	switch e.(type) {
	case *expression.Equals, *expression.NullSafeEquals:
		c := e.(expression.Comparer)
		return c, hasColumn(c.Left()) && hasColumn(c.Right())
	}
	return nil, false
}

func hasColumn(e gms.Expression) bool {
	return transform.InspectExpr(e, func(e gms.Expression) bool {
		_, is := e.(*expression.GetField)
		return is
	})
}

func hider(ctx *gms.Context) transform.ExprFunc {
	return func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) { return hideSides(ctx, e) }
}

// hideSides hides what an index must not be asked for: a column whose key is
// not equal to another's wherever the two values are, or that cannot hold the
// other's values. Nor may the library conclude anything from two such equalities,
// or from two NULL-safe ones: it forgets that they are.
func hideSides(ctx *gms.Context, e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
	c, ok := equality(e)
	if !ok {
		return e, transform.SameTree, nil
	}
	l, r := c.Left(), c.Right()
	lt, lok := convert.FromType(l.Type())
	rt, rok := convert.FromType(r.Type())
	_, nullSafe := c.(*expression.NullSafeEquals)
	hideLeft, hideRight := true, true
	if !nullSafe && lok && rok && alike(ctx, c, lt, rt) {
		hideLeft, hideRight = named(l) || narrower(lt, rt), named(r) || narrower(rt, lt)
	}
	if !hideLeft && !hideRight {
		return e, transform.SameTree, nil
	}
	if hideLeft {
		l = hide(l)
	}
	if hideRight {
		r = hide(r)
	}
	out, err := c.WithChildren(l, r)
	return out, transform.NewTree, err
}

// alike reports whether values of two types are equal exactly if their keys in
// an index of either type are, as far as that type can hold them.
func alike(ctx *gms.Context, c expression.Comparer, l, r types.Type) bool {
	switch {
	case l.Kind == types.Year || r.Kind == types.Year || l.Kind == types.Time || r.Kind == types.Time:
		return l.Kind == r.Kind
	case l.IsFloat() || r.IsFloat():
		return l.IsFloat() && r.IsFloat()
	case l.IsNumber() && r.IsNumber(), l.HasDate() && r.HasDate():
		return true
	case l.IsText() && r.IsText():
		common, ok := expr.CommonCollation(ctx, c.Left(), c.Right())
		return ok && common == l.Collation && common == r.Collation
	case l.IsString() && r.IsString():
		return !l.IsText() && !r.IsText()
	}
	return false
}

// named: an ENUM as text looks like its column, whose index has its numbers.
func named(e gms.Expression) bool {
	_, is := e.(*names)
	return is
}

// narrower reports whether a string of type t may be too short for one of
// another: the library would look for the empty string instead.
func narrower(t, other types.Type) bool {
	return t.IsString() && t.BytesMax() < other.BytesMax()
}

// exactly reports whether an index finds what a condition asks for and nothing
// else. Texts never are: an index may have their beginnings only.
func exactly(ctx *gms.Context, c expression.Comparer) bool {
	_, lcol := c.Left().(*expression.GetField)
	_, rcol := c.Right().(*expression.GetField)
	l, lok := convert.FromType(c.Left().Type())
	r, rok := convert.FromType(c.Right().Type())
	return lcol && rcol && lok && rok && !l.IsString() && reflect.DeepEqual(l, r) && alike(ctx, c, l, r)
}

// pruneNode takes conditions that stand twice out of a planned join.
func pruneNode(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
	j, ok := n.(*plan.JoinNode)
	if !ok || j.Filter == nil || j.Op.IsDegenerate() {
		return n, transform.SameTree, nil
	}
	list := expression.SplitConjunction(j.Filter)
	var kept []gms.Expression
	for _, e := range list {
		if !contains(kept, e) {
			kept = append(kept, e)
		}
	}
	if len(kept) == len(list) {
		return n, transform.SameTree, nil
	}
	out, err := j.WithExpressions(expression.JoinAnd(kept...))
	return out, transform.NewTree, err
}

func contains(list []gms.Expression, e gms.Expression) bool {
	for _, other := range list {
		if reflect.DeepEqual(other, e) {
			return true
		}
	}
	return false
}

// A hidden is an expression that the library takes for no column, by its type or
// by its text.
type hidden struct{ expression.UnaryExpression }

func hide(e gms.Expression) gms.Expression {
	if h, is := e.(*hidden); is {
		return h
	}
	return &hidden{expression.UnaryExpression{Child: e}}
}

// shown is what hide has hidden, if it has.
func shown(e gms.Expression) gms.Expression {
	if h, is := e.(*hidden); is {
		return h.Child
	}
	return e
}

// Type implements gms.Expression.
func (h *hidden) Type() gms.Type { return h.Child.Type() }

// String implements gms.Expression.
func (h *hidden) String() string { return "(" + h.Child.String() + ")" }

// CollationCoercibility implements gms.CollationCoercible.
func (h *hidden) CollationCoercibility(ctx *gms.Context) (gms.CollationID, byte) {
	return gms.GetCoercibility(ctx, h.Child)
}

// WithChildren implements gms.Expression.
func (h *hidden) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(h, len(children), 1)
	}
	return hide(children[0]), nil
}

// Eval implements gms.Expression.
func (h *hidden) Eval(ctx *gms.Context, row gms.Row) (any, error) { return h.Child.Eval(ctx, row) }
