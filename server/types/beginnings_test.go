package types

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestBeginnings: the first letters of every text that sorts with, above or below
// another have their key where Beginnings says.
func TestBeginnings(t *testing.T) {
	letters := []rune("sSßxaæAchdzy \t\u0301\u200dﬁfi漢")
	random := rand.New(rand.NewPCG(1, 1))
	text := func() []rune {
		out := make([]rune, random.IntN(6))
		for i := range out {
			out[i] = letters[random.IntN(len(letters))]
		}
		return out
	}
	first := func(s []rune, n int) []byte { return []byte(string(s[:min(n, len(s))])) }
	for _, name := range []string{"utf8mb4_0900_ai_ci", "utf8mb4_0900_as_cs", "utf8mb4_cs_0900_ai_ci", "utf8mb4_hu_0900_as_cs",
		"utf8mb4_unicode_ci", "utf8mb4_unicode_520_ci", "utf8mb4_czech_ci", "utf8mb4_general_ci", "utf8mb4_da_0900_ai_ci"} {
		c, ok := CollationByName(name)
		if !ok {
			t.Fatal(name)
		}
		for range 10_000 {
			r, s, n := text(), text(), 1+random.IntN(4)
			if c.Even() {
				if c.Compare([]byte(string(r)), []byte(string(s))) == 0 && c.Compare(first(r, n), first(s, n)) != 0 {
					t.Fatalf("%s: %q and %q are equal, but not at %d letters", name, string(r), string(s), n)
				}
				continue
			}
			b := c.Beginnings([]byte(string(s)), first(s, n), n)
			key := c.AppendKey(nil, first(r, n))
			listed := slices.ContainsFunc(b.Keys, func(k []byte) bool { return bytes.HasPrefix(key, k) })
			d := c.Compare([]byte(string(r)), []byte(string(s)))
			if !listed && (d == 0 || d > 0 && bytes.Compare(key, b.From) < 0 || d < 0 && bytes.Compare(key, b.To) > 0 && !bytes.HasPrefix(key, b.To)) {
				t.Fatalf("%s: %d letters of %q (%d) are not found by %q", name, n, string(r), d, string(s))
			}
		}
	}
}
