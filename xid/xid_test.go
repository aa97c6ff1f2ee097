package xid

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// must returns the XID of parts that are known to be good.
func must(t testing.TB, formatID int64, gtrid, bqual string) XID {
	t.Helper()
	x, err := New(formatID, []byte(gtrid), []byte(bqual))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// anyXID draws XIDs whose parts are often equal, so that near misses of
// equality come up.
func anyXID() *rapid.Generator[XID] {
	return rapid.Custom(func(t *rapid.T) XID {
		part := rapid.OneOf(
			rapid.SampledFrom([][]byte{{'a'}, {'a', 'b'}, {0}, {0, 0}, {'b', 'c'}, {'c'}}),
			rapid.SliceOfN(rapid.Byte(), 1, PartMax))
		formatID := rapid.OneOf(rapid.SampledFrom([]int64{0, 1, -2}), rapid.Int64()).
			Filter(func(n int64) bool { return n != FormatNull }).Draw(t, "formatID")
		gtrid := part.Draw(t, "gtrid")
		bqual := rapid.OneOf(rapid.Just([]byte(nil)), part).Draw(t, "bqual")
		x, err := New(formatID, gtrid, bqual)
		if err != nil {
			t.Fatal(err)
		}
		return x
	})
}

// TestX1Parts tries both sides of every limit.
func TestX1Parts(t *testing.T) {
	long := func(n int) []byte { return bytes.Repeat([]byte{0xff}, n) }
	for _, c := range []struct {
		name         string
		formatID     int64
		gtrid, bqual []byte
		ok           bool
	}{
		{"shortest", 1, long(1), nil, true},
		{"longest", 1, long(64), long(64), true},
		{"no gtrid", 1, nil, long(1), false},
		{"gtrid too long", 1, long(65), nil, false},
		{"bqual too long", 1, long(1), long(65), false},
		{"null format", -1, long(1), nil, false},
		{"format 0", 0, long(1), nil, true},
		{"negative format", -2, long(1), nil, true},
		{"smallest format", math.MinInt64, long(1), nil, true},
		{"largest format", math.MaxInt64, long(1), nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			x, err := New(c.formatID, c.gtrid, c.bqual)
			if !c.ok {
				if !errors.Is(err, ErrInvalid) || x != (XID{}) {
					t.Fatalf("got %v, %v; want ErrInvalid", x, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if x.FormatID() != c.formatID || !bytes.Equal(x.Gtrid(), c.gtrid) || !bytes.Equal(x.Bqual(), c.bqual) {
				t.Fatalf("parts came back as %d %x %x", x.FormatID(), x.Gtrid(), x.Bqual())
			}
		})
	}
}

// TestLayout holds the bytes themselves: a round trip alone would not notice
// two fields that changed places.
func TestLayout(t *testing.T) {
	got := must(t, 0x01020304, "gt", "b").Encode([]byte("before"))
	want := "6265666f7265" + // what was in dst
		"0403020100000000" + "0200000000000000" + "0100000000000000" + "677462" + strings.Repeat("00", 125)
	if hex.EncodeToString(got) != want {
		t.Fatalf("got  %x\nwant %s", got, want)
	}
	if got := must(t, -2, "g", "").Encode(nil)[:8]; !bytes.Equal(got, []byte{0xfe, 255, 255, 255, 255, 255, 255, 255}) {
		t.Fatalf("formatID -2 is %x", got)
	}
}

// TestX3Decode changes one thing at a time in a good encoding.
func TestX3Decode(t *testing.T) {
	good := func() []byte { return must(t, 7, "gt", "b").Encode(nil) }
	for _, c := range []struct {
		name   string
		change func([]byte) []byte
	}{
		{"empty", func([]byte) []byte { return nil }},
		{"short", func(b []byte) []byte { return b[:EncodedSize-1] }},
		{"long", func(b []byte) []byte { return append(b, 0) }},
		{"null", func([]byte) []byte { return Null().Encode(nil) }},
		{"zero value", func([]byte) []byte { return XID{}.Encode(nil) }},
		{"null format", func(b []byte) []byte { copy(b, bytes.Repeat([]byte{255}, 8)); return b }},
		{"gtrid length 0", func(b []byte) []byte { b[8] = 0; return b }},
		{"gtrid length 65", func(b []byte) []byte { b[8] = 65; return b }},
		{"gtrid length negative", func(b []byte) []byte { b[15] = 0x80; return b }},
		{"gtrid length 2^32+2", func(b []byte) []byte { b[12] = 1; return b }},
		{"bqual length 65", func(b []byte) []byte { b[16] = 65; return b }},
		{"bqual length negative", func(b []byte) []byte { b[23] = 0x80; return b }},
		{"first byte behind the data", func(b []byte) []byte { b[24+3] = 1; return b }},
		{"last byte", func(b []byte) []byte { b[EncodedSize-1] = 1; return b }},
	} {
		t.Run(c.name, func(t *testing.T) {
			if x, err := Decode(c.change(good())); !errors.Is(err, ErrInvalid) || x != (XID{}) {
				t.Fatalf("got %v, %v; want ErrInvalid", x, err)
			}
		})
	}
	if x, err := Decode(good()); err != nil || x != must(t, 7, "gt", "b") {
		t.Fatalf("the unchanged encoding: %v, %v", x, err)
	}
}

func TestRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := anyXID().Draw(t, "x")
		if y, err := Decode(x.Encode(nil)); err != nil || y != x {
			t.Fatalf("Decode(Encode(x)) = %v, %v", y, err)
		}
		if y, err := ParseText(x.String()); err != nil || y != x {
			t.Fatalf("ParseText(%s) = %v, %v", x, y, err)
		}
		if y, err := New(x.FormatID(), x.Gtrid(), x.Bqual()); err != nil || y != x {
			t.Fatalf("New of the parts = %v, %v", y, err)
		}
	})
}

// TestX2Equality compares every notion of equality with the parts themselves.
func TestX2Equality(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := anyXID().Draw(t, "x"), anyXID().Draw(t, "y")
		want := x.FormatID() == y.FormatID() && bytes.Equal(x.Gtrid(), y.Gtrid()) && bytes.Equal(x.Bqual(), y.Bqual())
		for name, got := range map[string]bool{
			"==":      x == y,
			"Equal":   x.Equal(y),
			"Key":     x.Key() == y.Key(),
			"Compare": x.Compare(y) == 0,
			"Encode":  bytes.Equal(x.Encode(nil), y.Encode(nil)),
			"String":  x.String() == y.String(),
		} {
			if got != want {
				t.Errorf("%s says %v, the parts say %v", name, got, want)
			}
		}
		if x.Compare(y) != -y.Compare(x) {
			t.Errorf("Compare is %d one way and %d the other", x.Compare(y), y.Compare(x))
		}
		if len(x.Key()) > KeySizeMax || len(x.String()) > TextMax {
			t.Errorf("key of %d bytes, text of %d", len(x.Key()), len(x.String()))
		}
	})
}

// TestNearMisses are pairs that a careless comparison takes for one branch.
func TestNearMisses(t *testing.T) {
	for name, pair := range map[string][2]XID{
		"boundary": {must(t, 1, "ab", "c"), must(t, 1, "a", "bc")},
		"format":   {must(t, 1, "a", ""), must(t, 2, "a", "")},
		"sign":     {must(t, -2, "a", ""), must(t, math.MaxUint32-1, "a", "")},
		"zeros":    {must(t, 1, "a", ""), must(t, 1, "a", "\x00")},
		"branch":   {must(t, 1, "a", "east"), must(t, 1, "a", "west")},
	} {
		if x, y := pair[0], pair[1]; x == y || x.Equal(y) || x.Key() == y.Key() || x.Compare(y) == 0 {
			t.Errorf("%s: %v and %v are taken for one", name, x, y)
		}
	}
}

func TestCompareOrder(t *testing.T) {
	ordered := []XID{
		must(t, math.MinInt64, "z", ""), must(t, -2, "z", ""), must(t, 0, "a", "z"), must(t, 0, "aa", ""),
		must(t, 0, "b", ""), must(t, 0, "b", "\x00"), must(t, 0, "b", "\xff"), must(t, 9, "a", ""),
	}
	for i := range ordered {
		for j := range ordered {
			got, want := ordered[i].Compare(ordered[j]), min(1, max(-1, i-j))
			if got != want {
				t.Errorf("%v against %v: %d, want %d", ordered[i], ordered[j], got, want)
			}
		}
	}
}

func TestNull(t *testing.T) {
	if !Null().IsNull() || !(XID{}).IsNull() || must(t, 0, "g", "").IsNull() {
		t.Fatal("only Null and the zero value name nothing")
	}
}

// TestSlicesAreCopies changes every slice that went in or came out.
func TestSlicesAreCopies(t *testing.T) {
	gtrid, bqual := []byte("g"), []byte("b")
	x, err := New(1, gtrid, bqual)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range [][]byte{gtrid, bqual, x.Gtrid(), x.Bqual(), x.Data(), x.Encode(nil)} {
		b[0] = 'x'
	}
	if x != must(t, 1, "g", "b") {
		t.Fatalf("x became %v", x)
	}
	grown := append(x.Gtrid(), 'x')
	if x != must(t, 1, "g", "b") {
		t.Fatalf("appending %q reached into %v", grown, x)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(Null().Encode(nil))
	f.Add(Internal(1, 2).Encode(nil))
	f.Add(must(f, -2, "gt", "b").Encode(nil))
	f.Add(must(f, math.MaxInt64, strings.Repeat("g", 64), strings.Repeat("b", 64)).Encode(nil))
	f.Add([]byte("short"))
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := Decode(b)
		if err != nil {
			if !errors.Is(err, ErrInvalid) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		if !bytes.Equal(x.Encode(nil), b) {
			t.Fatalf("%x came back as %x", b, x.Encode(nil))
		}
	})
}
