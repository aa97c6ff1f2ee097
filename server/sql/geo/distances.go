package geo

import (
	"math"

	"github.com/peterstace/simplefeatures/geom"

	"github.com/xadb/xadb/server/mysqlerr"
)

// distanceFunctions measure lengths.
var distanceFunctions = map[string]Function{
	"st_distance":          {Double, "gg?t", false, distance},
	"st_length":            {Double, "g?t", false, length},
	"st_distance_sphere":   {Double, "gg?d", false, sphereDistance},
	"st_hausdorffdistance": {Double, "gg?t", true, hausdorff},
	"st_frechetdistance":   {Double, "gg?t", true, frechet},
}

func distance(c Call) (any, error) {
	a, b := c.Geometries[0].shape, c.Geometries[1].shape
	if a.IsEmpty() || b.IsEmpty() {
		return nil, nil
	}
	if !c.System.geographic() {
		d, _ := geom.Distance(a, b)
		return converted(c, d)
	}
	measure, err := c.onEllipsoid(a, b)
	if err != nil {
		return nil, err
	}
	return converted(c, nearest(coordinatesOf(a), coordinatesOf(b), measure))
}

// onEllipsoid measures between points in a geographic system; between other shapes nothing
// is measured.
func (c Call) onEllipsoid(shapes ...geom.Geometry) (func(a, b geom.XY) float64, error) {
	for _, s := range shapes {
		if s.Dimension() > 0 || s.Type() == geom.TypeGeometryCollection {
			return nil, c.missing()
		}
	}
	axis, flattening := c.System.ellipsoid()
	if axis == 0 || !c.System.degrees() {
		return nil, c.missing()
	}
	return func(a, b geom.XY) float64 { return andoyer(a, b, axis, flattening) }, nil
}

func nearest(a, b []geom.XY, measure func(a, b geom.XY) float64) float64 {
	least := math.Inf(1)
	for _, p := range a {
		for _, q := range b {
			least = min(least, measure(p, q))
		}
	}
	return least
}

func radians(p geom.XY) geom.XY { return geom.XY{X: p.X * math.Pi / 180, Y: p.Y * math.Pi / 180} }

// andoyer is a distance on an ellipsoid, to the first order of its flattening (Andoyer and
// Lambert).
func andoyer(a, b geom.XY, axis, flattening float64) float64 {
	if a == b {
		return 0
	}
	a, b = radians(a), radians(b)
	sinA, sinB := math.Sin(a.Y), math.Sin(b.Y)
	cosine := sinA*sinB + math.Cos(a.Y)*math.Cos(b.Y)*math.Cos(b.X-a.X)
	d := math.Acos(max(-1, min(1, cosine)))
	cosine = max(-1, min(1, cosine))
	k, l := (sinA-sinB)*(sinA-sinB), (sinA+sinB)*(sinA+sinB)
	var h, g float64
	if cosine != 1 {
		h = (d + 3*math.Sin(d)) / (1 - cosine)
	}
	if cosine != -1 {
		g = (d - 3*math.Sin(d)) / (1 + cosine)
	}
	return axis * (d - flattening/4*(h*k+g*l))
}

func length(c Call) (any, error) {
	switch c.first().Type() {
	case geom.TypeLineString, geom.TypeMultiLineString:
	default:
		return nil, nil
	}
	if c.System.geographic() {
		return nil, c.missing()
	}
	var sum total
	for _, l := range leaves(c.first()) {
		sum.add(pointsOf(l.MustAsLineString()))
	}
	return converted(c, sum.value+sum.lost)
}

// sphereRadius is that of a globe in metres, for points that have no system.
const sphereRadius = 6370986

func sphereDistance(c Call) (any, error) {
	a, b := c.Geometries[0].shape, c.Geometries[1].shape
	if a.IsEmpty() || b.IsEmpty() {
		return nil, nil
	}
	if !c.System.cartesian() && !c.System.geographic() || !isPoints(a) || !isPoints(b) {
		return nil, c.missing()
	}
	radius := float64(sphereRadius)
	if c.System.geographic() {
		axis, flattening := c.System.ellipsoid()
		radius = (2*axis + axis*(1-flattening)) / 3
	}
	if len(c.Rest) > 0 {
		if radius = c.Rest[0].(float64); radius <= 0 {
			return nil, mysqlerr.New(mysqlerr.NoRadius, c.Name)
		}
	}
	p, q := coordinatesOf(a), coordinatesOf(b)
	for _, points := range [][]geom.XY{p, q} {
		if err := c.onGlobe(points); err != nil {
			return nil, err
		}
	}
	return radius * nearest(p, q, haversine), nil
}

func isPoints(shape geom.Geometry) bool {
	return shape.Type() == geom.TypePoint || shape.Type() == geom.TypeMultiPoint
}

// haversine is the angle between two points of a sphere.
func haversine(a, b geom.XY) float64 {
	a, b = radians(a), radians(b)
	half := func(angle float64) float64 { s := math.Sin(angle / 2); return s * s }
	return 2 * math.Asin(math.Sqrt(half(b.Y-a.Y)+math.Cos(a.Y)*math.Cos(b.Y)*half(b.X-a.X)))
}

// hausdorff is how far a point of the first is at most from the nearest of the second, or
// of each of several lines, by their points alone. Where one is a single and the other of
// several, the single one is the first.
func hausdorff(c Call) (any, error) {
	a, b := c.Geometries[0].shape, c.Geometries[1].shape
	if a.IsEmpty() || b.IsEmpty() {
		return nil, nil
	}
	if members(a) > 0 && members(b) == 0 {
		a, b = b, a
	}
	switch {
	case isPoints(a) && b.Type() == geom.TypeMultiPoint:
		return converted(c, directed(coordinatesOf(a), coordinatesOf(b)))
	case isLines(a) && isLines(b):
	default:
		return nil, c.missing()
	}
	most := 0.0
	for _, l := range leaves(a) {
		for _, m := range leaves(b) {
			most = max(most, directed(coordinatesOf(l), coordinatesOf(m)))
		}
	}
	return converted(c, most)
}

func isLines(shape geom.Geometry) bool {
	return shape.Type() == geom.TypeLineString || shape.Type() == geom.TypeMultiLineString
}

func directed(a, b []geom.XY) float64 {
	most := 0.0
	for _, p := range a {
		most = max(most, nearest([]geom.XY{p}, b, distanceOf))
	}
	return most
}

// frechet is the least leash with which both ends of it get along two lines, from point to
// point and never back.
func frechet(c Call) (any, error) {
	a, b := c.Geometries[0].shape, c.Geometries[1].shape
	if a.IsEmpty() || b.IsEmpty() {
		return nil, nil
	}
	if a.Type() != geom.TypeLineString || b.Type() != geom.TypeLineString {
		return nil, c.missing()
	}
	p, q := coordinatesOf(a), coordinatesOf(b)
	leash := make([]float64, len(q)) // to the point of p that was looked at last
	for i := range p {
		before := math.Inf(1)
		if i == 0 {
			before = 0
		}
		diagonal := before
		for j := range q {
			up := math.Inf(1)
			if i > 0 {
				up = leash[j]
			}
			leash[j] = max(distanceOf(p[i], q[j]), min(up, before, diagonal))
			before, diagonal = leash[j], up
		}
	}
	return converted(c, leash[len(q)-1])
}
