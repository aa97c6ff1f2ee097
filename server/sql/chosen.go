package sql

import (
	"context"
	"fmt"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/group"
	"github.com/xadb/xadb/server/types"
)

// chosen is the columns that CREATE TABLE ... SELECT gives a table (MySQL manual, CREATE
// TABLE ... SELECT Statement).
func (e *Engine) chosen(ctx context.Context, env exec.Env, s *Session, query *Stmt, args []binlog.Value) (columns []catalog.Column, err error) {
	c := e.newCall(ctx, env, s, query)
	c.describing = true
	defer c.end()
	defer func() {
		if p := recover(); p != nil {
			columns, err = nil, fmt.Errorf("sql: the library gave up: %v", p)
		}
	}()
	if err := c.checkRights(); err != nil {
		return nil, err
	}
	if err := c.throughViews(); err != nil {
		return nil, err
	}
	if columns, err = c.chosenColumns(args); err == nil {
		err = c.failed
	}
	if err != nil {
		return nil, c.translate(err)
	}
	return columns, nil
}

func (c *call) chosenColumns(args []binlog.Value) ([]catalog.Column, error) {
	ctx := c.context()
	s, err := c.plain()
	if err != nil {
		return nil, err
	}
	node, _, err := c.bind(ctx, s, c.stmt.tree.Text, args)
	if err != nil {
		return nil, err
	}
	list := c.choosing(ctx, node)
	shown := c.columns(node, node.Schema(), nil)
	out := make([]catalog.Column, len(shown))
	for i, col := range shown {
		if len(list) == len(shown) {
			out[i] = list[i].Column
		} else {
			out[i] = catalog.Column{Type: storable(col.typ, col.typed), Nullable: true}
		}
		out[i].Name = col.Name
		if err := out[i].Type.Validate(); err != nil {
			return nil, mysqlerr.New(mysqlerr.WrongFieldSpec, col.Name)
		}
		if err := c.completeDefault(&out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// choosing is the columns of a plan; of several queries those that have the values of all.
func (c *call) choosing(ctx *gms.Context, node gms.Node) []chosenColumn {
	switch n := node.(type) {
	case *plan.SetOp:
		left, right := c.choosing(ctx, n.Left()), c.choosing(ctx, n.Right())
		if len(left) != len(right) {
			return nil
		}
		for i := range left {
			left[i] = both(left[i], right[i])
		}
		return left
	case *plan.ValueDerivedTable:
		return c.ofValues(ctx, n)
	case *plan.RecursiveCte:
		list := c.choosing(ctx, n.Left())
		for i := range list {
			list[i] = both(list[i], list[i])
			list[i].Nullable = true
			list[i].wire.Flags &^= types.FlagNotNull
		}
		return list
	case *plan.Project:
		return c.columnsFor(ctx, n, n.Projections)
	case *plan.GroupBy:
		return c.columnsFor(ctx, n, n.SelectedExprs)
	}
	if children := node.Children(); len(children) == 1 {
		list := c.choosing(ctx, children[0])
		switch n := node.(type) {
		case *plan.SubqueryAlias:
			c.derive(n, list)
		case *plan.Distinct:
			keepAll(list)
		}
		return list
	}
	return nil
}

func (c *call) columnsFor(ctx *gms.Context, node gms.Node, list []gms.Expression) []chosenColumn {
	if s, is := sideOfUnion(node); is {
		return c.choosing(ctx, s)
	}
	x := &chooser{ctx: ctx, shaper: shaper(c.origins(node)), outer: nullSides(node), below: map[gms.ColumnId]gms.Expression{}, derived: map[string][]chosenColumn{}}
	x.look(c, node)
	x.grouped, x.rolled = madeOfGroups(node)
	out := make([]chosenColumn, len(list))
	for i, e := range list {
		out[i] = x.chosen(e)
	}
	if hasWindow(node) {
		keepAll(out)
	}
	return out
}

// sideOfUnion is what a UNION's side was before its columns were converted.
func sideOfUnion(node gms.Node) (gms.Node, bool) {
	p, is := node.(*plan.Project)
	if !is || len(p.Projections) == 0 {
		return nil, false
	}
	found := false
	for _, e := range p.Projections {
		if a, aliased := e.(*expression.Alias); aliased {
			e = a.Child
		}
		if _, is := e.(*expr.Conversion); is {
			found = true
		}
	}
	return p.Child, found
}

// nullSides is the tables, by name or alias, whose columns may be NULL because of an
// outer join.
func nullSides(node gms.Node) map[string]bool {
	out := map[string]bool{}
	add := func(n gms.Node) {
		transform.Inspect(n, func(n gms.Node) bool {
			if t, is := n.(gms.NameableNode); is {
				out[strings.ToLower(t.Name())] = true
			}
			return true
		})
	}
	transform.Inspect(node, func(n gms.Node) bool {
		j, is := n.(*plan.JoinNode)
		if is && (j.Op.IsLeftOuter() || j.Op.IsFullOuter()) {
			add(j.Right())
		}
		if is && (j.Op.IsRightOuter() || j.Op.IsFullOuter()) {
			add(j.Left())
		}
		return true
	})
	return out
}

// madeOfGroups reports whether rows are groups, and whether of ROLLUP.
func madeOfGroups(node gms.Node) (grouped, rolled bool) {
	transform.Inspect(node, func(n gms.Node) bool {
		if g, is := n.(*plan.GroupBy); is {
			grouped, rolled = true, rolled || group.RollsUp(g)
		}
		_, derived := n.(*plan.SubqueryAlias)
		return !derived
	})
	return grouped, rolled
}

// completeDefault gives a column that is not NULL the zero of its type for a default, if
// it has one.
func (c *call) completeDefault(col *catalog.Column) error {
	if col.Default == nil || col.Default.Expr != implicit {
		return nil
	}
	col.Default = nil
	t := col.Type
	var zero binlog.Value
	switch {
	case col.Nullable:
		return nil
	case t.IsNumber() && t.Kind != types.Bit:
		zero = binlog.Value([]byte("0"))
	case t.IsString() && t.Kind != types.Blob:
		zero = binlog.Value([]byte{})
	case t.Kind == types.Time, t.HasDate() && (c.stmt.shown != "" || !c.env.Mode("NO_ZERO_DATE")):
		var err error
		col.Default, err = catalog.NewDefault(t, types.Zero(t))
		return err
	default:
		return nil
	}
	v, err := types.Store(zero, types.Type{Kind: types.VarChar, Length: 1, Collation: types.CollationGeneralCI}, types.Target{Name: col.Name, Type: t, Row: 1})
	if err == nil {
		col.Default, err = catalog.NewDefault(t, v)
	}
	return err
}

// implicit marks the default that follows from a column's type.
const implicit = "implicit"

func ofType() *catalog.Default { return &catalog.Default{Expr: implicit} }

// look finds what the fields of a plan's columns are: aggregates and window functions
// below, and columns of derived tables and views.
func (x *chooser) look(c *call, node gms.Node) {
	for _, child := range node.Children() {
		if s, is := child.(*plan.SubqueryAlias); is {
			list := c.choosing(x.ctx, s)
			if len(list) == len(s.Schema()) {
				x.derived[strings.ToLower(s.Name())] = list
				x.shaper[strings.ToLower(s.Name())] = derivedTable(list)
			}
			continue
		}
		if v, is := child.(*plan.ValueDerivedTable); is {
			list := c.ofValues(x.ctx, v)
			if v.Name() != unnamedValues {
				keepAll(list)
				for i := range list {
					list[i].wire.OrgName = list[i].Name
				}
			}
			x.derived[strings.ToLower(v.Name())] = list
			x.shaper[strings.ToLower(v.Name())] = derivedTable(list)
			continue
		}
		if p, is := child.(gms.Projector); is {
			for _, e := range p.ProjectedExprs() {
				if id, is := e.(gms.IdExpression); is {
					if _, field := e.(*expression.GetField); !field {
						x.below[id.Id()] = e
					}
				}
			}
		}
		x.look(c, child)
	}
}
