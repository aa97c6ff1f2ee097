package spell

import "github.com/dolthub/vitess/go/vt/sqlparser"

// orderUnion has ORDER BY name the columns of a UNION that it numbers: the library sorts
// by what stands in the first SELECT, which may be a constant.
func orderUnion(s *sqlparser.SetOp) {
	first := firstSelect(s)
	if first == nil {
		return
	}
	for _, o := range s.OrderBy {
		at, ok := columnNumber(o.Expr)
		if !ok || at > len(first.SelectExprs) || HasStar(first.SelectExprs[:at]) {
			continue
		}
		e, ok := first.SelectExprs[at-1].(*sqlparser.AliasedExpr)
		if !ok {
			continue
		}
		if _, column := e.Expr.(*sqlparser.ColName); column && e.As.IsEmpty() {
			continue
		}
		if e.As.IsEmpty() {
			e.As = sqlparser.NewColIdent(titleOf(e))
		}
		if namedOnce(first.SelectExprs, e.As) {
			o.Expr = &sqlparser.ColName{Name: e.As}
		}
	}
}

// namedOnce reports whether only one item has this title.
func namedOnce(list sqlparser.SelectExprs, title sqlparser.ColIdent) bool {
	n := 0
	for _, e := range list {
		if e, is := e.(*sqlparser.AliasedExpr); is {
			c, column := e.Expr.(*sqlparser.ColName)
			if e.As.Equal(title) || e.As.IsEmpty() && column && c.Name.Equal(title) {
				n++
			}
		}
	}
	return n == 1
}

// firstSelect is the query whose columns a UNION's are named by.
func firstSelect(s sqlparser.SelectStatement) *sqlparser.Select {
	switch s := s.(type) {
	case *sqlparser.Select:
		return s
	case *sqlparser.SetOp:
		return firstSelect(s.Left)
	case *sqlparser.ParenSelect:
		return firstSelect(s.Select)
	}
	return nil
}
