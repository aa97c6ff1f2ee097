package codes

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSets(t *testing.T) {
	for _, c := range []struct {
		set  string
		r    rune
		code string
	}{
		{"latin1", '€', "\x80"}, {"latin2", 'č', "\xe8"}, {"swe7", 'Ä', "["}, {"gbk", '中', "\xd6\xd0"}, {"ujis", '˘', "\x8f\xa2\xaf"},
		{"gb18030", 'é', "\xa8\xa6"}, {"gb18030", 'ÿ', "\x81\x30\x8b\x37"}, {"gb18030", 0x10ffff, "\xe3\x32\x9a\x35"}, {"gb18030", 0x10000, "\x90\x30\x81\x30"},
		{"sjis", '\\', "\\"}, {"utf16", '😀', "\xd8\x3d\xde\x00"}, {"utf16le", '😀', "\x3d\xd8\x00\xde"}, {"utf16le", 'a', "a\x00"},
		{"ucs2", 'é', "\x00\xe9"}, {"utf32", '😀', "\x00\x01\xf6\x00"}, {"koi8r", 0, "\x00"},
	} {
		set := Named(c.set)
		if code, ok := set.Append(nil, c.r); string(code) != c.code || !ok {
			t.Errorf("%s: %c becomes %x", c.set, c.r, code)
		}
		if r, n := set.Next([]byte(c.code + "a")); r != c.r || n != len(c.code) {
			t.Errorf("%s: %x is read as %c, %d", c.set, c.code, r, n)
		}
	}
}

// What is no code has no size, and what a set leaves open is a question mark.
func TestNoCodes(t *testing.T) {
	for _, c := range []struct {
		set, code string
		open      bool
	}{
		{"gbk", "\xff", false}, {"gbk", "\xd6", false}, {"gbk", "\xa2\xa0", true}, {"cp1257", "\x81", true}, {"utf16", "\xd8\x00", false},
		{"utf16", "\xd8\x00\x00a", false}, {"utf16", "\xdc\x00\xdc\x00", false}, {"utf16", "a", false}, {"ucs2", "\xd8\x00", true},
		{"utf32", "\x00\x11\x00\x00", false}, {"utf32", "\x00\x00\xd8\x00", true}, {"utf32", "\x00a", false}, {"gb18030", "\x81\x30\x81", false},
		{"gb18030", "\xe3\x32\x9a\x36", true}, {"eucjpms", "\xa1", false}, {"latin1", "", false},
	} {
		r, n := Named(c.set).Next([]byte(c.code))
		if c.open && (r != '?' || n != len(c.code)) || !c.open && n != 0 {
			t.Errorf("%s: %x is read as %c, %d", c.set, c.code, r, n)
		}
	}
	for set, r := range map[string]rune{"ucs2": '😀', "utf16": 0xd800, "utf32": utf8.MaxRune + 1, "gbk": '😀', "latin1": -1, "gb18030": -1} {
		if code, ok := Named(set).Append(nil, r); ok {
			t.Errorf("%s: %x becomes %x", set, r, code)
		}
	}
	if Named("none") != nil {
		t.Error("a set of no name")
	}
}

// Every table is whole: what a character becomes is read as it.
func TestTables(t *testing.T) {
	list := Tables()
	if len(list) < 30 {
		t.Errorf("%d tables", len(list))
	}
	for _, name := range list {
		if set := Named(name); name != "tis620" { // which gives characters the codes of others
			for r := range rune(0x30000) {
				code, ok := set.Append(nil, r)
				if _, n := set.Next(code); ok && n != len(code) {
					t.Fatalf("%s: %x becomes %x", name, r, code)
				}
			}
		}
	}
}

// What is no table is refused.
func TestLines(t *testing.T) {
	for _, line := range []string{"", "=", "@x 1 1", "@1", "@1 2", "@1 2 x", "@1 2 ffffffff", "?1", ">x 1", ">1 x", "!1 2"} {
		is := &table{runes: map[uint32]*[256]rune{}, codes: map[rune]*[256]uint32{}}
		if err := is.line(line); err == nil {
			t.Errorf("%q is taken", line)
		}
	}
	if _, err := read("none"); err == nil || !strings.Contains(err.Error(), "none") {
		t.Error(err)
	}
}
