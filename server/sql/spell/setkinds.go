package spell

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
)

// The library refuses EXCEPT and INTERSECT of what reads a recursive query, also of one that
// is complete by then, which is no part of that recursion. So such an operation is called a
// UNION until its plan is made, and its right side is a derived table that says what it is.
const (
	ExceptTable    = "#except"
	IntersectTable = "#intersect"
)

// ConcealKinds conceals all of a statement's operations.
func ConcealKinds(n sqlparser.SQLNode) {
	_ = exec.Walk(func(n sqlparser.SQLNode) (bool, error) {
		if s, is := n.(*sqlparser.SetOp); is {
			concealKind(s)
		}
		return true, nil
	}, n)
}

func concealKind(s *sqlparser.SetOp) {
	name := ExceptTable
	switch {
	case strings.HasPrefix(s.Type, sqlparser.IntersectStr):
		name = IntersectTable
	case isUnionKind(s):
		return
	}
	of := s.Right
	if p, is := of.(*sqlparser.ParenSelect); is {
		of = p.Select
	}
	s.Right = &sqlparser.Select{
		SelectExprs: sqlparser.SelectExprs{&sqlparser.StarExpr{}},
		From:        sqlparser.TableExprs{&sqlparser.AliasedTableExpr{Expr: &sqlparser.Subquery{Select: of}, As: sqlparser.NewTableIdent(name)}},
	}
	if strings.HasSuffix(s.Type, " all") {
		s.Type = sqlparser.UnionAllStr
	} else {
		s.Type = sqlparser.UnionDistinctStr
	}
}
