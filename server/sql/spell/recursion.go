package spell

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
)

// RecursionOffset is the name of a function by which a recursive query is sorted if it has
// an OFFSET, which the library leaves out: MySQL sorts none.
const RecursionOffset = "offset of a recursion"

// checkRecursions looks after the recursive queries of a statement, and reports whether it
// may have some.
func checkRecursions(n sqlparser.SQLNode) (found bool, err error) {
	err = exec.Walk(func(n sqlparser.SQLNode) (bool, error) {
		if w, is := n.(*sqlparser.With); is && w != nil && w.Recursive {
			found = true
			return true, checkRecursion(w)
		}
		return true, nil
	}, n)
	return found, err
}

// checkRecursion refuses what the library would get wrong in recursive common table
// expressions, and has it take one of WITH RECURSIVE that does not read itself for what it
// is: it asks for a UNION.
func checkRecursion(w *sqlparser.With) error {
	for _, cte := range w.Ctes {
		q, is := cte.Expr.(*sqlparser.Subquery)
		if !is {
			continue
		}
		union, is := q.Select.(*sqlparser.SetOp)
		if !is {
			continue
		}
		name := cte.As.String()
		if !readsTable(union, name) {
			if !isUnionKind(union) {
				q.Select = &sqlparser.Select{SelectExprs: sqlparser.SelectExprs{&sqlparser.StarExpr{}}, From: derivedFrom(union, nil)}
			}
			continue
		}
		switch {
		case !isUnionKind(union):
			return mysqlerr.New(mysqlerr.RecursiveNeedsUnion, name)
		case leftOut(union, name):
			return mysqlerr.New(mysqlerr.RecursiveSides)
		}
		if l := union.Limit; l != nil && l.Offset != nil {
			union.OrderBy = append(union.OrderBy, &sqlparser.Order{Direction: sqlparser.AscScr, Expr: &sqlparser.FuncExpr{
				Name: sqlparser.NewColIdent(RecursionOffset), Exprs: sqlparser.SelectExprs{&sqlparser.AliasedExpr{Expr: l.Offset}},
			}})
			l.Offset = nil
		}
	}
	return nil
}

// leftOut reports whether a side of EXCEPT or INTERSECT reads a table.
func leftOut(query sqlparser.SelectStatement, name string) bool {
	switch q := query.(type) {
	case *sqlparser.ParenSelect:
		return leftOut(q.Select, name)
	case *sqlparser.SetOp:
		if !isUnionKind(q) {
			return readsTable(q, name)
		}
		return leftOut(q.Left, name) || leftOut(q.Right, name)
	}
	return false
}

// isUnionKind reports whether queries are put together by UNION.
func isUnionKind(s *sqlparser.SetOp) bool { return strings.HasPrefix(s.Type, sqlparser.UnionStr) }

// readsTable reports whether a query names a table.
func readsTable(query sqlparser.SQLNode, name string) (found bool) {
	_ = exec.Walk(func(n sqlparser.SQLNode) (bool, error) {
		if t, is := n.(sqlparser.TableName); is && strings.EqualFold(t.Name.String(), name) {
			found = true
		}
		return !found, nil
	}, query)
	return found
}
