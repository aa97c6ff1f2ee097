package types

import (
	"testing"

	"github.com/xadb/xadb/binlog"
)

// TestCompareJSON: each document is behind the one before, whatever their kinds.
func TestCompareJSON(t *testing.T) {
	day := Type{Kind: Date}
	ascending := []any{
		nil,
		int64(-1), float64(-0.5), binlog.Decimal("0.25"), uint64(1 << 63),
		"", "B", "a", "ab",
		JSONObject{}, JSONObject{{"a", int64(1)}}, JSONObject{{"a", int64(2)}}, JSONObject{{"b", nil}},
		JSONArray{}, JSONArray{nil}, JSONArray{int64(1)}, JSONArray{int64(1), int64(0)}, JSONArray{"a"},
		false, true,
		JSONTemporal{binlog.DateTime{Year: 2020, Month: 1, Day: 1}, day}, JSONTemporal{binlog.DateTime{Year: 2020, Month: 1, Day: 2}, day},
		JSONTemporal{binlog.Duration{Hour: 1}, Type{Kind: Time}},
		JSONTemporal{binlog.DateTime{Year: 2020, Month: 1, Day: 1}, Type{Kind: DateTime}},
		JSONOpaque{byte(binlog.TypeBit), []byte{1}},
		JSONOpaque{byte(binlog.TypeBlob), []byte{0}},
	}
	for i, a := range ascending {
		for j, b := range ascending {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			if got := CompareJSON(a, b); got != want {
				t.Errorf("CompareJSON(%v, %v) = %d, want %d", a, b, got, want)
			}
		}
	}
}

// TestJSONScalar: texts are strings, whatever they could be read as.
func TestJSONScalar(t *testing.T) {
	text := Type{Kind: VarChar, Length: 9, Collation: CollationGeneralCI}
	for _, c := range []struct {
		v    binlog.Value
		from Type
		want string
	}{
		{[]byte("[1]"), text, `"[1]"`},
		{[]byte("ab"), Type{Kind: VarChar, Length: 9, Collation: CollationBinary}, `"base64:type15:YWI="`},
		{uint64(5), Type{Kind: Bit, Length: 8}, `"base64:type16:BQ=="`},
		{uint64(2), Type{Kind: Enum, Members: []string{"a", "b"}}, `"b"`},
		{float64(1), Type{Kind: Double}, `1.0`},
		{binlog.DateTime{Year: 2020, Month: 1, Day: 1}, Type{Kind: Date}, `"2020-01-01"`},
	} {
		tree, err := JSONScalar(c.v, c.from)
		if got := string(AppendJSONText(nil, tree)); err != nil || got != c.want {
			t.Errorf("JSONScalar(%v, %s) = %s, %v, want %s", c.v, c.from.SQL(), got, err, c.want)
		}
	}
}
