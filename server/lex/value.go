package lex

import (
	"encoding/hex"
	"math/big"
	"strings"
)

// Value decodes a token: the name without its quotes, the text of a string
// with its escapes resolved, the bytes of a hex or bit literal, the name of a
// variable without its @. ok is false where a literal is malformed.
func (t Token) Value() (s string, ok bool) {
	switch t.Kind {
	case Quoted:
		return unquote(t.Text, '`'), true
	case String:
		return unescape(t.Text[1:len(t.Text)-1], t.Text[0]), true
	case Hex:
		return hexBytes(t.Text)
	case Bits:
		return bitBytes(t.Text)
	case UserVar:
		return variableName(t.Text[1:]), true
	case SysVar:
		return strings.ReplaceAll(t.Text[2:], "`", ""), true
	}
	return t.Text, true
}

func variableName(s string) string {
	if s == "" {
		return ""
	}
	switch s[0] {
	case '`':
		return unquote(s, '`')
	case '\'', '"':
		return unescape(s[1:len(s)-1], s[0])
	}
	return s
}

func unquote(s string, q byte) string {
	return strings.ReplaceAll(s[1:len(s)-1], string([]byte{q, q}), string(q))
}

// unescape resolves backslashes and doubled quotes (MySQL manual, String
// Literals). \% and \_ keep their backslash: they matter to LIKE only.
func unescape(s string, q byte) string {
	if strings.IndexByte(s, '\\') < 0 && strings.IndexByte(s, q) < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == q:
			i++ // the second of two
		case c == '\\' && i+1 < len(s):
			i++
			if s[i] == '%' || s[i] == '_' {
				b.WriteByte('\\')
			}
			c = escaped(s[i])
		}
		b.WriteByte(c)
	}
	return b.String()
}

func escaped(c byte) byte {
	switch c {
	case '0':
		return 0
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'Z':
		return 26
	}
	return c
}

// hexBytes decodes 0x1f and x'1f'. Only the first form may have an odd number
// of digits (MySQL manual, Hexadecimal Literals).
func hexBytes(s string) (string, bool) {
	if s[0] == '0' {
		s = s[2:]
		if len(s)%2 == 1 {
			s = "0" + s
		}
	} else {
		s = s[2 : len(s)-1]
	}
	b, err := hex.DecodeString(s)
	return string(b), err == nil
}

func bitBytes(s string) (string, bool) {
	if s[0] == '0' {
		s = s[2:]
	} else {
		s = s[2 : len(s)-1]
	}
	if s == "" {
		return "", true
	}
	if strings.Trim(s, "01") != "" || len(s) > bitsMax {
		return "", false
	}
	n, _ := new(big.Int).SetString(s, 2)
	return string(n.FillBytes(make([]byte, (len(s)+7)/8))), true
}

// bitsMax bounds the digits of a bit literal.
const bitsMax = 8 << 10

// QuoteName is a name in back quotes.
func QuoteName(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }
