package types

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// anyJSON draws the tree of a document that text has a form for.
func anyJSON(depth int) *rapid.Generator[any] {
	text := rapid.StringOfN(rapid.SampledFrom([]rune("ab\"\\\n\x01é😀/")), 0, 200, -1)
	return rapid.Custom(func(t *rapid.T) any {
		switch rapid.IntRange(0, 8).Draw(t, "kind") {
		case 0:
			return nil
		case 1:
			return rapid.Bool().Draw(t, "bool")
		case 2:
			return rapid.Int64().Draw(t, "int")
		case 3:
			return rapid.Uint64Range(math.MaxInt64+1, math.MaxUint64).Draw(t, "uint")
		case 4:
			return rapid.Float64Range(-1e300, 1e300).Draw(t, "double")
		case 5, 6:
			if depth > 0 {
				return JSONArray(rapid.SliceOfN(anyJSON(depth-1), 0, 4).Draw(t, "array"))
			}
		case 7:
			if depth > 0 {
				var members []JSONMember
				for range rapid.IntRange(0, 4).Draw(t, "members") {
					members = append(members, JSONMember{text.Draw(t, "key"), anyJSON(depth-1).Draw(t, "value")})
				}
				return NewJSONObject(members)
			}
		}
		return text.Draw(t, "text")
	})
}

// TestJSONRoundTrip: a tree survives the binary form, and its text reads back
// as the same tree.
func TestJSONRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree := anyJSON(4).Draw(t, "tree")
		doc, err := EncodeJSON(tree)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeJSON(doc)
		if err != nil || !sameTree(got, tree) {
			t.Fatalf("%#v came back as %#v, %v", tree, got, err)
		}
		text := AppendJSONText(nil, tree)
		read, fault := ParseJSON(text)
		if fault != nil || !sameTree(read, tree) {
			t.Fatalf("%s read as %#v, %+v", text, read, fault)
		}
		if again := AppendJSONText(nil, read); !bytes.Equal(again, text) {
			t.Fatalf("%s printed as %s", text, again)
		}
	})
}

// sameTree: whether a slice is nil or empty is no difference.
func sameTree(a, b any) bool { return fmt.Sprintf("%#v", normal(a)) == fmt.Sprintf("%#v", normal(b)) }

func normal(tree any) any {
	switch v := tree.(type) {
	case JSONArray:
		out := make([]any, len(v))
		for i := range v {
			out[i] = normal(v[i])
		}
		return out
	case JSONObject:
		out := make([]any, len(v))
		for i := range v {
			out[i] = []any{v[i].Key, normal(v[i].Value)}
		}
		return out
	case float64:
		return math.Float64bits(v + 0)
	}
	return tree
}

// TestJSONCustom: what text has no form for survives, too.
func TestJSONCustom(t *testing.T) {
	day := Type{Kind: DateTime, FSP: FSPMax}
	for _, c := range []struct {
		tree any
		text string
	}{
		{binlog.Decimal("-12.340"), "-12.340"},
		{binlog.Decimal("0.0000001"), "0.0000001"},
		{JSONTemporal{binlog.DateTime{Year: 2024, Month: 2, Day: 29}, Type{Kind: Date}}, `"2024-02-29"`},
		{JSONTemporal{binlog.DateTime{Year: 2024, Month: 2, Day: 29, Hour: 23, Micro: 7}, day}, `"2024-02-29 23:00:00.000007"`},
		{JSONTemporal{binlog.Duration{Negative: true, Hour: 838, Minute: 1}, Type{Kind: Time, FSP: 6}}, `"-838:01:00.000000"`},
		{JSONOpaque{252, []byte{1, 2}}, `"base64:type252:AQI="`},
	} {
		doc, err := EncodeJSON(JSONArray{c.tree})
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeJSON(doc)
		if err != nil || !reflect.DeepEqual(got, JSONArray{c.tree}) {
			t.Errorf("%#v came back as %#v, %v", c.tree, got, err)
		}
		if text := string(AppendJSONText(nil, got)); text != "["+c.text+"]" {
			t.Errorf("%#v prints as %s", c.tree, text)
		}
	}
}

// TestJSONForms: the bytes of small documents, by the description of the format.
func TestJSONForms(t *testing.T) {
	for text, want := range map[string]string{
		`1`:           "05 01 00",
		`-40000`:      "07 c0 63 ff ff",
		`3000000000`:  "09 00 5e d0 b2 00 00 00 00",
		`"a"`:         "0c 01 61",
		`null`:        "04 00",
		`true`:        "04 01",
		`[]`:          "02 00 00 04 00",
		`[1, "a"]`:    "02 02 00 0c 00 05 01 00 0c 0a 00 01 61",
		`{"a": null}`: "00 01 00 0c 00 0b 00 01 00 04 00 00 61",
	} {
		tree, fault := ParseJSON([]byte(text))
		if fault != nil {
			t.Fatal(text, fault)
		}
		doc, err := EncodeJSON(tree)
		if got := fmt.Sprintf("% x", doc); err != nil || got != want {
			t.Errorf("%s is %s, %v, want %s", text, got, err, want)
		}
	}
}

// TestJSONLarge: what does not fit the small form has the large one, and its
// values the same.
func TestJSONLarge(t *testing.T) {
	tree := NewJSONObject([]JSONMember{
		{"long", strings.Repeat("x", 70000)}, {"n", int64(-70000)}, {"u", int64(-1)}, {"d", JSONArray{true, 1.5}},
	})
	doc, err := EncodeJSON(tree)
	if err != nil || doc[0] != jsonLargeObject {
		t.Fatalf("% x, %v", doc[:4], err)
	}
	got, err := DecodeJSON(doc)
	if err != nil || !sameTree(got, tree) {
		t.Fatalf("%.100v, %v", got, err)
	}
	if _, err := EncodeJSON(NewJSONObject([]JSONMember{{strings.Repeat("k", jsonKeyMax+1), nil}})); err == nil {
		t.Fatal("a key of 65536 bytes was taken")
	}
}

// TestJSONText: what is normalised, and how it prints.
func TestJSONText(t *testing.T) {
	for in, want := range map[string]string{
		` {"bb":1,"a":2,"c":3,"a":4} `:                "{\"a\": 4, \"c\": 3, \"bb\": 1}",
		`[1,1.0,1e2,1.5e300,-0,0.1]`:                  "[1, 1.0, 100.0, 1.5e300, 0, 0.1]",
		`[18446744073709551615,18446744073709551616]`: "[18446744073709551615, 18446744073709552000.0]",
		`"\u00e9\ud83d\ude00\/\u0001"`:                "\"é😀/\\u0001\"",
		`[ true , false , null , { } , [ ] ]`:         "[true, false, null, {}, []]",
	} {
		tree, fault := ParseJSON([]byte(in))
		if fault != nil {
			t.Errorf("%s: %+v", in, fault)
			continue
		}
		got := string(AppendJSONText(nil, tree))
		want = strings.ReplaceAll(want, "18446744073709552000.0", "1.8446744073709552e19")
		if got != want {
			t.Errorf("%s prints as %s, want %s", in, got, want)
		}
	}
}

func TestJSONFaults(t *testing.T) {
	for in, want := range map[string]string{
		``:             `"The document is empty." at position 0`,
		`  `:           `"The document is empty." at position 2`,
		`[1,2`:         `"Missing a comma or ] after an array element." at position 4`,
		`{"a" 1}`:      `"Missing a colon after a name of object member." at position 5`,
		`{a:1}`:        `"Missing a name for object member." at position 1`,
		`{"a":1,}`:     `"Missing a name for object member." at position 7`,
		`{"a":1 "b"}`:  `"Missing a comma or } after an object member." at position 7`,
		`1 2`:          `"The document root must not be followed by other values." at position 2`,
		`hello`:        `"Invalid value." at position 0`,
		`"abc`:         `"Missing a closing quotation mark in string." at position 0`,
		`"\x"`:         `"Invalid escape character in string." at position 1`,
		`"\ud800"`:     `"The surrogate pair in string is invalid." at position 1`,
		`1e999`:        `"Number too big to be stored in double." at position 0`,
		`1.`:           `"Miss fraction part in number." at position 2`,
		`01`:           `"The document root must not be followed by other values." at position 1`,
		"\"\x00\"":     `"Invalid encoding in string." at position 1`,
		"[\"\\u12g4\"": `"Incorrect hex digit after \u escape in string." at position 4`,
	} {
		_, err := Store([]byte(in), Type{Kind: VarChar, Length: 99, Collation: CollationGeneralCI},
			Target{Name: "j", Table: "t", Type: Type{Kind: JSON}, Row: 1})
		if !mysqlerr.Is(err, mysqlerr.InvalidJSONText) || !strings.Contains(err.Error(), want+" in value for column 't.j'.") {
			t.Errorf("%s: %v, want %s", in, err, want)
		}
	}
	deep := strings.Repeat("[", jsonDepthMax) + strings.Repeat("]", jsonDepthMax)
	for text, code := range map[string]uint16{deep: 0, "[" + deep + "]": mysqlerr.JSONDocumentTooDeep} {
		_, err := Store([]byte(text), Type{Kind: VarChar, Length: 999, Collation: CollationBin}, Target{Name: "j", Type: Type{Kind: JSON}})
		if code == 0 && err != nil || code != 0 && !mysqlerr.Is(err, code) {
			t.Errorf("%d deep: %v", len(text)/2, err)
		}
	}
	for _, v := range []binlog.Value{int64(1), 1.5} {
		if _, err := Store(v, Type{Kind: BigInt}, Target{Name: "j", Type: Type{Kind: JSON}}); !mysqlerr.Is(err, mysqlerr.InvalidJSONText) {
			t.Errorf("%v: %v", v, err)
		}
	}
	if _, err := Store([]byte("1"), Type{Kind: VarChar, Length: 1, Collation: CollationBinary}, Target{Type: Type{Kind: JSON}}); !mysqlerr.Is(err, mysqlerr.InvalidJSONCharset) {
		t.Errorf("bytes: %v", err)
	}
}

// FuzzDecodeJSON: bytes that are no document are ErrCorrupt; a document's tree
// has the same binary form again, unless it was not in normal order.
func FuzzDecodeJSON(f *testing.F) {
	for _, text := range []string{`{"a": [1, "x", null, 1.5], "b": 70000}`, `[[[]]]`, `"é"`} {
		tree, _ := ParseJSON([]byte(text))
		doc, _ := EncodeJSON(tree)
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		tree, err := DecodeJSON(doc)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		if _, err := EncodeJSON(tree); err != nil {
			t.Fatalf("%#v: %v", tree, err)
		}
		AppendJSONText(nil, tree)
	})
}

func FuzzParseJSON(f *testing.F) {
	for _, text := range []string{`{"a": [1, "x\u00e9", null, 1.5e3], "b": -0}`, `[[`, `"\ud83d\ude00"`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		tree, fault := ParseJSON(text)
		if fault != nil {
			if fault.At < 0 || fault.At > len(text) {
				t.Fatalf("%q: position %d", text, fault.At)
			}
			return
		}
		doc, err := EncodeJSON(tree)
		if err != nil {
			return // a key that is too long
		}
		if got, err := DecodeJSON(doc); err != nil || !sameTree(got, tree) {
			t.Fatalf("%q: %#v, %v", text, got, err)
		}
	})
}
