package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
)

// A quantified compares a value with all that a subquery finds: > ALL, <= ANY. What
// IN says is written so by package reword.
type quantified struct {
	// compare has the value on its left, and on its right what it is compared with.
	compare gms.Expression
	query   *plan.Subquery
	all     bool
}

var (
	_ gms.Expression         = (*quantified)(nil)
	_ gms.CollationCoercible = (*quantified)(nil)
)

var comparisons = map[string]func(l, r gms.Expression) gms.Expression{
	"=":  func(l, r gms.Expression) gms.Expression { return expression.NewEquals(l, r) },
	"<>": func(l, r gms.Expression) gms.Expression { return expression.NewNot(expression.NewEquals(l, r)) },
	"<":  func(l, r gms.Expression) gms.Expression { return expression.NewLessThan(l, r) },
	"<=": func(l, r gms.Expression) gms.Expression { return expression.NewLessThanOrEqual(l, r) },
	">":  func(l, r gms.Expression) gms.Expression { return expression.NewGreaterThan(l, r) },
	">=": func(l, r gms.Expression) gms.Expression { return expression.NewGreaterThanOrEqual(l, r) },
}

// newQuantified is the library's function of that name; ok is false if it is not one
// of these.
func newQuantified(name string) (gms.Function, bool) {
	operator, _, _ := strings.Cut(name, " ")
	compare := comparisons[operator]
	all := name == reword.Quantified(operator, true)
	if compare == nil || !all && name != reword.Quantified(operator, false) {
		return nil, false
	}
	return gms.FunctionN{Name: name, Fn: func(args ...gms.Expression) (gms.Expression, error) {
		if len(args) != 2 {
			return nil, mysqlerr.New(mysqlerr.WrongParamCount, strings.ToUpper(name))
		}
		query, is := args[1].(*plan.Subquery)
		if !is {
			return nil, mysqlerr.New(mysqlerr.ParseError, "ANY and ALL take a subquery")
		}
		if gtypes.NumColumns(args[0].Type()) != 1 || gtypes.NumColumns(query.Type()) != 1 {
			return nil, mysqlerr.New(mysqlerr.OperandColumns, "1")
		}
		return &quantified{compare(args[0], pick{query.Type()}), query, all}, nil
	}}, true
}

// Eval implements gms.Expression. Nothing found makes ANY false and ALL true, and a
// NULL makes the answer NULL unless another value decides.
func (q *quantified) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	values, err := q.query.EvalMultiple(ctx, row)
	if err != nil {
		return nil, err
	}
	extended := append(row[:len(row):len(row)], nil)
	var answer any = q.all
	for _, v := range values {
		extended[len(row)] = v
		is, err := q.compare.Eval(ctx, extended)
		switch {
		case err != nil:
			return nil, err
		case is == nil:
			answer = nil
		case is == !q.all:
			return is, nil
		}
	}
	return answer, nil
}

// Type implements gms.Expression.
func (*quantified) Type() gms.Type { return gtypes.Boolean }

// IsNullable implements gms.Expression.
func (*quantified) IsNullable() bool { return true }

// Resolved implements gms.Expression.
func (q *quantified) Resolved() bool { return q.compare.Resolved() && q.query.Resolved() }

// String implements fmt.Stringer.
func (q *quantified) String() string {
	word := " ANY "
	if q.all {
		word = " ALL "
	}
	return q.compare.String() + word + q.query.String()
}

// Children implements gms.Expression.
func (q *quantified) Children() []gms.Expression { return []gms.Expression{q.compare, q.query} }

// WithChildren implements gms.Expression.
func (q *quantified) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 2 {
		return nil, gms.ErrInvalidChildrenNumber.New(q, len(children), 2)
	}
	query, is := children[1].(*plan.Subquery)
	if !is {
		return nil, gms.ErrInvalidChildType.New(q, children[1], query)
	}
	return &quantified{children[0], query, q.all}, nil
}

// CollationCoercibility implements gms.CollationCoercible.
func (*quantified) CollationCoercibility(*gms.Context) (gms.CollationID, byte) {
	return gms.Collation_binary, 5
}

// A pick is the value that a quantified has put behind the row.
type pick struct{ typ gms.Type }

// unsettled is a child of expressions that the analysis must not compute, although no
// column is in them.
var unsettled = expression.NewProcedureParam("", gtypes.Null)

var _ gms.CollationCoercible = pick{}

// Eval implements gms.Expression.
func (p pick) Eval(_ *gms.Context, row gms.Row) (any, error) { return row[len(row)-1], nil }

// Type implements gms.Expression.
func (p pick) Type() gms.Type { return p.typ }

// IsNullable implements gms.Expression.
func (pick) IsNullable() bool { return true }

// Resolved implements gms.Expression.
func (pick) Resolved() bool { return true }

// String implements fmt.Stringer.
func (pick) String() string { return "pick" }

// Children implements gms.Expression.
func (pick) Children() []gms.Expression { return []gms.Expression{unsettled} }

// WithChildren implements gms.Expression.
func (p pick) WithChildren(...gms.Expression) (gms.Expression, error) { return p, nil }

// CollationCoercibility implements gms.CollationCoercible.
func (p pick) CollationCoercibility(ctx *gms.Context) (gms.CollationID, byte) {
	collation, _ := p.typ.CollationCoercibility(ctx)
	return collation, 2
}
