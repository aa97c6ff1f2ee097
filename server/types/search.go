package types

import (
	"bytes"
	"unicode/utf8"
)

// Index is where part is found in s, in bytes, or -1: where the weights of what is
// left begin with those of part, at each level. So ss is found in Straße where they
// are equal, and s too; accents that part has not are passed over (MySQL 9 finds so).
func (c Collation) Index(s, part []byte) int {
	k := c.known()
	if k.weights == nil || len(part) == 0 {
		return bytes.Index(s, part)
	}
	for at := 0; at < len(s); {
		if k.begins(s[at:], part) {
			return at
		}
		_, n := utf8.DecodeRune(s[at:])
		at += n
	}
	return -1
}

// Begins reports whether a text begins with part.
func (c Collation) Begins(s, part []byte) bool {
	if k := c.known(); k.weights != nil {
		return k.begins(s, part)
	}
	return bytes.HasPrefix(s, part)
}

// begins reports whether the weights of s begin with those of part.
func (k *collating) begins(s, part []byte) bool {
	for level := range k.levels {
		x, y := k.weights.Reader(s, level), k.weights.Reader(part, level)
		for {
			w, more := y.Next()
			if !more {
				break
			}
			if v, ok := x.Next(); !ok || v != w {
				return false
			}
		}
	}
	return true
}
