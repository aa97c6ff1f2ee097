package updatable

import (
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/mysqlerr"
)

func (w *rewriter) update(u *sqlparser.Update) (*Change, error) {
	w.with = u.With
	w.reserve(u, u.TableExprs)
	changed, err := w.assigned(u)
	if err != nil || len(changed) == 0 {
		return nil, err
	}
	for alias, sh := range changed {
		if !sh.changes {
			return nil, mysqlerr.New(mysqlerr.NonUpdatableTable, alias, "UPDATE")
		}
	}
	f := w.flattener(func(alias string) bool { return changed[alias] != nil })
	from, flat, err := f.from(u.TableExprs)
	if err != nil {
		return nil, err
	}
	out := *u
	out.TableExprs = from
	if out.Exprs, err = w.assign(f, u.Exprs, flat.scope); err != nil {
		return nil, err
	}
	several := len(flat.scope.bases) > 1
	if several && (u.OrderBy != nil || u.Limit != nil) {
		what := "LIMIT"
		if u.OrderBy != nil {
			what = "ORDER BY"
		}
		return nil, mysqlerr.New(mysqlerr.WrongUsage, "UPDATE", what)
	}
	w.out.Statement = &out
	return w.rows(f, flat, &out.Where, &out.OrderBy, u.Limit)
}

// rows limits a statement to rows of the views, in their order.
func (w *rewriter) rows(f *flattener, flat flattened, where **sqlparser.Where, order *sqlparser.OrderBy, limit *sqlparser.Limit) (*Change, error) {
	own, err := f.resolver("where clause").where(*where, flat.scope)
	if err != nil {
		return nil, err
	}
	*where = sqlparser.NewWhere(sqlparser.WhereStr, and(flat.where, own))
	var sorted sqlparser.OrderBy
	for _, o := range *order {
		e, err := f.resolver("order clause").expr(o.Expr, flat.scope)
		if err != nil {
			return nil, err
		}
		sorted = append(sorted, &sqlparser.Order{Expr: e, Direction: o.Direction})
	}
	if r := flat.scope.relations[0]; len(sorted) == 0 && limit != nil && r.shape != nil {
		sorted = r.shape.order
	}
	*order = sorted
	return &w.out, nil
}

// assigned are the views that an UPDATE sets columns of, by alias.
func (w *rewriter) assigned(u *sqlparser.Update) (map[string]*shape, error) {
	f := w.flattener(nil)
	_, flat, err := f.from(u.TableExprs)
	if err != nil {
		return nil, err
	}
	out := map[string]*shape{}
	for _, a := range u.Exprs {
		c, ok, err := flat.scope.find(a.Name)
		if err != nil {
			return nil, err
		}
		if !ok && !flat.scope.opaque {
			return nil, mysqlerr.New(mysqlerr.BadField, sqlparser.String(a.Name), "field list")
		}
		if ok && c.of.shape != nil {
			out[c.of.alias] = c.of.shape
		}
	}
	return out, nil
}

// assign is SET over the tables.
func (w *rewriter) assign(f *flattener, list sqlparser.AssignmentExprs, s *scope) (sqlparser.AssignmentExprs, error) {
	var out sqlparser.AssignmentExprs
	into := map[*relation]*base{}
	for _, a := range list {
		c, ok, err := s.find(a.Name)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, unsupported("UPDATE of a view and of such a table")
		}
		b, name, err := w.target(s, c, "UPDATE")
		if err != nil {
			return nil, err
		}
		sh := c.of.shape
		if was := into[c.of]; sh != nil && was != nil && was != b {
			return nil, mysqlerr.New(mysqlerr.ViewMultiUpdate, sh.name.DB, sh.name.Table)
		}
		if into[c.of] == nil && sh != nil {
			if err := w.checkRows(sh, b); err != nil {
				return nil, err
			}
		}
		into[c.of] = b
		w.through(b)
		value, err := f.resolver("field list").expr(a.Expr, s)
		if err != nil {
			return nil, err
		}
		out = append(out, &sqlparser.AssignmentExpr{Name: columnOf(b.alias, name), Expr: value})
	}
	for _, cond := range w.conds {
		out = append(out, &sqlparser.AssignmentExpr{Name: out[0].Name, Expr: cond})
	}
	w.out.Joined = len(w.conds)
	return out, nil
}

// checkRows notes what rows that an UPDATE writes must keep. What reads several tables
// is asked of the rows that are joined, as if the last assignments were it.
func (w *rewriter) checkRows(sh *shape, b *base) error {
	check, err := w.onRow(sh, sh.checks, b, nil)
	if mysqlerr.Is(err, mysqlerr.NotSupportedYet) && sh.joins() {
		w.conds = append(w.conds, Copy(sh.checks))
		w.out.JoinedView = sh.name
		return nil
	}
	if err == nil && check != nil && w.out.Check != nil {
		err = unsupported("UPDATE of two views WITH CHECK OPTION")
	}
	if check != nil {
		w.out.Check = check
	}
	return err
}

func (w *rewriter) delete(d *sqlparser.Delete) (*Change, error) {
	w.with = d.With
	w.reserve(d, d.TableExprs)
	named := map[string]bool{} // what rows are deleted from, by alias
	for _, t := range d.Targets {
		named[t.Name.String()] = true
	}
	f := w.flattener(func(alias string) bool { return len(d.Targets) == 0 || named[alias] })
	from, flat, err := f.from(d.TableExprs)
	if err != nil {
		return nil, err
	}
	out := *d
	out.TableExprs, out.Targets = from, nil
	through := false
	for _, r := range flat.scope.relations {
		if len(d.Targets) > 0 && !named[r.alias] {
			continue
		}
		b, err := r.onlyTable(flat.scope)
		if err != nil {
			return nil, err
		}
		w.through(b)
		through = through || r.shape != nil
		if len(d.Targets) > 0 {
			out.Targets = append(out.Targets, sqlparser.TableName{Name: sqlparser.NewTableIdent(b.alias)})
		}
	}
	if !through {
		return nil, nil
	}
	w.out.Statement = &out
	return w.rows(f, flat, &out.Where, &out.OrderBy, d.Limit)
}

// onlyTable is the table, or the one whose rows are the view's.
func (r *relation) onlyTable(s *scope) (*base, error) {
	alias := r.alias
	if sh := r.shape; sh != nil {
		switch {
		case !sh.changes:
			return nil, mysqlerr.New(mysqlerr.NonUpdatableTable, r.alias, "DELETE")
		case sh.joins():
			return nil, mysqlerr.New(mysqlerr.ViewDeleteMergeView, sh.name.DB, sh.name.Table)
		}
		alias = sh.bases[0].alias
	}
	for _, b := range s.bases {
		if b.alias == alias && b.table != nil {
			return b, nil
		}
	}
	return nil, mysqlerr.New(mysqlerr.NonUpdatableTable, r.alias, "DELETE")
}
