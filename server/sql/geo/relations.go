package geo

import "github.com/peterstace/simplefeatures/geom"

// relationFunctions say how two geometries lie to each other (OGC Simple Features, 6.1.15:
// interiors, boundaries and exteriors), or their boxes.
var relationFunctions = map[string]Function{
	"st_contains":   relation(geom.Contains),
	"st_within":     relation(geom.Within),
	"st_intersects": relation(intersects),
	"st_disjoint":   relation(geom.Disjoint),
	"st_touches":    relation(touches),
	"st_crosses":    relation(geom.Crosses),
	"st_overlaps":   relation(geom.Overlaps),
	"st_equals":     relation(geom.Equals),
}

// boxFunctions are those between boxes. What is a point or a line then has no inside of
// its own as a box.
var boxFunctions = map[string]Function{
	"mbrcontains":   boxed(geom.Contains),
	"mbrwithin":     boxed(geom.Within),
	"mbrcovers":     boxed(geom.Covers),
	"mbrcoveredby":  boxed(geom.CoveredBy),
	"mbrintersects": boxed(intersects),
	"mbrdisjoint":   boxed(geom.Disjoint),
	"mbrtouches":    boxed(geom.Touches),
	"mbroverlaps":   boxed(boxesOverlap),
	"mbrequals":     boxed(geom.Equals),
}

func intersects(a, b geom.Geometry) (bool, error) { return geom.Intersects(a, b), nil }

// boxesOverlap: they have an inside in common, and each has something that the other has
// not, whatever their dimensions are.
func boxesOverlap(a, b geom.Geometry) (any, error) {
	for _, holds := range []func(a, b geom.Geometry) (bool, error){geom.Disjoint, geom.Touches, geom.Within, geom.Contains} {
		if yes, err := holds(a, b); yes || err != nil {
			return false, err
		}
	}
	return true, nil
}

// touches: whether points touch a collection that has points among others cannot be said
// (nil), if they lie in none of the others.
func touches(a, b geom.Geometry) (any, error) {
	if isPoints(b) {
		a, b = b, a
	}
	if !isPoints(a) || b.Type() != geom.TypeGeometryCollection {
		return geom.Touches(a, b)
	}
	var rest []geom.Geometry
	all := leaves(b)
	for _, l := range all {
		if l.Dimension() > 0 {
			rest = append(rest, l)
		}
	}
	touch, err := geom.Touches(a, collection(rest))
	if len(rest) == len(all) || err != nil {
		return touch, err
	}
	if geom.Intersects(a, collection(rest)) && !touch {
		return false, nil
	}
	return nil, nil
}

func relation[T any](holds func(a, b geom.Geometry) (T, error)) Function {
	return Function{Whole, "gg", true, func(c Call) (any, error) {
		a, b := c.Geometries[0].shape, c.Geometries[1].shape
		if answer, known := withoutLooking(c.Name, a, b); known {
			return answer, nil
		}
		if err := c.valid(); err != nil {
			return nil, err
		}
		return holds(a, b)
	}}
}

func boxed[T any](holds func(a, b geom.Geometry) (T, error)) Function {
	return Function{Whole, "gg", true, func(c Call) (any, error) {
		a, b := c.Geometries[0].shape.Envelope().AsGeometry(), c.Geometries[1].shape.Envelope().AsGeometry()
		if a.IsEmpty() || b.IsEmpty() {
			if c.Name == "mbrequals" {
				return a.IsEmpty() && b.IsEmpty(), nil
			}
			return nil, nil
		}
		return holds(a, b)
	}}
}

// withoutLooking is what the dimensions alone tell: nothing lies in any way to what is
// empty, and some questions have no answer (nil).
func withoutLooking(name string, a, b geom.Geometry) (answer any, known bool) {
	if a.IsEmpty() || b.IsEmpty() {
		if name == "st_equals" {
			return a.IsEmpty() && b.IsEmpty(), true
		}
		return nil, true
	}
	x, y := a.Dimension(), b.Dimension()
	switch name {
	case "st_touches":
		return nil, x == 0 && y == 0
	case "st_crosses":
		return nil, x == 2 || y == 0
	case "st_overlaps":
		return nil, x != y
	}
	return nil, false
}
