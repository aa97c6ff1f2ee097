package geo

import (
	"github.com/peterstace/simplefeatures/geom"
)

// partFunctions ask what a geometry consists of, in any system.
var partFunctions = map[string]Function{
	"st_geometrytype":     {Text, "g", false, func(c Call) (any, error) { return c.Geometries[0].name(), nil }},
	"st_isempty":          {Whole, "g", false, func(c Call) (any, error) { return c.first().IsEmpty(), nil }},
	"st_dimension":        {Whole, "g", false, dimension},
	"st_numgeometries":    {Whole, "g", false, numGeometries},
	"st_geometryn":        {AnyShape, "gw", false, geometryN},
	"st_numpoints":        {Whole, "g", false, ofLine(func(line []geom.XY, _ Call) any { return len(line) })},
	"st_startpoint":       {AnyShape, "g", false, ofLine(func(line []geom.XY, c Call) any { return c.point(line[0]) })},
	"st_endpoint":         {AnyShape, "g", false, ofLine(func(line []geom.XY, c Call) any { return c.point(line[len(line)-1]) })},
	"st_pointn":           {AnyShape, "gw", false, ofLine(pointN)},
	"st_isclosed":         {Whole, "g", false, isClosed},
	"st_exteriorring":     {AnyShape, "g", false, ofPolygon(func(p geom.Polygon, c Call) any { return c.line(p.ExteriorRing()) })},
	"st_numinteriorring":  {Whole, "g", false, ofPolygon(func(p geom.Polygon, _ Call) any { return p.NumInteriorRings() })},
	"st_numinteriorrings": {Whole, "g", false, ofPolygon(func(p geom.Polygon, _ Call) any { return p.NumInteriorRings() })},
	"st_interiorringn":    {AnyShape, "gw", false, ofPolygon(interiorRingN)},
	"st_swapxy":           {AnyShape, "g", false, swapXY},
}

func (c Call) point(at geom.XY) Geometry          { return c.Geometries[0].with(pointOf(at)) }
func (c Call) line(line geom.LineString) Geometry { return c.Geometries[0].with(line.AsGeometry()) }
func (c Call) within(n int) (int, bool) {
	i := c.Rest[0].(int64)
	return int(i) - 1, i >= 1 && i <= int64(n)
}
func ofLine(part func([]geom.XY, Call) any) func(Call) (any, error) {
	return func(c Call) (any, error) {
		line, is := c.first().AsLineString()
		if !is {
			return nil, nil
		}
		return part(pointsOf(line), c), nil
	}
}

func ofPolygon(part func(geom.Polygon, Call) any) func(Call) (any, error) {
	return func(c Call) (any, error) {
		polygon, is := c.first().AsPolygon()
		if !is {
			return nil, nil
		}
		return part(polygon, c), nil
	}
}

// dimension: an empty collection has none.
func dimension(c Call) (any, error) {
	if c.first().IsEmpty() {
		return nil, nil
	}
	return c.first().Dimension(), nil
}

func numGeometries(c Call) (any, error) {
	if !several(c.first()) {
		return nil, nil
	}
	return members(c.first()), nil
}

func several(shape geom.Geometry) bool {
	return shape.Type() == geom.TypeGeometryCollection || members(shape) > 0
}

func geometryN(c Call) (any, error) {
	if i, ok := c.within(members(c.first())); ok {
		return c.Geometries[0].with(member(c.first(), i)), nil
	}
	return nil, nil
}

func pointN(line []geom.XY, c Call) any {
	if i, ok := c.within(len(line)); ok {
		return c.point(line[i])
	}
	return nil
}

func interiorRingN(p geom.Polygon, c Call) any {
	if i, ok := c.within(p.NumInteriorRings()); ok {
		return c.line(p.InteriorRingN(i))
	}
	return nil
}

// isClosed: lines end where they begin, all of them.
func isClosed(c Call) (any, error) {
	switch c.first().Type() {
	case geom.TypeLineString, geom.TypeMultiLineString:
	default:
		return nil, nil
	}
	for _, l := range leaves(c.first()) {
		if !l.MustAsLineString().IsClosed() {
			return false, nil
		}
	}
	return true, nil
}

func swapXY(c Call) (any, error) {
	return c.Geometries[0].with(c.first().TransformXY(func(p geom.XY) geom.XY { return geom.XY{X: p.Y, Y: p.X} })), nil
}
