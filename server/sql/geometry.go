package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/types"
)

// geometryTypes are the library's types of geometries, by shape.
var geometryTypes = [...]gms.SpatialColumnType{
	types.AnyShape: gtypes.GeometryType{}, types.Point: gtypes.PointType{}, types.LineString: gtypes.LineStringType{},
	types.Polygon: gtypes.PolygonType{}, types.MultiPoint: gtypes.MultiPointType{},
	types.MultiLineString: gtypes.MultiLineStringType{}, types.MultiPolygon: gtypes.MultiPolygonType{},
	types.Collection: collectionType{},
}

func toGeometryType(t types.Type) gms.Type {
	out := geometryTypes[t.Shape]
	if t.SRID != nil {
		return out.SetSRID(*t.SRID)
	}
	return out.(gms.Type)
}

func fromGeometryType(t gms.SpatialColumnType) types.Type {
	out := types.Type{Kind: types.Geometry}
	if _, ok := t.(gtypes.GeomCollType); ok {
		out.Shape = types.Collection
	}
	for shape, s := range geometryTypes {
		if s.(gms.Type).Equals(t.(gms.Type)) {
			out.Shape = types.Shape(shape)
		}
	}
	if srid, defined := t.GetSpatialTypeSRID(); defined {
		out.SRID = &srid
	}
	return out
}

// collectionType is GEOMETRYCOLLECTION. The library's takes no MULTIPOINT and the like;
// what a column of it may hold, types.Store has seen to.
type collectionType struct{ gtypes.GeometryType }

// Equals implements gms.Type.
func (collectionType) Equals(o gms.Type) bool { _, ok := o.(collectionType); return ok }

// String implements gms.Type.
func (collectionType) String() string { return "geometrycollection" }

// Promote implements gms.Type.
func (t collectionType) Promote() gms.Type { return t }

// SetSRID implements gms.SpatialColumnType.
func (t collectionType) SetSRID(srid uint32) gms.Type {
	t.SRID, t.DefinedSRID = srid, true
	return t
}
