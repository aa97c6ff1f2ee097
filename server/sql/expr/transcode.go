package expr

import (
	"bytes"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// A transcoding is CONVERT(x USING charset): text of a character set. Text is UTF-8 here
// whatever its character set; what that does not have becomes '?'.
type Transcoding struct {
	*Function
	charset   types.Charset
	collation types.Collation
}

// newTranscoding takes the character sets that columns may have (1235).
func newTranscoding(c *expression.ConvertUsing) (gms.Expression, error) {
	name := c.TargetCharSet.Name()
	charset, collation, ok := types.CharsetByName(name)
	if !ok {
		return nil, unsupported("CONVERT USING " + name)
	}
	return Transcode(c.Child, charset, collation), nil
}

// Transcode is CONVERT(e USING charset).
func Transcode(e gms.Expression, charset types.Charset, collation types.Collation) gms.Expression {
	typ := gms.Type(gtypes.LongBlob)
	if charset != types.CharsetBinary {
		typ = gtypes.CreateLongText(gms.CollationID(collation))
	}
	eval := func(ctx *gms.Context, f *Function, v []any) (any, error) {
		value, from, err := convert.Down(ctx, v[0], f.Args[0].Type())
		if err != nil {
			return nil, err
		}
		text := types.Text(value, from)
		switch {
		case charset == types.CharsetBinary && from.IsText():
			return collationOf(ctx, f.Args[0]).Charset().Encode(text), nil
		case charset == types.CharsetBinary:
			return text, nil
		case from.IsString() && !from.IsText():
			return textOfSet(ctx, charset, text), nil
		}
		if charset == types.CharsetUTF8MB4 {
			return string(text), nil
		}
		return string(charset.Decode(bytes.Clone(charset.Encode(text)))), nil
	}
	return &Transcoding{&Function{"convert", []gms.Expression{e}, Recipe{1, 1, Always(typ), eval, false, false}}, charset, collation}
}

// textOfSet is bytes as a text of a character set: NULL, with a warning, where they are none.
func textOfSet(ctx *gms.Context, charset types.Charset, b []byte) any {
	text, bad := charset.Text(b)
	if bad != nil {
		ctx.Warn(mysqlerr.InvalidCharacterString, "Invalid %s character string: '%X'", charset, bad)
		return nil
	}
	return string(text)
}

// String implements gms.Expression.
func (t *Transcoding) String() string {
	return "convert(" + t.Args[0].String() + " using " + string(t.charset) + ")"
}

// WithChildren implements gms.Expression.
func (t *Transcoding) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(t, len(children), 1)
	}
	return Transcode(children[0], t.charset, t.collation), nil
}

// CollationCoercibility implements gms.CollationCoercible.
func (t *Transcoding) CollationCoercibility(*gms.Context) (gms.CollationID, byte) {
	return gms.CollationID(t.collation), 2
}
