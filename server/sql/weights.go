package sql

import (
	"bytes"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/types"
)

// weightString is what a text is compared by (MySQL manual, WEIGHT_STRING()). The
// keys of package types compare alike, but are not MySQL's, so that only texts are
// taken whose weights are plain.
func weightString(ctx *gms.Context, f *ownFunction, v []any) (any, error) {
	t, _ := fromType(f.args[0].Type())
	if !t.IsString() {
		return nil, unsupported("WEIGHT_STRING of what is no string")
	}
	text, err := f.text(ctx, 0, v[0])
	if err != nil || len(v) == 1 {
		return weights(text, t, err)
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
	return weights(string(letters)+strings.Repeat(" ", int(n)-len(letters)), t, nil)
}

// weightsMax bounds the length that WEIGHT_STRING is asked for.
const weightsMax = 16 << 20

// weights are those of a text's letters.
func weights(text string, t types.Type, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	name := "binary"
	if t.IsText() {
		name = t.Collation.Name()
	}
	out := []byte{}
	switch {
	case name == "binary":
		return []byte(text), nil
	case name == "utf8mb4_bin":
		for _, r := range text {
			out = append(out, byte(r>>16), byte(r>>8), byte(r))
		}
		return out, nil
	case strings.ContainsFunc(text, func(r rune) bool { return r >= 0x80 }):
	case name == "utf8mb4_general_ci" || name == "utf8mb3_general_ci":
		for _, c := range bytes.ToUpper([]byte(text)) {
			out = append(out, 0, c)
		}
		return out, nil
	case name == "latin1_swedish_ci" || name == "ascii_general_ci":
		return bytes.ToUpper([]byte(text)), nil
	}
	return nil, unsupported("WEIGHT_STRING of this text in " + name)
}
