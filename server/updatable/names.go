package updatable

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"
)

// with are the columns of what WITH names.
func (f *flattener) with(w *sqlparser.With) map[string][]string {
	out := map[string][]string{}
	for name, columns := range f.ctes {
		out[name] = columns
	}
	if w == nil {
		return out
	}
	for _, e := range w.Ctes {
		var columns []string
		if q, is := e.Expr.(*sqlparser.Subquery); is && len(e.Columns) == 0 {
			inside := f.plain()
			inside.ctes = out
			columns, _ = inside.columnsOfQuery(q.Select) // unknown is no error
		}
		if len(e.Columns) > 0 {
			columns = identifiers(e.Columns)
		}
		out[strings.ToLower(e.As.String())] = columns
	}
	return out
}

// plain is a flattener of the same text that leaves views as they are.
func (f *flattener) plain() *flattener {
	return &flattener{src: f.src, db: f.db, inner: f.inner, ctes: f.ctes, used: map[string]bool{}, within: f.within, looks: f.looks}
}

// columnsOfQuery are the names of a query's columns; nil if one of them is not known.
func (f *flattener) columnsOfQuery(q sqlparser.SelectStatement) ([]string, error) {
	switch q := q.(type) {
	case *sqlparser.ParenSelect:
		return f.columnsOfQuery(q.Select)
	case *sqlparser.SetOp:
		return f.columnsOfQuery(q.Left)
	case *sqlparser.Select:
		inside := f.plain()
		inside.ctes = f.with(q.With)
		_, flat, err := inside.from(q.From)
		if err != nil {
			return nil, err
		}
		var out []string
		for _, e := range q.SelectExprs {
			switch e := e.(type) {
			case *sqlparser.StarExpr:
				if flat.scope.opaque {
					return nil, nil
				}
				for _, c := range starred(e, flat.scope) {
					out = append(out, c.name)
				}
			case *sqlparser.AliasedExpr:
				out = append(out, titleOf(e))
			}
		}
		return out, nil
	}
	return nil, nil
}

// titleOf is the name of a column of a query.
func titleOf(e *sqlparser.AliasedExpr) string {
	if !e.As.IsEmpty() {
		return e.As.String()
	}
	if col, is := e.Expr.(*sqlparser.ColName); is {
		return col.Name.String()
	}
	if e.InputExpression != "" {
		return e.InputExpression
	}
	return sqlparser.String(e.Expr)
}

// starred are the columns that * means.
func starred(e *sqlparser.StarExpr, s *scope) (out []column) {
	of := e.TableName.Name.String()
	for _, c := range s.columns {
		if !c.hidden && (of == "" && !c.shadow || of != "" && c.of.alias == of) {
			out = append(out, c)
		}
	}
	return out
}

// selected are the columns of a SELECT over its tables.
func (f *flattener) selected(list sqlparser.SelectExprs, s *scope) ([]column, error) {
	var out []column
	for _, e := range list {
		switch e := e.(type) {
		case *sqlparser.StarExpr:
			if s.opaque {
				return nil, unsupported("* of such a table in a view that is changed")
			}
			out = append(out, starred(e, s)...)
		case *sqlparser.AliasedExpr:
			expr, err := f.resolver("field list").expr(e.Expr, s)
			if err != nil {
				return nil, err
			}
			out = append(out, column{name: strings.ToLower(titleOf(e)), expr: expr})
		default:
			return nil, unsupported("change of a view with such a column")
		}
	}
	return out, nil
}
