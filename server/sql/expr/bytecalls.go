package expr

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
)

// byteRecipes are functions of the bytes of any value: the library's refuse those that
// are no UTF-8, or no BLOB.
var byteRecipes = map[string]Recipe{
	"ascii": {1, 1, Always(gtypes.Int64), func(ctx *gms.Context, f *Function, v []any) (any, error) {
		s, err := f.text(ctx, 0, v[0])
		if s == "" {
			return int64(0), err
		}
		return int64(s[0]), err
	}, false, false},
	"bit_length": {1, 1, Always(gtypes.Int64), func(ctx *gms.Context, f *Function, v []any) (any, error) {
		s, err := f.text(ctx, 0, v[0])
		return int64(8 * len(s)), err
	}, false, false},
	"md5": {1, 1, Always(gtypes.LongText), func(ctx *gms.Context, f *Function, v []any) (any, error) {
		s, err := f.text(ctx, 0, v[0])
		sum := md5.Sum([]byte(s))
		return hex.EncodeToString(sum[:]), err
	}, false, false},
	"to_base64": {1, 1, Always(gtypes.LongText), toBase64, false, false},
}

// base64Line is how long the lines are that the text is cut into.
const base64Line = 76

func toBase64(ctx *gms.Context, f *Function, v []any) (any, error) {
	s, err := f.text(ctx, 0, v[0])
	text := base64.StdEncoding.AppendEncode(nil, []byte(s))
	var out []byte
	for ; len(text) > base64Line; text = text[base64Line:] {
		out = append(append(out, text[:base64Line]...), '\n')
	}
	return string(append(out, text...)), err
}
