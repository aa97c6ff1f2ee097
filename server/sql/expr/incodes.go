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
				args[0] = InCodes(args[0], c.Charset())
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

// InCodes is a text as its bytes in a character set.
func InCodes(e gms.Expression, set types.Charset) gms.Expression {
	return &Codes{expression.UnaryExpression{Child: e}, set}
}

// Codes are the bytes of a value's text in a character set.
type Codes struct {
	expression.UnaryExpression
	set types.Charset
}

// PerChar is how many bytes a character has at most.
func (p *Codes) PerChar() int {
	_, c, _ := types.CharsetByName(string(p.set))
	return c.BytesPerChar()
}

// Type implements gms.Expression.
func (*Codes) Type() gms.Type { return gtypes.LongBlob }

// String implements gms.Expression.
func (p *Codes) String() string { return p.Child.String() }

// CollationCoercibility implements gms.CollationCoercible.
func (*Codes) CollationCoercibility(*gms.Context) (gms.CollationID, byte) {
	return gms.Collation_binary, 5
}

// WithChildren implements gms.Expression.
func (p *Codes) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(p, len(children), 1)
	}
	return InCodes(children[0], p.set), nil
}

// Eval implements gms.Expression.
func (p *Codes) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	v, err := p.Child.Eval(ctx, row)
	if err != nil || v == nil {
		return nil, err
	}
	if b, is := v.([]byte); is && !IsText(p.Child) {
		return b, nil
	}
	value, from, err := convert.Down(ctx, v, p.Child.Type())
	if err != nil || value == nil {
		return nil, err
	}
	return p.set.Encode(types.Text(value, from)), nil
}
