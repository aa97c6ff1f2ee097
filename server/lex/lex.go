// Package lex cuts SQL text into tokens, as far as the statements need it that
// xadb's own router answers: XA, transaction control, SET, SHOW and the like.
//
// A Lexer allocates nothing: a token is a pair of offsets, and its value is
// decoded only when it is asked for. Comments are skipped, except that the
// body of /*! … */ and of /*!40100 … */ up to the advertised version is part
// of the statement (MySQL manual, Comments).
package lex

import (
	"fmt"
	"strings"

	"github.com/xadb/xadb/server/mysqlerr"
)

// A Kind says what a token is.
type Kind uint8

// The kinds of token.
const (
	EOF     Kind = iota
	Word         // unquoted name or keyword
	Quoted       // `name`, in ANSI_QUOTES "name"
	String       // 'text' or "text"
	Number       // 12, 1.5, .5, 1e3
	Hex          // 0x1f, x'1f', X'1F'
	Bits         // 0b101, b'101', B'101'
	UserVar      // @name, @'name', @`name`
	SysVar       // @@name, @@session.name
	Param        // ?
	Punct        // one operator or separator
	Bad          // an unterminated literal or comment, to the end of the text
)

// versionMax is the newest version whose /*!NNNNN … */ text is executed.
const versionMax = 80036

// A Token is a piece of the text it was cut from.
type Token struct {
	Kind     Kind
	Pos, End int // offsets in the text
	Text     string
}

// Is reports whether t is this word (unquoted, in any case) or this operator.
func (t Token) Is(s string) bool {
	return (t.Kind == Word || t.Kind == Punct) && len(t.Text) == len(s) && strings.EqualFold(t.Text, s)
}

// A Lexer reads one text from front to back.
type Lexer struct {
	src       string
	pos       int
	inVersion bool // inside /*! … */
	Mode
}

// A Mode is how a session's sql_mode has texts read; the zero Mode is MySQL's default.
type Mode struct {
	ANSIQuotes         bool // "name"
	NoBackslashEscapes bool // a backslash is a letter
}

// NewIn returns a Lexer of another mode.
func NewIn(src string, m Mode) *Lexer { return &Lexer{src: src, Mode: m} }

// New returns a Lexer at the start of src.
func New(src string) *Lexer { return &Lexer{src: src} }

// Next returns the next token; at the end of the text always EOF.
func (l *Lexer) Next() Token {
	if !l.skipSpace() {
		start := l.pos
		l.pos = len(l.src)
		return l.token(Bad, start)
	}
	start := l.pos
	if start >= len(l.src) {
		return Token{Kind: EOF, Pos: len(l.src), End: len(l.src)}
	}
	c := l.src[start]
	switch {
	case c == '"' && l.ANSIQuotes:
		return l.quoted(start, start, c, Quoted)
	case c == '\'' || c == '"':
		return l.quoted(start, start, c, String)
	case c == '`':
		return l.quoted(start, start, c, Quoted)
	case c == '@':
		return l.variable(start)
	case c == '?':
		l.pos++
		return l.token(Param, start)
	case (c == 'x' || c == 'X') && l.at(start+1) == '\'':
		return l.quoted(start, start+1, '\'', Hex)
	case (c == 'b' || c == 'B') && l.at(start+1) == '\'':
		return l.quoted(start, start+1, '\'', Bits)
	case isDigit(c), c == '.' && isDigit(l.at(start+1)):
		return l.number(start)
	case isWord(c):
		l.pos = wordEnd(l.src, start)
		return l.token(Word, start)
	}
	l.pos += operatorLen(l.src[start:])
	return l.token(Punct, start)
}

func (l *Lexer) token(k Kind, start int) Token {
	return Token{Kind: k, Pos: start, End: l.pos, Text: l.src[start:l.pos]}
}

func (l *Lexer) at(i int) byte {
	if i < len(l.src) {
		return l.src[i]
	}
	return 0
}

// skipSpace moves to the next token; false means an unterminated comment,
// with pos at its start.
func (l *Lexer) skipSpace() bool {
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		switch {
		case c <= ' ':
			l.pos++
		case c == '#':
			l.skipLine()
		case c == '-' && l.at(l.pos+1) == '-' && (l.pos+2 >= len(l.src) || l.src[l.pos+2] <= ' '):
			l.skipLine()
		case c == '/' && l.at(l.pos+1) == '*':
			if !l.comment() {
				return false
			}
		case l.inVersion && c == '*' && l.at(l.pos+1) == '/':
			l.inVersion = false
			l.pos += 2
		default:
			return true
		}
	}
	return true
}

func (l *Lexer) skipLine() {
	if n := strings.IndexByte(l.src[l.pos:], '\n'); n >= 0 {
		l.pos += n + 1
		return
	}
	l.pos = len(l.src)
}

// comment skips /* … */, or just the opening of one whose body counts.
func (l *Lexer) comment() bool {
	if l.at(l.pos+2) == '!' && !l.inVersion {
		i, version := l.pos+3, 0
		for n := 0; n < 6 && isDigit(l.at(i)); n++ {
			version = version*10 + int(l.src[i]-'0')
			i++
		}
		if version <= versionMax {
			l.pos, l.inVersion = i, true
			return true
		}
	}
	n := strings.Index(l.src[l.pos+2:], "*/")
	if n < 0 {
		return false
	}
	l.pos += 2 + n + 2
	return true
}

// quoted reads a literal whose opening quote is at open.
func (l *Lexer) quoted(start, open int, quote byte, k Kind) Token {
	for i := open + 1; i < len(l.src); i++ {
		switch {
		case l.src[i] == '\\' && k == String && !l.NoBackslashEscapes:
			i++
		case l.src[i] == quote && l.at(i+1) == quote && (k == String || k == Quoted):
			i++
		case l.src[i] == quote:
			l.pos = i + 1
			return l.token(k, start)
		}
	}
	l.pos = len(l.src)
	return l.token(Bad, start)
}

func (l *Lexer) variable(start int) Token {
	if l.at(start+1) != '@' {
		switch c := l.at(start + 1); c {
		case '\'', '"', '`':
			t := l.quoted(start, start+1, c, Quoted)
			if t.Kind != Bad {
				t.Kind = UserVar
			}
			return t
		}
		l.pos = nameEnd(l.src, start+1)
		return l.token(UserVar, start)
	}
	l.pos = nameEnd(l.src, start+2)
	if l.at(l.pos) == '`' { // @@`name`, @@session.`name`
		t := l.quoted(start, l.pos, '`', Quoted)
		if t.Kind != Bad {
			t.Kind = SysVar
		}
		return t
	}
	return l.token(SysVar, start)
}

// nameEnd is the end of a variable's name, which may contain dots.
func nameEnd(s string, i int) int {
	for i < len(s) && (isWord(s[i]) || s[i] == '.') {
		i++
	}
	return i
}

func (l *Lexer) number(start int) Token {
	if l.src[start] == '0' && (l.at(start+1) == 'x' || l.at(start+1) == 'b') {
		k, ok := Hex, isHex
		if l.src[start+1] == 'b' {
			k, ok = Bits, func(c byte) bool { return c == '0' || c == '1' }
		}
		i := start + 2
		for ok(l.at(i)) {
			i++
		}
		if i > start+2 && !isWord(l.at(i)) {
			l.pos = i
			return l.token(k, start)
		}
	}
	i := digits(l.src, start)
	if i < len(l.src) && isWord(l.src[i]) && !isExponent(l.src, i) {
		l.pos = wordEnd(l.src, start) // names may begin with digits
		return l.token(Word, start)
	}
	if l.at(i) == '.' {
		i = digits(l.src, i+1)
	}
	if isExponent(l.src, i) {
		i = digits(l.src, i+2)
	}
	l.pos = i
	return l.token(Number, start)
}

func digits(s string, i int) int {
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return i
}

func isExponent(s string, i int) bool {
	if i+1 >= len(s) || s[i] != 'e' && s[i] != 'E' {
		return false
	}
	if s[i+1] == '+' || s[i+1] == '-' {
		return i+2 < len(s) && isDigit(s[i+2])
	}
	end := digits(s, i+1)
	return end > i+1 && (end == len(s) || !isWord(s[end]))
}

func wordEnd(s string, i int) int {
	for i < len(s) && isWord(s[i]) {
		i++
	}
	return i
}

var operators = []string{"<=>", "->>", ":=", "<=", ">=", "<>", "!=", "&&", "||", "<<", ">>", "->"}

func operatorLen(s string) int {
	if len(s) < 2 || !strings.Contains("<=>!:&|-", s[:1]) || !strings.Contains("<=>&|", s[1:2]) {
		return 1
	}
	for _, op := range operators {
		if strings.HasPrefix(s, op) {
			return len(op)
		}
	}
	return 1
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// isWord accepts every byte of a multi-byte character.
func isWord(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == '$' || c >= 0x80
}

// nearMax bounds the piece of the statement that an error message repeats.
const nearMax = 80

// Error is MySQL's syntax error for the token at pos of src.
func Error(src string, pos int) error { return syntaxError(nil, src, pos) }

func syntaxError(cause error, src string, pos int) error {
	at := min(pos, len(src))
	near := strings.Clone(src[at:min(at+nearMax, len(src))]) // a part of src would keep its tokens off their owner's stack
	line := 1 + strings.Count(src[:at], "\n")
	return mysqlerr.Wrap(cause, mysqlerr.ParseError, fmt.Sprintf("check the manual that corresponds to your "+
		"MySQL server version for the right syntax to use near '%s' at line %d", near, line))
}

// All is the tokens of a text, none if there is one that does not end.
func All(src string) (list []Token) {
	l := New(src)
	for t := l.Next(); t.Kind != EOF; t = l.Next() {
		if t.Kind == Bad {
			return nil
		}
		list = append(list, t)
	}
	return list
}
