package expr

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// bitsInByte is how many bits a byte has.
const bitsInByte = 8

// onBytes reports whether an operator makes bytes: a shift of bytes does, and another one of
// two that are bytes, a hexadecimal number, or NULL, if they are not all numbers or NULL.
func onBytes(op string, args []gms.Expression) bool {
	if op == sqlparser.ShiftLeftStr || op == sqlparser.ShiftRightStr {
		return isBitBytes(args[0])
	}
	bytes := 0
	for _, e := range args {
		t, _ := convert.FromType(e.Type())
		switch {
		case isBitBytes(e):
			bytes++
		case !IsPlainBytes(e) && t.Kind != types.Null:
			return false
		}
	}
	return bytes > 0
}

// isBitBytes: a binary string, not a hexadecimal literal, which is a number to operators on
// bits.
func isBitBytes(e gms.Expression) bool {
	t, known := convert.FromType(e.Type())
	return known && t.Kind == types.Vector || IsPlainBytes(e) && !isHexLiteral(e)
}

// isHexLiteral reports whether the statement says X'41' or B'1' for some bytes.
func isHexLiteral(e gms.Expression) bool {
	literal, is := e.(*expression.Literal)
	if !is {
		return false
	}
	_, bytes := literal.Value().([]byte)
	return bytes && literal.Type() != quotedBytes
}

// bytesType is that of the bytes among the operands.
func bytesType(args []gms.Expression) gms.Type {
	for _, e := range args {
		if isBitBytes(e) {
			return e.Type()
		}
	}
	return gtypes.LongBlob
}

// byteOperation operates on bytes.
func byteOperation(op string) func(*gms.Context, *Function, []any) (any, error) {
	return func(ctx *gms.Context, f *Function, v []any) (any, error) {
		a, err := f.text(ctx, 0, v[0])
		if err != nil {
			return nil, err
		}
		if op == sqlparser.ShiftLeftStr || op == sqlparser.ShiftRightStr {
			n, err := f.bits(ctx, 1, v[1])
			return shifted([]byte(a), n, op == sqlparser.ShiftLeftStr), err
		}
		b, err := f.text(ctx, 1, v[1])
		if err != nil {
			return nil, err
		}
		if len(a) != len(b) {
			return nil, mysqlerr.New(mysqlerr.BitOperandsLength)
		}
		out := make([]byte, len(a))
		for i := range out {
			out[i] = byte(operated(op, uint64(a[i]), uint64(b[i])))
		}
		return out, nil
	}
}

// shifted is bytes of which each bit is moved by so many places.
func shifted(text []byte, by uint64, left bool) []byte {
	out := make([]byte, len(text))
	if by >= uint64(len(text))*bitsInByte {
		return out
	}
	bytes, bits := int(by/bitsInByte), by%bitsInByte
	for i := range out {
		if left && i+bytes < len(text) {
			out[i] = text[i+bytes] << bits
			if i+bytes+1 < len(text) {
				out[i] |= text[i+bytes+1] >> (bitsInByte - bits)
			}
		}
		if !left && i >= bytes {
			out[i] = text[i-bytes] >> bits
			if i > bytes {
				out[i] |= text[i-bytes-1] << (bitsInByte - bits)
			}
		}
	}
	return out
}
