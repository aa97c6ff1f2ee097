package spell

import (
	"strconv"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/mysqlerr"
)

// joinedMax is how many tables MySQL joins.
const joinedMax = 61

// checkTables refuses more tables in FROM than MySQL joins.
func checkTables(from sqlparser.TableExprs) error {
	if countTables(from) > joinedMax {
		return mysqlerr.New(mysqlerr.TooManyTables, joinedMax)
	}
	return nil
}

func countTables(from sqlparser.TableExprs) (n int) {
	for _, e := range from {
		n += countTable(e)
	}
	return n
}

func countTable(e sqlparser.TableExpr) int {
	switch e := e.(type) {
	case *sqlparser.JoinTableExpr:
		return countTable(e.LeftExpr) + countTable(e.RightExpr)
	case *sqlparser.ParenTableExpr:
		return countTables(e.Exprs)
	}
	return 1
}

// rowsMax is so many rows that no partition has them, and their number does not overflow
// where it is added to that of a row.
const rowsMax = 1 << 62

// checkFrame refuses frames that begin or end at NULL. Numbers of rows that the library
// does not hold become ones that it does.
func checkFrame(f *sqlparser.Frame, window string) error {
	if f == nil || f.Extent == nil {
		return nil
	}
	for _, bound := range []*sqlparser.FrameBound{f.Extent.Start, f.Extent.End} {
		if bound == nil {
			continue
		}
		switch e := bound.Expr.(type) {
		case *sqlparser.IntervalExpr:
			if _, null := e.Expr.(*sqlparser.NullVal); null {
				return mysqlerr.New(mysqlerr.WindowFrameBound, window)
			}
		case *sqlparser.SQLVal:
			if n, err := strconv.ParseUint(string(e.Val), 10, 64); err == nil && n > rowsMax && e.Type == sqlparser.IntVal && f.Unit == sqlparser.RowsUnit {
				bound.Expr = sqlparser.NewIntVal([]byte(strconv.Itoa(rowsMax)))
			}
		}
	}
	return nil
}
