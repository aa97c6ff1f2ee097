package exec

import (
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A rowComparison is (a, b) IN ((1, 2), (3, 4)), or the same with =, NOT IN
// or <>, which negate it.
type rowComparison struct {
	left    sqlparser.ValTuple
	list    []sqlparser.ValTuple
	negated bool
}

// rowComparisonOf is false for what compares no row values, or rows that have not
// all the same number of columns.
func rowComparisonOf(n *sqlparser.ComparisonExpr) (c rowComparison, ok bool) {
	c.left, ok = n.Left.(sqlparser.ValTuple)
	right, also := n.Right.(sqlparser.ValTuple)
	if !ok || !also {
		return c, false
	}
	switch n.Operator {
	case sqlparser.EqualStr, sqlparser.NotEqualStr:
		c.list = []sqlparser.ValTuple{right}
	case sqlparser.InStr, sqlparser.NotInStr:
		for _, item := range right {
			row, isRow := item.(sqlparser.ValTuple)
			if !isRow {
				return c, false
			}
			c.list = append(c.list, row)
		}
	default:
		return c, false
	}
	for _, row := range c.list {
		ok = ok && len(row) == len(c.left)
	}
	c.negated = n.Operator == sqlparser.NotEqualStr || n.Operator == sqlparser.NotInStr
	return c, ok
}

// collectRows keeps what the comparison says of each column by itself.
func (k *compiler) collectRows(c rowComparison, into map[int][]bound) {
	if c.negated {
		return
	}
	for i, column := range c.left {
		values := make([]sqlparser.Expr, len(c.list))
		for at, row := range c.list {
			values[at] = row[i]
		}
		k.bind(column, sqlparser.EqualStr, into, values...)
	}
}

func (k *compiler) compareRows(c rowComparison, operator string) (*expr, error) {
	left := make([]*expr, len(c.left))
	for i, n := range c.left {
		var err error
		if left[i], err = k.compileAny(n); err != nil {
			return nil, err
		}
	}
	operands := left
	list := make([][]inItem, len(c.list))
	for at, row := range c.list {
		list[at] = make([]inItem, len(row))
		for i, n := range row {
			e, err := k.compileAny(n)
			if err != nil {
				return nil, err
			}
			it := &list[at][i]
			it.left, it.right, it.compare, err = k.align(left[i], e, operator)
			if mysqlerr.Is(err, mysqlerr.WrongValue) {
				return nil, unsupported("a date among texts in rows")
			}
			if err != nil {
				return nil, err
			}
			operands = append(operands, e)
		}
	}
	return predicate(true, operands, func(rec *record) (binlog.Value, error) {
		is, known, err := anyRowEqual(list, rec)
		if err != nil || !known {
			return nil, err
		}
		return boolOf(is != c.negated), nil
	}), nil
}

// anyRowEqual: a row with a column that differs is not equal, whatever its
// NULLs are; with no equal row, one that may be makes the answer unknown.
func anyRowEqual(list [][]inItem, rec *record) (is, known bool, err error) {
	known = true
	for _, row := range list {
		equal, sure := true, true
		for i := 0; i < len(row) && equal; i++ {
			one, oneKnown, err := anyEqual(row[i:i+1], rec)
			if err != nil {
				return false, false, err
			}
			equal, sure = one || !oneKnown, sure && oneKnown
		}
		if equal && sure {
			return true, true, nil
		}
		known = known && !equal
	}
	return false, known, nil
}
