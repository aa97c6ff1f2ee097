package sql

import (
	"encoding/hex"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// A sortKey is the bytes that a text is compared by.
type sortKey struct {
	expression.UnaryExpression
	collation types.Collation
	readable  bool // in hexadecimal
}

func newSortKey(e gms.Expression, c types.Collation) *sortKey {
	return &sortKey{UnaryExpression: expression.UnaryExpression{Child: e}, collation: c}
}

// Type implements gms.Expression.
func (*sortKey) Type() gms.Type { return gtypes.LongBlob }

// String implements gms.Expression.
func (k *sortKey) String() string { return k.Child.String() }

// CollationCoercibility implements gms.CollationCoercible.
func (*sortKey) CollationCoercibility(*gms.Context) (gms.CollationID, byte) {
	return gms.Collation_binary, 2
}

// WithChildren implements gms.Expression.
func (k *sortKey) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(k, len(children), 1)
	}
	out := *k
	out.Child = children[0]
	return &out, nil
}

// Eval implements gms.Expression.
func (k *sortKey) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	v, err := k.Child.Eval(ctx, row)
	if err != nil || v == nil {
		return nil, err
	}
	value, from, err := convert.Down(ctx, v, k.Child.Type())
	if err != nil {
		return nil, err
	}
	key := k.collation.AppendKey(nil, types.Text(value, from))
	if k.readable {
		return hex.EncodeToString(key), nil
	}
	return key, nil
}
