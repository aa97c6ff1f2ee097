package updatable

import (
	"slices"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A shape is what a view is of its tables.
type shape struct {
	name    Name
	names   []string // of the columns; nil: unknown
	columns []column // empty if it does not merge
	bases   []*base
	from    sqlparser.TableExprs
	// where is what the rows keep that is not in the joins, deepWhere all that they
	// keep, checks what new rows must.
	where, deepWhere, checks sqlparser.Expr
	order                    sqlparser.OrderBy
	outer                    bool
	// merges: each of its rows is one of the tables' rows together.
	merges bool
	// changes: rows of a table can be found by rows of the view.
	changes bool
	// updatable is what information_schema says.
	updatable bool
	// perRow: a subquery of its columns reads the row.
	perRow bool
}

// joins reports whether the view is of several tables.
func (s *shape) joins() bool { return len(s.bases) > 1 }

// shape of a view, which is called alias in the statement.
func (f *flattener) shape(name Name, alias string, v catalog.View) (*shape, error) {
	if slices.Contains(f.within, name) {
		return nil, mysqlerr.New(mysqlerr.ViewRecursive, name.DB, name.Table)
	}
	query, err := f.src.Parse(v.Query)
	if err != nil {
		return nil, mysqlerr.Wrap(err, mysqlerr.ViewInvalid, name.DB, name.Table)
	}
	spec := specOf(f.src, v)
	s := &shape{name: name}
	sub := &flattener{src: f.src, db: name.DB, inner: true, used: f.used, flat: always, within: append(slices.Clone(f.within), name)}
	for p, is := query.(*sqlparser.ParenSelect); is; p, is = query.(*sqlparser.ParenSelect) {
		query = p.Select
	}
	sel, ok := query.(*sqlparser.Select)
	if !ok {
		if s.names, err = sub.columnsOfQuery(query.(sqlparser.SelectStatement)); len(spec.Columns) > 0 {
			s.names = identifiers(spec.Columns)
		}
		return s, err
	}
	reserve(f.used, sel)
	if err := sub.shapeSelect(s, sel, spec); err != nil {
		return nil, err
	}
	return s, nil
}

func always(string) bool { return true }

// specOf is what CREATE VIEW says beside the query.
func specOf(src Source, v catalog.View) *sqlparser.ViewSpec {
	tree, err := src.Parse(v.Create)
	if d, is := tree.(*sqlparser.DDL); err == nil && is && d.ViewSpec != nil {
		return d.ViewSpec
	}
	return &sqlparser.ViewSpec{}
}

// reserve keeps aliases from those that a query's own subqueries have.
func reserve(used map[string]bool, n sqlparser.SQLNode) {
	_ = sqlparser.Walk(func(n sqlparser.SQLNode) (bool, error) { // fails never
		q, is := n.(*sqlparser.Subquery)
		if is {
			_ = sqlparser.Walk(func(n sqlparser.SQLNode) (bool, error) {
				if t, is := n.(*sqlparser.AliasedTableExpr); is {
					used[t.As.String()] = true
					if name, is := t.Expr.(sqlparser.TableName); is {
						used[name.Name.String()] = true
					}
				}
				return true, nil
			}, q.Select)
		}
		return !is, nil
	}, n)
}

// shapeSelect fills in what a SELECT is of its tables.
func (f *flattener) shapeSelect(s *shape, sel *sqlparser.Select, spec *sqlparser.ViewSpec) error {
	f.ctes = f.with(sel.With)
	from, flat, err := f.from(sel.From)
	if err != nil {
		return err
	}
	list, err := f.selected(sel.SelectExprs, flat.scope)
	if err != nil {
		return err
	}
	for i := range list {
		if i < len(spec.Columns) {
			list[i].name = spec.Columns[i].Lowered()
		}
		s.names = append(s.names, list[i].name)
	}
	if !rowByRow(sel, spec) || len(flat.scope.bases) == 0 {
		return nil
	}
	s.from, s.columns, s.bases, s.outer = from, list, flat.scope.bases, f.outer
	own, err := f.resolver("where clause").where(sel.Where, flat.scope)
	if err != nil {
		return err
	}
	for _, o := range sel.OrderBy {
		e, err := f.resolver("order clause").ordered(o.Expr, list, flat.scope)
		if err != nil {
			return err
		}
		s.order = append(s.order, &sqlparser.Order{Expr: e, Direction: o.Direction})
	}
	s.where = and(flat.where, own)
	s.merges = sel.With == nil
	s.perRow = readsRow(sel, flat.scope)
	once := !s.outer && !s.asksItself(own)
	s.changes, s.updatable = once && s.merges && s.hasTable() && !s.perRow, once && s.mayChange()
	own = and(f.on, own)
	s.deepWhere = and(f.deep.where, own)
	switch spec.CheckOption {
	case sqlparser.ViewCheckOptionCascaded:
		s.checks = s.deepWhere
	case sqlparser.ViewCheckOptionLocal:
		s.checks = and(f.deep.checks, own)
	default:
		s.checks = f.deep.checks
	}
	return nil
}

// rowByRow: the view's rows are those of its tables, one by one.
func rowByRow(sel *sqlparser.Select, spec *sqlparser.ViewSpec) bool {
	if strings.EqualFold(spec.Algorithm, "temptable") || sel.QueryOpts.Distinct ||
		len(sel.GroupBy) > 0 || sel.Having != nil || sel.Limit != nil || len(sel.Window) > 0 {
		return false
	}
	ok := true
	_ = sqlparser.Walk(func(n sqlparser.SQLNode) (bool, error) { // fails never
		switch n := n.(type) {
		case *sqlparser.Subquery:
			return false, nil
		case *sqlparser.FuncExpr:
			ok = ok && !n.IsAggregate() && n.Over == nil
		case *sqlparser.GroupConcatExpr:
			ok = false
		}
		return true, nil
	}, sel.SelectExprs, sel.OrderBy)
	return ok
}

// hasTable reports whether a table is below.
func (s *shape) hasTable() bool {
	return slices.ContainsFunc(s.bases, func(b *base) bool { return b.table != nil })
}

// mayChange: a column is one of what may take changes.
func (s *shape) mayChange() bool {
	return slices.ContainsFunc(s.columns, func(c column) bool { _, is := c.expr.(*sqlparser.ColName); return is }) &&
		slices.ContainsFunc(s.bases, func(b *base) bool { return !b.closed })
}

// asksItself reports whether a condition has a subquery that reads one of the tables.
func (s *shape) asksItself(where sqlparser.Expr) (found bool) {
	if where == nil {
		return false
	}
	_ = sqlparser.Walk(func(n sqlparser.SQLNode) (bool, error) { // fails never
		if t, is := n.(*sqlparser.AliasedTableExpr); is {
			name, is := t.Expr.(sqlparser.TableName)
			for _, b := range s.bases {
				found = found || is && b.name == Name{name.DbQualifier.String(), name.Name.String()}
			}
		}
		return true, nil
	}, where)
	return found
}

// readsRow reports whether a subquery among the columns reads what is outside of it.
func readsRow(sel *sqlparser.Select, s *scope) (found bool) {
	_ = sqlparser.Walk(func(n sqlparser.SQLNode) (bool, error) { // fails never
		q, is := n.(*sqlparser.Subquery)
		if !is {
			return true, nil
		}
		inside := map[string]bool{}
		reserve(inside, &sqlparser.ParenExpr{Expr: q})
		_ = sqlparser.Walk(func(n sqlparser.SQLNode) (bool, error) {
			if col, is := n.(*sqlparser.ColName); is {
				name := col.Qualifier.Name.String()
				found = found || name != "" && !inside[name] && s.relation(name) != nil
			}
			return true, nil
		}, q.Select)
		return false, nil
	}, sel.SelectExprs)
	return found
}
