package geo

import (
	"slices"

	"github.com/peterstace/simplefeatures/geom"

	"github.com/xadb/xadb/server/mysqlerr"
)

// overlayFunctions make a geometry of the points of two.
var overlayFunctions = map[string]Function{
	"st_union":         overlay(geom.Union),
	"st_intersection":  overlay(geom.Intersection),
	"st_difference":    overlay(geom.Difference),
	"st_symdifference": overlay(geom.SymmetricDifference),
}

func overlay(combine func(a, b geom.Geometry) (geom.Geometry, error)) Function {
	return Function{AnyShape, "gg", true, func(c Call) (any, error) {
		if err := c.valid(); err != nil {
			return nil, err
		}
		out, err := combine(c.Geometries[0].shape, c.Geometries[1].shape)
		if err != nil {
			return nil, unsupported(c.Name + " of these geometries")
		}
		return c.Geometries[0].with(simplest(out)), nil
	}}
}

// simplest is a shape of as few as can be: a single one, several of a kind, or a collection,
// largest dimensions first.
func simplest(shape geom.Geometry) geom.Geometry {
	all := leaves(shape)
	if len(all) == 1 {
		return all[0]
	}
	slices.SortStableFunc(all, func(a, b geom.Geometry) int { return b.Dimension() - a.Dimension() })
	if len(all) > 0 && all[0].Dimension() != all[len(all)-1].Dimension() {
		return collection(all)
	}
	return ofKind(sorted(all))
}

// sorted is single shapes by their kinds.
func sorted(shapes []geom.Geometry) (points []geom.Point, lines []geom.LineString, polygons []geom.Polygon) {
	for _, s := range shapes {
		switch s.Type() {
		case geom.TypePoint:
			points = append(points, s.MustAsPoint())
		case geom.TypeLineString:
			lines = append(lines, s.MustAsLineString())
		default:
			polygons = append(polygons, s.MustAsPolygon())
		}
	}
	return points, lines, polygons
}

// Collect is one geometry of several, which are of one system: of points alone a
// MULTIPOINT and so on, else a collection.
func Collect(name string, list []Geometry) (Geometry, error) {
	shapes := make([]geom.Geometry, len(list))
	alike := true
	for i, g := range list {
		if g.SRID != list[0].SRID {
			return g, mysqlerr.New(mysqlerr.CollectedSRIDs, name, list[0].SRID, g.SRID)
		}
		shapes[i] = g.shape
		alike = alike && g.shape.Type() == list[0].shape.Type()
	}
	if !alike || several(shapes[0]) {
		return list[0].with(collection(shapes)), nil
	}
	return list[0].with(ofKind(sorted(shapes))), nil
}

// ofKind is several shapes of the one kind that there are some of.
func ofKind(points []geom.Point, lines []geom.LineString, polygons []geom.Polygon) geom.Geometry {
	switch {
	case len(points) > 0:
		return geom.NewMultiPoint(points).AsGeometry()
	case len(lines) > 0:
		return geom.NewMultiLineString(lines).AsGeometry()
	case len(polygons) > 0:
		return geom.NewMultiPolygon(polygons).AsGeometry()
	}
	return collection(nil)
}
