package spell

import (
	"strconv"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
)

// What the library does for a UNION of many parts, in descriptions of a row: beyond
// unionCostFair its parts are concealed, beyond unionCostMax it is refused.
const (
	unionCostFair = 4_000
	unionCostMax  = 20_000_000
)

// flatUnions makes a UNION of many parts, which the parser has as ((a, b), c), d, one of
// halves, (a, b), (c, d), which gives the same rows. Where the types of parts differ the library
// describes each column by all columns of all parts on the left, and so on: the
// depth is the power of what it costs.
func flatUnions(tree sqlparser.SQLNode) error {
	done := map[*sqlparser.SetOp]bool{}
	return exec.Walk(func(n sqlparser.SQLNode) (bool, error) {
		s, is := n.(*sqlparser.SetOp)
		if !is || done[s] {
			return true, nil
		}
		boundSides(s)
		if isUnion(s.Left) || isUnion(s.Right) {
			numberColumns(s, true)
		}
		parts := unionParts(s)
		if parts == nil {
			return true, nil
		}
		if width, known := widthOf(parts); unionCost(len(parts), width) > unionCostFair {
			if !known && unionCost(len(parts), width) > unionCostMax {
				return false, mysqlerr.New(mysqlerr.NotSupportedYet, "a UNION of so many parts and columns")
			}
			for i := 1; known && i < len(parts); i++ { // the first one names the columns
				parts[i] = concealed(parts[i], width)
			}
			s.Left, s.Right = parts[0], halves(s.Type, parts[1:], done)
			return true, nil
		}
		half := (len(parts) + 1) / 2
		s.Left, s.Right = halves(s.Type, parts[:half], done), halves(s.Type, parts[half:], done)
		return true, nil
	}, tree)
}

// numberColumns has the library give each column of a UNION's part a number of its own,
// which columns without an alias lack, and those that are named twice.
func numberColumns(part sqlparser.SelectStatement, first bool) {
	switch p := part.(type) {
	case *sqlparser.ParenSelect:
		numberColumns(p.Select, first)
	case *sqlparser.SetOp:
		numberColumns(p.Left, first)
		numberColumns(p.Right, false)
	case *sqlparser.Select:
		numberItems(p, first)
	}
}

// isUnion reports whether a query is of several.
func isUnion(s sqlparser.SelectStatement) bool {
	if p, is := s.(*sqlparser.ParenSelect); is {
		return isUnion(p.Select)
	}
	_, is := s.(*sqlparser.SetOp)
	return is
}

func numberItems(s *sqlparser.Select, first bool) {
	seen := map[string]bool{}
	star := HasStar(s.SelectExprs)
	for i, e := range s.SelectExprs {
		item, is := e.(*sqlparser.AliasedExpr)
		if !is || !item.As.IsEmpty() {
			continue
		}
		c, column := item.Expr.(*sqlparser.ColName)
		if column && !star && !seen[c.Name.Lowered()] {
			seen[c.Name.Lowered()] = true
			continue
		}
		switch {
		case !first:
			item.As = sqlparser.NewColIdent("column " + strconv.Itoa(i))
		case column:
			item.As = c.Name
		default:
			item.As = sqlparser.NewColIdent(titleOf(item))
		}
	}
}

// titleOf is the title of a column without an alias.
func titleOf(e *sqlparser.AliasedExpr) string {
	if _, null := e.Expr.(*sqlparser.NullVal); null {
		return "NULL"
	}
	if e.InputExpression == "" {
		return strings.TrimSpace(sqlparser.String(e.Expr))
	}
	return strings.TrimSpace(e.InputExpression)
}

// boundSides has boundedUnion see the parts on the left, too.
func boundSides(s *sqlparser.SetOp) {
	for is := true; is; s, is = s.Left.(*sqlparser.SetOp) {
		s.Left, s.Right = boundedUnion(s.Left), boundedUnion(s.Right)
	}
}

// boundedUnion has a UNION within a UNION keep its LIMIT, which the library takes for the
// outer one's.
func boundedUnion(part sqlparser.SelectStatement) sqlparser.SelectStatement {
	p, is := part.(*sqlparser.ParenSelect)
	if !is {
		return part
	}
	if _, is := p.Select.(*sqlparser.ParenSelect); is {
		return boundedUnion(p.Select)
	}
	inner, is := p.Select.(*sqlparser.SetOp)
	if !is || inner.Limit == nil && inner.OrderBy == nil {
		return part
	}
	return &sqlparser.Select{SelectExprs: sqlparser.SelectExprs{&sqlparser.StarExpr{}}, From: derivedFrom(inner, nil)}
}

// derivedFrom reads a query as a table.
func derivedFrom(of sqlparser.SelectStatement, columns sqlparser.Columns) sqlparser.TableExprs {
	return sqlparser.TableExprs{&sqlparser.AliasedTableExpr{
		Expr: &sqlparser.Subquery{Select: of, Columns: columns}, As: sqlparser.NewTableIdent("u"),
	}}
}

// unionCost is how often the library describes a row of a UNION of halves.
func unionCost(parts, width int) int {
	cost := 1
	for n := parts; n > 1 && cost <= unionCostMax; n = (n + 1) / 2 {
		cost *= width + 1
	}
	return cost
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
	if parts = append([]sqlparser.SelectStatement{left.Left}, parts...); len(parts) < 3 {
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

// concealed is a query of a query of so many columns, by a function of which the library
// knows one type only: it converts nothing, so mergeSides of package sql does.
func concealed(of sqlparser.SelectStatement, width int) sqlparser.SelectStatement {
	names := make(sqlparser.Columns, width)
	items := make(sqlparser.SelectExprs, width)
	for i := range names {
		names[i] = sqlparser.NewColIdent("c" + strconv.Itoa(i))
		column := &sqlparser.AliasedExpr{Expr: &sqlparser.ColName{Name: names[i]}}
		items[i] = &sqlparser.AliasedExpr{As: names[i], Expr: &sqlparser.FuncExpr{
			Name: sqlparser.NewColIdent(UnionColumn), Exprs: sqlparser.SelectExprs{column},
		}}
	}
	return &sqlparser.Select{SelectExprs: items, From: derivedFrom(of, names)}
}

// widthOf is how many columns the parts have; known is false if only the tables tell.
func widthOf(parts []sqlparser.SelectStatement) (width int, known bool) {
	for _, part := range parts {
		if s, is := part.(*sqlparser.Select); is && !HasStar(s.SelectExprs) {
			return len(s.SelectExprs), true
		}
	}
	return 10, false
}

// UnionColumn is the name of the function that columns of a concealed part are read by.
const UnionColumn = "column of a union"
