package sql

import (
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/updatable"
)

// A WHERE clause that compares the expression of an index is told the same of the hidden
// column, which has the expression's values: the library looks rows up by columns only.

// throughKeys is a statement whose WHERE clauses are.
func (c *call) throughKeys(s sqlparser.Statement) (sqlparser.Statement, error) {
	found, err := c.keyConditions(s, false)
	if err != nil || !found {
		return s, err
	}
	s = updatable.Copy(s) // the tree is the prepared statement's
	_, err = c.keyConditions(s, true)
	return s, err
}

func (c *call) keyConditions(s sqlparser.Statement, change bool) (found bool, err error) {
	err = exec.Walk(func(n sqlparser.SQLNode) (bool, error) {
		var from sqlparser.TableExprs
		var where *sqlparser.Where
		switch n := n.(type) {
		case *sqlparser.Select:
			from, where = n.From, n.Where
		case *sqlparser.Update:
			from, where = n.TableExprs, n.Where
		case *sqlparser.Delete:
			from, where = n.TableExprs, n.Where
		}
		if where == nil || where.Type != sqlparser.WhereStr || !joinsPlainly(from) {
			return true, nil
		}
		more, err := c.ofHidden(from, where.Expr)
		if found = found || len(more) > 0; change {
			for _, e := range more {
				where.Expr = &sqlparser.AndExpr{Left: where.Expr, Right: e}
			}
		}
		return err == nil, err
	}, s)
	return found, err
}

// joinsPlainly reports whether no row of a FROM clause is made up of NULLs.
func joinsPlainly(from sqlparser.TableExprs) bool {
	for _, e := range from {
		switch e := e.(type) {
		case *sqlparser.AliasedTableExpr:
		case *sqlparser.ParenTableExpr:
			if !joinsPlainly(e.Exprs) {
				return false
			}
		case *sqlparser.JoinTableExpr:
			if e.Join != sqlparser.JoinStr || !joinsPlainly(sqlparser.TableExprs{e.LeftExpr, e.RightExpr}) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// ofHidden is what a WHERE clause says of hidden columns.
func (c *call) ofHidden(from sqlparser.TableExprs, where sqlparser.Expr) (more []sqlparser.Expr, err error) {
	eachTable(from, func(name sqlparser.TableName, alias string) {
		t, terr := c.tableNamed(name)
		if err == nil {
			err = terr
		}
		if t == nil || !t.HasHidden() {
			return
		}
		if alias == "" {
			alias = name.Name.String()
		}
		h := hiddenOf{t, alias}
		more = append(more, h.conditions(where)...)
	})
	return more, err
}

// hiddenOf is a table with hidden columns, and its name in the statement.
type hiddenOf struct {
	*catalog.Table
	alias string
}

func (h hiddenOf) conditions(n sqlparser.Expr) []sqlparser.Expr {
	switch n := n.(type) {
	case *sqlparser.ParenExpr:
		return h.conditions(n.Expr)
	case *sqlparser.AndExpr:
		return append(h.conditions(n.Left), h.conditions(n.Right)...)
	case *sqlparser.RangeCond:
		if col := h.column(n.Left); col != nil && n.Operator == sqlparser.BetweenStr && isValue(n.From) && isValue(n.To) {
			return []sqlparser.Expr{&sqlparser.RangeCond{Operator: n.Operator, Left: col, From: n.From, To: n.To}}
		}
	case *sqlparser.ComparisonExpr:
		switch n.Operator {
		case sqlparser.EqualStr, sqlparser.LessThanStr, sqlparser.GreaterThanStr, sqlparser.LessEqualStr, sqlparser.GreaterEqualStr, sqlparser.InStr:
		default:
			return nil
		}
		out := *n
		if col := h.column(n.Left); col != nil && isValue(n.Right) {
			out.Left = col
			return []sqlparser.Expr{&out}
		}
		if col := h.column(n.Right); col != nil && isValue(n.Left) {
			out.Right = col
			return []sqlparser.Expr{&out}
		}
	}
	return nil
}

// column is the hidden column that has an expression's values, or nil.
func (h hiddenOf) column(n sqlparser.Expr) sqlparser.Expr {
	at := exec.Computed(h.Table, n, func(name *sqlparser.ColName) bool {
		_, ok := h.Column(name.Name.String())
		of := name.Qualifier.Name.String()
		return ok && (of == "" || of == h.alias) && name.Qualifier.DbQualifier.IsEmpty()
	})
	if at < 0 {
		return nil
	}
	return &sqlparser.ColName{
		Name: sqlparser.NewColIdent(h.Columns[at].Name), Qualifier: sqlparser.TableName{Name: sqlparser.NewTableIdent(h.alias)},
	}
}

// isValue reports whether an expression is a literal, or a list of them.
func isValue(n sqlparser.Expr) bool {
	switch n := n.(type) {
	case *sqlparser.SQLVal:
		return true
	case *sqlparser.ParenExpr:
		return isValue(n.Expr)
	case *sqlparser.UnaryExpr:
		return n.Operator == sqlparser.UMinusStr && isValue(n.Expr)
	case sqlparser.ValTuple:
		for _, e := range n {
			if !isValue(e) {
				return false
			}
		}
		return len(n) > 0
	}
	return false
}
