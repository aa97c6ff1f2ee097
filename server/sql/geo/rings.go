package geo

import (
	"math"
	"slices"

	"github.com/peterstace/simplefeatures/geom"
)

// ringPoints are the fewest points of a ring, the first one twice.
const ringPoints = 4

// simplerPolygon has no holes that shrink to nothing; some is false if its outer ring does.
func simplerPolygon(p geom.Polygon, far float64) (_ geom.Polygon, some bool) {
	var rings []geom.LineString
	for i, ring := range p.ForceCCW().DumpRings() {
		out := simplerRing(pointsOf(ring), far)
		switch {
		case len(out) >= ringPoints:
			rings = append(rings, lineOf(out))
		case i == 0:
			return geom.Polygon{}, false
		}
	}
	return geom.NewPolygon(rings), true
}

// ringTries is from how many points a ring is simplified, until one keeps its direction.
const ringTries = 4

// simplerRing simplifies a ring from the point that is farthest from its first; where
// nothing is left then, from points at other places of it.
func simplerRing(ring []geom.XY, far float64) []geom.XY {
	tried, at := map[int]bool{}, 0
	for try := range ringTries {
		switch try {
		case 1, 3:
			at = (at + len(ring)/4) % len(ring)
		case 2:
			at = (at + len(ring)/8) % len(ring)
		}
		at = farthest(ring, ring[at])
		if tried[at] {
			continue
		}
		turned := slices.Concat(ring[at:], ring[:at], ring[at:at+1])
		out := thinned(turned, far)
		if sign(doubleArea(out)) == sign(doubleArea(ring)) {
			return out
		}
		if try == 0 && lengthOf(ring) < 3*far {
			return nil
		}
		tried[at] = true
	}
	return nil
}

func farthest(ring []geom.XY, from geom.XY) int {
	most, at := -1.0, 0
	for i, p := range ring {
		if d := distanceOf(p, from); d > most {
			most, at = d, i
		}
	}
	return at
}

func doubleArea(ring []geom.XY) float64 {
	sum := 0.0
	for i := range len(ring) - 1 {
		sum += ring[i].X*ring[i+1].Y - ring[i+1].X*ring[i].Y
	}
	return sum
}

func sign(f float64) int {
	switch {
	case f > 0:
		return 1
	case f < 0:
		return -1
	}
	return 0
}

func distanceOf(a, b geom.XY) float64 {
	dx, dy := a.X-b.X, a.Y-b.Y
	return math.Sqrt(dx*dx + dy*dy)
}
