package sql

import (
	"errors"
	"io"
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
)

// An updating runs an UPDATE in the library's place, which takes rows that hold the same
// for one row, tables of two databases that have one name for one table, and writes while
// it still reads what it joins. Each row of a table is changed once at most, by what the
// first of the joined rows that it is in makes of it.
type updating struct {
	plan.UnaryNode // the rows that are found
	c              *call
	sets           []setting
	into           []*updated
	checks         []gms.Expression // that a view has for the rows that are joined
	joined         bool             // the rows are not those of one table
	first          *updated         // that is changed while rows are read; nil: none
}

// A setting is an assignment of SET.
type setting struct {
	gms.Expression // an expression.SetField
	into           *updated
}

// updates puts them into a plan.
func (c *call) updates(node gms.Node) (gms.Node, error) {
	if c.updateOf() == nil {
		return node, nil
	}
	node, _, err := transform.Node(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		u, is := n.(*plan.Update)
		if !is {
			return n, transform.SameTree, nil
		}
		out, err := c.newUpdating(u)
		return out, transform.NewTree, err
	})
	if err == nil {
		err = c.failed
	}
	return node, err
}

func (c *call) newUpdating(n *plan.Update) (*updating, error) {
	child := n.Child
	if join, is := child.(*plan.UpdateJoin); is {
		child = join.Child
	}
	source, is := child.(*plan.UpdateSource)
	if !is {
		return nil, unsupported("this UPDATE")
	}
	u := &updating{UnaryNode: plan.UnaryNode{Child: source.Child}, c: c}
	f := &updateFinder{c: c, none: hasNone(source.Child), schema: source.Child.Schema(), tables: tablesBelow(source.Child)}
	list := source.UpdateExprs
	if c.change != nil && c.change.Joined > 0 {
		at := len(list) - c.change.Joined
		for _, e := range list[at:] {
			u.checks = append(u.checks, assignedTo(e))
		}
		list = list[:at]
	}
	for _, e := range list {
		into, err := f.find(e)
		if err != nil {
			return nil, err
		}
		if into == nil {
			continue
		}
		u.sets = append(u.sets, setting{e, into})
	}
	u.into = f.found
	slices.SortFunc(u.into, func(a, b *updated) int { return a.first - b.first })
	u.joined = len(u.into) > 0 && len(f.schema) != len(u.into[0].t.schema)
	return u, checkKeys(u.into)
}

// assignedTo is what a SET assigns, before it is converted.
func assignedTo(e gms.Expression) gms.Expression {
	set, is := e.(*expression.SetField)
	if !is {
		return e
	}
	if s, is := set.RightChild.(*stored); is {
		return s.Child
	}
	return set.RightChild
}

// checkKeys refuses to move rows of a table that has two names here.
func checkKeys(list []*updated) error {
	for i, a := range list {
		for _, b := range list[:i] {
			if a.t == b.t && (a.moves() || b.moves()) {
				return mysqlerr.New(mysqlerr.MultiUpdateKey, b.name, a.name)
			}
		}
	}
	return nil
}

// A sourceName is the name of a table in a plan.
type sourceName struct{ db, name string }

func sourceOf(col *gms.Column) sourceName {
	return sourceName{strings.ToLower(col.DatabaseSource), strings.ToLower(col.Source)}
}

// tablesBelow is the tables of the store whose rows a plan joins.
func tablesBelow(node gms.Node) map[sourceName]*table {
	out := map[sourceName]*table{}
	transform.Inspect(node, func(n gms.Node) bool {
		switch n := n.(type) {
		case *plan.SubqueryAlias:
			return false
		case *plan.TableAlias, *plan.ResolvedTable, *plan.IndexedTableAccess:
			if t := storedTable(n); t != nil && len(n.Schema()) > 0 {
				out[sourceOf(n.Schema()[0])] = t
			}
			return false
		}
		return true
	})
	return out
}

// hasNone reports whether the library has found that parts of a plan have no rows: it
// forgets their tables.
func hasNone(node gms.Node) (none bool) {
	transform.Inspect(node, func(n gms.Node) bool {
		_, is := n.(*plan.EmptyTable)
		none = none || is
		_, derived := n.(*plan.SubqueryAlias)
		return !derived
	})
	return none
}

// storedTable is the table of the store that a node of a plan is; nil if it is another.
func storedTable(n gms.Node) *table {
	if a, is := n.(*plan.TableAlias); is {
		n = a.Child
	}
	u, is := n.(interface{ UnderlyingTable() gms.Table })
	if !is {
		return nil
	}
	switch t := gms.GetUnderlyingTable(u.UnderlyingTable()).(type) {
	case *table:
		return t
	case *indexed:
		return t.table
	}
	return nil
}

// Schema implements gms.Node.
func (*updating) Schema() gms.Schema { return gtypes.OkResultSchema }

// IsReadOnly implements gms.Node.
func (*updating) IsReadOnly() bool { return false }

// String implements gms.Node.
func (*updating) String() string { return "Update" }

// WithChildren implements gms.Node.
func (u *updating) WithChildren(children ...gms.Node) (gms.Node, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(u, len(children), 1)
	}
	out := *u
	out.Child = children[0]
	return &out, nil
}

// Expressions implements gms.Expressioner.
func (u *updating) Expressions() []gms.Expression {
	var out []gms.Expression
	for _, s := range u.sets {
		out = append(out, s.Expression)
	}
	return append(out, u.checks...)
}

// WithExpressions implements gms.Expressioner.
func (u *updating) WithExpressions(list ...gms.Expression) (gms.Node, error) {
	n := len(u.sets)
	if len(list) != n+len(u.checks) {
		return nil, gms.ErrInvalidChildrenNumber.New(u, len(list), n+len(u.checks))
	}
	out := *u
	out.sets, out.checks = slices.Clone(u.sets), list[n:]
	for i := range out.sets {
		out.sets[i].Expression = list[i]
	}
	return &out, nil
}

// RowIter implements gms.ExecSourceRel: all is done when the only row is asked for.
func (u *updating) RowIter(_ *gms.Context, row gms.Row) (gms.RowIter, error) {
	return &updatingIter{u: u, outer: row}, nil
}

type updatingIter struct {
	u                *updating
	outer            gms.Row
	done             bool
	matched, changed int
}

// Close implements gms.RowIter.
func (*updatingIter) Close(*gms.Context) error { return nil }

// Next implements gms.RowIter.
func (i *updatingIter) Next(ctx *gms.Context) (gms.Row, error) {
	if i.done {
		return nil, io.EOF
	}
	i.done = true
	if err := i.read(ctx); err != nil {
		return nil, err
	}
	for _, into := range i.u.into {
		for _, l := range into.later {
			if err := i.count(into.changeLater(ctx, l)); err != nil {
				return nil, err
			}
		}
	}
	out := gtypes.NewOkResult(i.changed)
	if i.u.c.env.FoundRows {
		out = gtypes.NewOkResult(i.matched)
	}
	out.Info = plan.UpdateInfo{Matched: i.matched, Updated: i.changed, Warnings: len(ctx.Warnings())}
	return gms.NewRow(out), nil
}

// read goes over the rows that are joined.
func (i *updatingIter) read(ctx *gms.Context) (err error) {
	if i.u.joined {
		i.u.first = i.u.immediate(ctx)
	}
	rows, err := i.u.c.lib.Analyzer.ExecBuilder.Build(ctx, i.u.Child, i.outer)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := rows.Close(ctx); err == nil {
			err = cerr
		}
	}()
	for {
		row, err := rows.Next(ctx)
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = i.row(ctx, row)
		}
		if err != nil {
			return err
		}
	}
}

// row changes what a joined row holds, or keeps it for later.
func (i *updatingIter) row(ctx *gms.Context, row gms.Row) error {
	found := false
	for _, into := range i.u.into {
		if err := into.meet(ctx, row, i.u.joined); err != nil {
			return err
		}
		found = found || into.met != nil
	}
	if i.u.c.met++; !found {
		return nil
	}
	next, err := i.u.set(ctx, row)
	if err == nil {
		err = i.u.check(ctx, next)
	}
	if err != nil {
		return i.count(false, err)
	}
	for _, into := range i.u.into {
		if into.met == nil {
			continue
		}
		i.matched++
		if i.u.joined {
			err = into.postpone(next)
		} else {
			err = i.count(into.change(ctx, into.met, into.of(row), into.of(next)))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// check asks what a view has for a joined row after the assignments.
func (u *updating) check(ctx *gms.Context, row gms.Row) error {
	for _, e := range u.checks {
		ok, err := holds(ctx, e, row)
		if err == nil && !ok {
			err = gms.ErrCheckConstraintViolated.New(viewCheck)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// count counts a change, or makes a warning of what IGNORE forgives.
func (i *updatingIter) count(changed bool, err error) error {
	if changed {
		i.changed++
	}
	if err == nil {
		return nil
	}
	if _, warned := err.(gms.IgnorableError); warned {
		return nil
	}
	var known *mysqlerr.Error
	if c := i.u.c; c.ignores() && errors.As(c.ofView(c.translate(err)), &known) && forgiven[known.Code] {
		c.warn(known)
		return nil
	}
	return err
}

// forgiven is what a statement with IGNORE goes on after (MySQL manual, The Effect of
// IGNORE on Statement Execution).
var forgiven = map[uint16]bool{
	mysqlerr.DupEntry: true, mysqlerr.CheckViolated: true, mysqlerr.BadNull: true, mysqlerr.ViewCheckFailed: true,
}
