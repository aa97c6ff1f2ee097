package codes

import (
	"slices"
	"sync"
	"unicode/utf8"
)

// A Table is a character set of a file in data/.
type Table struct {
	name string
	load sync.Once
	is   table
}

// loaded is the table, read at the first call.
func (t *Table) loaded() *table {
	t.load.Do(func() {
		is, err := read(t.name)
		if err != nil {
			panic("codes: " + err.Error()) // the file is part of the program
		}
		t.is = *is
	})
	return &t.is
}

// A table in memory. Codes of up to three bytes are looked up; those of four are many,
// and have few beginnings.
type table struct {
	runes  map[uint32]*[256]rune // by a code without its last byte; 0: none but for code 0
	codes  map[rune]*[256]uint32 // by a character without its last byte, the same
	byCode []run                 // those of four bytes
	byRune []run                 // but for open ones
}

// A run is some codes of four bytes, by their places, and as many characters.
type run struct {
	place uint32
	first rune
	count uint32
	step  rune // 0: they are open
}

// BytesMax is the most bytes of a code.
const BytesMax = 4

// Next implements Set.
func (t *Table) Next(b []byte) (r rune, size int) {
	is := t.loaded()
	code := uint32(0)
	for n := 1; n <= BytesMax && n <= len(b); n++ {
		code = code<<8 | uint32(b[n-1])
		if r, ok := is.rune(code); ok {
			return r, n
		}
	}
	return utf8.RuneError, 0
}

// Append implements Set.
func (t *Table) Append(dst []byte, r rune) (out []byte, ok bool) {
	code, ok := t.loaded().code(r)
	if !ok {
		return dst, false
	}
	for n := sizeOf(code) - 1; n >= 0; n-- {
		dst = append(dst, byte(code>>(8*n)))
	}
	return dst, true
}

// sizeOf is the number of a code's bytes.
func sizeOf(code uint32) int {
	n := 1
	for code > 0xff {
		n++
		code >>= 8
	}
	return n
}

func (t *table) rune(code uint32) (r rune, ok bool) {
	if code>>24 == 0 {
		page := t.runes[code>>8]
		if page == nil {
			return 0, false
		}
		r = page[code&0xff]
		return r, r != 0 || code == 0
	}
	place, ok := placeOf(code)
	if !ok {
		return 0, false
	}
	i, found := slices.BinarySearchFunc(t.byCode, place, func(a run, p uint32) int { return int(a.place) - int(p) })
	if !found {
		i--
	}
	if i < 0 || place-t.byCode[i].place >= t.byCode[i].count {
		return 0, false
	}
	return t.byCode[i].first + rune(place-t.byCode[i].place)*t.byCode[i].step, true
}

func (t *table) code(r rune) (code uint32, ok bool) {
	if page := t.codes[r>>8]; page != nil && page[r&0xff] != 0 {
		return page[r&0xff], true
	}
	if r == 0 {
		return 0, true
	}
	i, found := slices.BinarySearchFunc(t.byRune, r, func(a run, r rune) int { return int(a.first - r) })
	if !found {
		i--
	}
	if i < 0 || r < 0 || uint32(r-t.byRune[i].first) >= t.byRune[i].count {
		return 0, false
	}
	return codeAt(t.byRune[i].place + uint32(r-t.byRune[i].first)), true
}

// placeOf is the place of a code of four bytes among all of them, whose second and
// fourth bytes are digits (GB 18030).
func placeOf(code uint32) (place uint32, ok bool) {
	a, b, c, d := code>>24-0x81, code>>16&0xff-'0', code>>8&0xff-0x81, code&0xff-'0'
	return ((a*10+b)*126+c)*10 + d, code>>24 != 0 && a < 126 && b < 10 && c < 126 && d < 10
}

// codeAt is the code of a place.
func codeAt(place uint32) uint32 {
	d, c := place%10, place/10%126
	b, a := place/1260%10, place/12600
	return (a+0x81)<<24 | (b+'0')<<16 | (c+0x81)<<8 | d + '0'
}

// After is the code that follows among those of the same length.
func After(code uint32) uint32 {
	if place, ok := placeOf(code); ok {
		return codeAt(place + 1)
	}
	return code + 1
}
