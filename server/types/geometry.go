package types

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A geometry is kept, logged and sent as MySQL does (reference manual, Internal
// Geometry Storage Format; OpenGIS Simple Features Access, WKB):
//
//	0      4       5          9
//	+------+-------+----------+----------------------------------------------+
//	| SRID | order | shape    | POINT: x, y as float64; else a u32 count of  |
//	| u32  | 1     | u32      | points, rings, or geometries, and these      |
//	+------+-------+----------+----------------------------------------------+
//
// All numbers are little-endian. A ring is a count and its points. A geometry
// within another begins with its order.

// A Shape is what geometries a column takes, by WKB's number.
type Shape uint8

// The shapes. A column of AnyShape takes all, one of Collection all that begin
// with MULTI as well.
const (
	AnyShape        Shape = 0
	Point           Shape = 1
	LineString      Shape = 2
	Polygon         Shape = 3
	MultiPoint      Shape = 4
	MultiLineString Shape = 5
	MultiPolygon    Shape = 6
	Collection      Shape = 7
)

// shapeNames: MySQL calls the last one geomcollection, which MariaDB does not know;
// both know this name.
var shapeNames = [...]string{
	"geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon", "geometrycollection",
}

// ShapeNamed is the shape that a column type's name means, in lower case.
func ShapeNamed(name string) (Shape, bool) {
	for s, n := range shapeNames {
		if n == name {
			return Shape(s), true
		}
	}
	return 0, false
}

// parts is what a geometry of several consists of; AnyShape: of any.
var parts = map[Shape]Shape{MultiPoint: Point, MultiLineString: LineString, MultiPolygon: Polygon, Collection: AnyShape}

// Takes reports whether a column of shape s takes geometries of shape o.
func (s Shape) Takes(o Shape) bool {
	return s == AnyShape || s == o || s == Collection && o >= MultiPoint
}

const (
	sridSize     = 4
	pointSize    = 16
	ringPoints   = 4  // the fewest of a ring, the first one twice
	geometryNest = 64 // how deep collections may lie in each other: they are walked recursively
)

// storeGeometry takes the bytes of a geometry, from whatever they come.
func storeGeometry(v binlog.Value, to Target) (binlog.Value, error) {
	b, ok := v.([]byte)
	if !ok || !validGeometry(b, to.Type.Shape) {
		return nil, mysqlerr.New(mysqlerr.CantCreateGeometry)
	}
	if want := to.Type.SRID; want != nil && *want != SRIDOf(b) {
		return nil, mysqlerr.New(mysqlerr.WrongSRID, to.Name, SRIDOf(b), *want)
	}
	return b, nil
}

// SRIDOf is the spatial reference system of a geometry that was stored.
func SRIDOf(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }

// ValidGeometry reports whether b is a geometry of any shape.
func ValidGeometry(b []byte) bool { return validGeometry(b, AnyShape) }

// ShapeOf is the shape of a geometry that is one.
func ShapeOf(b []byte) Shape { return Shape(b[sridSize+1]) }

// validGeometry reports whether b is one geometry that a column of a shape takes.
func validGeometry(b []byte, column Shape) bool {
	if len(b) < sridSize {
		return false
	}
	w := wkb{b: b[sridSize:]}
	w.geometry(column, geometryNest)
	return !w.bad && len(w.b) == 0
}

// A wkb is what is left of a geometry that is checked; bad is for good.
type wkb struct {
	b   []byte
	bad bool
}

func (w *wkb) take(n int) []byte {
	if w.bad || len(w.b) < n {
		w.bad = true
		return nil
	}
	out := w.b[:n]
	w.b = w.b[n:]
	return out
}

func (w *wkb) count(least uint32) uint32 {
	if b := w.take(4); b != nil {
		if n := binary.LittleEndian.Uint32(b); n >= least {
			return n
		}
	}
	w.bad = true
	return 0
}

func (w *wkb) geometry(want Shape, nest int) {
	head := w.take(5)
	if w.bad || head[0] != 1 || nest == 0 {
		w.bad = true
		return
	}
	n := binary.LittleEndian.Uint32(head[1:])
	if n < uint32(Point) || n > uint32(Collection) || !want.Takes(Shape(n)) {
		w.bad = true
		return
	}
	switch shape := Shape(n); shape {
	case Point:
		w.points(1)
	case LineString:
		w.points(w.count(2))
	case Polygon:
		for rings := w.count(1); rings > 0 && !w.bad; rings-- {
			w.ring()
		}
	default:
		least := uint32(1)
		if shape == Collection {
			least = 0
		}
		for n := w.count(least); n > 0 && !w.bad; n-- {
			w.geometry(parts[shape], nest-1)
		}
	}
}

func (w *wkb) points(n uint32) []byte {
	if uint64(n)*pointSize > uint64(len(w.b)) {
		w.bad = true
		return nil
	}
	b := w.take(int(n) * pointSize)
	for i := 0; i < len(b); i += 8 {
		if f := math.Float64frombits(binary.LittleEndian.Uint64(b[i:])); math.IsNaN(f) || math.IsInf(f, 0) {
			w.bad = true
		}
	}
	return b
}

// ring ends where it began.
func (w *wkb) ring() {
	b := w.points(w.count(ringPoints))
	if !w.bad && string(b[:pointSize]) != string(b[len(b)-pointSize:]) {
		w.bad = true
	}
}

func readGeometry(b []byte, t Type) (binlog.Value, int, error) {
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n) {
		return nil, 0, fmt.Errorf("%w: length of a geometry", ErrCorrupt)
	}
	end := n + int(size)
	if !validGeometry(b[n:end], t.Shape) {
		return nil, 0, fmt.Errorf("%w: no %s", ErrCorrupt, t.SQL())
	}
	return b[n:end:end], end, nil
}
