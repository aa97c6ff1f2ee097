package sql

import (
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/sql/expr"
)

// A quantified compares a value, or several, with what a subquery finds: > ALL, <= ANY.
// What IN says is written so by package reword, and comes here if it is of several
// values, as comparisons of several with a subquery's only row do (rowcompare.go).
type quantified struct {
	// compare has the values on its left, and picks on its right.
	compare gms.Expression
	query   *plan.Subquery
	found   *foundRow // what the picks read
	mode    quantity
}

// A quantity says which of the rows found must be as is asked for.
type quantity uint8

const (
	anyRow quantity = iota
	allRows
	onlyRow // and none stands for one of NULLs
)

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
		mode := anyRow
		if all {
			mode = allRows
		}
		f := &foundRow{}
		return &quantified{compare(args[0], pick{query.Type(), f, 0}), query, f, mode}, nil
	}}, true
}

// Eval implements gms.Expression. Nothing found makes ANY false and ALL true, and a
// NULL makes the answer NULL unless another value decides.
func (q *quantified) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	values, err := q.query.EvalMultiple(ctx, row)
	if err != nil {
		return nil, err
	}
	if q.mode == onlyRow {
		if values, err = q.theRow(values); err != nil {
			return nil, err
		}
	}
	if values, err = q.extreme(ctx, values); err != nil {
		return nil, err
	}
	var answer any = q.mode == allRows
	for _, v := range values {
		list, several := v.([]any)
		if !several {
			list = []any{v}
		}
		q.found.row = list
		is, err := q.compare.Eval(ctx, row)
		switch {
		case err != nil || q.mode == onlyRow:
			return is, err
		case is == nil:
			answer = nil
		case is != (q.mode == allRows):
			return is, nil
		}
	}
	return answer, nil
}

// theRow is the only row of those that the subquery has found.
func (q *quantified) theRow(values []any) ([]any, error) {
	switch len(values) {
	case 0:
		return []any{make([]any, len(q.query.Query.Schema()))}, nil
	case 1:
		return values, nil
	}
	return nil, gms.ErrExpectedSingleRow.New()
}

// extreme is the only one of texts that a date need be compared with, besides a NULL, as MySQL
// has it where the subquery is always the same: the order of texts tells it, which is
// not that of the dates if some are none.
func (q *quantified) extreme(ctx *gms.Context, values []any) ([]any, error) {
	c, is := q.compare.(*momentCompare)
	if !is || c.operator == "=" || len(values) < 2 || !expr.IsText(c.RightChild) || !q.query.Correlated().Empty() {
		return values, nil
	}
	collation := expr.TextsCollation(ctx, []gms.Expression{c.RightChild})
	sign := 1
	if (c.operator[0] == '>') == (q.mode == anyRow) {
		sign = -1
	}
	var out []any
	var best []byte
	for _, v := range values {
		q.found.row = []any{v}
		text, err := c.RightChild.Eval(ctx, nil)
		if err != nil {
			return nil, err
		}
		s, known := text.(string)
		switch {
		case !known:
			out = append(out, v)
		case best == nil || collation.Compare([]byte(s), best)*sign > 0:
			best = append([]byte{}, s...)
			out = append(slices.DeleteFunc(out, func(v any) bool { return v != nil }), v)
		}
	}
	return out, nil
}

// Type implements gms.Expression.
func (*quantified) Type() gms.Type { return gtypes.Boolean }

// IsNullable implements gms.Expression.
func (*quantified) IsNullable() bool { return true }

// Resolved implements gms.Expression.
func (q *quantified) Resolved() bool { return q.compare.Resolved() && q.query.Resolved() }

// String implements fmt.Stringer.
func (q *quantified) String() string {
	word := map[quantity]string{anyRow: " ANY ", allRows: " ALL ", onlyRow: " "}[q.mode]
	return q.compare.String() + word + q.query.String()
}

// Children implements gms.Expression. Of a subquery in an EXISTS the library asks nothing
// about the number of columns.
func (q *quantified) Children() []gms.Expression {
	return []gms.Expression{q.compare, plan.NewExistsSubquery(q.query)}
}

// WithChildren implements gms.Expression.
func (q *quantified) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 2 {
		return nil, gms.ErrInvalidChildrenNumber.New(q, len(children), 2)
	}
	exists, is := children[1].(*plan.ExistsSubquery)
	if !is {
		return nil, gms.ErrInvalidChildType.New(q, children[1], exists)
	}
	return &quantified{children[0], exists.Query, q.found, q.mode}, nil
}

// CollationCoercibility implements gms.CollationCoercible.
func (*quantified) CollationCoercibility(*gms.Context) (gms.CollationID, byte) {
	return gms.Collation_binary, 5
}

// A foundRow is the row of the subquery that a quantified compares with.
type foundRow struct{ row []any }

// A pick is a value of such a row.
type pick struct {
	typ    gms.Type
	found  *foundRow
	column int
}

var _ gms.CollationCoercible = pick{}

// Eval implements gms.Expression.
func (p pick) Eval(*gms.Context, gms.Row) (any, error) { return p.found.row[p.column], nil }

// Type implements gms.Expression.
func (p pick) Type() gms.Type { return p.typ }

// IsNullable implements gms.Expression.
func (pick) IsNullable() bool { return true }

// Resolved implements gms.Expression.
func (pick) Resolved() bool { return true }

// String implements fmt.Stringer.
func (pick) String() string { return "pick" }

// Children implements gms.Expression.
func (pick) Children() []gms.Expression { return []gms.Expression{expr.Unsettled} }

// WithChildren implements gms.Expression.
func (p pick) WithChildren(...gms.Expression) (gms.Expression, error) { return p, nil }

// CollationCoercibility implements gms.CollationCoercible.
func (p pick) CollationCoercibility(ctx *gms.Context) (gms.CollationID, byte) {
	collation, _ := p.typ.CollationCoercibility(ctx)
	return collation, 2
}
