package expr

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"hash/crc32"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// byteRecipes are functions of the bytes of any value: the library's refuse those that
// are no UTF-8, or no BLOB.
var byteRecipes = map[string]Recipe{
	"ascii": {1, 1, Always(gtypes.Int64), ofCodes(func(s string) any {
		if s == "" {
			return int64(0)
		}
		return int64(s[0])
	}), false, false},
	"bit_length":   {1, 1, Always(gtypes.Int64), ofCodes(func(s string) any { return int64(8 * len(s)) }), false, false},
	"length":       {1, 1, Always(gtypes.Int64), ofCodes(func(s string) any { return int64(len(s)) }), false, false},
	"octet_length": {1, 1, Always(gtypes.Int64), ofCodes(func(s string) any { return int64(len(s)) }), false, false},
	"crc32":        {1, 1, Always(gtypes.Int64), ofCodes(func(s string) any { return int64(crc32.ChecksumIEEE([]byte(s))) }), false, false},
	"md5": {1, 1, Always(gtypes.LongText), ofCodes(func(s string) any {
		sum := md5.Sum([]byte(s))
		return hex.EncodeToString(sum[:])
	}), false, false},
	"to_base64": {1, 1, Always(gtypes.LongText), ofCodes(toBase64), false, false},
}

// ofCodes computes of an argument's bytes: those of a text in its character set.
func ofCodes(of func(s string) any) func(*gms.Context, *Function, []any) (any, error) {
	return func(ctx *gms.Context, f *Function, v []any) (any, error) {
		s, err := f.coded(ctx, 0, v[0])
		if err != nil {
			return nil, err
		}
		return of(s), nil
	}
}

// coded is an argument's bytes: those of a text in its character set.
func (f *Function) coded(ctx *gms.Context, i int, v any) (string, error) {
	value, from, err := convert.Down(ctx, v, f.Args[i].Type())
	text := types.Text(value, from)
	if err == nil && (from.IsText() || from.IsNamed()) {
		text = collationOf(ctx, f.Args[i]).Charset().Encode(text)
	}
	return string(text), err
}

// base64Line is how long the lines are that the text is cut into.
const base64Line = 76

func toBase64(s string) any {
	text := base64.StdEncoding.AppendEncode(nil, []byte(s))
	var out []byte
	for ; len(text) > base64Line; text = text[base64Line:] {
		out = append(append(out, text[:base64Line]...), '\n')
	}
	return string(append(out, text...))
}
