package sql

import (
	"fmt"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/walk"
)

// A lateral is the rows of a node, each with those that a query finds for it: a join with a
// LATERAL derived table. The library's own forgets the rows of queries around, asks
// conditions on the derived table before a LEFT JOIN, and does not know where its columns
// are if it is not the first of a FROM. Here the derived table is what a subquery is to a
// row.
type lateral struct {
	plan.UnaryNode
	query *plan.Subquery // of the rows and what they are joined on
	right gms.Schema     // the query's
	ids   []gms.ColumnId // the query's
	id    gms.TableId
	outer bool // LEFT JOIN
	b     gms.NodeExecBuilder
}

var (
	_ plan.TableIdNode       = (*lateral)(nil)
	_ gms.Projector          = (*lateral)(nil)
	_ gms.ExecSourceRel      = (*lateral)(nil)
	_ gms.CollationCoercible = (*lateral)(nil)
)

// laterals makes laterals of a plan's joins with LATERAL derived tables.
func laterals(b gms.NodeExecBuilder, n gms.Node) (gms.Node, error) {
	return walk.Nodes(n, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		join, is := n.(*plan.JoinNode)
		if !is {
			return n, transform.SameTree, nil
		}
		d, is := join.Right().(*plan.SubqueryAlias)
		if !is || !d.IsLateral {
			return n, transform.SameTree, nil
		}
		out, err := newLateral(b, join, d)
		return out, transform.NewTree, err
	})
}

func newLateral(b gms.NodeExecBuilder, join *plan.JoinNode, d *plan.SubqueryAlias) (*lateral, error) {
	left := walk.Columns(join.Left())
	depends := d.Correlated.Union(walk.Named(d.Child).Intersection(left))
	seeing := *d
	seeing.IsLateral, seeing.OuterScopeVisibility, seeing.Correlated = false, true, depends
	var err error
	if seeing.Child, err = dependent(d.Child, left); err != nil {
		return nil, err
	}
	var query gms.Node = &seeing
	if join.Filter != nil {
		query = plan.NewFilter(undivided(join.Filter), query)
		depends = depends.Union(walk.Outer(join.Filter).Difference(d.Columns()))
	}
	sub := plan.NewSubquery(query, "").WithCorrelated(depends).WithExecBuilder(b)
	if d.Volatile {
		sub = sub.WithVolatile()
	}
	out := &lateral{
		UnaryNode: plan.UnaryNode{Child: join.Left()}, query: sub, right: d.Schema(), ids: idsOf(d), id: d.Id(),
		outer: join.Op == plan.JoinTypeLateralLeft || join.Op.IsLeftOuter(), b: b,
	}
	if out.outer {
		out.right = out.right.Copy()
		for _, col := range out.right {
			col.Nullable = true
		}
	}
	return out, nil
}

// dependent has subqueries and derived tables depend on the columns of a row that they name
// only through a query around them, or by a name of WITH, which the library takes for the
// same each time.
func dependent(n gms.Node, row gms.ColSet) (gms.Node, error) {
	n, err := walk.Nodes(n, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		d, is := n.(*plan.SubqueryAlias)
		if !is || d.IsLateral {
			return n, transform.SameTree, nil
		}
		named := walk.Named(d.Child).Intersection(row)
		if named.SubsetOf(d.Correlated) {
			return n, transform.SameTree, nil
		}
		seeing := *d
		seeing.Correlated, seeing.OuterScopeVisibility = d.Correlated.Union(named), true
		return &seeing, transform.NewTree, nil
	})
	if err != nil {
		return nil, err
	}
	return walk.Exprs(n, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		sub, is := e.(*plan.Subquery)
		if !is {
			return e, transform.SameTree, nil
		}
		named := walk.Named(sub.Query).Intersection(row)
		if named.SubsetOf(sub.Correlated()) {
			return e, transform.SameTree, nil
		}
		return sub.WithCorrelated(sub.Correlated().Union(named)), transform.NewTree, nil
	})
}

// withoutLaterals goes before the library's rules that make joins of subqueries: those want
// the columns of a table to have IDs one after the other, which laterals' have not.
func withoutLaterals(apply analyzer.RuleFunc) analyzer.RuleFunc {
	return func(ctx *gms.Context, a *analyzer.Analyzer, n gms.Node, scope *plan.Scope, sel analyzer.RuleSelector, flags *gms.QueryFlags) (gms.Node, transform.TreeIdentity, error) {
		found := transform.InspectUp(n, func(n gms.Node) bool {
			_, is := n.(*lateral)
			return is
		})
		if found {
			return n, transform.SameTree, nil
		}
		return apply(ctx, a, n, scope, sel, flags)
	}
}

// undivided is a condition whose subqueries the library does not join: that goes wrong with
// a derived table that depends on rows around.
func undivided(cond gms.Expression) gms.Expression {
	list := expression.SplitConjunction(cond)
	for i, e := range list {
		if asksQuery(e) {
			list[i] = expression.NewIsTrue(e)
		}
	}
	return expression.JoinAnd(list...)
}

// idsOf is the columns of a node in the order of its rows.
func idsOf(n gms.Node) (ids []gms.ColumnId) {
	switch n := n.(type) {
	case gms.Projector:
		for _, e := range n.ProjectedExprs() {
			id := gms.ColumnId(0)
			if e, is := e.(gms.IdExpression); is {
				id = e.Id()
			}
			ids = append(ids, id)
		}
		return ids
	case *plan.TableAlias:
		return idsOf(n.Child)
	case plan.TableIdNode:
		if ids, read := idsRead(n); read {
			return ids
		}
		n.Columns().ForEach(func(id gms.ColumnId) { ids = append(ids, id) })
		return ids
	case *plan.JoinNode:
		if n.Op.IsPartial() {
			return idsOf(n.Left())
		}
	}
	for _, child := range n.Children() {
		ids = append(ids, idsOf(child)...)
	}
	return ids
}

// idsRead is the columns of a table that is not read as a whole.
func idsRead(n plan.TableIdNode) (ids []gms.ColumnId, ok bool) {
	t, is := n.(gms.TableNode)
	if !is {
		return nil, false
	}
	whole, is := t.UnderlyingTable().(gms.PrimaryKeyTable)
	if !is || len(whole.PrimaryKeySchema().Schema) == len(t.Schema()) {
		return nil, false
	}
	first, _ := n.Columns().Next(1)
	for _, col := range t.Schema() {
		ids = append(ids, first+gms.ColumnId(whole.PrimaryKeySchema().IndexOfColName(col.Name)))
	}
	return ids, true
}

// Schema implements gms.Node.
func (l *lateral) Schema() gms.Schema {
	return append(append(gms.Schema(nil), l.Child.Schema()...), l.right...)
}

// ProjectedExprs implements gms.Projector: it tells which column is where.
func (l *lateral) ProjectedExprs() (list []gms.Expression) {
	schema := l.Schema()
	for i, id := range append(idsOf(l.Child), l.ids...) {
		if i < len(schema) {
			col := schema[i]
			list = append(list, expression.NewGetFieldWithTable(int(id), int(l.id), col.Type, col.DatabaseSource, col.Source, col.Name, col.Nullable))
		}
	}
	return list
}

// Columns implements plan.TableIdNode.
func (l *lateral) Columns() (columns gms.ColSet) {
	for _, id := range append(idsOf(l.Child), l.ids...) {
		columns.Add(id)
	}
	return columns
}

// Id implements plan.TableIdNode.
func (l *lateral) Id() gms.TableId { return l.id }

// WithId implements plan.TableIdNode.
func (l *lateral) WithId(id gms.TableId) plan.TableIdNode {
	out := *l
	out.id = id
	return &out
}

// WithColumns implements plan.TableIdNode: they are those of its parts.
func (l *lateral) WithColumns(gms.ColSet) plan.TableIdNode { return l }

// Name implements gms.Nameable.
func (l *lateral) Name() string { return fmt.Sprintf("<lateral%d>", l.id) }

// String implements fmt.Stringer.
func (l *lateral) String() string { return l.Name() }

// IsReadOnly implements gms.Node.
func (*lateral) IsReadOnly() bool { return true }

// Resolved implements gms.Node.
func (l *lateral) Resolved() bool { return l.Child.Resolved() && l.query.Resolved() }

// CollationCoercibility implements gms.CollationCoercible.
func (*lateral) CollationCoercibility(*gms.Context) (gms.CollationID, byte) {
	return gms.Collation_binary, 7
}

// WithChildren implements gms.Node.
func (l *lateral) WithChildren(children ...gms.Node) (gms.Node, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(l, len(children), 1)
	}
	out := *l
	out.Child = children[0]
	return &out, nil
}

// Expressions implements gms.Expressioner.
func (l *lateral) Expressions() []gms.Expression {
	return []gms.Expression{plan.NewExistsSubquery(l.query)} // it may have many columns
}

// WithExpressions implements gms.Expressioner.
func (l *lateral) WithExpressions(list ...gms.Expression) (gms.Node, error) {
	if len(list) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(l, len(list), 1)
	}
	exists, is := list[0].(*plan.ExistsSubquery)
	if !is {
		return nil, fmt.Errorf("sql: a lateral of %T", list[0])
	}
	out := *l
	out.query = exists.Query
	return &out, nil
}

// RowIter implements gms.ExecSourceRel.
func (l *lateral) RowIter(ctx *gms.Context, row gms.Row) (gms.RowIter, error) {
	left, err := l.b.Build(ctx, l.Child, row)
	if err != nil {
		return nil, err
	}
	return &lateralRows{l: l, left: left, width: len(l.Child.Schema())}, nil
}

// lateralRows is the rows of a lateral.
type lateralRows struct {
	l     *lateral
	left  gms.RowIter
	width int     // of its rows, without those of queries around in front
	row   gms.Row // the left one
	found []any   // for it, that are still to come
}

// Next implements gms.RowIter.
func (r *lateralRows) Next(ctx *gms.Context) (gms.Row, error) {
	for len(r.found) == 0 {
		row, err := r.left.Next(ctx)
		if err != nil {
			return nil, err // io.EOF, too
		}
		if r.found, err = r.l.query.EvalMultiple(ctx, row); err != nil {
			return nil, err
		}
		if r.row = row[len(row)-r.width:]; len(r.found) == 0 && r.l.outer {
			return append(r.row.Copy(), make(gms.Row, len(r.l.right))...), nil
		}
	}
	next := r.found[0]
	r.found = r.found[1:]
	values, several := next.([]any)
	if len(r.l.right) == 1 {
		values, several = []any{next}, true
	}
	if !several || len(values) != len(r.l.right) {
		return nil, fmt.Errorf("sql: a lateral finds %d columns, not %d", len(values), len(r.l.right))
	}
	return append(r.row.Copy(), values...), nil
}

// Close implements gms.RowIter.
func (r *lateralRows) Close(ctx *gms.Context) error { return r.left.Close(ctx) }
