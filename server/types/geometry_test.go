package types

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// anyGeometry draws one that a column takes.
func anyGeometry(t *rapid.T, typ Type) []byte {
	srid := uint32(0)
	if typ.SRID != nil {
		srid = *typ.SRID
	}
	shape := typ.Shape
	for !typ.Shape.Takes(shape) || shape == AnyShape {
		shape = Shape(rapid.IntRange(1, 7).Draw(t, "shape"))
	}
	return appendShape(t, binary.LittleEndian.AppendUint32(nil, srid), shape, 3)
}

func appendShape(t *rapid.T, b []byte, shape Shape, nest int) []byte {
	b = binary.LittleEndian.AppendUint32(append(b, 1), uint32(shape))
	count := func(least int) int {
		n := rapid.IntRange(least, least+2).Draw(t, "count")
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
		return n
	}
	points := func(n int) {
		for range 2 * n {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(rapid.Float64Range(-1e9, 1e9).Draw(t, "coordinate")))
		}
	}
	switch shape {
	case Point:
		points(1)
	case LineString:
		points(count(2))
	case Polygon:
		for range count(1) {
			n := count(ringPoints)
			first := len(b)
			points(n - 1)
			b = append(b, b[first:first+pointSize]...)
		}
	default:
		least := 1
		if shape == Collection {
			least = 0
		}
		for range count(least) {
			part := parts[shape]
			for part == AnyShape {
				part = Shape(rapid.IntRange(1, 6).Draw(t, "part"))
			}
			b = appendShape(t, b, part, nest-1)
		}
	}
	return b
}

func TestGeometryRefused(t *testing.T) {
	const (
		point = "000000000101000000000000000000F03F0000000000000040"
		line  = "00000000010200000002000000" + "0000000000000000000000000000000000000000000000000000000000000000"
		inf   = "000000000000F07F"
	)
	for _, tt := range []struct {
		shape Shape
		hex   string
		ok    bool
	}{
		{Point, point, true}, {AnyShape, point, true}, {AnyShape, line, true}, {LineString, point, false}, {Point, line, false},
		{Collection, point, false}, {Collection, "00000000010700000000000000", true}, {AnyShape, "00000000010600000000000000", false},
		{AnyShape, "", false}, {AnyShape, "00000000", false}, {AnyShape, point[:len(point)-2], false}, {AnyShape, point + "00", false},
		{AnyShape, strings.Replace(point, "0101", "0001", 1), false}, {AnyShape, strings.Replace(point, "0101", "0108", 1), false},
		{AnyShape, "000000000101000000" + inf + inf, false}, {AnyShape, "000000000102000000FFFFFFFF", false},
		{AnyShape, "00000000010300000001000000" + "02000000" + strings.Repeat("00", 32), false},
		{AnyShape, "00000000" + strings.Repeat("010700000001000000", geometryNest-1) + "010700000000000000", true},
		{AnyShape, "00000000" + strings.Repeat("010700000001000000", geometryNest) + "010700000000000000", false},
	} {
		b, err := hex.DecodeString(tt.hex)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Store(b, Type{Kind: Blob, Length: 4, Collation: CollationBinary}, Target{Name: "g", Type: Type{Kind: Geometry, Shape: tt.shape}})
		if (err == nil) != tt.ok || err != nil && !mysqlerr.Is(err, mysqlerr.CantCreateGeometry) {
			t.Errorf("%s <- %s: %v", shapeNames[tt.shape], tt.hex, err)
		}
	}
	seven := Target{Name: "g", Type: Type{Kind: Geometry, SRID: new(uint32(7))}}
	b, _ := hex.DecodeString(point)
	if _, err := Store(b, Type{Kind: Geometry}, seven); !mysqlerr.Is(err, mysqlerr.WrongSRID) {
		t.Errorf("another SRID: %v", err)
	}
	if _, err := Store(int64(5), Type{Kind: BigInt}, seven); !mysqlerr.Is(err, mysqlerr.CantCreateGeometry) {
		t.Errorf("a number: %v", err)
	}
}

// A geometry that is damaged is refused, and never a panic.
func FuzzGeometry(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x00\x01\x07\x00\x00\x00\x01\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x40\x00\x00\x00\x00\x00\x00\x00\x40"))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := Store(b, Type{Kind: Blob, Length: 4, Collation: CollationBinary}, Target{Name: "g", Type: Type{Kind: Geometry}})
		if err != nil {
			return
		}
		row, err := AppendRow(nil, 1, []Type{{Kind: Geometry}}, []binlog.Value{v})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := DecodeRow(row, 1, []Type{{Kind: Geometry}}); err != nil {
			t.Fatal(err)
		}
	})
}
