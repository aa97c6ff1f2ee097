package sql

import (
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// mixing are functions of several texts, which must agree on a character set, and the place
// of the first one.
var mixing = map[string]int{
	"concat": 0, "concat_ws": 0, "coalesce": 0, "ifnull": 0, "if": 1, "nullif": 0, "greatest": 0, "least": 0, "elt": 1,
	"find_in_set": 0, "strcmp": 0, "regexp_like": 0,
}

// converting are functions whose texts need not agree, but for constants.
var converting = map[string]bool{
	"replace": true, "instr": true, "locate": true, "field": true, "insert": true, "lpad": true, "rpad": true, "trim": true, "substring_index": true,
}

// checkMixes refuses columns, literals and texts with a collation of their own in one
// operation that have no character set in common. What else there is may agree.
func checkMixes(ctx *gms.Context, node gms.Node) (gms.Node, error) {
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		operation, operands := mixed(e)
		var list []types.Claimant
		for _, o := range operands {
			c, is := claimant(ctx, o)
			if !is {
				return e, transform.SameTree, nil
			}
			list = append(list, c)
		}
		if len(list) < 2 {
			return e, transform.SameTree, nil
		}
		_, err := types.Mix(list, operation)
		return e, transform.SameTree, err
	})
}

// mixed is the name of an operation of texts that errors say, if it needs a character set
// that all have, and its operands.
func mixed(e gms.Expression) (operation string, operands []gms.Expression) {
	switch e := e.(type) {
	case *expression.Equals, *expression.NullSafeEquals, *expression.GreaterThan, *expression.GreaterThanOrEqual,
		*expression.LessThan, *expression.LessThanOrEqual:
		return operatorOf(e.(expression.Comparer)), e.Children()
	case *plan.InSubquery:
		return "=", e.Children()
	case *expression.Like:
		return "like", e.Children()[:2]
	case *expression.Between:
		return "between", e.Children()
	case *expression.InTuple:
		if list, is := e.Right().(expression.Tuple); is && len(list) == 1 {
			return "=", []gms.Expression{e.Left(), list[0]}
		}
		return " IN ", flat(e.Children())
	case *expression.Case:
		for _, b := range e.Branches {
			operands = append(operands, b.Value)
		}
		if e.Else != nil {
			operands = append(operands, e.Else)
		}
		return "case", operands
	case gms.FunctionExpression:
		name := strings.ToLower(e.FunctionName())
		if first, is := mixing[name]; is && len(e.Children()) > first && !hasExplicit(e) {
			return name, e.Children()[first:]
		}
		if converting[name] {
			return "", slices.DeleteFunc(slices.Clone(e.Children()), func(e gms.Expression) bool { return e == nil || !expr.IsText(e) })
		}
	}
	return "", nil
}

// hasExplicit reports whether an operand has a collation of its own.
func hasExplicit(e gms.Expression) bool {
	return slices.ContainsFunc(e.Children(), func(e gms.Expression) bool {
		_, is := e.(*expression.CollatedExpression)
		return is
	})
}

// claimant is an operand whose claim is known for sure.
func claimant(ctx *gms.Context, e gms.Expression) (types.Claimant, bool) {
	if e == nil {
		return types.Claimant{}, false
	}
	t, known := convert.FromType(e.Type())
	switch e := e.(type) {
	case *expression.GetField:
		return types.Claimant{Collation: t.Collation, Claim: types.Implicit}, known && t.IsText()
	case *plan.Subquery:
		return claimant(ctx, columnOfQuery(e.Query, 0))
	case *expression.UserVar: // one in UTF-8 may agree with any collation of that
		return types.Claimant{Collation: t.Collation, Claim: types.Implicit}, known && t.Recoded()
	case *expression.CollatedExpression:
		c, _ := gms.GetCoercibility(ctx, e)
		return types.Claimant{Collation: types.Collation(c), Claim: types.Explicit}, types.Collation(c).Known() && c != gms.Collation_binary
	case *expression.Literal:
		switch v := e.Value().(type) {
		case string:
			return literalClaim(ctx, e, []byte(v)), known && t.IsText()
		case []byte:
			return literalClaim(ctx, e, v), known && t.IsText()
		}
		return types.Claimant{Collation: types.CollationLatin1, Claim: types.Numeric}, known && t.IsNumber()
	}
	return types.Claimant{}, false
}

// literalClaim: a literal is of the connection's collation, unless it says another one.
func literalClaim(ctx *gms.Context, e *expression.Literal, text []byte) types.Claimant {
	c, ok := expr.CollationWithin(e)
	if !ok {
		c = types.Collation(ctx.GetCollation())
	}
	return types.Claimant{Collation: c, Claim: types.Coercible, Text: text, Known: true}
}
