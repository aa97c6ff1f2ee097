package expr

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
)

// Unsettled is a child of expressions that the analysis must not compute, although no
// column is in them: it takes one of these for a parameter that has no value yet.
var Unsettled gms.Expression = &expression.BindVar{Typ: gtypes.Null}

// askedAgain are the functions that each row asks for their value, though there may be no
// column among their arguments: it is another one, or something happens.
var askedAgain = map[string]bool{"rand": true, "sleep": true, "uuid": true, "uuid_short": true, "random_bytes": true}

// An again is such a function. The library computes what has no columns once for all rows
// that a condition asks.
type again struct{ gms.Expression }

var (
	_ gms.NonDeterministicExpression = again{}
	_ gms.CollationCoercible         = again{}
)

// everyRow is a function that is asked for each row.
func everyRow(f gms.Function) gms.Function {
	return gms.FunctionN{Name: f.FunctionName(), Fn: func(args ...gms.Expression) (gms.Expression, error) {
		e, err := f.NewInstance(args)
		return again{e}, err
	}}
}

// IsNonDeterministic implements gms.NonDeterministicExpression.
func (again) IsNonDeterministic() bool { return true }

// Children implements gms.Expression: the function itself is none of them, for it would be
// computed by itself.
func (a again) Children() []gms.Expression {
	return append([]gms.Expression{Unsettled}, a.Expression.Children()...)
}

// WithChildren implements gms.Expression.
func (a again) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) == 0 {
		return nil, gms.ErrInvalidChildrenNumber.New(a, 0, 1)
	}
	e, err := a.Expression.WithChildren(children[1:]...)
	return again{e}, err
}

// CollationCoercibility implements gms.CollationCoercible.
func (a again) CollationCoercibility(ctx *gms.Context) (gms.CollationID, byte) {
	return gms.GetCoercibility(ctx, a.Expression)
}

// AskedAgain reports whether an expression has another value each time it is asked, whatever
// its subqueries ask for.
func AskedAgain(e gms.Expression) (found bool) {
	gms.Inspect(e, func(e gms.Expression) bool {
		_, is := e.(again)
		found = found || is
		return !found
	})
	return found
}
