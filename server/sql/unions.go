package sql

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/mysqlerr"
)

// unionCostMax bounds what the library does for a UNION of many parts.
const unionCostMax = 20_000_000

// flatUnions makes a UNION of many parts, which the parser has as ((a, b), c), d, one of
// halves, (a, b), (c, d), which gives the same rows. Where the types of parts differ the library
// describes each column by all columns of all parts on the left, and so on: the
// depth is the power of what it costs.
func flatUnions(tree sqlparser.SQLNode) error {
	done := map[*sqlparser.SetOp]bool{}
	return sqlparser.Walk(func(n sqlparser.SQLNode) (bool, error) {
		s, is := n.(*sqlparser.SetOp)
		if !is || done[s] {
			return true, nil
		}
		parts := unionParts(s)
		if parts == nil {
			return true, nil
		}
		cost := 1
		for n := len(parts); n > 1; n = (n + 1) / 2 {
			if cost *= widthOf(parts[0]) + 1; cost > unionCostMax {
				return false, mysqlerr.New(mysqlerr.NotSupportedYet, "a UNION of so many parts and columns")
			}
		}
		half := (len(parts) + 1) / 2
		s.Left, s.Right = halves(s.Type, parts[:half], done), halves(s.Type, parts[half:], done)
		return true, nil
	}, tree)
}

// unionParts are those of a UNION of one kind, from left to right; nil if there are
// too few to bother.
func unionParts(s *sqlparser.SetOp) (parts []sqlparser.SelectStatement) {
	if !strings.HasPrefix(s.Type, sqlparser.UnionStr) {
		return nil
	}
	left := s
	for {
		parts = append([]sqlparser.SelectStatement{left.Right}, parts...)
		next, is := left.Left.(*sqlparser.SetOp)
		if !is || next.Type != s.Type || next.OrderBy != nil || next.Limit != nil || next.With != nil || next.Lock != "" || next.Into != nil {
			break
		}
		left = next
	}
	if parts = append([]sqlparser.SelectStatement{left.Left}, parts...); len(parts) < 4 {
		return nil
	}
	return parts
}

func halves(kind string, parts []sqlparser.SelectStatement, done map[*sqlparser.SetOp]bool) sqlparser.SelectStatement {
	if len(parts) == 1 {
		return parts[0]
	}
	half := (len(parts) + 1) / 2
	s := &sqlparser.SetOp{Type: kind, Left: halves(kind, parts[:half], done), Right: halves(kind, parts[half:], done)}
	done[s] = true
	return s
}

// widthOf is about how many columns a part has.
func widthOf(part sqlparser.SelectStatement) int {
	if s, is := part.(*sqlparser.Select); is && !hasStar(s.SelectExprs) {
		return len(s.SelectExprs)
	}
	return 10
}
