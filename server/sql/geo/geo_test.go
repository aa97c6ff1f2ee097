package geo

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/xadb/xadb/server/mysqlerr"
)

func parsed(t testing.TB, wkt string) Geometry {
	t.Helper()
	b, ok := fromText(wkt, 0)
	g, known := Parse(b)
	if !ok || !known {
		t.Fatalf("%s is no geometry", wkt)
	}
	return g
}

// What is written is read again as it was.
func TestFormatsRoundTrip(t *testing.T) {
	for _, wkt := range []string{
		"POINT(1 -2.5)", "LINESTRING(0 0,1e20 1)", "POLYGON((0 0,4 0,4 4,0 0),(1 1,2 1,2 2,1 1))",
		"MULTIPOINT((1 1),(2 2))", "MULTILINESTRING((0 0,1 1),(2 2,3 3))", "MULTIPOLYGON(((0 0,1 0,1 1,0 0)))",
		"GEOMETRYCOLLECTION EMPTY", "GEOMETRYCOLLECTION(POINT(1 1),GEOMETRYCOLLECTION(MULTIPOINT((1 1))))",
	} {
		g := parsed(t, wkt)
		if got := text(g.shape); got != wkt {
			t.Errorf("%s was written as %s", wkt, got)
		}
		b, ok := fromBytes(g.shape.AsBinary(), 0)
		if !ok || !bytes.Equal(b, g.Bytes()) {
			t.Errorf("%s: other bytes after reading", wkt)
		}
	}
}

// Collections that lie too deep in each other are refused before the stack is full.
func TestDeepCollectionsRefused(t *testing.T) {
	const deep = 1 << 16
	if _, ok := fromText(strings.Repeat("geometrycollection(", deep)+"point(1 1)"+strings.Repeat(")", deep), 0); ok {
		t.Error("a text was taken")
	}
	if _, ok := fromBytes(bytes.Repeat([]byte{1, 7, 0, 0, 0, 1, 0, 0, 0}, deep), 0); ok {
		t.Error("bytes were taken")
	}
}

// Whatever bytes and texts come: a geometry or none, and no panic.
func TestReadersTakeAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOf(rapid.SampledFrom([]byte{0, 1, 2, 3, 4, 7, 0x3f, 0xf0, 0xff})).Draw(t, "bytes")
		fromBytes(b, 0)
		Parse(b)
		fromText(strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{"point", "multipoint", "polygon", "geometrycollection", "empty", "(", ")", ",", " ", "1", "-2e3"})).Draw(t, "text"), ""), 0)
	})
}

// Every function of two geometries has a value or an error of MySQL's, whatever these are.
func TestFunctionsOfAnyTwo(t *testing.T) {
	grid := rapid.IntRange(0, 4)
	rapid.Check(t, func(t *rapid.T) {
		var two []Geometry
		for range 2 {
			var points []string
			for range rapid.IntRange(2, 6).Draw(t, "points") {
				points = append(points, numberText(float64(grid.Draw(t, "x")))+" "+numberText(float64(grid.Draw(t, "y"))))
			}
			wkt := "linestring(" + strings.Join(points, ",") + ")"
			if len(points) > 2 && rapid.Bool().Draw(t, "ring") {
				wkt = "polygon((" + strings.Join(append(points, points[0]), ",") + "))"
			}
			b, _ := fromText(wkt, 0)
			g, _ := Parse(b)
			two = append(two, g)
		}
		for name, f := range Functions {
			if f.Letters() != "gg" {
				continue
			}
			_, err := f.Call(Call{Name: name, Geometries: two})
			if e := (*mysqlerr.Error)(nil); err != nil && !errors.As(err, &e) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
