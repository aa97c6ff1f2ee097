package sql

import (
	"math/bits"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// newBitNot is ~: of a string of bytes one of the same length, else 64 bits. Which it
// is, is settled before the analysis makes literals of constants.
func newBitNot(args ...gms.Expression) (gms.Expression, error) {
	if len(args) != 1 {
		return nil, mysqlerr.New(mysqlerr.WrongParamCount, reword.BitNot)
	}
	r := recipe{typ: always(gtypes.Uint64), numeric: true, eval: func(ctx *gms.Context, f *ownFunction, v []any) (any, error) {
		n, err := f.bits(ctx, 0, v[0])
		return ^n, err
	}}
	if isBytes(args[0]) {
		r.typ = always(args[0].Type())
		r.eval = func(ctx *gms.Context, f *ownFunction, v []any) (any, error) {
			text, err := f.text(ctx, 0, v[0])
			out := []byte(text)
			for i := range out {
				out[i] = ^out[i]
			}
			return out, err
		}
	}
	return &ownFunction{reword.BitNot, args, r}, nil
}

// newBitCount is BIT_COUNT: how many bits are set.
func newBitCount(args ...gms.Expression) (gms.Expression, error) {
	if len(args) != 1 {
		return nil, mysqlerr.New(mysqlerr.WrongParamCount, "BIT_COUNT")
	}
	asBytes := isBytes(args[0])
	return &ownFunction{"bit_count", args, recipe{typ: always(gtypes.Int64), numeric: true, eval: func(ctx *gms.Context, f *ownFunction, v []any) (any, error) {
		if !asBytes {
			n, err := f.bits(ctx, 0, v[0])
			return int64(bits.OnesCount64(n)), err
		}
		text, err := f.text(ctx, 0, v[0])
		count := 0
		for i := range len(text) {
			count += bits.OnesCount8(text[i])
		}
		return int64(count), err
	}}}, nil
}

// isBytes: a vector, or a binary string of a column or a CAST, not a hexadecimal literal, which is
// a number to operators on bits.
func isBytes(e gms.Expression) bool {
	t, ok := convert.FromType(e.Type())
	_, literal := e.(*expression.Literal)
	return ok && !literal && (t.IsString() && !t.IsText() || t.Kind == types.Vector)
}
