package expr

import (
	"math/bits"
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// newBits is an operation on the bits of two numbers, of which there are 64 without a
// sign, or of bytes: of two of one length, or of one that is shifted.
func newBits(e *expression.BitOp) gms.Expression {
	for _, child := range e.Children() {
		if _, ok := convert.FromType(child.Type()); !ok {
			return nil
		}
	}
	op, args := e.Op, slices.Clone(e.Children())
	if onBytes(op, args) {
		return &BitOperation{&Function{op, args, Recipe{2, 2, bytesType, byteOperation(op), false, false}}}
	}
	for i, e := range args {
		if n, ok := InBranches(e); ok {
			args[i] = n
		}
	}
	return &BitOperation{&Function{op, args, Recipe{2, 2, Always(gtypes.Uint64), func(ctx *gms.Context, f *Function, v []any) (any, error) {
		a, err := f.bits(ctx, 0, v[0])
		if err != nil {
			return nil, err
		}
		b, err := f.bits(ctx, 1, v[1])
		if err != nil {
			return nil, err
		}
		return operated(op, a, b), nil
	}, false, true}}}
}

func operated(op string, a, b uint64) uint64 {
	switch op {
	case sqlparser.BitAndStr:
		return a & b
	case sqlparser.BitOrStr:
		return a | b
	case sqlparser.BitXorStr:
		return a ^ b
	case sqlparser.ShiftLeftStr:
		if b < bits.UintSize {
			return a << b
		}
	case sqlparser.ShiftRightStr:
		if b < bits.UintSize {
			return a >> b
		}
	}
	return 0
}

// bits is an argument as 64 bits: a whole number with its sign, a rounded number, the
// digits that a text begins with.
func (f *Function) bits(ctx *gms.Context, i int, v any) (uint64, error) {
	t, _ := convert.FromType(f.Args[i].Type())
	if n, _, whole := WholeOf(v); whole && t.Kind != types.Bit {
		if n.IsUint64() {
			return n.Uint64(), nil
		}
		return uint64(n.Int64()), nil
	}
	if t.Kind == types.JSON {
		document, _, err := convert.Down(ctx, v, f.Args[i].Type())
		if err != nil || document == nil {
			return 0, err
		}
		return documentBits(ctx, document, f.Args[i])
	}
	if t.IsString() || t.IsNumber() || t.IsTemporal() {
		n, err := f.whole(ctx, i, v)
		return uint64(n), err
	}
	value, err := f.as(ctx, i, v, types.Type{Kind: types.BigInt, Unsigned: true})
	n, _ := value.(uint64)
	return n, err
}

// documentBits is a document as 64 bits.
func documentBits(ctx *gms.Context, document binlog.Value, e gms.Expression) (uint64, error) {
	tree, err := types.JSONScalar(document, types.Type{Kind: types.JSON})
	if n, is := tree.(uint64); is || err != nil {
		return n, err
	}
	value, err := documentNumber(ctx, document, e, types.Type{Kind: types.BigInt})
	n, _ := value.(int64)
	return uint64(n), err
}

// A BitOperation writes itself as MySQL does in what it says of expressions.
type BitOperation struct{ *Function }

// String implements gms.Expression.
func (b *BitOperation) String() string {
	return "(" + b.Args[0].String() + " " + b.Name + " " + b.Args[1].String() + ")"
}

// WithChildren implements gms.Expression.
func (b *BitOperation) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	e, err := b.Function.WithChildren(children...)
	if f, ok := e.(*Function); ok && err == nil {
		return &BitOperation{f}, nil
	}
	return e, err
}

// NewBitsOf is a value as 64 bits, as an operation on bits has it.
func NewBitsOf(e gms.Expression) gms.Expression {
	return &Function{"bits", []gms.Expression{e}, Recipe{TypeOf: Always(gtypes.Uint64), Numeric: true, Compute: func(ctx *gms.Context, f *Function, v []any) (any, error) {
		return f.bits(ctx, 0, v[0])
	}}}
}
