package group

import (
	"reflect"
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/spell"
	"github.com/xadb/xadb/server/sql/walk"
)

// hoistKeys makes columns of a rollup's keys (R1), and one of how many are kept (R2).
func (g *grouper) hoistKeys(n *plan.GroupBy) (gms.Node, transform.TreeIdentity, error) {
	selected, before, err := g.hoistArguments(n.SelectedExprs)
	if err != nil {
		return nil, transform.SameTree, err
	}
	var keys []gms.Expression
	for _, e := range n.GroupByExprs {
		if isRollup(e) {
			continue
		}
		answer, named := e.(*expression.Alias)
		if named {
			e = answer.Child
		}
		a, field := g.hoist(e)
		if named {
			g.answers[a.Id()] = answer
		}
		before, keys, selected = append(before, a), append(keys, field), append(selected, field)
	}
	marker := n.GroupByExprs[len(n.GroupByExprs)-1]
	if !isRollup(marker) || len(keys) == 0 {
		return nil, transform.SameTree, mysqlerr.New(mysqlerr.ParseError, "nothing follows ROLLUP in a GROUP BY")
	}
	level := expression.NewAlias("#level", marker).WithId(g.newColumn()).(gms.Expression)
	child := withComputed(n.Child, before, append(slices.Clone(selected), keys...))
	return plan.NewGroupBy(append(selected, level), append(keys, marker), child), transform.NewTree, nil
}

// useKeys has expressions use the keys of the groups that they stand on.
func (g *grouper) useKeys(list []gms.Expression, groups gms.Node) (out []gms.Expression, same transform.TreeIdentity, err error) {
	return g.keysOfGroups(groups).useAll(list)
}

// A keyList is the keys of groups as what stands above sees them.
type keyList struct {
	keys   []gms.Expression    // what each one is of the rows
	fields []gms.Expression    // the column that it is; nil if it is one already
	named  []*expression.Alias // the answer that it is named by; nil if by none
	level  gms.Expression      // nil if groups do not roll up
}

// keysOfGroups is the keys of groups.
func (g *grouper) keysOfGroups(groups gms.Node) keyList {
	n, is := groups.(*plan.GroupBy)
	if !is {
		return keyList{}
	}
	var list keyList
	for _, e := range n.GroupByExprs {
		f, is := e.(*expression.GetField)
		switch {
		case isRollup(e):
		case is && g.hoisted[f.Id()] != nil:
			key, name := g.hoisted[f.Id()], f.Name()
			switch key := key.(type) {
			case *expression.GetField:
				name = key.Name()
			case *expression.Literal:
				name = strings.Trim(key.String(), "'")
			}
			list.keys, list.named = append(list.keys, key), append(list.named, g.answers[f.Id()])
			list.fields = append(list.fields, expression.NewGetFieldWithTable(int(f.Id()), 0, f.Type(), "", "", name, f.IsNullable() || RollsUp(n)))
		default:
			if a, is := e.(*expression.Alias); is {
				e = a.Child
			}
			list.keys, list.fields, list.named = append(list.keys, e), append(list.fields, nil), append(list.named, nil)
		}
	}
	for _, e := range n.SelectedExprs {
		if a, is := e.(*expression.Alias); is && isRollup(e) {
			list.level = expression.NewGetFieldWithTable(int(a.Id()), 0, gtypes.Int64, "", "", a.Name(), false)
		}
	}
	return list
}

// answer is which key is named by an answer; -1 if none is. Of keys of one expression, an
// answer is its own.
func (l keyList) answer(a *expression.Alias) int {
	return slices.IndexFunc(l.named, func(b *expression.Alias) bool {
		return b != nil && b.Id() == a.Id() && strings.EqualFold(b.Name(), a.Name()) && reflect.DeepEqual(a.Child, b.Child)
	})
}

// index is which key an expression is, rather one that no answer names; -1 if it is none.
func (l keyList) index(e gms.Expression) int {
	first := -1
	for i, key := range l.keys {
		if !isKey(e, key) {
			continue
		}
		if l.named[i] == nil {
			return i
		}
		if first < 0 {
			first = i
		}
	}
	return first
}

func isKey(e, key gms.Expression) bool {
	f, is := e.(*expression.GetField)
	k, both := key.(*expression.GetField)
	if is && both {
		return f.Id() == k.Id()
	}
	return reflect.DeepEqual(e, key) || !is && !both && sameText(e, key)
}

// sameText reports whether two expressions read the same and ask for the same columns:
// the library makes some that say more about where they were found.
func sameText(a, b gms.Expression) bool {
	return walk.SameAgain(a) && !walk.HasSubquery(a, b) && walk.Outer(a).Equals(walk.Outer(b)) && a.String() == b.String()
}

// use puts the columns of rolled up keys in the place of the keys, and what GROUPING
// is in its place: the whole of an expression before its parts.
func (l keyList) use(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
	if f, is := e.(*expr.Function); is && f.Name == spell.Grouping {
		out, err := l.grouping(f)
		return out, transform.NewTree, err
	}
	if a, is := e.(*expression.Alias); is {
		if at := l.answer(a); at >= 0 {
			out, err := a.WithChildren(l.fields[at])
			return out, transform.NewTree, err
		}
	}
	if at := l.index(e); at >= 0 && l.fields[at] != nil {
		return l.fields[at], transform.NewTree, nil
	}
	if sub, is := e.(*plan.Subquery); is && l.level != nil {
		out, err := l.useWithin(sub)
		return out, transform.NewTree, err
	}
	children, same, err := l.useAll(e.Children())
	if err != nil || bool(same) {
		return e, transform.SameTree, err
	}
	e, err = e.WithChildren(children...)
	return e, transform.NewTree, err
}

func (l keyList) useAll(list []gms.Expression) (out []gms.Expression, same transform.TreeIdentity, err error) {
	out, same = make([]gms.Expression, len(list)), transform.SameTree
	for i, e := range list {
		var kept transform.TreeIdentity
		if out[i], kept, err = l.use(e); err != nil {
			return nil, transform.SameTree, err
		}
		same = same && kept
	}
	return out, same, nil
}

// useWithin does so in a subquery.
func (l keyList) useWithin(sub *plan.Subquery) (gms.Expression, error) {
	before := walk.Named(sub.Query)
	query, err := walk.Nodes(sub.Query, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		ex, is := n.(gms.Expressioner)
		if !is {
			return n, transform.SameTree, nil
		}
		list, same, err := l.useAll(ex.Expressions())
		if err != nil || bool(same) {
			return n, transform.SameTree, err
		}
		n, err = ex.WithExpressions(list...)
		return n, transform.NewTree, err
	})
	if err != nil {
		return nil, err
	}
	after := walk.Named(query)
	outer := sub.Correlated().Copy()
	for _, field := range l.fields { // a rollup's are all columns of their own
		if id := keyColumn(field); after.Contains(id) && !before.Contains(id) {
			outer.Add(id)
		}
	}
	return sub.WithQuery(query).WithCorrelated(outer), nil
}

// grouping is what GROUPING says: a bit for each argument, the last is the lowest.
func (l keyList) grouping(f *expr.Function) (gms.Expression, error) {
	if len(l.keys) == 0 {
		return nil, mysqlerr.New(mysqlerr.InvalidGroupFuncUse)
	}
	var at []int
	for i, arg := range f.Args {
		if _, constant := arg.(*expression.Literal); constant {
			return nil, mysqlerr.New(mysqlerr.WrongArguments, "GROUPING function")
		}
		k := l.index(arg)
		if k < 0 {
			return nil, mysqlerr.New(mysqlerr.GroupingArgument, i+1)
		}
		at = append(at, k)
	}
	if l.level == nil {
		return expression.NewLiteral(int64(0), gtypes.Int64), nil
	}
	return &expr.Function{Name: spell.Grouping, Args: []gms.Expression{l.level}, Recipe: expr.Recipe{TypeOf: expr.Always(gtypes.Int64), Compute: func(_ *gms.Context, _ *expr.Function, v []any) (any, error) {
		bits, level := int64(0), v[0].(int64)
		for _, k := range at {
			bits <<= 1
			if int64(k) >= level {
				bits |= 1
			}
		}
		return bits, nil
	}}}, nil
}
