package types

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// anyVector draws one that a column takes.
func anyVector(t *rapid.T, typ Type) []byte {
	var out []byte
	for _, f := range rapid.SliceOfN(rapid.Float32Range(-math.MaxFloat32, math.MaxFloat32), 1, min(typ.Length, 4)).Draw(t, "vector") {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(f))
	}
	return out
}

// The answers are those of MySQL 9.7.
func TestParseVector(t *testing.T) {
	for text, want := range map[string]string{
		"[1, 2 , 3]": "0000803F0000004000004040", " [ 1 ]\n": "0000803F", "[1\n,\t2]": "0000803F00000040", "[\v1\f\r]": "0000803F",
		"[1e3,1E-3,-1.5,+2,.5,5.]": "00007A446F12833A0000C0BF000000400000003F0000A040",
		"[0x10]":                   "00008041", "[0x1p3]": "00000041", "[0X1P+3]": "00000041", "[0x.8]": "0000003F", "[0x1e1]": "0080F043", "[-0x1p-127]": "00004080",
		"[0x1p-149]": "01000000", "[0x1.000001p-126]": "00008000", "[0x0p-400]": "00000000",
		"[-0]": "00000080", "[0,0.0,-0.0,0e-99]": "00000000000000000000008000000000", "[00012]": "00004041", "[16777217,0.1]": "0000804BCDCCCC3D",
		"[3.4028235e38]": "FFFF7F7F", "[3.40282356e38]": "FFFF7F7F", "[1.17549435e-38]": "00008000",
	} {
		got, ok := ParseVector(text)
		wanted, err := hex.DecodeString(want)
		if err != nil || !ok || string(got) != string(wanted) {
			t.Errorf("%q: %X, %v; want %s", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "[", "]", "[]", "[ ]", "1,2", "[1,2", "[1,,2]", "[1,2,]", "[1]x", "[1]]", "[[1]", "[1],[2]", "[a]", "[nan]", "[inf]", "[-infinity]",
		"[1e40]", "[-1e40]", "[3.4028236e38]", "[3.40282357e38]", "[1e-46]", "[1e-45]", "[1e-40]", "[1.17549e-38]", "[1.1754943e-38]", "[1e-400]",
		"[1 2]", `["1"]`, "[1,null]", "[1e]", "[1e+]", "[-]", "[--1]", "[+-1]", "[- 1]", "[.]", "[.e5]", "[1.2.3]", "[1_000]", "[1f]", "[1p3]", "[1;2]",
		"[0x]", "[0x1p]", "[0x1p-150]", "[0x1.1p-149]", "[0x1p128]", "[1\x00]", "[1]\x00", "[\u00a01]",
	} {
		if got, ok := ParseVector(text); ok {
			t.Errorf("%q is %X", text, got)
		}
	}
}

func TestFormatVector(t *testing.T) {
	for in, want := range map[string]string{
		"0000803F": "[1.00000e+00]", "000080FF000080BF00000080": "[-inf,-1.00000e+00,-0.00000e+00]", "0000C07F": "[nan]", "0000C0FF": "[-nan]", "0000807F": "[inf]",
		"0100000000008000FFFF7F7F": "[1.40130e-45,1.17549e-38,3.40282e+38]", "F9021550": "[1.00000e+10]",
	} {
		b, err := hex.DecodeString(in)
		if got := string(FormatVector(b)); err != nil || got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestVectorStored(t *testing.T) {
	bytes := Type{Kind: VarChar, Length: 20, Collation: CollationBinary}
	text := Type{Kind: VarChar, Length: 20, Collation: CollationGeneralCI}
	to := Target{Name: "v", Type: Type{Kind: Vector, Length: 2}, Row: 1}
	for _, tt := range []struct {
		v    binlog.Value
		from Type
		want uint16
	}{
		{[]byte("abcd"), bytes, 0}, {[]byte("abcdefgh"), bytes, 0}, {[]byte("abcdefghijkl"), bytes, mysqlerr.DataTooLong},
		{[]byte("abcd"), text, mysqlerr.NoVector}, {[]byte("[1]"), text, mysqlerr.NoVector}, {[]byte("abc"), bytes, mysqlerr.NoVector},
		{[]byte{}, bytes, mysqlerr.NoVector}, {[]byte{}, to.Type, 0}, {[]byte("abc"), to.Type, mysqlerr.NoVector},
		{[]byte{0, 0, 0x80, 0x7f}, bytes, mysqlerr.NoVector}, {[]byte{1, 2, 3, 4, 0xff, 0xff, 0xff, 0xff}, bytes, mysqlerr.NoVector},
		{int64(1), Type{Kind: BigInt}, mysqlerr.NoVector}, {1.5, Type{Kind: Double}, mysqlerr.NoVector},
		{binlog.Decimal("1.5"), Type{Kind: Decimal, Precision: 2, Scale: 1}, mysqlerr.NoVector}, {binlog.DateTime{Year: 2026, Month: 1, Day: 1}, Type{Kind: Date}, mysqlerr.NoVector},
		{nil, Type{Kind: Null}, 0},
	} {
		_, err := Store(tt.v, tt.from, to)
		if (err == nil) != (tt.want == 0) || tt.want != 0 && !mysqlerr.Is(err, tt.want) {
			t.Errorf("%v of type %s: %v, want %d", tt.v, tt.from.SQL(), err, tt.want)
		}
	}
	cut, warning, err := Cut([]byte("abcdefghijkl"), bytes, to)
	if b, is := cut.([]byte); err != nil || warning == nil || warning.Code != mysqlerr.DataTooLong || !is || len(b) != 0 {
		t.Errorf("too many dimensions are cut to %v, %v, %v", cut, warning, err)
	}
	if _, _, err := Cut([]byte("abc"), bytes, to); !mysqlerr.Is(err, mysqlerr.NoVector) {
		t.Errorf("half a dimension is cut: %v", err)
	}
}

// Bytes that no row of vectors can have are refused.
func TestVectorCorrupt(t *testing.T) {
	columns := []Type{{Kind: Vector, Length: 2}}
	for _, size := range []int{3, 12} {
		row, err := AppendRow(nil, 1, columns, []binlog.Value{make([]byte, size)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := DecodeRow(row, 1, columns); err == nil {
			t.Errorf("%d bytes are a vector of two dimensions", size)
		}
	}
}
