package types

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/weights"
)

// columns is one type of each kind and collation.
var columns = []Type{
	{Kind: TinyInt}, {Kind: TinyInt, Unsigned: true}, {Kind: SmallInt}, {Kind: MediumInt, Unsigned: true},
	{Kind: Int}, {Kind: BigInt}, {Kind: BigInt, Unsigned: true},
	{Kind: Decimal, Precision: 10, Scale: 2}, {Kind: Decimal, Precision: 65, Scale: 30},
	{Kind: Decimal, Precision: 9}, {Kind: Decimal, Precision: 5, Scale: 5},
	{Kind: Float}, {Kind: Double},
	{Kind: Char, Length: 8, Collation: CollationGeneralCI}, {Kind: VarChar, Length: 20, Collation: CollationGeneralCI},
	{Kind: VarChar, Length: 20, Collation: CollationBin}, {Kind: Blob, Length: 2, Collation: CollationGeneralCI},
	{Kind: Char, Length: 4, Collation: CollationBinary}, {Kind: VarChar, Length: 9, Collation: CollationBinary},
	{Kind: Blob, Length: 1, Collation: CollationBinary},
	{Kind: Date}, {Kind: DateTime}, {Kind: DateTime, FSP: 6}, {Kind: Timestamp, FSP: 3},
	{Kind: Time}, {Kind: Time, FSP: 6}, {Kind: Year},
	{Kind: VarChar, Length: 20, Collation: CollationModern}, {Kind: VarChar, Length: 20, Collation: 278},
	{Kind: VarChar, Length: 20, Collation: 224}, {Kind: VarChar, Length: 20, Collation: collationModernBin},
	{Kind: VarChar, Length: 20, Collation: CollationLatin1}, {Kind: Char, Length: 20, Collation: CollationLatin1Bin},
	{Kind: VarChar, Length: 20, Collation: 11}, {Kind: VarChar, Length: 20, Collation: 83},
	{Kind: Enum, Collation: CollationGeneralCI, Members: []string{"a", "b", "it's"}},
	{Kind: Set, Collation: CollationBin, Members: []string{"x", "y", "ä", "q"}},
	{Kind: Bit, Length: 1}, {Kind: Bit, Length: 13}, {Kind: Bit, Length: 64},
	{Kind: Int, Unsigned: true, Zerofill: true, Length: 5}, {Kind: JSON},
	{Kind: Geometry}, {Kind: Geometry, Shape: Polygon}, {Kind: Geometry, Shape: Collection, SRID: new(uint32(7))},
	{Kind: Vector, Length: 1}, {Kind: Vector, Length: DimensionsMax},
	{Kind: Float, Precision: 7, Scale: 3}, {Kind: Double, Precision: 255, Scale: 30},
}

// anyValue draws a value as Store would return it.
func anyValue(t *rapid.T, typ Type) binlog.Value {
	v, from := rawValue(t, typ)
	out, err := Store(v, from, Target{Name: "c", Type: typ, Row: 1, Zone: time.UTC, ZeroDates: true})
	if err != nil {
		t.Fatalf("%s <- %v: %v", typ.SQL(), v, err)
	}
	return out
}

func rawValue(t *rapid.T, typ Type) (binlog.Value, Type) {
	low, high := typ.intRange()
	switch {
	case typ.IsNamed() || typ.Kind == Bit:
		least := uint64(0)
		if typ.Kind == Enum {
			least = 1
		}
		return rapid.Uint64Range(least, typ.NumberMax()).Draw(t, "number"), Type{Kind: BigInt, Unsigned: true}
	case typ.Kind == JSON:
		return AppendJSONText(nil, anyJSON(3).Draw(t, "document")), Type{Kind: Blob, Length: 4, Collation: CollationBin}
	case typ.Kind == Geometry:
		return anyGeometry(t, typ), Type{Kind: Blob, Length: 4, Collation: CollationBinary}
	case typ.Kind == Vector:
		return anyVector(t, typ), Type{Kind: VarChar, Length: 400, Collation: CollationBinary}
	case typ.Kind == Year:
		if rapid.Bool().Draw(t, "zero") {
			return int64(0), Type{Kind: BigInt}
		}
		return rapid.Int64Range(yearMin, yearMax).Draw(t, "year"), Type{Kind: BigInt}
	case typ.IsInteger() && typ.Unsigned:
		return rapid.Uint64Range(0, high).Draw(t, "unsigned"), Type{Kind: BigInt, Unsigned: true}
	case typ.IsInteger():
		return rapid.Int64Range(low, int64(high)).Draw(t, "int"), Type{Kind: BigInt}
	case typ.Kind == Decimal:
		return anyDecimal(t, typ), typ
	case typ.Kind == Float && typ.Precision > 0:
		return rapid.Float64Range(-9999, 9999).Draw(t, "float"), Type{Kind: Double}
	case typ.IsFloat():
		return rapid.Float64Range(-math.MaxFloat32, math.MaxFloat32).Draw(t, "float"), Type{Kind: Double}
	case typ.IsText():
		runes := slices.DeleteFunc([]rune("aAbBäÄ é\t~ 😀€\x01ß"), func(r rune) bool { return !typ.Collation.Charset().Has(r) })
		s := rapid.StringOfN(rapid.SampledFrom(runes), 0, 8, -1).Draw(t, "text")
		return []byte(s), Type{Kind: VarChar, Length: 8, Collation: CollationGeneralCI}
	case typ.IsString():
		n := 4
		return rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, ' ', 'a', 0xfe, 0xff}), 0, n).Draw(t, "bytes"), typ
	case typ.Kind == Time:
		d, _ := durationOf(rapid.Int64Range(-3_020_399_000_000, 3_020_399_000_000).Draw(t, "time"))
		return d, Type{Kind: Time, FSP: 6}
	}
	seconds := rapid.Int64Range(1, timestampMax-1).Draw(t, "seconds")
	at := time.Unix(seconds, rapid.Int64Range(0, 999_999).Draw(t, "micros")*1000).UTC()
	return FromTime(at), Type{Kind: DateTime, FSP: 6}
}

func anyDecimal(t *rapid.T, typ Type) binlog.Decimal {
	digits := rapid.StringOfN(rapid.RuneFrom([]rune("0123456789")), 0, int(typ.Precision-typ.Scale), -1).Draw(t, "whole")
	fraction := rapid.StringOfN(rapid.RuneFrom([]rune("0123456789")), 0, int(typ.Scale), -1).Draw(t, "fraction")
	sign := rapid.SampledFrom([]string{"", "-"}).Draw(t, "sign")
	return binlog.Decimal(sign + "0" + digits + "." + fraction + "0")
}

func TestY1_RowRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		types := rapid.SliceOfN(rapid.SampledFrom(columns), 1, 20).Draw(t, "columns")
		row := make([]binlog.Value, len(types))
		for i, typ := range types {
			if rapid.IntRange(0, 4).Draw(t, "null") > 0 {
				row[i] = anyValue(t, typ)
			}
		}
		b, err := AppendRow(nil, 3, types, row)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeRow(b, 3, types)
		if err != nil {
			t.Fatal(err)
		}
		for i := range row {
			if want, ok := row[i].([]byte); ok && len(want) == 0 {
				got[i], row[i] = string(got[i].([]byte)), ""
			}
		}
		if !reflect.DeepEqual(got, row) {
			t.Fatalf("%#v came back as %#v", row, got)
		}
		if _, err := DecodeRow(b, 4, types); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("another schema version: %v", err)
		}
		if cut := rapid.IntRange(0, len(b)-1).Draw(t, "cut"); !cutFails(b[:cut], types) {
			t.Fatalf("%d of %d bytes are no error", cut, len(b))
		}
	})
}

func cutFails(b []byte, types []Type) bool {
	_, err := DecodeRow(b, 3, types)
	return errors.Is(err, ErrCorrupt)
}

func TestY2_KeyOrder(t *testing.T) {
	for _, typ := range columns {
		if typ.Kind == Blob || typ.IsOpaque() {
			continue // never in a key
		}
		t.Run(typ.SQL()+typ.Collation.Name(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				a, b := anyValue(t, typ), anyValue(t, typ)
				ka, kb := mustKey(t, typ, a), mustKey(t, typ, b)
				if got, want := bytes.Compare(ka, kb), Compare(a, b, typ); got != want {
					t.Fatalf("%q and %q: keys compare %d, values %d (%x, %x)", a, b, got, want, ka, kb)
				}
				if !bytes.Equal(ka, kb) && (bytes.HasPrefix(ka, kb) || bytes.HasPrefix(kb, ka)) {
					t.Fatalf("%q and %q: one key is a prefix of the other (%x, %x)", a, b, ka, kb)
				}
			})
		})
	}
}

func mustKey(t *rapid.T, typ Type, v binlog.Value) []byte {
	key, err := AppendKey(nil, typ, v)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestLeastWeights: no character weighs less than keys without padding take for
// the least of a level, and those of the second and third go together.
func TestLeastWeights(t *testing.T) {
	for _, c := range Collations() {
		k := c.known()
		if !k.noPad || k.weights == nil || c.Charset() != CharsetUTF8MB4 {
			continue
		}
		for r := rune(0); r <= 0x1ffff; r++ { // tables name nothing behind
			var some [weights.Levels]int
			for level := range k.levels {
				for rd := k.weights.Reader([]byte(string(r)), level); ; some[level]++ {
					w, ok := rd.Next()
					if !ok {
						break
					}
					if w == 0 || w < weights.Common(level) {
						t.Fatalf("%s: %U weighs %x", k.name, r, w)
					}
				}
			}
			if c == 278 && some[1] != some[2] {
				t.Fatalf("%s: %U has %d weights", k.name, r, some)
			}
		}
	}
}

func TestCollations(t *testing.T) {
	for _, c := range []struct {
		coll Collation
		a, b string
		want int
	}{
		{CollationGeneralCI, "a", "A", 0},
		{CollationGeneralCI, "ä", "A", 0},
		{CollationGeneralCI, "a", "a   ", 0},
		{CollationGeneralCI, "a\t", "a", -1},
		{CollationGeneralCI, "a  b", "a", 1},
		{CollationGeneralCI, "b", "A", 1},
		{CollationGeneralCI, "😀", "😁", 0}, // all beyond the first plane weigh the same
		{CollationBin, "a", "A", 1},
		{CollationBin, "a", "a ", 0},
		{CollationBin, "a\x01", "a", -1},
		{CollationBinary, "a", "a ", -1},
		{CollationBinary, "a", "A", 1},
	} {
		if got := c.coll.Compare([]byte(c.a), []byte(c.b)); got != c.want {
			t.Errorf("%s: %q, %q: %d, want %d", c.coll.Name(), c.a, c.b, got, c.want)
		}
	}
}

func TestLike(t *testing.T) {
	for _, c := range []struct {
		coll       Collation
		s, pattern string
		want       bool
	}{
		{CollationGeneralCI, "Hello", "h%O", true},
		{CollationGeneralCI, "hello", "h_llo", true},
		{CollationGeneralCI, "hello", "h_lo", false},
		{CollationGeneralCI, "", "%", true},
		{CollationGeneralCI, "", "_", false},
		{CollationGeneralCI, "a", "a ", false},
		{CollationGeneralCI, "50%", `50\%`, true},
		{CollationGeneralCI, "50x", `50\%`, false},
		{CollationGeneralCI, "aXbXc", "%x%x%", true},
		{CollationGeneralCI, "é", "_", true},
		{CollationBin, "Hello", "h%", false},
		{CollationBinary, "é", "_", false},
		{CollationBinary, "é", "__", true},
		{CollationGeneralCI, strings.Repeat("a", 5000), strings.Repeat("%a", 200) + "b", false},
	} {
		if got := c.coll.Like([]byte(c.s), []byte(c.pattern), '\\'); got != c.want {
			t.Errorf("%.20q like %.20q in %s: %v", c.s, c.pattern, c.coll.Name(), got)
		}
	}
}

func TestPackedDecimal(t *testing.T) {
	typ := Type{Kind: Decimal, Precision: 14, Scale: 4}
	b, err := appendDecimal(nil, "1234567890.1234", typ)
	if err != nil {
		t.Fatal(err)
	}
	// The example in MySQL's source (strings/decimal.cc).
	if want := []byte{0x81, 0x0D, 0xFB, 0x38, 0xD2, 0x04, 0xD2}; !bytes.Equal(b, want) {
		t.Errorf("% X, want % X", b, want)
	}
	for _, bad := range []binlog.Decimal{"", "-", "1e5", "12345678901", "0.00001", "1.2.3", "abc"} {
		if _, err := appendDecimal(nil, bad, typ); err == nil {
			t.Errorf("%q was packed", bad)
		}
	}
}

// TestHugeNumbers: a string cannot ask for a number of a gigabyte of digits.
func TestHugeNumbers(t *testing.T) {
	text := Type{Kind: VarChar, Length: 1 << 20, Collation: CollationGeneralCI}
	for _, s := range []string{
		"1e1000000000", "-1e999999999999999999999", strings.Repeat("9", 1<<20), "1" + strings.Repeat("0", 1<<20) + ".5",
	} {
		_, err := Store([]byte(s), text, Target{Name: "c", Type: Type{Kind: Decimal, Precision: 65, Scale: 30}, Row: 1})
		if err == nil || !strings.Contains(err.Error(), "Out of range") {
			t.Errorf("%.20s...: %v", s, err)
		}
	}
	v, err := Store([]byte("0."+strings.Repeat("1", 1<<20)), text, Target{Type: Type{Kind: Decimal, Precision: 5, Scale: 2}})
	if err != nil || v != binlog.Decimal("0.11") {
		t.Errorf("a long fraction: %v, %v", v, err)
	}
}

func TestTimestampZones(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	to := Target{Name: "c", Type: Type{Kind: Timestamp}, Row: 1, Zone: berlin}
	text := Type{Kind: VarChar, Length: 30, Collation: CollationGeneralCI}
	v, err := Store([]byte("2024-07-01 12:00:00"), text, to)
	if want := (binlog.DateTime{Year: 2024, Month: 7, Day: 1, Hour: 10}); err != nil || v != want {
		t.Errorf("%v, %v", v, err)
	}
	if back := LocalTimestamp(v.(binlog.DateTime), berlin); back.Hour != 12 {
		t.Errorf("back in Berlin: %v", back)
	}
	if _, err := Store([]byte("2024-03-31 02:30:00"), text, to); err == nil {
		t.Error("an hour that the zone leaves out was stored")
	}
}

func FuzzDecodeRow(f *testing.F) {
	row := make([]binlog.Value, len(columns))
	b, err := AppendRow(nil, 1, columns, row)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte{rowFormat, 1, 0, 0, 0, 0})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		row, err := DecodeRow(b, 1, columns)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		if _, err := AppendRow(nil, 1, columns, row); err != nil {
			t.Fatalf("what was decoded does not encode: %v", err)
		}
	})
}

func FuzzStore(f *testing.F) {
	for _, s := range []string{"", "1", "-1.5e3", "2024-02-29 12:13:14.5", "-838:59:59", "1 02:03:04", "20240229", "\xff", "abc"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, s []byte) {
		from := Type{Kind: VarChar, Length: len(s), Collation: CollationGeneralCI}
		for _, typ := range columns {
			v, err := Store(s, from, Target{Name: "c", Type: typ, Row: 1, Zone: time.UTC, ZeroDates: true})
			if err != nil {
				continue
			}
			b, err := AppendRow(nil, 1, []Type{typ}, []binlog.Value{v})
			if err != nil {
				t.Fatalf("Y3: %q as %s: %v", s, typ.SQL(), err)
			}
			if _, err := DecodeRow(b, 1, []Type{typ}); err != nil {
				t.Fatalf("Y3: %q as %s: %v", s, typ.SQL(), err)
			}
			if _, err := AppendKey(nil, typ, v); err != nil && !typ.IsOpaque() {
				t.Fatalf("Y3: %q as %s: %v", s, typ.SQL(), err)
			}
		}
	})
}
