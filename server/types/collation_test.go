package types

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// The order of letters is that which a MySQL 9 has told of each collation.
func TestCollationOrders(t *testing.T) {
	b, err := os.ReadFile("testdata/collation_orders")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for line := range strings.Lines(string(b)) {
		name, letters, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		seen++
		c, ok := CollationByName(name)
		if !ok {
			t.Errorf("%s is not known", name)
			continue
		}
		var before []byte
		for _, class := range strings.Fields(letters) {
			first := c.AppendKey(nil, []byte(string([]rune(class)[:1])))
			if bytes.Compare(before, first) >= 0 {
				t.Errorf("%s: %s is not behind those in front", name, class)
			}
			for _, r := range class {
				if s := []byte(string(r)); !bytes.Equal(c.AppendKey(nil, s), first) || c.Charset().foreign(s) >= 0 {
					t.Errorf("%s: %c is not equal to the others of %s", name, r, class)
				}
			}
			before = first
		}
	}
	if seen < 70 {
		t.Errorf("%d collations are listed", seen)
	}
}

// Text of each set of one byte comes back as it was, and what the set has not is seen.
func TestCodePages(t *testing.T) {
	for cs, page := range codePages {
		var all []byte
		for b := range 256 {
			if page.runes[b] != utf8.RuneError {
				all = append(all, byte(b))
			}
		}
		text := cs.Decode(all)
		if got := cs.Encode(text); !bytes.Equal(got, all) {
			t.Errorf("%s: % x", cs, got)
		}
		if at := cs.foreign(append(text, "☃"...)); at != len(text) {
			t.Errorf("%s: foreign at %d of %d", cs, at, len(text))
		}
		if got := cs.Encode([]byte("a☃")); string(got) != "a?" {
			t.Errorf("%s: %q", cs, got)
		}
	}
}
