package updatable

import (
	"reflect"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/mysqlerr"
)

// A resolver copies trees, in which names mean columns of the flat tables. The copy
// goes by the types of the nodes' fields, because the parser's own walk leaves parts
// of some out.
type resolver struct {
	f      *flattener
	clause string // for errors
	err    error
	// replace, if not nil, is all that is done to columns.
	replace func(n *sqlparser.ColName) sqlparser.Expr
	// set, if not "", goes ahead of literals that name no character set and are wanted.
	set    string
	wanted func(text []byte) bool
	// lenient: a name that is not known is left to the library.
	lenient bool
	// put, if not nil, is what a column becomes; else what it stands for.
	put func(c *column) sqlparser.Expr
}

// expr is a copy of an expression in a scope.
func (r *resolver) expr(e sqlparser.Expr, s *scope) (sqlparser.Expr, error) {
	out := cloned(r, &e, s)
	return *out, r.err
}

func (r *resolver) where(w *sqlparser.Where, s *scope) (sqlparser.Expr, error) {
	if w == nil {
		return nil, nil
	}
	return r.expr(w.Expr, s)
}

// ordered is a copy of what ORDER BY sorts a view by, which may be one of its columns.
func (r *resolver) ordered(e sqlparser.Expr, list []column, s *scope) (sqlparser.Expr, error) {
	if col, is := e.(*sqlparser.ColName); is && col.Qualifier.IsEmpty() {
		for _, c := range list {
			if c.name == col.Name.Lowered() {
				return c.expr, nil
			}
		}
	}
	return r.expr(e, s)
}

// cloned is a copy of any part of a tree.
func cloned[T any](r *resolver, v T, s *scope) T {
	out, _ := r.value(reflect.ValueOf(&v).Elem(), s).Interface().(T) // not a T: it is nil
	return out
}

func (r *resolver) value(v reflect.Value, s *scope) reflect.Value {
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		out := reflect.New(v.Type()).Elem()
		if col, is := v.Interface().(*sqlparser.ColName); is {
			out.Set(reflect.ValueOf(r.column(col, s)))
			return out
		}
		if e := r.introduced(v.Interface()); e != nil && reflect.TypeOf(e).AssignableTo(v.Type()) {
			out.Set(reflect.ValueOf(e))
			return out
		}
		out.Set(r.value(v.Elem(), s))
		return out
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		if out := r.node(v.Interface(), s); out != nil {
			return reflect.ValueOf(out)
		}
		out := reflect.New(v.Type().Elem())
		out.Elem().Set(r.value(v.Elem(), s))
		return out
	case reflect.Struct:
		out := reflect.New(v.Type()).Elem()
		out.Set(v)
		for i := range v.NumField() {
			if out.Field(i).CanSet() {
				out.Field(i).Set(r.value(v.Field(i), s))
			}
		}
		return out
	case reflect.Slice:
		if v.IsNil() || v.Type().Elem().Kind() == reflect.Uint8 {
			return v
		}
		out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			out.Index(i).Set(r.value(v.Index(i), s))
		}
		return out
	}
	return v
}

// Copy copies a tree, all of which then is the caller's.
func Copy[T any](v T) T { return cloned(&resolver{}, v, nil) }

// Replace copies a tree, with other expressions in the place of columns.
func Replace[T any](v T, f func(n *sqlparser.ColName) sqlparser.Expr) T {
	return cloned(&resolver{replace: f}, v, nil)
}

// node copies what is not merely its fields; nil is for all else.
func (r *resolver) node(n any, s *scope) any {
	if r.f == nil {
		return nil
	}
	switch n := n.(type) {
	case *sqlparser.ColName:
		col, is := r.column(n, s).(*sqlparser.ColName)
		if !is {
			r.fail(mysqlerr.New(mysqlerr.NonUpdatableColumn, n.Name.String()))
			return n
		}
		return col
	case *sqlparser.ValuesFuncExpr:
		out := *n
		col := *cloned(r, n.Name, s)
		col.Qualifier = sqlparser.TableName{}
		out.Name = &col
		return &out
	case *sqlparser.Default:
		return r.defaultOf(n, s)
	case *sqlparser.AliasedTableExpr:
		return r.table(n, s)
	case *sqlparser.Select:
		return r.query(n, s)
	case *sqlparser.SetOp:
		out := *n
		out.Left, out.Right = cloned(r, n.Left, s), cloned(r, n.Right, s)
		return &out
	}
	return nil
}

func (r *resolver) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// defaultOf is DEFAULT, or DEFAULT(column).
func (r *resolver) defaultOf(n *sqlparser.Default, s *scope) *sqlparser.Default {
	if n.ColName == "" {
		return n
	}
	col, is := r.column(&sqlparser.ColName{Name: sqlparser.NewColIdent(n.ColName)}, s).(*sqlparser.ColName)
	if !is {
		r.fail(mysqlerr.New(mysqlerr.NonUpdatableColumn, n.ColName))
		return n
	}
	return &sqlparser.Default{ColName: col.Name.String()}
}

// table is a table that a subquery reads: a view's text means its own database.
func (r *resolver) table(n *sqlparser.AliasedTableExpr, s *scope) *sqlparser.AliasedTableExpr {
	out := *n
	name, is := n.Expr.(sqlparser.TableName)
	if !is {
		out.Expr = cloned(r, n.Expr, s)
		return &out
	}
	text := name.Name.String()
	if _, cte := r.f.ctes[strings.ToLower(text)]; r.f.inner && name.DbQualifier.IsEmpty() && !cte && !strings.EqualFold(text, "dual") {
		if out.As.IsEmpty() {
			out.As = name.Name
		}
		out.Expr = tableName(Name{r.f.db, text})
	}
	return &out
}

// query is a subquery: its own names stay, and those of what is around it change.
func (r *resolver) query(n *sqlparser.Select, outer *scope) *sqlparser.Select {
	before := r.f.ctes
	defer func() { r.f.ctes = before }()
	out := *n
	out.With = cloned(r, n.With, outer)
	r.f.ctes = r.f.with(n.With)
	_, flat, err := r.f.plain().from(n.From)
	if err != nil {
		r.fail(err)
		return n
	}
	s := flat.scope
	s.named, s.outer = true, outer
	out.From = r.froms(n.From, s)
	out.SelectExprs, out.Where = cloned(r, n.SelectExprs, s), cloned(r, n.Where, s)
	titles := *s
	titles.extra = map[string]bool{}
	for _, e := range n.SelectExprs {
		if a, is := e.(*sqlparser.AliasedExpr); is {
			titles.extra[strings.ToLower(titleOf(a))] = true
		}
	}
	out.GroupBy, out.Having = cloned(r, n.GroupBy, &titles), cloned(r, n.Having, &titles)
	out.Window, out.OrderBy = cloned(r, n.Window, &titles), cloned(r, n.OrderBy, &titles)
	return &out
}

// froms copies the FROM of a subquery: tables in parentheses see what is outside.
func (r *resolver) froms(list sqlparser.TableExprs, s *scope) sqlparser.TableExprs {
	var out sqlparser.TableExprs
	for _, e := range list {
		out = append(out, r.fromItem(e, s))
	}
	return out
}

func (r *resolver) fromItem(e sqlparser.TableExpr, s *scope) sqlparser.TableExpr {
	switch e := e.(type) {
	case *sqlparser.AliasedTableExpr:
		if e.Lateral {
			return r.table(e, s)
		}
		return r.table(e, s.outer)
	case *sqlparser.ParenTableExpr:
		return &sqlparser.ParenTableExpr{Exprs: r.froms(e.Exprs, s)}
	case *sqlparser.JoinTableExpr:
		out := *e
		out.LeftExpr, out.RightExpr = r.fromItem(e.LeftExpr, s), r.fromItem(e.RightExpr, s)
		out.Condition.On = cloned(r, e.Condition.On, s)
		return &out
	}
	return cloned(r, e, s)
}

// column is what a name stands for. One that is not known stays, inside of subqueries.
func (r *resolver) column(n *sqlparser.ColName, s *scope) sqlparser.Expr {
	if r.replace != nil {
		return r.replace(n)
	}
	if n == nil || r.f == nil || strings.HasPrefix(n.Name.String(), "@") {
		return n
	}
	inside := r.lenient
	for ; s != nil; s = s.outer {
		if s.named && s.extra[n.Name.Lowered()] && n.Qualifier.IsEmpty() {
			return n
		}
		c, ok, err := s.find(n)
		switch {
		case err != nil:
			r.fail(err)
			return n
		case ok && s.named:
			return n
		case ok && r.put != nil:
			return r.put(c)
		case ok:
			return c.expr
		case s.opaque && (n.Qualifier.IsEmpty() || s.relation(n.Qualifier.Name.String()) != nil):
			return r.unknown(n, s)
		}
		inside = inside || s.named
	}
	if !inside {
		r.fail(mysqlerr.New(mysqlerr.BadField, sqlparser.String(n), r.clause))
	}
	return n
}

// unknown is a name that a table may have whose columns are not known here: it is left
// to the library, unless it may mean a column outside that does not keep its name.
func (r *resolver) unknown(n *sqlparser.ColName, s *scope) sqlparser.Expr {
	for s = s.outer; s != nil; s = s.outer {
		if _, ok, _ := s.find(n); ok && !s.named && n.Qualifier.IsEmpty() {
			r.fail(unsupported("column " + n.Name.String() + " without its table in a statement on a view"))
		}
	}
	return n
}
