package expr

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// ofFirstCodes are functions of the bytes of their first argument, which the library takes
// for UTF-8.
var ofFirstCodes = map[string]bool{"sha": true, "sha1": true, "sha2": true, "compress": true, "aes_encrypt": true}

// withCodes is such a function, with the codes of texts that are in another character set.
func withCodes(name string) gms.Function {
	return gms.FunctionN{Name: name, Fn: func(args ...gms.Expression) (gms.Expression, error) {
		if len(args) > 0 {
			if c, ok := CollationWithin(args[0]); ok && c.Charset().Recodes() {
				args[0] = &inCodes{expression.UnaryExpression{Child: args[0]}, c.Charset()}
			}
		}
		if bytesRecipes[name].most > 0 {
			return ofBytes(name).NewInstance(args)
		}
		if own, is := newOwn(name); is {
			return own.NewInstance(args)
		}
		return builtIn(name).NewInstance(args)
	}}
}

// An inCodes is the bytes of a value's text in a character set.
type inCodes struct {
	expression.UnaryExpression
	set types.Charset
}

// Type implements gms.Expression.
func (*inCodes) Type() gms.Type { return gtypes.LongBlob }

// String implements gms.Expression.
func (p *inCodes) String() string { return p.Child.String() }

// CollationCoercibility implements gms.CollationCoercible.
func (*inCodes) CollationCoercibility(*gms.Context) (gms.CollationID, byte) {
	return gms.Collation_binary, 5
}

// WithChildren implements gms.Expression.
func (p *inCodes) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(p, len(children), 1)
	}
	return &inCodes{expression.UnaryExpression{Child: children[0]}, p.set}, nil
}

// Eval implements gms.Expression.
func (p *inCodes) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	v, err := p.Child.Eval(ctx, row)
	if err != nil || v == nil {
		return nil, err
	}
	value, from, err := convert.Down(ctx, v, p.Child.Type())
	if err != nil || value == nil {
		return nil, err
	}
	return p.set.Encode(types.Text(value, from)), nil
}
