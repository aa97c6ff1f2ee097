package weights

import (
	"fmt"
	"strings"
	"testing"
)

// weigh is the weights of a text at each level.
func weigh(t *Table, s string) string {
	var out []string
	for level := range Levels {
		var some []string
		for r := t.Reader([]byte(s), level); ; {
			w, ok := r.Next()
			if !ok {
				break
			}
			some = append(some, fmt.Sprintf("%04X", w))
		}
		out = append(out, strings.Join(some, " "))
	}
	return strings.Join(out, " | ")
}

func TestReader(t *testing.T) {
	for _, c := range []struct{ table, text, want string }{
		{"0900", "", " |  | "},
		{"0900", "aB", "1C47 1C60 | 0020 0020 | 0002 0008"},
		{"0900", "ß", "1E71 1E71 | 0020 0110 0020 | 0004 0004 0004"},
		{"0900", "e\u0301", "1CAA | 0020 0024 | 0002 0002"},
		{"0900", "\x00中", "FB40 CE2D | 0020 | 0002"},
		{"0900", "\xff", "FFFD | 0020 | 0002"},
		{"400", "ß😀", "0FEA 0FEA FFFD"},
		{"general", "é😀\x00", "0045 FFFD 0000"},
		{"0900_es_trad", "chc", "1C7A 54A5 1C7A | 0020 0020 | 0008 0002"},
		{"0900_hu", "ddzs", "1C8F 54A5 54A5 1C8F 54A5 54A5 | 0020 0020 | 0008 0022 0008 0022 0021"},
		{"0900_da", "aA中", "1C47 1C47 FB40 CE2D | 0020 0020 0020 | 0302 0108 0302"},
		{"latin1_german2_ci", "ß", "0053 0053"},
	} {
		got, want := weigh(Named(c.table), c.text), c.want
		if !strings.Contains(want, "|") { // it has one level
			got, _, _ = strings.Cut(got, " |")
		}
		if got != want {
			t.Errorf("%s, %q: %s\nwant %s", c.table, c.text, got, want)
		}
	}
}

// Every table is whole, and languages share what they do not change.
func TestNames(t *testing.T) {
	names := Names()
	if len(names) < 60 {
		t.Errorf("%d tables", len(names))
	}
	for _, name := range names {
		is := Named(name).loaded()
		if is.rule == nil || is.space == 0 {
			t.Errorf("%s has no rule or no space", name)
		}
		if base, _, language := strings.Cut(name, "_"); language && base == "0900" && is.third == common[2] {
			if of := Named(base).loaded(); is.pages[0x30] == nil || is.pages[0x30] != of.pages[0x30] {
				t.Errorf("%s has a page of its own", name)
			}
		}
	}
}

func TestSame(t *testing.T) {
	all := Named("0900")
	for _, c := range []struct {
		a, b rune
		want int // the levels at which they are the same
	}{{'a', 'a', 3}, {'a', 'A', 2}, {'a', 'á', 1}, {'a', 'b', 0}, {'中', '丮', 0}} {
		for levels := 1; levels <= Levels; levels++ {
			if got := all.Same(c.a, c.b, levels); got != (levels <= c.want) {
				t.Errorf("%c and %c at %d: %v", c.a, c.b, levels, got)
			}
		}
	}
}

// LIKE tells characters apart that MySQL's oldest tables of Unicode do not know.
func TestSameBeyond(t *testing.T) {
	if Named("400").Same('😀', '😁', 1) || !Named("general").Same('😀', '😁', 1) || !Named("400").Same('ａ', 'A', 1) {
		t.Error("characters of more than 16 bits")
	}
}

// What is no table is refused with its line.
func TestParser(t *testing.T) {
	for _, line := range []string{"rule none", "@x", "123", "12345", "0001 0002 0003 0004", "&61 1", "&x 0001", strings.Repeat("0001", 32)} {
		p := parser{t: &table{rule: itself}, mine: map[*page]bool{}}
		if err := p.line(line); err == nil {
			t.Errorf("%q is taken", line)
		}
	}
}
