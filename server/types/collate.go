package types

import (
	"bytes"
	"unicode/utf8"

	"github.com/xadb/xadb/server/weights"
)

const spaceByte = 32 // in UTF-8, and where the collations by code point place it

// Compare is -1, 0 or 1 as a sorts before, with or after b.
func (c Collation) Compare(a, b []byte) int {
	k := c.known()
	switch {
	case k.weights == nil && k.noPad:
		return bytes.Compare(a, b)
	case k.weights == nil:
		return comparePadded(a, b)
	}
	a, b = k.unequal(a, b)
	for level := range k.levels {
		x, y := k.weights.Reader(a, level), k.weights.Reader(b, level)
		if d := k.compareLevel(&x, &y); d != 0 {
			return d
		}
	}
	return 0
}

// unequal cuts off what two texts begin with in the same bytes.
func (k *collating) unequal(a, b []byte) (x, y []byte) {
	if k.weights.Grouped() {
		return a, b
	}
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	for n > 0 && (n < len(a) && !utf8.RuneStart(a[n]) || n < len(b) && !utf8.RuneStart(b[n])) {
		n--
	}
	return a[n:], b[n:]
}

// compareLevel compares the weights of two texts. Past the end of one come spaces,
// or nothing, which sorts first.
func (k *collating) compareLevel(x, y *weights.Reader) int {
	for {
		v, more := x.Next()
		w, moreToo := y.Next()
		switch {
		case !more && !moreToo:
			return 0
		case !more && k.noPad:
			return -1
		case !moreToo && k.noPad:
			return 1
		case !more:
			v = k.weights.Space()
		case !moreToo:
			w = k.weights.Space()
		}
		if v != w {
			return sign(int(v) - int(w))
		}
	}
}

func comparePadded(a, b []byte) int {
	n := min(len(a), len(b))
	if d := bytes.Compare(a[:n], b[:n]); d != 0 {
		return d
	}
	for _, c := range a[n:] {
		if c != spaceByte {
			return sign(int(c) - spaceByte)
		}
	}
	for _, c := range b[n:] {
		if c != spaceByte {
			return sign(spaceByte - int(c))
		}
	}
	return 0
}

func sign(d int) int {
	switch {
	case d < 0:
		return -1
	case d > 0:
		return 1
	}
	return 0
}

// AppendKey appends bytes that compare as the strings do (the package comment
// has the layout).
func (c Collation) AppendKey(dst, s []byte) []byte {
	k := c.known()
	switch {
	case k.weights == nil && k.noPad:
		return appendBinaryKey(dst, s)
	case k.weights == nil:
		return appendPaddedBytes(dst, bytes.TrimRight(s, " "))
	case k.noPad:
		return k.appendUnpadded(dst, s)
	}
	return k.appendPadded(dst, s)
}

func appendBinaryKey(dst, s []byte) []byte {
	for _, b := range s {
		dst = append(dst, b)
		if b == 0 {
			dst = append(dst, 0xff)
		}
	}
	return append(dst, 0, 0)
}

// appendUnpadded: no weight is 0, which ends a level. What a level ends with of
// its least weight says nothing: by then the levels in front are equal, so that
// there are as many letters.
func (k *collating) appendUnpadded(dst, s []byte) []byte {
	for level := range k.levels {
		least, run := weights.Common(level), 0
		for r := k.weights.Reader(s, level); ; {
			w, ok := r.Next()
			if !ok {
				break
			}
			if w == least {
				run++
				continue
			}
			for ; run > 0; run-- {
				dst = appendWeight(dst, least)
			}
			dst = appendWeight(dst, w)
		}
		dst = appendWeight(dst, 0)
	}
	return dst
}

func appendWeight(dst []byte, w uint16) []byte { return append(dst, byte(w>>8), byte(w)) }

// appendPadded writes s so that its end sorts as endless spaces would.
func (k *collating) appendPadded(dst, s []byte) []byte {
	p := padder{key: dst, space: k.weights.Space()}
	for r := k.weights.Reader(s, 0); ; {
		w, ok := r.Next()
		if !ok {
			// A run still open here weighs as spaces do: it is part of the padding.
			return appendWeight(p.key, p.space+1)
		}
		p.add(w)
	}
}

// A padder writes weights where spaces at the end do not count. A run of spaces is
// written when the weight behind it is known.
type padder struct {
	key    []byte
	spaces int
	space  uint16
}

func (p *padder) add(w uint16) {
	if w == p.space {
		p.spaces++
		return
	}
	for ; p.spaces > 0; p.spaces-- {
		p.key = appendRoomy(p.key, p.space, w > p.space)
	}
	p.key = appendRoomy(p.key, w, w > p.space)
}

// heaviest is where the weights begin that have no room for two more.
const heaviest = 1<<16 - 3

func appendRoomy(dst []byte, w uint16, above bool) []byte {
	switch {
	case !above:
		return appendWeight(dst, w)
	case w < heaviest:
		return appendWeight(dst, w+2)
	}
	return appendWeight(appendWeight(dst, heaviest+2), w-heaviest)
}

// appendPaddedBytes is appendPadded of bytes, which weigh what they are: UTF-8 has
// none above 0xf7.
func appendPaddedBytes(dst, s []byte) []byte {
	spaces := 0
	for _, b := range s {
		if b == spaceByte {
			spaces++
			continue
		}
		code, space := b, byte(spaceByte)
		if b > spaceByte {
			code, space = b+2, spaceByte+2
		}
		for ; spaces > 0; spaces-- {
			dst = append(dst, space)
		}
		dst = append(dst, code)
	}
	return append(dst, spaceByte+1)
}

// Weights are what WEIGHT_STRING() tells of a text: all weights, level by level,
// with 0 between two levels; the bytes, or code points in three bytes, where a
// collation has none.
func (c Collation) Weights(s []byte) []byte {
	k := c.known()
	if k.weights == nil {
		return plainWeights(c, s)
	}
	if k.told == inMixed {
		return k.mixedWeights(s)
	}
	out := []byte{}
	for level := range k.levels {
		if level > 0 {
			out = appendWeight(out, 0)
		}
		for r := k.weights.Reader(s, level); ; {
			w, ok := r.Next()
			if !ok {
				break
			}
			if k.told == inPairs {
				out = append(out, byte(w>>8))
			}
			out = append(out, byte(w))
		}
	}
	return out
}

// mixedWeights: those of a code with an odd number of bytes have a byte of zero too many,
// and so has one of a single byte.
func (k *collating) mixedWeights(s []byte) []byte {
	out := []byte{}
	for len(s) > 0 {
		_, n := utf8.DecodeRune(s)
		list := k.firstLevel(s[:n])
		for _, w := range list {
			out = appendWeight(out, w)
		}
		if k.charset.Size(s[:n])%2 == 1 || list[0] < oneByteMax {
			out = out[:len(out)-1]
		}
		s = s[n:]
	}
	return out
}

// oneByteMax is below what codes of several bytes begin with.
const oneByteMax = 0x8000

func plainWeights(c Collation, s []byte) []byte {
	if !c.Pads() || c.BytesPerChar() == 1 {
		return s
	}
	out := []byte{}
	for _, r := range string(s) {
		if c.BytesPerChar() > 3 {
			out = append(out, byte(r>>16))
		}
		out = append(out, byte(r>>8), byte(r))
	}
	return out
}
