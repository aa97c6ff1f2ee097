package exec

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// checkUse refuses what the grammar allows and MySQL does not.
func checkUse(tree sqlparser.Statement, text string) error {
	switch s := tree.(type) {
	case *sqlparser.Load:
		return nil // not even the parser can walk it
	case *sqlparser.Update:
		if err := checkUpdate(s); err != nil {
			return err
		}
	case *sqlparser.Delete:
		if err := checkDelete(s); err != nil {
			return err
		}
	}
	if err := checkPartitions(tree, text); err != nil || !lex.ContainsFold(text, "with") {
		return err
	}
	return Walk(func(n sqlparser.SQLNode) (bool, error) {
		w, is := n.(*sqlparser.With)
		if !is || w == nil {
			return true, nil
		}
		return true, checkWith(w)
	}, tree)
}

// checkPartitions refuses to say PARTITION of a table: none has any.
func checkPartitions(tree sqlparser.Statement, text string) error {
	if !lex.ContainsFold(text, "partition") {
		return nil
	}
	none := mysqlerr.New(mysqlerr.PartitionOnPlainTable)
	switch s := tree.(type) {
	case *sqlparser.Insert:
		if len(s.Partitions) > 0 {
			return none
		}
	case *sqlparser.Delete:
		if len(s.Partitions) > 0 {
			return none
		}
	}
	return Walk(func(n sqlparser.SQLNode) (bool, error) {
		if a, is := n.(*sqlparser.AliasedTableExpr); is && len(a.Partitions) > 0 {
			return false, none
		}
		return true, nil
	}, tree)
}

// checkUpdate: only the rows of one table have an order.
func checkUpdate(s *sqlparser.Update) error {
	if len(s.TableExprs) == 1 {
		if _, one := s.TableExprs[0].(*sqlparser.AliasedTableExpr); one {
			return nil
		}
	}
	switch {
	case len(s.OrderBy) > 0:
		return mysqlerr.New(mysqlerr.WrongUsage, "UPDATE", "ORDER BY")
	case s.Limit != nil:
		return mysqlerr.New(mysqlerr.WrongUsage, "UPDATE", "LIMIT")
	}
	return nil
}

// checkDelete: what is deleted from is named as the tables are.
func checkDelete(s *sqlparser.Delete) error {
	for _, name := range s.Targets {
		found := false
		for _, t := range baseTables(s.TableExprs) {
			found = found || t.is(name)
		}
		if !found {
			return mysqlerr.New(mysqlerr.UnknownTable, name.Name.String(), "MULTI DELETE")
		}
	}
	return nil
}

// checkWith: each name is given once, and what calls itself adds nothing up.
func checkWith(w *sqlparser.With) error {
	for i, c := range w.Ctes {
		for _, other := range w.Ctes[:i] {
			if other.As == c.As {
				return mysqlerr.New(mysqlerr.NonUniqTable, c.As.String())
			}
		}
		sub, is := c.Expr.(*sqlparser.Subquery)
		if !is || !w.Recursive {
			continue
		}
		if union, is := sub.Select.(*sqlparser.SetOp); is {
			if q, is := union.Right.(*sqlparser.Select); is && callsItself(q, c.As.String()) && addsUp(q) {
				return mysqlerr.New(mysqlerr.RecursiveHasAggregation, c.As.String())
			}
		}
	}
	return nil
}

func callsItself(q *sqlparser.Select, name string) bool {
	for _, t := range baseTables(q.From) {
		if strings.EqualFold(t.Name.String(), name) && t.DbQualifier.IsEmpty() {
			return true
		}
	}
	return false
}

// addsUp reports whether a query has groups, aggregates or windows of its own.
func addsUp(q *sqlparser.Select) bool {
	found := len(q.GroupBy) > 0
	_ = Walk(func(n sqlparser.SQLNode) (bool, error) { // its only errors are the visitor's
		switch n := n.(type) {
		case *sqlparser.Subquery:
			return false, nil
		case *sqlparser.FuncExpr:
			found = found || n.IsAggregate() || n.Over != nil
		case *sqlparser.GroupConcatExpr:
			found = true
		}
		return true, nil
	}, q.SelectExprs, q.Having)
	return found
}
