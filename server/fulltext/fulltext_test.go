package fulltext_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/xadb/xadb/server/fulltext"
)

// letters is a collation without capitals.
type letters struct{}

func (letters) Weights(word []byte) []byte { return bytes.ToLower(word) }

func (letters) Begins(word, part []byte) bool {
	return bytes.HasPrefix(bytes.ToLower(word), bytes.ToLower(part))
}

var documents = []string{
	"apple banana cherry", "Apple, apple; banana", "cherry date the fig", "apple", "banana date egg plant",
	"", "applesauce banana", "x-ray half-life c3po 123 1234 12", "one two three four five", "don't foo_bar",
}

// found is what a search finds, as a MySQL 9 does: documents, counted from 1, and ranks.
func found(t *testing.T, text string, boolean bool) string {
	q := fulltext.Natural([]byte(text), letters{})
	if boolean {
		var err error
		if q, err = fulltext.Boolean([]byte(text), letters{}); err != nil {
			return err.Error()
		}
	}
	for _, d := range documents {
		q.Count([][]byte{[]byte(d)})
	}
	var out []string
	for i, d := range documents {
		if rank := q.Rank([][]byte{[]byte(d)}); rank != 0 {
			out = append(out, fmt.Sprintf("%d:%.4f", i+1, rank))
		}
	}
	return strings.Join(out, " ")
}

func TestSearches(t *testing.T) {
	for _, tt := range []struct{ text, natural, boolean string }{
		{"apple", "1:0.2734 2:0.5468 4:0.2734", "1:0.2734 2:0.5468 4:0.2734"},
		{"APPLE", "1:0.2734 2:0.5468 4:0.2734", "1:0.2734 2:0.5468 4:0.2734"},
		{"cherry zzz", "1:0.4886 3:0.4886", "1:0.4886 3:0.4886"},
		{"cherry cherry", "1:0.1584 3:0.1584", "1:0.1584 3:0.1584"}, // of four documents, twice two
		{"+apple -banana", "1:0.4318 2:0.7052 4:0.2734 5:0.1584 7:0.1584", "4:0.2734"},
		{"apple +banana", "1:0.4318 2:0.7052 4:0.2734 5:0.1584 7:0.1584", "1:0.4318 2:0.7052 5:0.1584 7:0.1584"},
		{"the 12 x", "", ""},
		{"+the apple", "1:0.2734 2:0.5468 4:0.2734", ""},
		{"x-ray", "8:1.0000", ""},
		{"don't", "10:1.0000", "10:1.0000"},
		{`"banana apple"`, "", ""},
		{`"apple banana"`, "1:0.4318 2:0.7052", "1:0.4318 2:0.7052"},
		{`"date the fig"`, "3:1.4886", "3:1.4886"},
		{`"date fig"`, "", ""},
		{`"the fig"`, "3:1.0000", "3:1.0000"},
		{`"one three" @3`, "", "9:2.0000"},
		{`"one three" @2`, "", ""},
		{"app*", "", "1:0.1584 2:0.3167 4:0.1584 7:0.1584"},
		{"123*", "8:1.0000", "8:0.4886"}, // two words begin so
		{"the*", "", ""},
		{"apple ~banana", "1:0.4318 2:0.7052 4:0.2734 5:0.1584 7:0.1584", "1:-0.5682 2:-0.2948 4:0.2734"},
		{">fig <egg", "3:1.0000 5:1.0000", "3:2.0000"},
		{"+apple +(>banana <cherry)", "1:0.9203 2:0.7052 3:0.4886 4:0.2734 5:0.1584 7:0.1584", "1:0.9203 2:1.7052"},
		{"", "", ""},
		{"+", "", "syntax error, unexpected $end"},
		{"+-apple", "1:0.2734 2:0.5468 4:0.2734", "syntax error, unexpected '-'"},
		{"(apple", "1:0.2734 2:0.5468 4:0.2734", "syntax error, unexpected $end"},
		{"apple)", "1:0.2734 2:0.5468 4:0.2734", "syntax error, unexpected ')', expecting $end"},
		{"apple**", "1:0.2734 2:0.5468 4:0.2734", "syntax error, unexpected $end, expecting FTS_TERM or FTS_NUMB or '*'"},
		{"fig@egg", "3:1.0000 5:1.0000", "syntax error, unexpected '@', expecting $end"},
		{`"fig" @egg`, "3:1.0000 5:1.0000", "syntax error, unexpected FTS_TERM, expecting FTS_NUMB"},
		{`"apple`, "1:0.2734 2:0.5468 4:0.2734", "1:0.2734 2:0.5468 4:0.2734"},
	} {
		if got := found(t, tt.text, false); got != tt.natural {
			t.Errorf("%s: %s, want %s", tt.text, got, tt.natural)
		}
		if got := found(t, tt.text, true); got != tt.boolean {
			t.Errorf("%s in boolean mode: %s, want %s", tt.text, got, tt.boolean)
		}
	}
}

// TestEverywhere: a word that all documents have counts for a little.
func TestEverywhere(t *testing.T) {
	q := fulltext.Natural([]byte("word"), letters{})
	for range 3 {
		q.Count([][]byte{[]byte("a word")})
	}
	want := float64(float32(math.Pow(math.Log10(1.0001), 2)))
	if got := q.Rank([][]byte{[]byte("a word")}); got != want {
		t.Errorf("%g, want %g", got, want)
	}
}

// TestColumns: a document's columns are one text, but no phrase goes from one to the next.
func TestColumns(t *testing.T) {
	for text, want := range map[string]float64{"apple": 2, `"red apple"`: 0, `"apple red" @2`: 0} {
		q, err := fulltext.Boolean([]byte(text), letters{})
		if err != nil {
			t.Fatal(err)
		}
		d := [][]byte{[]byte("apple red"), nil, []byte("apple")}
		if want == 0 {
			d[0] = []byte("red")
		}
		q.Count(d)
		for range 9 {
			q.Count(nil)
		}
		if got := q.Rank(d); got != want {
			t.Errorf("%s: %g, want %g", text, got, want)
		}
	}
}

// FuzzSearch: no search panics, and none has a rank that is no number (F4).
func FuzzSearch(f *testing.F) {
	for _, s := range []string{`+a* -("b c"@3 <d) >e ~f`, `apple (`, "\xff\xfe*", `"`, strings.Repeat("(", 2000)} {
		f.Add(s, "apple banana "+s)
	}
	f.Fuzz(func(t *testing.T, search, document string) {
		queries := []*fulltext.Query{fulltext.Natural([]byte(search), letters{})}
		q, err := fulltext.Boolean([]byte(search), letters{})
		if wrong := (*fulltext.SyntaxError)(nil); err != nil && !errors.As(err, &wrong) {
			t.Fatal(err)
		} else if err == nil {
			queries = append(queries, q)
		}
		d := [][]byte{[]byte(document), []byte(search)}
		for _, q := range queries {
			q.Count(d)
			q.Count(nil)
			if rank := q.Rank(d); math.IsNaN(rank) || math.IsInf(rank, 0) {
				t.Errorf("rank %g", rank)
			}
		}
	})
}
