package sql

import (
	"context"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/sqltypes"

	"github.com/xadb/xadb/server/types"
)

// vector is the type of a column of vectors, which to the library are bytes. What may
// be done with them is checked before it sees them (vectorrules.go).
type vector struct {
	gtypes.StringType
	dimensions int
}

var _ gms.StringType = vector{}

func toVectorType(t types.Type) gms.Type {
	bytes := gtypes.MustCreateBinary(sqltypes.VarBinary, int64(t.Wire().Length))
	return vector{bytes.(gtypes.StringType), t.Length}
}

// widestVector is the type of a vector that may be any.
var widestVector = toVectorType(types.Type{Kind: types.Vector, Length: types.DimensionsMax})

func fromVectorType(v vector) types.Type { return types.Type{Kind: types.Vector, Length: v.dimensions} }

// Equals implements gms.Type.
func (v vector) Equals(o gms.Type) bool {
	other, is := o.(vector)
	return is && v.dimensions == other.dimensions
}

// String implements gms.Type.
func (v vector) String() string { return fromVectorType(v).SQL() }

// Promote implements gms.Type.
func (vector) Promote() gms.Type { return widestVector }

// Convert implements gms.Type. Whether a value is a vector is asked where it is stored,
// which tells text and bytes apart.
func (vector) Convert(_ context.Context, v any) (any, gms.ConvertInRange, error) {
	return v, gms.InRange, nil
}

// Zero implements gms.Type: what rows get in a new column that may not be NULL.
func (vector) Zero() any { return []byte{} }

// isVector reports whether an expression gives vectors.
func isVector(e gms.Expression) bool {
	_, is := e.Type().(vector)
	return is
}
