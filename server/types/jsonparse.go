package types

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// A JSONFault is where a text stops being JSON, and why, in the words that
// MySQL's errors have.
type JSONFault struct {
	What    string
	At      int
	TooDeep bool
}

// ParseJSON reads the text of a document into its tree.
func ParseJSON(text []byte) (tree any, fault *JSONFault) {
	p := &jsonParser{s: text}
	p.space()
	if p.at == len(text) {
		return nil, p.fail("The document is empty.")
	}
	tree, fault = p.value(1)
	if fault != nil {
		return nil, fault
	}
	if p.space(); p.at < len(text) {
		return nil, p.fail("The document root must not be followed by other values.")
	}
	return tree, nil
}

type jsonParser struct {
	s  []byte
	at int
}

func (p *jsonParser) fail(what string) *JSONFault { return &JSONFault{What: what, At: p.at} }

func (p *jsonParser) peek() byte {
	if p.at < len(p.s) {
		return p.s[p.at]
	}
	return 0
}

func (p *jsonParser) space() {
	for p.at < len(p.s) && bytes.IndexByte([]byte(" \t\n\r"), p.s[p.at]) >= 0 {
		p.at++
	}
}

// accept takes a byte if it is the next one, and the space behind it.
func (p *jsonParser) accept(c byte) bool {
	if p.at >= len(p.s) || p.s[p.at] != c {
		return false
	}
	p.at++
	p.space()
	return true
}

var jsonWords = map[string]any{"null": nil, "true": true, "false": false}

func (p *jsonParser) value(depth int) (any, *JSONFault) {
	if depth > jsonDepthMax+1 {
		return nil, &JSONFault{At: p.at, TooDeep: true}
	}
	switch c := p.peek(); {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		return p.text()
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	for word, v := range jsonWords {
		if bytes.HasPrefix(p.s[p.at:], []byte(word)) {
			p.at += len(word)
			return v, nil
		}
	}
	return nil, p.fail("Invalid value.")
}

func (p *jsonParser) array(depth int) (any, *JSONFault) {
	out := JSONArray{}
	p.accept('[')
	if p.accept(']') {
		return p.nested(out, depth)
	}
	for {
		v, fault := p.value(depth + 1)
		if fault != nil {
			return nil, fault
		}
		out = append(out, v)
		p.space()
		switch {
		case p.accept(','):
		case p.peek() == ']':
			p.at++
			return p.nested(out, depth)
		default:
			return nil, p.fail("Missing a comma or ] after an array element.")
		}
	}
}

func (p *jsonParser) object(depth int) (any, *JSONFault) {
	var members []JSONMember
	p.accept('{')
	if p.accept('}') {
		return p.nested(JSONObject{}, depth)
	}
	for {
		if p.peek() != '"' {
			return nil, p.fail("Missing a name for object member.")
		}
		key, fault := p.text()
		if fault != nil {
			return nil, fault
		}
		if p.space(); !p.accept(':') {
			return nil, p.fail("Missing a colon after a name of object member.")
		}
		v, fault := p.value(depth + 1)
		if fault != nil {
			return nil, fault
		}
		members = append(members, JSONMember{key.(string), v})
		p.space()
		switch {
		case p.accept(','):
		case p.peek() == '}':
			p.at++
			return p.nested(NewJSONObject(members), depth)
		default:
			return nil, p.fail("Missing a comma or } after an object member.")
		}
	}
}

// nested ends an array or an object, which may not be too deep in others.
func (p *jsonParser) nested(v any, depth int) (any, *JSONFault) {
	if depth > jsonDepthMax {
		return nil, &JSONFault{At: p.at, TooDeep: true}
	}
	return v, nil
}

// number keeps whole numbers whole, as far as 64 bits go; all others are
// DOUBLE.
func (p *jsonParser) number() (any, *JSONFault) {
	start := p.at
	if p.peek() == '-' {
		p.at++
	}
	switch c := p.peek(); {
	case c == '0':
		p.at++
	case c >= '1' && c <= '9':
		p.digits()
	default:
		return nil, p.fail("Invalid value.")
	}
	whole := true
	if p.peek() == '.' {
		p.at++
		if whole = false; !p.digits() {
			return nil, p.fail("Miss fraction part in number.")
		}
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		p.at++
		if c := p.peek(); c == '+' || c == '-' {
			p.at++
		}
		if whole = false; !p.digits() {
			return nil, p.fail("Miss exponent in number.")
		}
	}
	text := string(p.s[start:p.at])
	if whole {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, nil
		}
		if n, err := strconv.ParseUint(text, 10, 64); err == nil {
			return n, nil
		}
	}
	f, _ := strconv.ParseFloat(text, 64) // out of range is infinite
	if math.IsInf(f, 0) {
		p.at = start
		return nil, p.fail("Number too big to be stored in double.")
	}
	return f, nil
}

func (p *jsonParser) digits() bool {
	start := p.at
	for p.at < len(p.s) && p.s[p.at] >= '0' && p.s[p.at] <= '9' {
		p.at++
	}
	return p.at > start
}

var jsonEscapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// text reads a string in quotes.
func (p *jsonParser) text() (any, *JSONFault) {
	start := p.at
	p.at++
	var out []byte
	for {
		if p.at >= len(p.s) {
			p.at = start
			return nil, p.fail("Missing a closing quotation mark in string.")
		}
		c := p.s[p.at]
		switch {
		case c == '"':
			p.at++
			return string(out), nil
		case c == '\\':
			r, fault := p.escape()
			if fault != nil {
				return nil, fault
			}
			out = utf8.AppendRune(out, r)
			continue
		case c < ' ':
			return nil, p.fail("Invalid encoding in string.")
		}
		r, n := utf8.DecodeRune(p.s[p.at:])
		if r == utf8.RuneError && n == 1 {
			return nil, p.fail("Invalid encoding in string.")
		}
		out = append(out, p.s[p.at:p.at+n]...)
		p.at += n
	}
}

// escape reads what follows a backslash. A character beyond 16 bits is written
// as two halves.
func (p *jsonParser) escape() (rune, *JSONFault) {
	start := p.at
	p.at++
	c := p.peek()
	if plain, ok := jsonEscapes[c]; ok {
		p.at++
		return rune(plain), nil
	}
	if c != 'u' {
		p.at = start
		return 0, p.fail("Invalid escape character in string.")
	}
	r, fault := p.hex()
	if fault != nil || !utf16.IsSurrogate(r) {
		return r, fault
	}
	if p.peek() != '\\' || p.at+1 >= len(p.s) || p.s[p.at+1] != 'u' {
		p.at = start
		return 0, p.fail("The surrogate pair in string is invalid.")
	}
	p.at++
	low, fault := p.hex()
	if fault != nil {
		return 0, fault
	}
	if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
		p.at = start
		return 0, p.fail("The surrogate pair in string is invalid.")
	}
	return r, nil
}

// hex reads the u and four digits.
func (p *jsonParser) hex() (rune, *JSONFault) {
	p.at++
	if p.at+4 <= len(p.s) {
		if n, err := strconv.ParseUint(string(p.s[p.at:p.at+4]), 16, 16); err == nil {
			p.at += 4
			return rune(n), nil
		}
	}
	return 0, p.fail("Incorrect hex digit after \\u escape in string.")
}
