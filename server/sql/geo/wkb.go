package geo

import (
	"encoding/binary"

	"github.com/xadb/xadb/server/types"
)

// A wkbReader makes of a well-known binary of either order of bytes the one that a geometry
// is kept as.
type wkbReader struct {
	left []byte
	out  []byte
	bad  bool
}

// fromBytes are the bytes of the geometry that a well-known binary is.
func fromBytes(b []byte, srid uint32) ([]byte, bool) {
	r := wkbReader{left: b, out: binary.LittleEndian.AppendUint32(make([]byte, 0, sridSize+len(b)), srid)}
	r.geometry(nestMax)
	return r.out, !r.bad && len(r.left) == 0 && types.ValidGeometry(r.out)
}

func (r *wkbReader) take(n int) []byte {
	if r.bad || len(r.left) < n {
		r.bad = true
		return make([]byte, n)
	}
	b := r.left[:n]
	r.left = r.left[n:]
	return b
}

func (r *wkbReader) count(order binary.ByteOrder) uint32 {
	n := order.Uint32(r.take(4))
	r.out = binary.LittleEndian.AppendUint32(r.out, n)
	return n
}

func (r *wkbReader) geometry(nest int) {
	var order binary.ByteOrder = binary.LittleEndian
	switch r.take(1)[0] {
	case 0:
		order = binary.BigEndian
	case 1:
	default:
		r.bad = true
	}
	if nest == 0 {
		r.bad = true
	}
	r.out = append(r.out, 1)
	shape := types.Shape(min(r.count(order), uint32(types.Collection)+1))
	points := func(n uint32) {
		for range n {
			for range 2 {
				r.out = binary.LittleEndian.AppendUint64(r.out, order.Uint64(r.take(8)))
			}
			if r.bad {
				return
			}
		}
	}
	switch shape {
	case types.Point:
		points(1)
	case types.LineString:
		points(r.count(order))
	case types.Polygon:
		for n := r.count(order); n > 0 && !r.bad; n-- {
			points(r.count(order))
		}
	default:
		for n := r.count(order); n > 0 && !r.bad; n-- {
			r.geometry(nest - 1)
		}
	}
}
