package expr

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
	r := Recipe{TypeOf: Always(gtypes.Uint64), Numeric: true, Compute: func(ctx *gms.Context, f *Function, v []any) (any, error) {
		n, err := f.bits(ctx, 0, v[0])
		return ^n, err
	}}
	if IsBytes(args[0]) {
		r.TypeOf = Always(args[0].Type())
		r.Compute = func(ctx *gms.Context, f *Function, v []any) (any, error) {
			text, err := f.text(ctx, 0, v[0])
			out := []byte(text)
			for i := range out {
				out[i] = ^out[i]
			}
			return out, err
		}
	}
	return &Function{reword.BitNot, args, r}, nil
}

// newBitCount is BIT_COUNT: how many bits are set.
func newBitCount(args ...gms.Expression) (gms.Expression, error) {
	if len(args) != 1 {
		return nil, mysqlerr.New(mysqlerr.WrongParamCount, "BIT_COUNT")
	}
	asBytes := IsBytes(args[0])
	return &Function{"bit_count", args, Recipe{TypeOf: Always(gtypes.Int64), Numeric: true, Compute: func(ctx *gms.Context, f *Function, v []any) (any, error) {
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

// IsBytes: a vector, or a binary string of a column or a CAST, not a hexadecimal literal, which is
// a number to operators on bits.
func IsBytes(e gms.Expression) bool {
	t, ok := convert.FromType(e.Type())
	_, literal := e.(*expression.Literal)
	return ok && !literal && (t.IsString() && !t.IsText() || t.Kind == types.Vector)
}
