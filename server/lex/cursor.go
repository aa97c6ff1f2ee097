package lex

import "errors"

// ErrTooMany is below the error for a statement of more tokens than a Cursor reads.
var ErrTooMany = errors.New("lex: too many tokens")

// TokensMax bounds the tokens of a statement that a Cursor reads, if nobody asks for more.
const TokensMax = 4096

// A Cursor walks over the tokens of one statement with one token of
// look-ahead and more. Its errors are MySQL's syntax errors.
type Cursor struct {
	src    string
	tokens []Token // the last one is EOF
	pos    int
}

// NewCursor cuts src into tokens. It fails for text that holds an unterminated
// literal, or more than TokensMax tokens.
func NewCursor(src string) (*Cursor, error) {
	return NewCursorOf(src, TokensMax)
}

// NewCursorOf is NewCursor with another bound.
func NewCursorOf(src string, tokensMax int) (*Cursor, error) {
	c, err := makeCursor(src, make([]Token, 0, 16), tokensMax)
	if err != nil {
		return nil, err
	}
	return &c, nil
}

// MakeCursor is NewCursor for those who lend it the memory for tokens. It takes
// more if there are more.
func MakeCursor(src string, room []Token) (Cursor, error) { return makeCursor(src, room, TokensMax) }

func makeCursor(src string, room []Token, tokensMax int) (Cursor, error) {
	c := Cursor{src: src, tokens: room[:0]}
	l := Lexer{src: src}
	for {
		t := l.Next()
		if t.Kind == Bad {
			return Cursor{}, Error(src, t.Pos)
		}
		if len(c.tokens) == tokensMax {
			return Cursor{}, syntaxError(ErrTooMany, src, t.Pos)
		}
		c.tokens = append(c.tokens, t)
		if t.Kind == EOF {
			return c, nil
		}
	}
}

// Source is the text that the cursor walks over.
func (c *Cursor) Source() string { return c.src }

// Peek is the next token, which stays the next.
func (c *Cursor) Peek() Token { return c.tokens[c.pos] }

// PeekAt is the token n behind the next one.
func (c *Cursor) PeekAt(n int) Token { return c.tokens[min(c.pos+n, len(c.tokens)-1)] }

// Next returns the next token and moves behind it. At the end it stays.
func (c *Cursor) Next() Token {
	t := c.tokens[c.pos]
	if t.Kind != EOF {
		c.pos++
	}
	return t
}

// Accept moves behind these words or operators if all of them come next.
func (c *Cursor) Accept(words ...string) bool {
	for i, w := range words {
		if !c.PeekAt(i).Is(w) {
			return false
		}
	}
	c.pos += len(words)
	return true
}

// Expect is Accept that fails with a syntax error.
func (c *Cursor) Expect(words ...string) error {
	for _, w := range words {
		if !c.Accept(w) {
			return c.Fail()
		}
	}
	return nil
}

// AtEnd reports whether nothing but one optional semicolon is left.
func (c *Cursor) AtEnd() bool {
	t := c.Peek()
	return t.Kind == EOF || t.Is(";") && c.PeekAt(1).Kind == EOF
}

// End fails with a syntax error unless AtEnd.
func (c *Cursor) End() error {
	if !c.AtEnd() {
		return c.Fail()
	}
	return nil
}

// Fail is a syntax error at the next token.
func (c *Cursor) Fail() error { return Error(c.src, c.Peek().Pos) }

// Name reads a quoted or unquoted name.
func (c *Cursor) Name() (string, error) {
	t := c.Peek()
	if t.Kind != Word && t.Kind != Quoted {
		return "", c.Fail()
	}
	c.Next()
	s, _ := t.Value()
	return s, nil
}

// Text reads a string, hex or bit literal.
func (c *Cursor) Text() (string, error) {
	t := c.Peek()
	if t.Kind != String && t.Kind != Hex && t.Kind != Bits {
		return "", c.Fail()
	}
	s, ok := t.Value()
	if !ok {
		return "", c.Fail()
	}
	c.Next()
	return s, nil
}
