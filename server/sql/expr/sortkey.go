package expr

import (
	"encoding/hex"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// A SortKey is the bytes that a text is compared by.
type SortKey struct {
	expression.UnaryExpression
	collation types.Collation
	// Readable keys are in hexadecimal, for what makes text of them or compares with Go's
	// !=, which bytes do not stand.
	Readable bool
}

// NewSortKey is what texts of a collation are compared by.
func NewSortKey(e gms.Expression, c types.Collation) *SortKey {
	return &SortKey{UnaryExpression: expression.UnaryExpression{Child: e}, collation: c}
}

// Type implements gms.Expression.
func (*SortKey) Type() gms.Type { return gtypes.LongBlob }

// String implements gms.Expression.
func (k *SortKey) String() string { return k.Child.String() }

// CollationCoercibility implements gms.CollationCoercible.
func (*SortKey) CollationCoercibility(*gms.Context) (gms.CollationID, byte) {
	return gms.Collation_binary, 2
}

// WithChildren implements gms.Expression.
func (k *SortKey) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(k, len(children), 1)
	}
	out := *k
	out.Child = children[0]
	return &out, nil
}

// Eval implements gms.Expression.
func (k *SortKey) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	v, err := k.Child.Eval(ctx, row)
	if err != nil || v == nil {
		return nil, err
	}
	value, from, err := convert.Down(ctx, v, k.Child.Type())
	if err != nil {
		return nil, err
	}
	key := k.collation.AppendKey(nil, types.Text(value, from))
	if k.Readable {
		return hex.EncodeToString(key), nil
	}
	return key, nil
}

// KeysOf makes a key of each text, those in tuples too.
func KeysOf(ctx *gms.Context, list []gms.Expression) (out []gms.Expression, changed bool) {
	out = make([]gms.Expression, len(list))
	for i, e := range list {
		out[i] = e
		if tuple, ok := e.(expression.Tuple); ok {
			if keys, some := KeysOf(ctx, tuple); some {
				out[i], changed = expression.NewTuple(keys...), true
			}
			continue
		}
		if c, ok := CommonCollation(ctx, e, e); ok {
			out[i], changed = NewSortKey(e, c), true
		}
	}
	return out, changed
}
