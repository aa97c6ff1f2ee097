package geo

import (
	"cmp"
	"slices"

	"github.com/peterstace/simplefeatures/geom"

	"github.com/xadb/xadb/server/mysqlerr"
)

// shapeFunctions ask what a geometry covers, as a whole.
var shapeFunctions = map[string]Function{
	"st_envelope":     {AnyShape, "g", true, envelope},
	"st_centroid":     {PointShape, "g", true, centroid},
	"st_convexhull":   {AnyShape, "g", true, convexHull},
	"st_isvalid":      {Whole, "g", true, func(c Call) (any, error) { return c.first().Validate() == nil, nil }},
	"st_validate":     {AnyShape, "g", true, validated},
	"st_issimple":     {Whole, "g", true, isSimple},
	"st_area":         {Double, "g", true, area},
	"st_makeenvelope": {PolygonShape, "gg", true, makeEnvelope},
}

func envelope(c Call) (any, error) {
	if c.first().IsEmpty() {
		return c.Geometries[0].with(collection(nil)), nil
	}
	return c.Geometries[0].with(box(c.first().Envelope())), nil
}

// box is an envelope's geometry, counter-clockwise from its least corner.
func box(e geom.Envelope) geom.Geometry {
	least, most, _ := e.MinMaxXYs()
	switch {
	case least == most:
		return pointOf(least)
	case least.X == most.X || least.Y == most.Y:
		return lineOf([]geom.XY{least, most}).AsGeometry()
	}
	ring := []geom.XY{least, {X: most.X, Y: least.Y}, most, {X: least.X, Y: most.Y}, least}
	return geom.NewPolygon([]geom.LineString{lineOf(ring)}).AsGeometry()
}

func makeEnvelope(c Call) (any, error) {
	a, isA := c.Geometries[0].shape.AsPoint()
	b, isB := c.Geometries[1].shape.AsPoint()
	if !isA || !isB {
		return nil, mysqlerr.New(mysqlerr.WrongArguments, c.Name)
	}
	return c.Geometries[0].with(box(a.Envelope().ExpandToIncludeEnvelope(b.Envelope()))), nil
}

func validated(c Call) (any, error) {
	if c.first().Validate() != nil {
		return nil, nil
	}
	return c.Geometries[0], nil
}

// isSimple: lines do not meet themselves, points are there once, none twice in a row, and
// members of a collection meet in boundaries only.
func isSimple(c Call) (any, error) {
	for _, l := range leaves(c.first()) {
		if l.Dimension() > 0 && stutters(l) {
			return false, nil
		}
	}
	if c.first().Type() != geom.TypeGeometryCollection {
		simple, _ := c.first().IsSimple()
		return simple && (c.first().Dimension() != 1 || c.first().Validate() == nil), nil
	}
	if err := c.valid(); err != nil {
		return nil, err
	}
	all := leaves(c.first())
	for i, a := range all {
		if simple, _ := a.IsSimple(); !simple {
			return false, nil
		}
		for _, b := range all[:i] {
			if !geom.Intersects(a, b) {
				continue
			}
			if touch, err := geom.Touches(a, b); !touch || err != nil {
				return false, err
			}
		}
	}
	return true, nil
}

// stutters reports whether a line or a ring has a point twice in a row.
func stutters(shape geom.Geometry) bool {
	rings := []geom.LineString{}
	if p, is := shape.AsPolygon(); is {
		rings = p.DumpRings()
	} else {
		rings = append(rings, shape.MustAsLineString())
	}
	for _, r := range rings {
		points := pointsOf(r)
		for i := range len(points) - 1 {
			if points[i] == points[i+1] {
				return true
			}
		}
	}
	return false
}

func area(c Call) (any, error) {
	switch c.first().Type() {
	case geom.TypePolygon, geom.TypeMultiPolygon:
		return c.first().Area(), nil
	}
	return nil, c.unexpected("POLYGON/MULTIPOLYGON")
}

// centroid is that of the parts of the largest dimension, each as heavy as its area or its
// length is.
func centroid(c Call) (any, error) {
	if c.first().IsEmpty() {
		return nil, nil
	}
	var sum weighing
	for _, l := range leaves(c.first()) {
		if l.Dimension() == c.first().Dimension() {
			sum.add(l)
		}
	}
	return c.Geometries[0].with(pointOf(sum.middle())), nil
}

// A weighing adds up coordinates by weight; areas as seen from the first point: far from
// the origin their numbers would lose their ends.
type weighing struct {
	areas  bool
	from   *geom.XY
	x, y   float64
	weight float64
}

func (w *weighing) add(shape geom.Geometry) {
	switch shape.Type() {
	case geom.TypePoint:
		at, _ := shape.MustAsPoint().XY()
		w.seen(at)
		w.take(at.X, at.Y, 1)
	case geom.TypeLineString:
		w.steps(pointsOf(shape.MustAsLineString()), func(a, b geom.XY) {
			d := distanceOf(a, b)
			w.take(d/2*(a.X+b.X), d/2*(a.Y+b.Y), d)
		})
	case geom.TypePolygon:
		w.areas = true
		for _, ring := range shape.MustAsPolygon().ForceCW().DumpRings() {
			w.steps(pointsOf(ring), func(a, b geom.XY) {
				doubled := a.X*b.Y - b.X*a.Y
				w.take(doubled*(a.X+b.X), doubled*(a.Y+b.Y), doubled)
			})
		}
	}
}

func (w *weighing) take(x, y, weight float64) { w.x, w.y, w.weight = w.x+x, w.y+y, w.weight+weight }

func (w *weighing) seen(at geom.XY) geom.XY {
	if w.from == nil {
		w.from = &at
	}
	if !w.areas {
		return at
	}
	return geom.XY{X: at.X - w.from.X, Y: at.Y - w.from.Y}
}

func (w *weighing) steps(points []geom.XY, step func(a, b geom.XY)) {
	for i := range len(points) - 1 {
		step(w.seen(points[i]), w.seen(points[i+1]))
	}
}

// middle is the first point where all weighs nothing.
func (w *weighing) middle() geom.XY {
	switch {
	case w.weight == 0:
		return *w.from
	case !w.areas:
		return geom.XY{X: w.x / w.weight, Y: w.y / w.weight}
	}
	thrice := 3 * w.weight // a triangle's middle is the third of its corners' sum
	return geom.XY{X: w.x/thrice + w.from.X, Y: w.y/thrice + w.from.Y}
}

// convexHull goes around counter-clockwise, from the least point (Andrew's monotone chain).
func convexHull(c Call) (any, error) {
	points := coordinatesOf(c.first())
	slices.SortFunc(points, func(a, b geom.XY) int { return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y)) })
	points = slices.Compact(points)
	if len(points) == 0 {
		return nil, nil
	}
	hull := append(chain(points), pointsBack(points)...)
	switch len(hull) {
	case 1:
		return c.Geometries[0].with(pointOf(hull[0])), nil
	case 2:
		return c.Geometries[0].with(lineOf(hull).AsGeometry()), nil
	}
	ring := lineOf(append(hull, hull[0]))
	return c.Geometries[0].with(geom.NewPolygon([]geom.LineString{ring}).AsGeometry()), nil
}

// pointsBack is the other half of a hull, without its ends.
func pointsBack(points []geom.XY) []geom.XY {
	back := slices.Clone(points)
	slices.Reverse(back)
	half := chain(back)
	return half[min(1, len(half)-1):max(len(half)-1, min(1, len(half)-1))]
}

// chain is one half of a hull: it turns left at each point.
func chain(points []geom.XY) []geom.XY {
	var out []geom.XY
	for _, p := range points {
		for len(out) > 1 && turn(out[len(out)-2], out[len(out)-1], p) <= 0 {
			out = out[:len(out)-1]
		}
		out = append(out, p)
	}
	return out
}

func turn(a, b, c geom.XY) float64 { return (b.X-a.X)*(c.Y-a.Y) - (b.Y-a.Y)*(c.X-a.X) }

// coordinatesOf are all points of a shape.
func coordinatesOf(shape geom.Geometry) []geom.XY {
	seq := shape.DumpCoordinates()
	out := make([]geom.XY, seq.Length())
	for i := range out {
		out[i] = seq.GetXY(i)
	}
	return out
}
