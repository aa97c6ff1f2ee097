package convert

import (
	"context"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/sqltypes"

	"github.com/xadb/xadb/server/types"
)

// Vector is the type of a column of vectors, which to the library are bytes. What may
// be done with them package sql checks before the library sees them.
type Vector struct {
	gtypes.StringType
	dimensions int
}

var _ gms.StringType = Vector{}

func toVectorType(t types.Type) gms.Type {
	bytes := gtypes.MustCreateBinary(sqltypes.VarBinary, int64(t.Wire().Length))
	return Vector{bytes.(gtypes.StringType), t.Length}
}

// WidestVector is the type of a vector that may be any.
var WidestVector = toVectorType(types.Type{Kind: types.Vector, Length: types.DimensionsMax})

func fromVectorType(v Vector) types.Type { return types.Type{Kind: types.Vector, Length: v.dimensions} }

// Equals implements gms.Type.
func (v Vector) Equals(o gms.Type) bool {
	other, is := o.(Vector)
	return is && v.dimensions == other.dimensions
}

// String implements gms.Type.
func (v Vector) String() string { return fromVectorType(v).SQL() }

// Promote implements gms.Type.
func (Vector) Promote() gms.Type { return WidestVector }

// Convert implements gms.Type. Whether a value is a vector is asked where it is stored,
// which tells text and bytes apart.
func (Vector) Convert(_ context.Context, v any) (any, gms.ConvertInRange, error) {
	return v, gms.InRange, nil
}

// Zero implements gms.Type: what rows get in a new column that may not be NULL.
func (Vector) Zero() any { return []byte{} }

// IsVector reports whether an expression gives vectors.
func IsVector(e gms.Expression) bool {
	_, is := e.Type().(Vector)
	return is
}
