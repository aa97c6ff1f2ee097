package expr

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/sql/convert"
)

// weightString is what a text is compared by (MySQL manual, WEIGHT_STRING()); nothing else has
// that.
func weightString(ctx *gms.Context, f *Function, v []any) (any, error) {
	t, _ := convert.FromType(f.Args[0].Type())
	if !t.IsString() {
		return nil, nil
	}
	text, err := f.text(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	if len(v) == 1 {
		return t.Collation.Weights([]byte(text)), nil
	}
	kind, err := f.text(ctx, 1, v[1])
	if err != nil {
		return nil, err
	}
	n, err := f.whole(ctx, 2, v[2])
	if n < 0 || n > weightsMax || err != nil {
		return nil, err
	}
	if kind == "binary" {
		return append([]byte(text), make([]byte, n)...)[:n], nil
	}
	letters := []rune(text)
	letters = letters[:min(len(letters), int(n))]
	return t.Collation.Weights([]byte(string(letters) + strings.Repeat(" ", int(n)-len(letters)))), nil
}

// weightsMax bounds the length that WEIGHT_STRING is asked for.
const weightsMax = 16 << 20
