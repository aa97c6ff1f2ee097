package spell

import (
	"strconv"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/mysqlerr"
)

// OverPrefix is what the names of functions begin with that the library does not take
// for functions over windows, or not for several of them: NTH_VALUE(x, 2) OVER w goes to it as
//
//	FIRST_VALUE(`over nth_value`(x, 2)) OVER w
//
// and package window makes of it what it is.
const OverPrefix = "over "

// OverNames are the functions that get such a name, and how many arguments they take.
var OverNames = map[string]int{"nth_value": 2, "ntile": 1, "cume_dist": 0, "bit_and": 1, "bit_or": 1, "bit_xor": 1, "json_objectagg": 2}

// nameOver gives a window function a name that the library knows.
func nameOver(f *sqlparser.FuncExpr) error {
	if _, is := OverNames[f.Name.Lowered()]; !is {
		return nil
	}
	if f.Name.EqualString("nth_value") && len(f.Exprs) == 2 && !isCount(f.Exprs[1]) {
		return mysqlerr.New(mysqlerr.WrongArguments, "nth_value")
	}
	if f.Name.EqualString("ntile") && len(f.Exprs) == 1 && isLiteral(f.Exprs[0]) && !isCount(f.Exprs[0]) {
		return mysqlerr.New(mysqlerr.WrongArguments, "ntile")
	}
	call := &sqlparser.FuncExpr{Name: sqlparser.NewColIdent(OverPrefix + f.Name.Lowered()), Exprs: f.Exprs}
	f.Name, f.Exprs = sqlparser.NewColIdent("first_value"), sqlparser.SelectExprs{&sqlparser.AliasedExpr{Expr: call}}
	return nil
}

func isLiteral(e sqlparser.SelectExpr) bool {
	a, is := e.(*sqlparser.AliasedExpr)
	if is {
		_, is = a.Expr.(*sqlparser.SQLVal)
	}
	return is
}

// isCount reports whether an argument is a number of rows, or a parameter.
func isCount(e sqlparser.SelectExpr) bool {
	a, is := e.(*sqlparser.AliasedExpr)
	if !is {
		return false
	}
	v, is := a.Expr.(*sqlparser.SQLVal)
	if !is || v.Type != sqlparser.IntVal {
		return is && v.Type == sqlparser.ValArg
	}
	n, err := strconv.ParseUint(string(v.Val), 10, 63)
	return err == nil && n > 0
}
