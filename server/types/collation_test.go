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

// Text of each set comes back as it was, and what the set has not is seen.
func TestCharsets(t *testing.T) {
	for _, cs := range Charsets() {
		if !cs.Recodes() {
			continue
		}
		var text []byte
		for r := range rune(0x11000) {
			if utf8.ValidRune(r) && cs.Has(r) && cs != "tis620" { // of which 27 letters become others
				text = utf8.AppendRune(text, r)
			}
		}
		back := cs.Decode(cs.Encode(text))
		again := cs.Decode(cs.Encode(back)) // some letters share a code
		if !bytes.Equal(back, again) || utf8.RuneCount(back) != utf8.RuneCount(text) {
			t.Errorf("%s: text is another one", cs)
		}
		if at := cs.foreign(append(back, 0xff)); at != len(back) {
			t.Errorf("%s: foreign at %d of %d", cs, at, len(back))
		}
		if got := cs.Decode(cs.Encode([]byte("a\U0001f30d"))); len(got) == 2 && string(got) != "a?" || len(got) < 2 {
			t.Errorf("%s: %q", cs, got)
		}
	}
}

// No bytes are too strange to be read, and what is read can be written.
func FuzzCharset(f *testing.F) {
	f.Add([]byte("\x81\x30\x81\x30\xff\xd8\x00\x8f\xa2\xaf"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, cs := range Charsets() {
			text, bad := cs.Text(b)
			ok := bad == nil
			if ok && cs.Recodes() && !utf8.Valid(text) {
				t.Fatalf("%s reads %x as %x", cs, b, text)
			}
			if got := cs.Decode(cs.Encode(text)); ok && cs.Recodes() && utf8.RuneCount(got) != utf8.RuneCount(text) {
				t.Fatalf("%s: %q becomes %q", cs, text, got)
			}
		}
	})
}
