package jsonpath

import (
	"slices"
	"testing"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

const document = `{"a": [1, [2, 3], {"b": 4}], "long": {"a": 5}, "c d": 6, "é": 7}`

func tree(t testing.TB, text string) any {
	t.Helper()
	v, fault := types.ParseJSON([]byte(text))
	if fault != nil {
		t.Fatal(fault.What)
	}
	return v
}

// What paths lead to, in the order of the document: keys of fewer bytes first.
func TestFind(t *testing.T) {
	for path, want := range map[string]string{
		"$":                     "[" + document + "]",
		"$.a[0]":                "[1]",
		" $ . a [ last ] . b ":  "[4]",
		"$.a[last-1][0 to 9]":   "[2, 3]",
		"$.a[last - 1 to last]": `[[2, 3], {"b": 4}]`,
		"$.a[2 to 1]":           "[]",
		"$.a[last-3]":           "[]",
		"$.a[0][0][last]":       "[1]", // what is no array is its own only cell
		"$.a[0][*]":             "[]",
		`$."c d"`:               "[6]",
		"$.é":                   "[7]",
		"$.long.*":              "[5]",
		"$**.a":                 `[[1, [2, 3], {"b": 4}], 5]`,
		"$**[0]":                `[` + document + `, 1, 2, 3, {"b": 4}, 4, 7, 6, {"a": 5}, 5]`,
		"$.missing[3].x":        "[]",
	} {
		p, err := Parse(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		f := Search{Places: map[string]bool{}}
		f.Find(tree(t, document), "", p.Legs)
		got := types.AppendJSONText(nil, types.JSONArray(f.Values))
		if plain := types.AppendJSONText(nil, tree(t, want)); string(got) != string(plain) {
			t.Errorf("%s: %s, want %s", path, got, plain)
		}
	}
}

// Any text is a path or an error that names it, and a path finds each place once; one that
// is not of many finds one at most.
func FuzzParse(f *testing.F) {
	for _, path := range []string{"$", "$**[last-1 to 2].\"a\\u0041\"", "$.a[0 to last].*", "$[", "$.\"", "$[99999999999]", "a", "$**", "$***.a", "$.\xff"} {
		f.Add(path)
	}
	v := tree(f, document)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(text)
		if err != nil {
			if !mysqlerr.Is(err, mysqlerr.InvalidJSONPath) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if len(p.Legs) > 6 { // ** of ** of ** grows with each
			return
		}
		s := Search{Places: map[string]bool{}}
		s.Find(v, "", p.Legs)
		if len(s.Values) != len(s.Places) || !p.Many && len(s.Values) > 1 {
			t.Fatalf("%q: %d values at %d places", text, len(s.Values), len(s.Places))
		}
		if again, err := Parse(" " + text); err != nil || !slices.Equal(again.Legs, p.Legs) {
			t.Fatalf("%q is another path behind a blank: %v", text, err)
		}
	})
}
