package spell

import (
	"slices"
	"strconv"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/updatable"
)

// Grouping is the name of a function that tells which keys are rolled up.
const Grouping = "grouping"

// GroupsTable is the name of the groups in a query that is cut.
const GroupsTable = "#groups"

// A windowCut divides a query whose windows are of its groups, which the library does
// not know: the groups become a derived table, and the windows stand over that.
//
//	SELECT a, RANK() OVER (ORDER BY SUM(b)) r FROM t GROUP BY a HAVING a > 1 ORDER BY r LIMIT 2
//	SELECT #1 a, RANK() OVER (ORDER BY #2) r FROM (
//	  SELECT a, SUM(b) FROM t GROUP BY a HAVING a > 1) #groups (#1, #2) ORDER BY r LIMIT 2
//
// What has no window in it is computed with the groups, whole; constants, which
// functions may ask for, stay where they are.
type windowCut struct {
	below   sqlparser.SelectExprs // the answer of the groups
	columns sqlparser.Columns     // its columns
	pushed  map[string]sqlparser.Expr
	aliases map[string]sqlparser.Expr // of the query's answer, and what they are
}

// cutWindows cuts a query where it must be. HAVING chooses rows before the windows see
// them, also where there are no groups.
func cutWindows(s *sqlparser.Select) error {
	if !cutsWindows(s) {
		return nil
	}
	if HasStar(s.SelectExprs) {
		return unsupported("* of such tables beside window functions over groups")
	}
	newWindowCut(s).cut(s)
	return nil
}

// cutHaving cuts a query whose HAVING the library would not understand: it is computed
// with the groups, and chooses rows of the derived table.
func cutHaving(s *sqlparser.Select) {
	c := newWindowCut(s)
	chosen := c.push(s.Having.Expr, sqlparser.NewColIdent("#chosen")) // without a name the library loses it
	s.Having = nil
	c.cut(s)
	s.Where = &sqlparser.Where{Type: sqlparser.WhereStr, Expr: chosen}
}

// newWindowCut divides the answer of a query, and its order.
func newWindowCut(s *sqlparser.Select) *windowCut {
	groupByName(s)
	c := &windowCut{aliases: map[string]sqlparser.Expr{}, pushed: map[string]sqlparser.Expr{}}
	list := s.SelectExprs
	s.SelectExprs = make(sqlparser.SelectExprs, len(list))
	for i, e := range list {
		s.SelectExprs[i] = c.selected(e.(*sqlparser.AliasedExpr))
	}
	for _, e := range s.SelectExprs { // no sooner: they do not see each other
		a := e.(*sqlparser.AliasedExpr)
		c.aliases[a.As.Lowered()] = a.Expr
	}
	for _, o := range s.OrderBy {
		if col, is := o.Expr.(*sqlparser.ColName); is && c.alias(col) != nil {
			continue
		}
		o.Expr = answered(s.SelectExprs, c.lower(o.Expr))
	}
	return c
}

// cut makes a derived table of what is computed with the groups.
func (c *windowCut) cut(s *sqlparser.Select) *sqlparser.Select {
	if len(c.below) == 0 {
		c.push(sqlparser.NewIntVal([]byte("1")), sqlparser.ColIdent{})
	}
	groups := &sqlparser.Select{
		QueryOpts:   sqlparser.QueryOpts{StraightJoinHint: s.QueryOpts.StraightJoinHint},
		SelectExprs: c.below, From: s.From, Where: s.Where, GroupBy: s.GroupBy, Having: s.Having,
	}
	s.QueryOpts.StraightJoinHint = false
	s.Where, s.GroupBy, s.Having = nil, nil, nil
	s.From = sqlparser.TableExprs{&sqlparser.AliasedTableExpr{
		Expr: &sqlparser.Subquery{Select: groups, Columns: c.columns}, As: sqlparser.NewTableIdent(GroupsTable),
	}}
	return groups
}

// cutsWindows reports whether a query is to be cut.
func cutsWindows(s *sqlparser.Select) bool {
	return len(windowsIn(s.SelectExprs, s.OrderBy)) > 0 && (s.Having != nil || HasGroups(s))
}

// RowsOfQuery is the FROM clause that a query was given.
func RowsOfQuery(s *sqlparser.Select) sqlparser.TableExprs {
	if len(s.From) == 1 {
		t, is := s.From[0].(*sqlparser.AliasedTableExpr)
		if is && t.As.String() == GroupsTable {
			return t.Expr.(*sqlparser.Subquery).Select.(*sqlparser.Select).From
		}
	}
	return s.From
}

// HasGroups reports whether a query makes groups of its rows.
func HasGroups(s *sqlparser.Select) bool {
	return len(s.GroupBy) > 0 || hasAggregate(s.SelectExprs, s.OrderBy, s.Having)
}

// hasAggregate reports whether parts of a query have an aggregate of its rows.
func hasAggregate(nodes ...sqlparser.SQLNode) (found bool) {
	_ = withinQuery(func(n sqlparser.SQLNode) error { // it has no error
		switch n := n.(type) {
		case *sqlparser.FuncExpr:
			found = found || n.Over == nil && n.IsAggregate()
		case *sqlparser.GroupConcatExpr:
			found = true
		}
		return nil
	}, nodes...)
	return found
}

// groupByName puts expressions in the place of their numbers, which are others below.
func groupByName(s *sqlparser.Select) {
	for i, e := range s.GroupBy {
		if a := numbered(s.SelectExprs, e); a != nil {
			s.GroupBy[i] = a.Expr
		}
	}
}

// selected is one expression of the answer. Its alias is also the groups', for HAVING.
func (c *windowCut) selected(e *sqlparser.AliasedExpr) sqlparser.SelectExpr {
	col, isColumn := e.Expr.(*sqlparser.ColName)
	name := e.As
	if name.IsEmpty() && isColumn {
		name = col.Name
	}
	out := &sqlparser.AliasedExpr{As: name}
	if len(windowsIn(e.Expr)) == 0 {
		out.Expr = c.push(e.Expr, e.As)
	} else {
		out.Expr = c.split(e.Expr)
	}
	if name.IsEmpty() {
		out.As = sqlparser.NewColIdent(e.InputExpression)
	}
	return out
}

// answered is the alias of an expression that is in the answer: below DISTINCT the
// library finds only those.
func answered(list sqlparser.SelectExprs, e sqlparser.Expr) sqlparser.Expr {
	text := sqlparser.String(e)
	for _, s := range list {
		if a := s.(*sqlparser.AliasedExpr); sqlparser.String(a.Expr) == text && !aliasedTwice(list, a.As) {
			return &sqlparser.ColName{Name: a.As}
		}
	}
	return e
}

func aliasedTwice(list sqlparser.SelectExprs, name sqlparser.ColIdent) bool {
	n := 0
	for _, s := range list {
		if s.(*sqlparser.AliasedExpr).As.Equal(name) {
			n++
		}
	}
	return n > 1
}

// lower is an expression of the rows above the groups.
func (c *windowCut) lower(e sqlparser.Expr) sqlparser.Expr {
	switch n := e.(type) {
	case *sqlparser.SQLVal, *sqlparser.NullVal, sqlparser.BoolVal:
		return e
	case *sqlparser.ColName:
		if above := c.alias(n); above != nil {
			return updatable.Copy(above)
		}
	}
	if c.divided(e) {
		return c.split(e)
	}
	return c.push(e, sqlparser.ColIdent{})
}

// alias is what a name stands for in the answer; nil if it is none of its.
func (c *windowCut) alias(col *sqlparser.ColName) sqlparser.Expr {
	if !col.Qualifier.IsEmpty() {
		return nil
	}
	return c.aliases[col.Name.Lowered()]
}

// divided reports whether an expression has parts that are computed above.
func (c *windowCut) divided(e sqlparser.Expr) (divided bool) {
	_ = exec.Walk(func(n sqlparser.SQLNode) (bool, error) { // it has no error
		switch n := n.(type) {
		case *sqlparser.Subquery, *sqlparser.GroupConcatExpr:
			return false, nil
		case *sqlparser.FuncExpr:
			divided = divided || n.Over != nil
			return n.Over != nil || !n.IsAggregate(), nil
		case *sqlparser.ColName:
			divided = divided || c.alias(n) != nil
		}
		return true, nil
	}, e)
	return divided
}

// split lowers the parts of an expression.
func (c *windowCut) split(e sqlparser.Expr) sqlparser.Expr {
	if f, is := e.(*sqlparser.FuncExpr); is && f.Over != nil {
		c.window(f)
		return f
	}
	for _, part := range piecesOf(e) {
		e = sqlparser.ReplaceExpr(e, part, c.lower(part))
	}
	return e
}

// window lowers what a window function is given, and what its window is made of. No
// alias means anything there.
func (c *windowCut) window(f *sqlparser.FuncExpr) {
	aliases := c.aliases
	c.aliases = nil
	for _, e := range f.Exprs {
		if a, is := e.(*sqlparser.AliasedExpr); is {
			a.Expr = c.lower(a.Expr)
		}
	}
	over := *f.Over // a window that has a name may be others', too
	over.PartitionBy, over.OrderBy = slices.Clone(over.PartitionBy), slices.Clone(over.OrderBy)
	for i, e := range over.PartitionBy {
		over.PartitionBy[i] = c.lower(e)
	}
	for i, o := range over.OrderBy {
		over.OrderBy[i] = &sqlparser.Order{Expr: c.lower(o.Expr), Direction: o.Direction}
	}
	f.Over, c.aliases = &over, aliases
}

// piecesOf is the expressions that one is made of.
func piecesOf(e sqlparser.Expr) (parts []sqlparser.Expr) {
	_ = exec.Walk(func(n sqlparser.SQLNode) (bool, error) { // it has no error
		part, is := n.(sqlparser.Expr)
		if !is || part == e {
			return true, nil
		}
		parts = append(parts, part)
		return false, nil
	}, e)
	return parts
}

// push has an expression computed with the groups, and is its column.
func (c *windowCut) push(e sqlparser.Expr, as sqlparser.ColIdent) sqlparser.Expr {
	text := sqlparser.String(e)
	if again := c.pushed[text]; again != nil && as.IsEmpty() && repeatable(e) {
		return again
	}
	name := sqlparser.NewColIdent("#" + strconv.Itoa(len(c.below)+1))
	c.below = append(c.below, &sqlparser.AliasedExpr{Expr: e, As: as})
	c.columns = append(c.columns, name)
	c.pushed[text] = &sqlparser.ColName{Name: name, Qualifier: sqlparser.TableName{Name: sqlparser.NewTableIdent(GroupsTable)}}
	return c.pushed[text]
}

// repeatable reports whether an expression is surely the same each time: it calls
// nothing but aggregates.
func repeatable(e sqlparser.Expr) bool {
	return withinQuery(func(n sqlparser.SQLNode) error {
		if f, is := n.(*sqlparser.FuncExpr); is && !f.IsAggregate() {
			return unsupported(f.Name.String())
		}
		return nil
	}, e) == nil
}
