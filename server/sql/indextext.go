package sql

import (
	"context"

	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// An indexText is the type of a text in an index. The library cuts and merges ranges
// by it, which must be in the order of the keys: its own collations hold neither ß
// equal to ss nor letters of two characters.
type indexText struct {
	gms.StringType
	collation types.Collation
}

// indexType is what the library gets to know of a column's type in an index.
func indexType(t gms.Type, of types.Type) gms.Type {
	if s, is := t.(gms.StringType); is && of.IsText() && !of.IsNamed() {
		return indexText{s, of.Collation}
	}
	return t
}

// Compare implements gms.Type.
func (t indexText) Compare(ctx context.Context, a, b any) (int, error) {
	if a == nil || b == nil {
		return t.StringType.Compare(ctx, a, b)
	}
	x, err := t.bytes(ctx, a)
	if err != nil {
		return 0, err
	}
	y, err := t.bytes(ctx, b)
	if err != nil {
		return 0, err
	}
	return t.collation.Compare(x, y), nil
}

func (t indexText) bytes(ctx context.Context, v any) ([]byte, error) {
	v, _, err := t.Convert(ctx, v)
	if err == nil {
		v, err = gms.UnwrapAny(ctx, v)
	}
	if err != nil {
		return nil, err
	}
	out, err := convert.DownValue(v, types.Type{})
	b, _ := out.([]byte)
	return b, err
}

// Equals implements gms.Type.
func (t indexText) Equals(other gms.Type) bool {
	if o, is := other.(indexText); is {
		return t.collation == o.collation && t.StringType.Equals(o.StringType)
	}
	return t.StringType.Equals(other)
}

// Promote implements gms.Type.
func (t indexText) Promote() gms.Type {
	t.StringType = t.StringType.Promote().(gms.StringType)
	return t
}
