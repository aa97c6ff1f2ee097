package sql

import (
	"cmp"
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/types"
)

// A unionLeaf is one query of a UNION of UNIONs.
type unionLeaf struct {
	node    gms.Node // without what converts its columns
	columns []*expression.GetField
	named   []*expression.Alias // what the columns were called by p, see newUnionLeaf; nil: by their names
	list    []gms.Expression    // the columns as they are projected
	sources sources
}

// unionLeafs are the queries of a UNION, from left to right.
type unionLeafs []*unionLeaf

// unionLeaves adds the queries of a UNION to a list; of INTERSECT and EXCEPT both sides.
// converted is false if the library has converted none, because all are alike.
func unionLeaves(s *plan.SetOp, list unionLeafs) (out unionLeafs, converted bool) {
	out = list
	for _, side := range []gms.Node{s.Left(), s.Right()} {
		p := convertedSide(side)
		below := side
		if p != nil {
			below, converted = p.Child, true
		}
		if inner, is := mergedUnion(s, below); is {
			var c bool
			out, c = unionLeaves(inner, out)
			converted = converted || c
			continue
		}
		leaf, concealed := newUnionLeaf(below, p)
		converted = converted || concealed
		out = append(out, leaf)
	}
	return out, converted
}

// mergedUnion is a UNION within a UNION, which has no rows or order of its own.
func mergedUnion(s *plan.SetOp, side gms.Node) (*plan.SetOp, bool) {
	inner, is := side.(*plan.SetOp)
	return inner, is && s.SetOpType == plan.UnionType && inner.SetOpType == plan.UnionType &&
		inner.Limit == nil && inner.Offset == nil && len(inner.SortFields) == 0
}

// newUnionLeaf is a query, whose columns have been converted by p unless that is nil.
func newUnionLeaf(node gms.Node, p *plan.Project) (l *unionLeaf, concealed bool) {
	node, concealed = revealed(node)
	l = &unionLeaf{node: node, sources: newSources(node)}
	ids := columnIDs(node)
	for i, c := range node.Schema() {
		var f *expression.GetField
		var as *expression.Alias
		if p != nil && !concealed && i < len(p.Projections) {
			f = sideColumn(p.Projections[i])
			as, _ = p.Projections[i].(*expression.Alias)
		} else {
			f = expression.NewGetFieldWithTable(int(ids[i]), 0, c.Type, c.DatabaseSource, c.Source, c.Name, c.Nullable)
		}
		f = l.columnOf(i, f, c)
		l.columns, l.named, l.list = append(l.columns, f), append(l.named, as), append(l.list, f)
		if as != nil {
			l.list[i] = l.called(i, f)
		}
	}
	return l, concealed
}

// called is an expression in the place of a column, under its name and number.
func (l *unionLeaf) called(i int, e gms.Expression) gms.Expression {
	name, id := l.columns[i].Name(), l.columns[i].Id()
	if as := l.named[i]; as != nil {
		name, id = as.Name(), cmp.Or(as.Id(), id)
	}
	return expression.NewAlias(name, e).WithId(id).(gms.Expression)
}

// place is which column has a number; -1 if none has.
func (l *unionLeaf) place(id gms.ColumnId) int {
	return slices.IndexFunc(l.columns, func(c *expression.GetField) bool { return id != 0 && c.Id() == id })
}

// placeOfNamed is likewise by the numbers of aliases.
func (l *unionLeaf) placeOfNamed(id gms.ColumnId) int {
	return slices.IndexFunc(l.named, func(a *expression.Alias) bool { return id != 0 && a != nil && a.Id() == id })
}

// digits is how many digits behind the point a column shows that is a TIME.
func (l *unionLeaf) digits(i int) uint8 {
	if i >= len(l.sources.list) {
		return types.FSPMax
	}
	e := l.sources.list[i]
	if a, is := e.(*expression.Alias); is {
		e = a.Child
	}
	if !gtypes.IsTimespan(e.Type()) {
		return types.FSPMax
	}
	tables := map[string]*catalog.Table{}
	transform.Inspect(l.node, func(n gms.Node) bool {
		if r, is := n.(*plan.ResolvedTable); is {
			if t, is := gms.GetUnderlyingTable(r.UnderlyingTable()).(*table); is {
				tables[strings.ToLower(r.Name())] = t.def
			}
		}
		return true
	})
	for alias, t := range aliasedTables(l.node) {
		tables[alias] = t.def
	}
	return digits(tables, e)
}

// columnIDs are the numbers of a query's columns; 0 is one that nothing can name.
func columnIDs(node gms.Node) []gms.ColumnId {
	switch n := node.(type) {
	case *plan.Project:
		ids := make([]gms.ColumnId, len(n.Projections))
		for i, e := range n.Projections {
			if numbered, is := e.(gms.IdExpression); is {
				ids[i] = numbered.Id()
			}
		}
		return ids
	case *plan.SetOp:
		return columnIDs(n.Left())
	case plan.TableIdNode:
		ids := make([]gms.ColumnId, 0, len(node.Schema()))
		n.Columns().ForEach(func(id gms.ColumnId) { ids = append(ids, id) })
		return append(ids, make([]gms.ColumnId, cap(ids)-len(ids))...)
	}
	if children := node.Children(); len(children) == 1 {
		return columnIDs(children[0])
	}
	return make([]gms.ColumnId, len(node.Schema()))
}

// alike reports whether the queries' columns have the same types by now: the library may have
// found them alike by others.
func (l unionLeafs) alike() bool {
	for _, leaf := range l[1:] {
		for i, c := range leaf.columns {
			if !c.Type().Equals(l[0].columns[i].Type()) {
				return false
			}
		}
	}
	return true
}

// rebuild is a UNION of the same form with the queries' new columns, of which it takes
// what it needs.
func (l unionLeafs) rebuild(s *plan.SetOp) (*plan.SetOp, error) {
	rest := l
	return rest.next(s)
}

func (l *unionLeafs) next(s *plan.SetOp) (*plan.SetOp, error) {
	var sides []gms.Node
	for _, side := range []gms.Node{s.Left(), s.Right()} {
		if p := convertedSide(side); p != nil {
			side = p.Child
		}
		if inner, is := mergedUnion(s, side); is {
			made, err := l.next(inner)
			if err != nil {
				return nil, err
			}
			sides = append(sides, made)
			continue
		}
		leaf := (*l)[0]
		*l = (*l)[1:]
		sides = append(sides, plan.NewProject(leaf.list, leaf.node))
	}
	out, err := s.WithChildren(sides...)
	if err != nil {
		return nil, err
	}
	return out.(*plan.SetOp), nil
}

// convertedSide is the projection that the library has put upon a side to convert its
// columns; nil if there is none.
func convertedSide(n gms.Node) *plan.Project {
	p, is := n.(*plan.Project)
	if !is {
		return nil
	}
	for _, e := range p.Projections {
		if sideColumn(e) == nil {
			return nil
		}
	}
	return p
}

// sideColumn is the column that such a projection has in one place: it is of no table.
func sideColumn(e gms.Expression) *expression.GetField {
	if a, is := e.(*expression.Alias); is {
		e = a.Child
		switch c := e.(type) {
		case *expression.Convert:
			e = c.Child
		case *expr.Cast:
			e = c.Child
		case *expr.Conversion:
			e = c.Child
		}
		switch name := e.(type) {
		case *expression.EnumToString:
			e = name.Enum
		case *names:
			e = name.Child
		}
	}
	if f, is := e.(*expression.GetField); is && f.TableId() == 0 {
		return f
	}
	return nil
}

// columnOf is a side's column as the query below has it by now.
func (l *unionLeaf) columnOf(i int, f *expression.GetField, c *gms.Column) *expression.GetField {
	typ := c.Type
	if i < len(l.sources.list) && gtypes.IsTextOnly(typ) {
		e := l.sources.list[i]
		if a, is := e.(*expression.Alias); is {
			e = a.Child
		}
		if gtypes.IsTextOnly(e.Type()) {
			typ = expr.TextType(e)
		}
	}
	return expression.NewGetFieldWithTable(int(f.Id()), 0, typ, f.Database(), f.Table(), f.Name(), c.Nullable)
}
