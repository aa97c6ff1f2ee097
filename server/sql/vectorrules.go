package sql

import (
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/walk"
)

// checkVectors refuses what MySQL does not do with vectors: most functions and
// operators (1210), and choices between a vector and something else (6135). A parameter
// beside a vector is one.
func (c *call) checkVectors(node gms.Node) (gms.Node, error) {
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		out, same := c.besideVector(e)
		return out, same, checkVector(out)
	})
}

// checkVector refuses an expression that has a vector where it may not.
func checkVector(e gms.Expression) error {
	children := e.Children()
	if f, is := e.(*expr.Function); is && expr.OfVectors[f.Name] {
		return expr.CheckOperand(f)
	}
	if !slices.ContainsFunc(children, func(e gms.Expression) bool { return e != nil && convert.IsVector(e) }) {
		return nil
	}
	switch e := e.(type) {
	case *expression.Equals, *expression.NullSafeEquals:
		if !convert.IsVector(children[0]) || !convert.IsVector(children[1]) {
			return expr.NotWithVector(operatorOf(e.(expression.Comparer)))
		}
	case *expression.GreaterThan, *expression.GreaterThanOrEqual, *expression.LessThan, *expression.LessThanOrEqual:
		return expr.NotWithVector(operatorOf(e.(expression.Comparer)))
	case *expression.InTuple:
		if list, is := e.Right().(expression.Tuple); is && len(list) == 1 && !convert.IsVector(list[0]) {
			return expr.NotWithVector("=")
		}
	case *plan.InSubquery:
		if !convert.IsVector(e.Left()) || !convert.IsVector(e.Right()) {
			return expr.NotWithVector("=")
		}
	case *expression.Not:
		return expr.NotWithVector("=")
	case *expression.Between:
		return expr.NotWithVector("between")
	case *expression.Like:
		return expr.NotWithVector("like")
	case *expression.Arithmetic:
		if isInterval(children[0]) || isInterval(children[1]) {
			return expr.NotWithVector("date_add_interval")
		}
		return expr.NotWithVector(e.Op)
	case *expression.BitOp:
		return expr.NotWithVector(e.Op)
	case *expression.Div:
		return expr.NotWithVector("/")
	case *expression.IntDiv:
		return expr.NotWithVector("DIV")
	case *expression.Mod:
		return expr.NotWithVector("%")
	case *expression.UnaryMinus:
		return expr.NotWithVector("-")
	case *expression.Convert:
		return checkVectorCast(e)
	case *expression.ConvertUsing:
		if e.TargetCharSet != gms.CharacterSet_binary {
			return expr.NotWithVector("convert")
		}
	case *expression.Case:
		return expr.CheckMixed(ofCaseValues(e))
	case *function.If:
		return expr.CheckMixed(children[1:])
	case gms.WindowAdaptableExpression:
		return expr.CheckVectorCall(e.(gms.FunctionExpression).FunctionName(), ownArguments(e))
	case gms.FunctionExpression:
		return expr.CheckVectorCall(e.FunctionName(), children)
	}
	return nil
}

// ofCaseValues are the values of a CASE.
func ofCaseValues(c *expression.Case) (list []gms.Expression) {
	for _, b := range c.Branches {
		list = append(list, b.Value)
	}
	if c.Else != nil {
		list = append(list, c.Else)
	}
	return list
}

// ownArguments are the arguments of an aggregate or a window function, without what
// stands in OVER.
func ownArguments(e gms.WindowAdaptableExpression) []gms.Expression {
	list := slices.Clone(e.Children())
	if w := e.Window(); w != nil {
		for _, of := range w.ToExpressions() {
			list = slices.DeleteFunc(list, func(e gms.Expression) bool { return e == of })
		}
	}
	return list
}

// checkVectorCast: a vector is cast to bytes only.
func checkVectorCast(e *expression.Convert) error {
	m := expr.CastType.FindStringSubmatch(e.String())
	if f, is := e.Child.(*expression.GetField); m == nil || is && f.TableId() == 0 { // the library's, of a UNION
		return nil
	}
	switch m[1] {
	case "binary":
		return nil
	case "double", "float", "real":
		m[1] = "real"
	case "nchar":
		m[1] = "char"
	}
	return expr.NotWithVector("cast_as_" + m[1])
}

func isInterval(e gms.Expression) bool {
	_, is := e.(*expression.Interval)
	return is
}
