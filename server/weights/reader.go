package weights

import (
	"slices"
	"unicode/utf8"
)

// A Reader takes the weights off a text in UTF-8, at one level.
type Reader struct {
	t      *table
	level  int
	text   []byte
	left   []uint16 // of the characters taken off last; the table's
	second uint16   // the other weight of one that goes by the rule; 0: none
}

// Reader reads a text, which it does not change. Levels count from 0.
func (t *Table) Reader(text []byte, level int) Reader {
	return Reader{t: t.loaded(), level: level, text: text}
}

// Next returns the next weight; ok is false at the end. Bytes that are no UTF-8
// weigh as U+FFFD.
func (r *Reader) Next() (weight uint16, ok bool) {
	for {
		if len(r.left) > 0 {
			weight, r.left = r.left[0], r.left[1:]
			return weight, true
		}
		if r.second != 0 {
			weight, r.second = r.second, 0
			return weight, true
		}
		if len(r.text) == 0 {
			return 0, false
		}
		if b := r.text[0]; b < utf8.RuneSelf && r.level == 0 && r.t.ascii[b] != 0 {
			r.text = r.text[1:]
			return r.t.ascii[b], true
		}
		c, entry, n := r.t.letter(r.text)
		r.text = r.text[n:]
		if entry == nil {
			switch r.level {
			case 1:
				return common[1], true
			case 2:
				return r.t.third, true
			}
			weight, r.second = r.t.rule(c)
			return weight, true
		}
		r.left = level(entry, r.level)
	}
}

// letter is what a text begins with, a character or a group of them, its length in
// bytes, and its entry, nil if a character goes by the rule.
func (t *table) letter(text []byte) (first rune, entry []uint16, size int) {
	first, size = utf8.DecodeRune(text)
	if entry = t.entry(first); entry != nil && entry[0]&headsGroup != 0 {
		if g := t.grouped(text); g != nil {
			return first, g.entry, len(g.text)
		}
	}
	return first, entry, size
}

// Same reports whether two characters alone are equal at the first levels. Those
// beyond the tables of UCA 4.0.0 are not, though they weigh the same (MySQL's LIKE).
func (t *Table) Same(a, b rune, levels int) bool {
	if a == b {
		return true
	}
	is := t.loaded()
	if is.apart && is.entry(a) == nil && is.entry(b) == nil {
		return false
	}
	var rooms [2]made // LIKE asks for each letter: nothing is allocated
	x, y := is.weights(a, &rooms[0]), is.weights(b, &rooms[1])
	for l := range levels {
		if !slices.Equal(level(x, l), level(y, l)) {
			return false
		}
	}
	return true
}

// Grouped reports whether characters may have weights together, so that a text
// cannot be cut anywhere.
func (t *Table) Grouped() bool { return len(t.loaded().groups) > 0 }

// Space is what a space weighs at the first level.
func (t *Table) Space() uint16 { return t.loaded().space }
