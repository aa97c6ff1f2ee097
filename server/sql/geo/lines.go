package geo

import (
	"math"

	"github.com/peterstace/simplefeatures/geom"

	"github.com/xadb/xadb/server/mysqlerr"
)

// lineFunctions walk along lines.
var lineFunctions = map[string]Function{
	"st_lineinterpolatepoint":  {AnyShape, "gd", true, func(c Call) (any, error) { return alongLine(c, true, false) }},
	"st_lineinterpolatepoints": {AnyShape, "gd", true, func(c Call) (any, error) { return alongLine(c, true, true) }},
	"st_pointatdistance":       {AnyShape, "gd", true, func(c Call) (any, error) { return alongLine(c, false, false) }},
	"st_simplify":              {AnyShape, "gd", true, simplify},
}

// alongLine is the point at a distance from a line's start, or at a fraction of its
// length; or one after each such step.
func alongLine(c Call, fraction, each bool) (any, error) {
	line, is := c.first().AsLineString()
	if !is {
		return nil, c.unexpected("LINESTRING")
	}
	step, whole := c.Rest[0].(float64), 1.0
	points := pointsOf(line)
	if fraction {
		if step < 0 || step > 1 {
			return nil, mysqlerr.New(mysqlerr.DataOutOfRange, "Distance", c.Name)
		}
		whole, step = step, step*lengthOf(points)
	} else if step < 0 || step > lengthOf(points) {
		return nil, mysqlerr.New(mysqlerr.DataOutOfRange, "Distance", c.Name)
	}
	if !each {
		return c.point(walk(points, step)), nil
	}
	if step == 0 {
		return c.Geometries[0].with(geom.NewMultiPoint([]geom.Point{pointOf(points[0]).MustAsPoint()}).AsGeometry()), nil
	}
	if whole*stepsMax < 1 {
		return nil, unsupported(c.Name + " of so many points")
	}
	var out []geom.Point
	for i := 1.0; i*whole < 1-rounding; i++ {
		out = append(out, pointOf(walk(points, step*i)).MustAsPoint())
	}
	if n := math.Round(1 / whole); math.Abs(n*whole-1) <= rounding {
		out = append(out, pointOf(points[len(points)-1]).MustAsPoint())
	}
	return c.Geometries[0].with(geom.NewMultiPoint(out).AsGeometry()), nil
}

const (
	stepsMax = 1 << 20 // points of ST_LINEINTERPOLATEPOINTS
	rounding = 1e-12   // what sums of fractions may miss
)

// walk is the point that is so far from the first of a line; the last if that is farther.
func walk(points []geom.XY, distance float64) geom.XY {
	if distance >= lengthOf(points) {
		return points[len(points)-1]
	}
	gone := 0.0
	for i := range len(points) - 1 {
		a, b := points[i], points[i+1]
		leg := distanceOf(a, b)
		if leg > 0 && gone+leg >= distance {
			f := (distance - gone) / leg
			return geom.XY{X: a.X + f*(b.X-a.X), Y: a.Y + f*(b.Y-a.Y)}
		}
		gone += leg
	}
	return points[len(points)-1]
}

func lengthOf(points []geom.XY) float64 {
	var sum total
	sum.add(points)
	return sum.value + sum.lost
}

// A total is a sum of lengths, with what additions have rounded away (Neumaier).
type total struct{ value, lost float64 }

func (t *total) add(line []geom.XY) {
	for i := range len(line) - 1 {
		step := distanceOf(line[i], line[i+1])
		sum := t.value + step
		t.lost += min(t.value, step) - (sum - max(t.value, step))
		t.value = sum
	}
}

// simplify leaves out points that are no farther than a distance from the line between
// those that stay (Douglas and Peucker). What shrinks to nothing is left out.
func simplify(c Call) (any, error) {
	far := c.Rest[0].(float64)
	if far <= 0 || math.IsNaN(far) {
		return nil, mysqlerr.New(mysqlerr.WrongArguments, c.Name)
	}
	out, some := simpler(c.first(), far)
	if !some {
		return nil, nil
	}
	return c.Geometries[0].with(out), nil
}

func simpler(shape geom.Geometry, far float64) (geom.Geometry, bool) {
	switch shape.Type() {
	case geom.TypeLineString:
		l, some := simplerLine(shape, far)
		return l.AsGeometry(), some
	case geom.TypePolygon:
		p, some := simplerPolygon(shape.MustAsPolygon(), far)
		return p.AsGeometry(), some
	case geom.TypeMultiLineString:
		var lines []geom.LineString
		for _, one := range leaves(shape) {
			if l, some := simplerLine(one, far); some {
				lines = append(lines, l)
			}
		}
		return geom.NewMultiLineString(lines).AsGeometry(), len(lines) > 0
	case geom.TypeMultiPolygon:
		var polygons []geom.Polygon
		for _, l := range leaves(shape) {
			if p, some := simplerPolygon(l.MustAsPolygon(), far); some {
				polygons = append(polygons, p)
			}
		}
		return geom.NewMultiPolygon(polygons).AsGeometry(), len(polygons) > 0
	case geom.TypeGeometryCollection:
		var list []geom.Geometry
		for i := range members(shape) {
			if m, some := simpler(member(shape, i), far); some {
				list = append(list, m)
			}
		}
		return collection(list), len(list) > 0
	}
	return shape, true
}

// simplerLine is none if it shrinks to a point.
func simplerLine(shape geom.Geometry, far float64) (_ geom.LineString, some bool) {
	points := thinned(pointsOf(shape.MustAsLineString()), far)
	return lineOf(points), len(points) > 2 || points[0] != points[1]
}

// thinned is a line by the points that stay.
func thinned(line []geom.XY, far float64) []geom.XY {
	stays := make([]bool, len(line))
	stays[0], stays[len(line)-1] = true, true
	spans := [][2]int{{0, len(line) - 1}}
	for len(spans) > 0 {
		first, last := spans[len(spans)-1][0], spans[len(spans)-1][1]
		spans = spans[:len(spans)-1]
		most, at := -1.0, 0
		for i := first + 1; i < last; i++ {
			if d := fromSegment(line[i], line[first], line[last]); d > most {
				most, at = d, i
			}
		}
		if most > far {
			stays[at] = true
			spans = append(spans, [2]int{first, at}, [2]int{at, last})
		}
	}
	var out []geom.XY
	for i, p := range line {
		if stays[i] {
			out = append(out, p)
		}
	}
	return out
}

// fromSegment is how far a point is from the line between two.
func fromSegment(p, a, b geom.XY) float64 {
	dx, dy := b.X-a.X, b.Y-a.Y
	along := (p.X-a.X)*dx + (p.Y-a.Y)*dy
	square := dx*dx + dy*dy
	switch {
	case along <= 0:
		return distanceOf(p, a)
	case along >= square:
		return distanceOf(p, b)
	}
	f := along / square
	return distanceOf(p, geom.XY{X: a.X + f*dx, Y: a.Y + f*dy})
}
