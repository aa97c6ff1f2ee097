package spell

import (
	"strconv"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/updatable"
)

// OwnSum is the function that an aggregate of a subquery is of until the statement is
// bound, if a query around has one of the same words: the library takes the two for one,
// though their tables are two.
//
//	SELECT SUM(b), (SELECT SUM(b) FROM t) FROM t
//	SELECT SUM(b), (SELECT SUM(`own sum`(b, 1)) FROM t) FROM t
const OwnSum = "own sum"

// PlainValue is the function that ANY_VALUE is until the statement is bound, where it is
// nothing but its argument.
const PlainValue = "plain value"

// spellSums puts the function into the queries of a statement.
func spellSums(n sqlparser.SQLNode) { sumsWithin(n, nil) }

// A sumList is the words of the aggregates of the queries around, one query after the
// other.
type sumList []map[string]bool

func (l sumList) has(words string) bool {
	for _, of := range l {
		if of[words] {
			return true
		}
	}
	return false
}

// sumsWithin puts the function into the queries below a node.
func sumsWithin(n sqlparser.SQLNode, around sumList) {
	_ = exec.Walk(func(n sqlparser.SQLNode) (bool, error) { // it has no error
		s, is := n.(*sqlparser.Select)
		if is {
			sumsOf(s, around)
		}
		return !is, nil
	}, n)
}

func sumsOf(s *sqlparser.Select, around sumList) {
	own := map[string]bool{}
	list := aggregatesOf(s.SelectExprs, s.Having, s.OrderBy)
	for _, f := range list {
		own[wordsOf(f)] = true
	}
	for _, f := range list {
		if a, is := f.Exprs[0].(*sqlparser.AliasedExpr); is && around.has(wordsOf(f)) {
			level := sqlparser.NewIntVal([]byte(strconv.Itoa(len(around))))
			a.Expr = &sqlparser.FuncExpr{Name: sqlparser.NewColIdent(OwnSum), Exprs: sqlparser.SelectExprs{
				&sqlparser.AliasedExpr{Expr: a.Expr}, &sqlparser.AliasedExpr{Expr: level},
			}}
		}
	}
	inside := append(around[:len(around):len(around)], own)
	if len(list) == 0 && len(around) == 0 {
		inside = nil
	}
	sumsWithin(s.From, inside)
	for _, part := range []sqlparser.SQLNode{s.SelectExprs, s.Where, s.GroupBy, s.Having, s.OrderBy} {
		sumsWithin(part, inside)
	}
}

// aggregatesOf is the aggregates among parts of a query that the library knows by their
// words.
func aggregatesOf(nodes ...sqlparser.SQLNode) (list []*sqlparser.FuncExpr) {
	_ = withinQuery(func(n sqlparser.SQLNode) error { // it has no error
		if f, is := n.(*sqlparser.FuncExpr); is && f.Over == nil && f.IsAggregate() && len(f.Exprs) > 0 {
			list = append(list, f)
		}
		return nil
	}, nodes...)
	return list
}

// wordsOf is an aggregate's words, whatever it says of tables.
func wordsOf(f *sqlparser.FuncExpr) string {
	return strings.ToLower(sqlparser.String(updatable.Replace(f, func(n *sqlparser.ColName) sqlparser.Expr {
		return &sqlparser.ColName{Name: n.Name}
	})))
}
