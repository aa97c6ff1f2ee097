package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/types"
)

// An inQuery is a text IN a subquery, by package types' keys: the library's compares
// hashes that know no collation.
type inQuery struct {
	expression.BinaryExpressionStub
	collation types.Collation
	found     *foundSet // of a subquery whose rows stay the same
}

// A foundSet is the keys of a subquery's rows.
type foundSet struct {
	keys map[string]struct{}
	null bool // one is NULL
}

var _ gms.CollationCoercible = (*inQuery)(nil)

// collateInQuery makes an inQuery of IN, if both sides are texts, and an inNumbers, if both
// are numbers.
func collateInQuery(ctx *gms.Context, e *plan.InSubquery) gms.Expression {
	query, is := e.Right().(*plan.Subquery)
	if !is || gtypes.NumColumns(e.Left().Type()) != 1 || gtypes.NumColumns(query.Type()) != 1 {
		return e
	}
	c, ok := expr.CommonCollation(ctx, e.Left(), query)
	if !ok {
		return numberInQuery(e, query)
	}
	return &inQuery{expression.BinaryExpressionStub{LeftChild: e.Left(), RightChild: query}, c, nil}
}

// Type implements gms.Expression.
func (*inQuery) Type() gms.Type { return gtypes.Boolean }

// String implements gms.Expression.
func (q *inQuery) String() string { return q.LeftChild.String() + " IN " + q.RightChild.String() }

// CollationCoercibility implements gms.CollationCoercible.
func (*inQuery) CollationCoercibility(*gms.Context) (gms.CollationID, byte) {
	return gms.Collation_binary, 5
}

// WithChildren implements gms.Expression.
func (q *inQuery) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 2 {
		return nil, gms.ErrInvalidChildrenNumber.New(q, len(children), 2)
	}
	return &inQuery{expression.BinaryExpressionStub{LeftChild: children[0], RightChild: children[1]}, q.collation, nil}, nil
}

// Eval implements gms.Expression.
func (q *inQuery) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	left, err := expr.NewSortKey(q.LeftChild, q.collation).Eval(ctx, row)
	if err != nil {
		return nil, err
	}
	set, err := q.set(ctx, row)
	if err != nil {
		return nil, err
	}
	key, known := left.([]byte)
	return set.has(string(key), known), nil
}

// set is the keys of the subquery for a row.
func (q *inQuery) set(ctx *gms.Context, row gms.Row) (*foundSet, error) {
	if q.found != nil {
		return q.found, nil
	}
	query := q.RightChild.(*plan.Subquery)
	set, err := foundBy(ctx, query, row, func(v any) (string, error) {
		value, from, err := convert.Down(ctx, v, query.Type())
		if err != nil {
			return "", err
		}
		return string(q.collation.AppendKey(nil, types.Text(value, from))), nil
	})
	if err == nil && query.CanCacheResults() {
		q.found = set
	}
	return set, err
}

// foundBy is the keys of a subquery's rows for a row of the query around.
func foundBy(ctx *gms.Context, query *plan.Subquery, row gms.Row, key func(any) (string, error)) (*foundSet, error) {
	values, err := query.EvalMultiple(ctx, row)
	if err != nil {
		return nil, err
	}
	set := &foundSet{keys: make(map[string]struct{}, len(values))}
	for _, v := range values {
		if v == nil {
			set.null = true
			continue
		}
		k, err := key(v)
		if err != nil {
			return nil, err
		}
		set.keys[k] = struct{}{}
	}
	return set, nil
}

// has is whether a key is among them. NULL is in no empty list, and of another one it is
// not known whether it is (MySQL manual, IN()).
func (s *foundSet) has(key string, known bool) any {
	if _, in := s.keys[key]; known && in {
		return true
	}
	if s.null || !known && len(s.keys) > 0 {
		return nil
	}
	return false
}
