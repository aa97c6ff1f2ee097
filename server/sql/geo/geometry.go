// Package geo computes with geometries as MySQL's spatial functions do: what a geometry
// consists of, how two lie to each other, what they have in common, and how far apart they
// are.
//
// Functions compute in the plane, by package geom of peterstace/simplefeatures. In a
// geographic system, whose coordinates are angles, only what asks for no plane is computed:
// parts of a geometry, formats, and distances of points. The rest is refused as MySQL
// refuses what it has not (3618).
package geo

import (
	"encoding/binary"

	"github.com/peterstace/simplefeatures/geom"

	"github.com/xadb/xadb/server/types"
)

// A Geometry is a shape in a spatial reference system.
type Geometry struct {
	SRID  uint32
	shape geom.Geometry
}

const sridSize = 4

// Parse reads a geometry as MySQL keeps it.
func Parse(b []byte) (Geometry, bool) {
	if !types.ValidGeometry(b) {
		return Geometry{}, false
	}
	shape, err := geom.UnmarshalWKB(b[sridSize:], geom.NoValidate{})
	return Geometry{types.SRIDOf(b), shape}, err == nil
}

// Bytes is the inverse of Parse.
func (g Geometry) Bytes() []byte {
	return g.shape.AppendWKB(binary.LittleEndian.AppendUint32(nil, g.SRID))
}

// with is another shape in the same system.
func (g Geometry) with(shape geom.Geometry) Geometry { return Geometry{g.SRID, shape} }

// names are what MySQL calls shapes in results and errors.
var names = map[geom.GeometryType]string{
	geom.TypePoint: "POINT", geom.TypeLineString: "LINESTRING", geom.TypePolygon: "POLYGON",
	geom.TypeMultiPoint: "MULTIPOINT", geom.TypeMultiLineString: "MULTILINESTRING",
	geom.TypeMultiPolygon: "MULTIPOLYGON", geom.TypeGeometryCollection: "GEOMCOLLECTION",
}

func (g Geometry) name() string { return names[g.shape.Type()] }

// leaves are the points, lines and polygons that a shape consists of.
func leaves(shape geom.Geometry) []geom.Geometry {
	switch shape.Type() {
	case geom.TypeGeometryCollection, geom.TypeMultiPoint, geom.TypeMultiLineString, geom.TypeMultiPolygon:
		var out []geom.Geometry
		for i := range members(shape) {
			out = append(out, leaves(member(shape, i))...)
		}
		return out
	}
	if shape.IsEmpty() {
		return nil
	}
	return []geom.Geometry{shape}
}

// members is how many a shape of several has; none if it is a single one.
func members(shape geom.Geometry) int {
	switch shape.Type() {
	case geom.TypeMultiPoint:
		return shape.MustAsMultiPoint().NumPoints()
	case geom.TypeMultiLineString:
		return shape.MustAsMultiLineString().NumLineStrings()
	case geom.TypeMultiPolygon:
		return shape.MustAsMultiPolygon().NumPolygons()
	case geom.TypeGeometryCollection:
		return shape.MustAsGeometryCollection().NumGeometries()
	}
	return 0
}

// member is one of those, from 0.
func member(shape geom.Geometry, i int) geom.Geometry {
	switch shape.Type() {
	case geom.TypeMultiPoint:
		return shape.MustAsMultiPoint().PointN(i).AsGeometry()
	case geom.TypeMultiLineString:
		return shape.MustAsMultiLineString().LineStringN(i).AsGeometry()
	case geom.TypeMultiPolygon:
		return shape.MustAsMultiPolygon().PolygonN(i).AsGeometry()
	}
	return shape.MustAsGeometryCollection().GeometryN(i)
}

// collection is a shape of several.
func collection(list []geom.Geometry) geom.Geometry {
	return geom.NewGeometryCollection(list).AsGeometry()
}

// point is one of those that coordinates make.
func pointOf(at geom.XY) geom.Geometry {
	return geom.NewPoint(geom.Coordinates{XY: at, Type: geom.DimXY}).AsGeometry()
}

// lineOf is a line through points.
func lineOf(points []geom.XY) geom.LineString {
	flat := make([]float64, 0, 2*len(points))
	for _, p := range points {
		flat = append(flat, p.X, p.Y)
	}
	return geom.NewLineString(geom.NewSequence(flat, geom.DimXY))
}

// pointsOf are the points of a line.
func pointsOf(line geom.LineString) []geom.XY {
	seq := line.Coordinates()
	out := make([]geom.XY, seq.Length())
	for i := range out {
		out[i] = seq.GetXY(i)
	}
	return out
}
