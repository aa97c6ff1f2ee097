package reword

import (
	"cmp"
	"slices"
	"strings"
)

// An edit puts something else in the place of src[from:to].
type edit struct {
	from, to int
	with     string
	width    int // of what an insertion is one end of: the wider of two is outside
}

// edits are those of one text.
type edits struct {
	replaced []edit
	opens    []edit // insertions ahead of what is at their place
	closes   []edit // insertions behind what ends at their place
}

func (e *edits) replace(from, to int, with string) {
	e.replaced = append(e.replaced, edit{from: from, to: to, with: with})
}

// wrap puts something around src[from:to].
func (e *edits) wrap(from, to int, open, closed string) {
	e.opens = append(e.opens, edit{from, from, open, to - from})
	e.closes = append(e.closes, edit{to, to, closed, to - from})
}

// sorted are all edits in the order of their places: what closes there, what opens
// there, what is replaced.
func (e *edits) sorted() []edit {
	byPlace := func(a, b edit) int { return cmp.Compare(a.from, b.from) }
	slices.SortStableFunc(e.closes, func(a, b edit) int { return cmp.Or(byPlace(a, b), cmp.Compare(a.width, b.width)) })
	slices.SortStableFunc(e.opens, func(a, b edit) int { return cmp.Or(byPlace(a, b), cmp.Compare(b.width, a.width)) })
	all := slices.Concat(e.closes, e.opens, e.replaced)
	slices.SortStableFunc(all, byPlace)
	return all
}

// apply makes the new text, and the way back to the old one. Edits that overlap are
// not both made.
func (e *edits) apply(src string) (string, Map) {
	if len(e.replaced)+len(e.opens) == 0 {
		return src, Map{}
	}
	var out strings.Builder
	m, last := Map{}, 0
	for _, one := range e.sorted() {
		if one.from < last {
			continue
		}
		out.WriteString(src[last:one.from])
		m.pieces = append(m.pieces, piece{new: out.Len(), newEnd: out.Len() + len(one.with), old: one.from, oldEnd: one.to})
		out.WriteString(one.with)
		last = one.to
	}
	out.WriteString(src[last:])
	return out.String(), m
}

// A piece is what an edit has made of a part of the old text.
type piece struct{ new, newEnd, old, oldEnd int }

// A Map leads from places in a new text to those in the old one. The zero Map is
// that of two texts that are the same.
type Map struct {
	pieces []piece
	first  *Map // of edits that were made before these
	bad    int  // where something cannot be read, plus 1
}

// Quoted puts src[from:to], a name, in back quotes; m is what has led to src.
func (m Map) Quoted(src string, from, to int) (string, Map) {
	var e edits
	e.wrap(from, to, "`", "`")
	text, out := e.apply(src)
	if !m.Same() {
		out.first = &m
	}
	return text, out
}

// Same reports whether the two texts are the same.
func (m Map) Same() bool { return len(m.pieces) == 0 && m.first == nil }

// Old is the place in the old text. One inside of what was put in is the end of what
// that stands for.
func (m Map) Old(place int) int {
	if place = m.old(place); m.first != nil {
		return m.first.Old(place)
	}
	return place
}

func (m Map) old(place int) int {
	n, _ := slices.BinarySearchFunc(m.pieces, place, func(p piece, place int) int {
		if p.new < place {
			return -1
		}
		return 1
	})
	if n == 0 {
		return place
	}
	p := m.pieces[n-1]
	if place <= p.newEnd {
		return p.oldEnd
	}
	return place - p.newEnd + p.oldEnd
}
