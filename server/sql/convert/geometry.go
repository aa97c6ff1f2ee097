package convert

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/types"
)

// geometry is the type of a column of geometries. The library's own types have a value
// for what is missing where MySQL has none, and its GEOMETRYCOLLECTION takes no
// MULTIPOINT and the like. Which shape a value has types.Store has seen to.
type geometry struct {
	gtypes.GeometryType
	shape types.Shape
}

func toGeometryType(t types.Type) gms.Type {
	out := geometry{shape: t.Shape}
	if t.SRID != nil {
		return out.SetSRID(*t.SRID)
	}
	return out
}

// fromGeometryType is a type of this package or of the library.
func fromGeometryType(t gms.SpatialColumnType) types.Type {
	out := types.Type{Kind: types.Geometry}
	out.Shape, _ = types.ShapeNamed(t.(gms.Type).String())
	if srid, defined := t.GetSpatialTypeSRID(); defined {
		out.SRID = &srid
	}
	return out
}

// Equals implements gms.Type.
func (g geometry) Equals(o gms.Type) bool {
	other, ok := o.(geometry)
	return ok && g.shape == other.shape
}

// String implements gms.Type.
func (g geometry) String() string { return types.Type{Kind: types.Geometry, Shape: g.shape}.SQL() }

// Promote implements gms.Type.
func (g geometry) Promote() gms.Type { return g }

// SetSRID implements gms.SpatialColumnType.
func (g geometry) SetSRID(srid uint32) gms.Type {
	g.SRID, g.DefinedSRID = srid, true
	return g
}
