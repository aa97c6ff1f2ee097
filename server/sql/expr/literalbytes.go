package expr

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// IsPlainBytes reports whether an expression is of bytes that are no text.
func IsPlainBytes(e gms.Expression) bool {
	t, known := convert.FromType(e.Type())
	return known && t.IsString() && !t.IsText() && e.Resolved()
}

// HexNumber is X'41' as a number; nil of what is none.
func HexNumber(e gms.Expression) gms.Expression {
	literal, is := e.(*expression.Literal)
	if !is {
		return nil
	}
	list, is := literal.Value().([]byte)
	if !is || !isHexLiteral(e) || !IsPlainBytes(e) {
		return nil
	}
	n, _ := types.BytesNumber(list)
	return expression.NewLiteral(n, gtypes.Uint64)
}

// quotedBytes is the type of bytes that a statement has in quotes, with others than ASCII's
// among them: unlike X'41' they are no number.
var quotedBytes = gtypes.Blob

// Quoted is a literal in quotes that is bytes, _binary'...' or one of a client who sends no
// text, as these; nil of others.
func Quoted(literal *expression.Literal) gms.Expression {
	text, is := literal.Value().(string)
	if !is || types.CharsetASCII.Holds([]byte(text)) || !IsPlainBytes(literal) {
		return nil
	}
	return expression.NewLiteral([]byte(text), quotedBytes)
}

// GivenBytes is a parameter or a variable of bytes, which are no number either.
func GivenBytes(v any) *expression.Literal { return expression.NewLiteral(v, quotedBytes) }

// ASCIIOf is the text of a constant of bytes that are letters of ASCII.
func ASCIIOf(e gms.Expression) (string, bool) {
	literal, is := e.(*expression.Literal)
	if !is || !IsPlainBytes(e) {
		return "", false
	}
	var text string
	switch v := literal.Value().(type) {
	case []byte:
		text = string(v)
	case string:
		text = v
	default:
		return "", false
	}
	for i := range len(text) {
		if text[i] >= 0x80 {
			return "", false
		}
	}
	return text, true
}

func isLiteral(e gms.Expression) bool {
	_, is := e.(*expression.Literal)
	return is
}
