package exec

import (
	"slices"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/types"
)

// A plan is a statement on one table whose rows a key finds, compiled once for
// all executions that have this definition of the table. It answers as the call
// without it does, or not at all: what is out of the ordinary, an error or a
// conversion that loses something, is left to that (P1).
//
//	P1  A plan declines before it has written anything. What it has locked and
//	    read by then, the call locks and reads again.
//	P2  A plan is used under the table's lock, and only if no definition has
//	    changed since it was made, or since it was looked at again.
//	P3  A plain read outside of transactions takes no lock. It looks for changed
//	    definitions before and after: in between, the row was the table's.
//
// It is never changed once it is made.
type plan struct {
	table *catalog.Table
	where byKey
	// SELECT
	cols    []int // of the table
	zoned   bool  // a TIMESTAMP is among cols
	columns []Column
	// UPDATE
	set []setting
	// INSERT
	rows [][]slot // one element for each column of the table
}

// A byKey is the rows that a plan is about: those whose key begins with equal,
// in the order of parts, and goes on as bound says.
type byKey struct {
	index *catalog.Index // nil: the primary key
	parts []catalog.Part // as many as equal has
	equal []int          // parameters
	point bool           // the key is whole, and one at most has it
	in    []int          // parameters of IN, for the last part instead of equal
	low   edge           // of the column behind parts
	high  edge
	next  int // that column
}

// An edge is one end of a range; param is -1 for none.
type edge struct {
	param     int
	inclusive bool
}

// A setting is "column = parameter", or "column = other + parameter".
type setting struct {
	col, param int
	other      int // -1: none
	minus      bool
}

// A slot is a parameter, or -1 for NULL, or -2 for the default.
type slot int

const (
	slotNull    slot = -1
	slotDefault slot = -2
)

// planned compiles a statement for a table; nil if it has no plan there.
func (c *call) planned(t *catalog.Table) *plan {
	p := &plan{table: t}
	if !t.Plain() {
		return nil
	}
	var ok bool
	switch s := c.stmt.tree.(type) {
	case *sqlparser.Select:
		_, alias, _ := singleTable(s.From)
		ok = p.find(t, alias, s.Where.Expr) && c.plannedSelect(p, alias, s)
	case *sqlparser.Update:
		_, alias, _ := singleTable(s.TableExprs)
		ok = p.find(t, alias, s.Where.Expr) && p.changesOne() && c.plannedSet(p, alias, s)
	case *sqlparser.Delete:
		_, alias, _ := singleTable(s.TableExprs)
		ok = p.find(t, alias, s.Where.Expr) && p.changesOne()
	case *sqlparser.Insert:
		ok = c.plannedInsert(p, s)
	}
	if !ok {
		return nil
	}
	return p
}

// changesOne: only one row, found by its primary key, is changed by a plan.
func (p *plan) changesOne() bool { return p.where.point && p.where.index == nil && p.where.in == nil }

// tableOf is the name of a plannable statement's table.
func tableOf(tree sqlparser.Statement) sqlparser.TableName {
	var name sqlparser.TableName
	switch s := tree.(type) {
	case *sqlparser.Select:
		name, _, _ = singleTable(s.From) // it is one: plannable has looked
	case *sqlparser.Update:
		name, _, _ = singleTable(s.TableExprs)
	case *sqlparser.Delete:
		name, _, _ = singleTable(s.TableExprs)
	case *sqlparser.Insert:
		name = s.Table
	}
	return name
}

func (c *call) plannedSelect(p *plan, alias string, s *sqlparser.Select) bool {
	sel := &projection{call: c, table: p.table, alias: alias}
	if err := sel.compile(s.SelectExprs); err != nil || len(sel.aggregates) > 0 {
		return false
	}
	for _, e := range sel.exprs {
		if e.col < 0 {
			return false
		}
		p.cols = append(p.cols, e.col)
		p.zoned = p.zoned || p.table.Columns[e.col].Type.Kind == types.Timestamp
	}
	p.columns = sel.columns
	return true
}

func (c *call) plannedSet(p *plan, alias string, s *sqlparser.Update) bool {
	k := &compiler{call: c, table: p.table, alias: alias}
	for _, a := range s.Exprs {
		col, err := k.resolve(a.Name)
		if err != nil || p.table.Columns[col].AutoIncrement {
			return false
		}
		set := setting{col: col, other: -1}
		value := a.Expr
		if n, ok := value.(*sqlparser.BinaryExpr); ok {
			if set.other, err = k.resolve(n.Left.(*sqlparser.ColName)); err != nil {
				return false
			}
			if !isPlainInt(p.table, set.other) || !isPlainInt(p.table, col) {
				return false
			}
			value, set.minus = n.Right, n.Operator == sqlparser.MinusStr
		}
		var ok bool
		if set.param, ok = param(value); !ok {
			return false
		}
		p.set = append(p.set, set)
	}
	return true
}

// isPlainInt: a column of signed integers, with which BIGINTs are reckoned.
func isPlainInt(t *catalog.Table, col int) bool {
	typ := t.Columns[col].Type
	return typ.IsInteger() && typ.Kind != types.Year && !typ.Unsigned
}

func (c *call) plannedInsert(p *plan, s *sqlparser.Insert) bool {
	list, err := checkInsert(s)
	if err != nil {
		return false
	}
	into, err := c.insertColumns(p.table, s.Columns)
	if err != nil {
		return false
	}
	for _, tuple := range list {
		if len(tuple) != len(into) {
			return false
		}
		row := slices.Repeat([]slot{slotDefault}, len(p.table.Columns))
		for i, n := range tuple {
			switch n := n.(type) {
			case *sqlparser.NullVal:
				row[into[i]] = slotNull
			case *sqlparser.SQLVal:
				at, ok := param(n)
				if !ok {
					return false
				}
				row[into[i]] = slot(at)
			}
		}
		p.rows = append(p.rows, row)
	}
	return true
}

// param is the place of a parameter in the arguments.
func param(n sqlparser.Expr) (int, bool) {
	v, ok := n.(*sqlparser.SQLVal)
	if !ok || v.Type != sqlparser.ValArg {
		return 0, false
	}
	i, err := paramIndex(v)
	return i, err == nil
}
