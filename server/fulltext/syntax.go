package fulltext

import (
	"fmt"
	"strings"
)

// A SyntaxError says what a search in boolean mode has in a place where it makes no
// sense.
type SyntaxError struct{ Message string }

func (e *SyntaxError) Error() string { return e.Message }

type tokenKind uint8

const (
	tokenEnd  tokenKind = iota
	tokenSign           // one of signs
	tokenNumber
	tokenTerm
	tokenText
)

const signs = "*()+-<>~@"

type token struct {
	kind tokenKind
	text []byte
}

func (t token) is(sign byte) bool { return t.kind == tokenSign && t.text[0] == sign }

// String is what messages call it.
func (t token) String() string {
	return [...]string{"$end", "'" + string(t.text) + "'", "FTS_NUMB", "FTS_TERM", "FTS_TEXT"}[t.kind]
}

// tokenize cuts a search at blanks, quotes and the given signs. A quote that is not closed
// says nothing, nor does a percent sign.
func tokenize(text []byte, signs string) (out []token) {
	ends := signs + " \t\n%\""
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '"':
			if n := strings.IndexAny(string(text[i+1:]), "\"\n"); n >= 0 && text[i+1+n] == '"' {
				out = append(out, token{tokenText, text[i+1 : i+1+n]})
				i += n + 1
			}
			i++
		case strings.IndexByte(signs, c) >= 0:
			out = append(out, token{tokenSign, text[i : i+1]})
			i++
		case strings.IndexByte(ends, c) >= 0:
			i++
		default:
			n := strings.IndexAny(string(text[i:]), ends)
			if n < 0 {
				n = len(text) - i
			}
			kind := tokenTerm
			if isNumber(text[i : i+n]) {
				kind = tokenNumber
			}
			out = append(out, token{kind, text[i : i+n]})
			i += n
		}
	}
	return out
}

func isNumber(text []byte) bool {
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// A parser reads a search in boolean mode.
type parser struct {
	query  *Query
	tokens []token
	at     int
	depth  int
}

// depthMax is how deep parentheses may be.
const depthMax = 1000

func (p *parser) peek() token {
	if p.at >= len(p.tokens) {
		return token{}
	}
	return p.tokens[p.at]
}

func (p *parser) next() token {
	t := p.peek()
	p.at++
	return t
}

func (p *parser) accept(sign byte) bool {
	if p.peek().is(sign) {
		p.at++
		return true
	}
	return false
}

func unexpected(t token, expected string) error {
	if expected != "" {
		expected = ", expecting " + expected
	}
	return &SyntaxError{fmt.Sprintf("syntax error, unexpected %s%s", t, expected)}
}

// list reads parts up to a parenthesis that closes it, or the end.
func (p *parser) list() (out []part, err error) {
	for {
		switch t := p.peek(); {
		case t.kind == tokenEnd && p.depth > 0:
			return nil, unexpected(t, "")
		case t.kind == tokenEnd, t.is(')') && p.depth > 0:
			return out, nil
		case t.is(')'), t.is('@'):
			if p.depth > 0 {
				return nil, unexpected(t, "")
			}
			return nil, unexpected(t, "$end")
		}
		one, err := p.part()
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
}

// part reads one term, text or list in parentheses with its sign.
func (p *parser) part() (one part, err error) {
	t := p.next()
	if t.kind == tokenSign && strings.IndexByte("+-<>~", t.text[0]) >= 0 {
		one.sign = t.text[0]
		if t = p.next(); t.kind == tokenEnd || t.kind == tokenSign && !t.is('(') && !t.is('*') {
			return one, unexpected(t, "")
		}
	}
	switch {
	case t.is('('):
		if p.depth++; p.depth > depthMax {
			return one, &SyntaxError{"memory exhausted"}
		}
		one.list, err = p.list()
		one.isList = true
		p.depth--
		p.at++ // the parenthesis
		return one, err
	case t.kind == tokenText:
		return one, p.text(&one, t)
	}
	for t.is('*') { // a term may begin anywhere: the index does not know how
		if t = p.next(); t.kind != tokenTerm && t.kind != tokenNumber && !t.is('*') {
			return one, unexpected(t, "FTS_TERM or FTS_NUMB or '*'")
		}
	}
	one.terms = p.query.terms(t.text)
	if p.accept('*') && len(one.terms) > 0 {
		p.query.prefix(&one.terms[len(one.terms)-1])
	}
	return one, nil
}

// text reads what may be behind a text: how near its words are.
func (p *parser) text(one *part, t token) error {
	near := 0
	if p.accept('@') {
		n := p.next()
		if n.kind != tokenNumber {
			return unexpected(n, "FTS_NUMB")
		}
		near = 1 << 20
		if len(n.text) < 7 {
			near = 0
			for _, c := range n.text {
				near = near*10 + int(c-'0')
			}
		}
		near = max(near, 1)
	}
	one.terms = p.query.text(t.text, near)
	return nil
}
