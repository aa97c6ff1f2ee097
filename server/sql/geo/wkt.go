package geo

import (
	"encoding/binary"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/peterstace/simplefeatures/geom"

	"github.com/xadb/xadb/server/types"
)

// nestMax is how deep collections may lie in each other: they are read recursively.
const nestMax = 64

// A wktReader makes of a well-known text (OGC Simple Features, 7) the bytes that a geometry
// is kept as.
type wktReader struct {
	left string
	out  []byte
	bad  bool
}

// fromText are the bytes of the geometry that a text says.
func fromText(text string, srid uint32) ([]byte, bool) {
	r := wktReader{left: text, out: binary.LittleEndian.AppendUint32(nil, srid)}
	r.geometry(nestMax)
	return r.out, !r.bad && r.skipped() == "" && types.ValidGeometry(r.out)
}

func (r *wktReader) skipped() string {
	r.left = strings.TrimLeft(r.left, " \t\r\n\v\f")
	return r.left
}

// sees takes a sign if it is next.
func (r *wktReader) sees(sign string) bool {
	left, found := strings.CutPrefix(r.skipped(), sign)
	r.left = left
	return found
}

func (r *wktReader) want(sign string) { r.bad = !r.sees(sign) || r.bad }

// word takes letters.
func (r *wktReader) word() string {
	n := 0
	for s := r.skipped(); n < len(s) && (s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z'); {
		n++
	}
	w := r.left[:n]
	r.left = r.left[n:]
	return strings.ToLower(w)
}

func (r *wktReader) head(s types.Shape) {
	r.out = binary.LittleEndian.AppendUint32(append(r.out, 1), uint32(s))
}

func (r *wktReader) geometry(nest int) {
	shape, known := types.ShapeNamed(r.word())
	if !known || shape == types.AnyShape || nest == 0 {
		r.bad = true
	}
	if r.bad {
		return
	}
	r.head(shape)
	if shape == types.Collection {
		r.collection(nest)
	} else {
		r.body(shape)
	}
}

func (r *wktReader) collection(nest int) {
	before := r.left
	switch {
	case r.word() == "empty":
	case r.sees("(") && r.sees(")"):
	default:
		r.left = before
		r.list(func() { r.geometry(nest - 1) })
		return
	}
	r.out = binary.LittleEndian.AppendUint32(r.out, 0)
}

func (r *wktReader) body(shape types.Shape) {
	switch shape {
	case types.Point:
		r.want("(")
		r.point()
		r.want(")")
	case types.LineString:
		r.list(r.point)
	case types.Polygon:
		r.list(func() { r.list(r.point) })
	case types.MultiPoint:
		r.multiPoint()
	case types.MultiLineString:
		r.list(func() { r.head(types.LineString); r.body(types.LineString) })
	case types.MultiPolygon:
		r.list(func() { r.head(types.Polygon); r.body(types.Polygon) })
	}
}

// multiPoint has each point in brackets, or none.
func (r *wktReader) multiPoint() {
	bare := !strings.HasPrefix(strings.TrimLeft(strings.TrimPrefix(r.skipped(), "("), " \t\r\n\v\f"), "(")
	r.list(func() {
		r.head(types.Point)
		if bare {
			r.point()
		} else {
			r.body(types.Point)
		}
	})
}

// list has one thing at least; how many they are stands before them.
func (r *wktReader) list(one func()) {
	at, n := len(r.out), uint32(0)
	r.out = append(r.out, 0, 0, 0, 0)
	r.want("(")
	for more := true; more && !r.bad; n++ {
		one()
		more = r.sees(",")
	}
	r.want(")")
	binary.LittleEndian.PutUint32(r.out[at:], n)
}

func (r *wktReader) point() {
	r.number()
	r.number()
}

var wktNumber = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?`)

func (r *wktReader) number() {
	digits := wktNumber.FindString(r.skipped())
	f, err := strconv.ParseFloat(digits, 64)
	r.bad = r.bad || err != nil
	r.left = r.left[len(digits):]
	r.out = binary.LittleEndian.AppendUint64(r.out, math.Float64bits(f))
}

// text is the well-known text of a shape.
func text(shape geom.Geometry) string {
	var out strings.Builder
	writeText(&out, shape)
	return out.String()
}

func writeText(out *strings.Builder, shape geom.Geometry) {
	name := names[shape.Type()]
	if shape.Type() == geom.TypeGeometryCollection {
		name = "GEOMETRYCOLLECTION"
		if members(shape) == 0 {
			out.WriteString(name + " EMPTY")
			return
		}
	}
	out.WriteString(name)
	writeBody(out, shape)
}

func writeBody(out *strings.Builder, shape geom.Geometry) {
	out.WriteByte('(')
	switch shape.Type() {
	case geom.TypePoint, geom.TypeLineString:
		writePoints(out, coordinatesOf(shape))
	case geom.TypePolygon:
		for i, ring := range shape.MustAsPolygon().DumpRings() {
			comma(out, i)
			writeBody(out, ring.AsGeometry())
		}
	default:
		for i := range members(shape) {
			comma(out, i)
			if shape.Type() == geom.TypeGeometryCollection {
				writeText(out, member(shape, i))
			} else {
				writeBody(out, member(shape, i))
			}
		}
	}
	out.WriteByte(')')
}

func writePoints(out *strings.Builder, points []geom.XY) {
	for i, p := range points {
		comma(out, i)
		out.WriteString(numberText(p.X) + " " + numberText(p.Y))
	}
}

func comma(out *strings.Builder, i int) {
	if i > 0 {
		out.WriteByte(',')
	}
}

func numberText(f float64) string { return string(types.Text(f, types.Type{Kind: types.Double})) }
