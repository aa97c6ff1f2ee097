package codes

import (
	"sync"
	"unicode/utf8"
)

// A Set is a character set. It can be used by any number of goroutines.
type Set interface {
	// Next reads the character that bytes begin with; size is 0 if they begin with none.
	Next(b []byte) (r rune, size int)
	// Append appends the code of a character; ok is false if there is none.
	Append(dst []byte, r rune) (out []byte, ok bool)
}

// sets are those that need no table.
var sets = map[string]Set{
	"ucs2": pairs{high: 0, low: 1, narrow: true}, "utf16": pairs{high: 0, low: 1}, "utf16le": pairs{high: 1, low: 0}, "utf32": quads{},
}

var named sync.Map // of *Table

// Named is the set of a name, nil if there is none.
func Named(name string) Set {
	if s := sets[name]; s != nil {
		return s
	}
	if t, ok := named.Load(name); ok {
		return t.(*Table)
	}
	if !hasFile(name) {
		return nil
	}
	t, _ := named.LoadOrStore(name, &Table{name: name})
	return t.(*Table)
}

// pairs are UTF-16, of either order, and UCS-2, which has no surrogates (narrow).
type pairs struct {
	high, low int
	narrow    bool
}

const (
	surrogates    = 0xd800
	lowSurrogates = 0xdc00
	pastThem      = 0xe000
	pastNarrow    = 0x10000
)

func (p pairs) unit(b []byte) rune { return rune(b[p.high])<<8 | rune(b[p.low]) }

// Next implements Set. UCS-2 may have surrogates: they are read as what is no character.
func (p pairs) Next(b []byte) (r rune, size int) {
	if len(b) < 2 {
		return utf8.RuneError, 0
	}
	r = p.unit(b)
	switch {
	case r < surrogates || r >= pastThem:
		return r, 2
	case p.narrow:
		return '?', 2
	case r >= lowSurrogates || len(b) < 4:
		return utf8.RuneError, 0
	}
	second := p.unit(b[2:])
	if second < lowSurrogates || second >= pastThem {
		return utf8.RuneError, 0
	}
	return (r-surrogates)<<10 + second - lowSurrogates + pastNarrow, 4
}

// Append implements Set.
func (p pairs) Append(dst []byte, r rune) (out []byte, ok bool) {
	switch {
	case !utf8.ValidRune(r) || p.narrow && r >= pastNarrow:
		return dst, false
	case r < pastNarrow:
		return p.put(dst, r), true
	}
	r -= pastNarrow
	return p.put(p.put(dst, surrogates+r>>10), lowSurrogates+r&0x3ff), true
}

func (p pairs) put(dst []byte, unit rune) []byte {
	var b [2]byte
	b[p.high], b[p.low] = byte(unit>>8), byte(unit)
	return append(dst, b[:]...)
}

// quads are UTF-32.
type quads struct{}

// Next implements Set.
func (quads) Next(b []byte) (r rune, size int) {
	if len(b) < 4 {
		return utf8.RuneError, 0
	}
	n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	if n > utf8.MaxRune {
		return utf8.RuneError, 0
	}
	if !utf8.ValidRune(rune(n)) {
		return '?', 4
	}
	return rune(n), 4
}

// Append implements Set.
func (quads) Append(dst []byte, r rune) (out []byte, ok bool) {
	if !utf8.ValidRune(r) {
		return dst, false
	}
	return append(dst, 0, byte(r>>16), byte(r>>8), byte(r)), true
}
