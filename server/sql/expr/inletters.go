package expr

import (
	"unicode/utf8"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// An InLetters is a value as a text; of bytes those.
type InLetters struct{ expression.UnaryExpression }

// Type implements gms.Expression.
func (*InLetters) Type() gms.Type { return gtypes.LongText }

// String implements gms.Expression.
func (p *InLetters) String() string { return p.Child.String() }

// CollationCoercibility implements gms.CollationCoercible: that of what is no text.
func (*InLetters) CollationCoercibility(*gms.Context) (gms.CollationID, byte) {
	return gms.Collation_Default, 5
}

// WithChildren implements gms.Expression.
func (p *InLetters) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(p, len(children), 1)
	}
	return &InLetters{expression.UnaryExpression{Child: children[0]}}, nil
}

// Eval implements gms.Expression.
func (p *InLetters) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	v, err := p.Child.Eval(ctx, row)
	if err != nil || v == nil {
		return nil, err
	}
	value, from, err := convert.Down(ctx, v, p.Child.Type())
	if err != nil || value == nil {
		return nil, err
	}
	text := types.Text(value, from)
	if utf8.Valid(text) {
		return string(text), nil
	}
	return lettersOf(text), nil
}
