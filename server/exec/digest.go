package exec

import (
	"hash/maphash"
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/types"
)

// A Digest is a statement's text apart from its literals: two texts that differ
// in literals and in spaces alone have the same one. It is made in one pass,
// and its memory is used again.
//
//	UPDATE t SET v = 'x'  WHERE id = -5   ->   UPDATE t SET v = ? WHERE id = ?   and  'x', -5
//
// A text that holds anything whose meaning could depend on more than this has
// none: comments and hints, escapes in strings, hexadecimal and bit literals,
// exponents, character set introducers, variables, bytes beyond ASCII outside of
// quotes. A question mark is a literal, too, if the statement was prepared.
type Digest struct {
	text     []byte // default database, 0, the statement
	from     int    // where the statement begins in text
	literals []literal
	params   int  // question marks among literals
	marked   bool // question marks are allowed
	src      string
	pos      int
	last     tokenKind
	args     []binlog.Value
}

// A literal is part of the statement's text, or a question mark in it.
type literal struct {
	text   string // of a string: without its quotes
	quoted bool
	param  bool
}

// A tokenKind is what stands ahead of a literal or a sign.
type tokenKind uint8

const (
	tokenNone    tokenKind = iota
	tokenWord              // a name, or a word after which no literal of ours comes
	tokenLogic             // AND, BETWEEN
	tokenLiteral           // a literal: two in a row mean something else
	tokenOpen              // = < > ( , behind which a value begins
	tokenOther             // other signs
)

const (
	// digestTextMax bounds the texts that have a digest, in bytes, and
	// digestLiteralsMax the literals in one.
	digestTextMax     = 64 << 10
	digestLiteralsMax = 8192
	// keepDigest is how much memory stays with a digest between statements.
	keepDigest = 4 << 10
)

var digestSeed = maphash.MakeSeed()

// read makes the digest of a statement; false if it has none.
func (d *Digest) read(db, sql string) bool {
	d.text, d.literals = append(append(d.text[:0], db...), 0), d.literals[:0]
	d.from, d.src, d.pos, d.last, d.params = len(d.text), sql, 0, tokenNone, 0
	if len(sql) > digestTextMax || !d.begins() {
		return false
	}
	for d.pos < len(d.src) {
		if !d.token() {
			return false
		}
	}
	return true
}

// begins reports whether the text is of a kind that can have a plan.
func (d *Digest) begins() bool {
	word := d.src[:wordEnd(d.src, 0)]
	if len(word) != len("select") {
		return false
	}
	switch word[0] | 0x20 {
	case 's':
		return strings.EqualFold(word, "select")
	case 'i':
		return strings.EqualFold(word, "insert")
	case 'u':
		return strings.EqualFold(word, "update")
	case 'd':
		return strings.EqualFold(word, "delete")
	}
	return false
}

func (d *Digest) token() bool {
	c := d.src[d.pos]
	switch {
	case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		for d.pos < len(d.src) && (d.src[d.pos] == ' ' || d.src[d.pos] == '\t' || d.src[d.pos] == '\n' || d.src[d.pos] == '\r') {
			d.pos++
		}
		if d.pos < len(d.src) {
			d.text = append(d.text, ' ')
		}
		return true
	case '0' <= c && c <= '9':
		return d.number(d.pos)
	case wordByte[c]:
		return d.word()
	case c == '\'' || c == '"':
		return d.quoted(c)
	case c == '`':
		return d.name()
	case c == '?':
		return d.mark()
	}
	return d.sign(c)
}

func (d *Digest) word() bool {
	end := wordEnd(d.src, d.pos)
	word := d.src[d.pos:end]
	if end < len(d.src) && (d.src[end] == '\'' || d.src[end] == '"' || d.src[end] >= 0x80) {
		return false
	}
	d.last = tokenWord
	switch len(word) {
	case 3:
		if strings.EqualFold(word, "and") {
			d.last = tokenLogic
		}
	case 7:
		if strings.EqualFold(word, "between") {
			d.last = tokenLogic
		}
	}
	d.text = append(d.text, word...)
	d.pos = end
	return true
}

// number reads 12 or 1.5 whose sign, if it has one, is at start.
func (d *Digest) number(start int) bool {
	if !d.mayBegin() {
		return false
	}
	i := digitsEnd(d.src, d.pos)
	if i < len(d.src) && d.src[i] == '.' {
		end := digitsEnd(d.src, i+1)
		if end == i+1 || d.src[start] == '-' {
			return false
		}
		i = end
	}
	if i < len(d.src) && (wordByte[d.src[i]] || d.src[i] == '.' || d.src[i] >= 0x80) {
		return false
	}
	d.pos = i
	return d.add(literal{text: d.src[start:i]})
}

// quoted reads a string without escapes, which is as it is written.
func (d *Digest) quoted(quote byte) bool {
	if !d.mayBegin() {
		return false
	}
	rest := d.src[d.pos+1:]
	n := strings.IndexByte(rest, quote)
	if n < 0 || strings.IndexByte(rest[:n], '\\') >= 0 || n+1 < len(rest) && (rest[n+1] == quote || wordByte[rest[n+1]]) {
		return false
	}
	d.pos += n + 2
	return d.add(literal{text: rest[:n], quoted: true})
}

// mark reads a question mark.
func (d *Digest) mark() bool {
	if !d.marked || !d.mayBegin() {
		return false
	}
	d.pos++
	d.params++
	return d.add(literal{param: true})
}

// mayBegin reports whether a literal may stand here.
func (d *Digest) mayBegin() bool {
	return d.last == tokenOpen || d.last == tokenLogic || d.last == tokenOther
}

func (d *Digest) add(l literal) bool {
	d.literals = append(d.literals, l)
	d.text = append(d.text, '?')
	d.last = tokenLiteral
	return len(d.literals) <= digestLiteralsMax
}

// name copies a name in back quotes, which may hold any byte.
func (d *Digest) name() bool {
	rest := d.src[d.pos+1:]
	n := strings.IndexByte(rest, '`')
	if n < 0 || n+1 < len(rest) && (rest[n+1] == '`' || rest[n+1] == '\'' || rest[n+1] == '"') {
		return false
	}
	d.text = append(d.text, d.src[d.pos:d.pos+n+2]...)
	d.pos += n + 2
	d.last = tokenWord
	return true
}

func (d *Digest) sign(c byte) bool {
	switch c {
	case '=', '<', '>', '(', ',':
		d.last = tokenOpen
	case '-':
		next := byte(0)
		if d.pos+1 < len(d.src) {
			next = d.src[d.pos+1]
		}
		if next == '-' {
			return false
		}
		if (d.last == tokenOpen || d.last == tokenLogic) && '0' <= next && next <= '9' {
			d.pos++
			return d.number(d.pos - 1)
		}
		d.last = tokenOther
	case '+', '*':
		d.last = tokenOther
	case ')', '.':
		d.last = tokenWord
	default:
		return false
	}
	d.text = append(d.text, c)
	d.pos++
	return true
}

// values is the literals as the values of question marks; args are those of the
// question marks that were there. They end with the next statement.
func (d *Digest) values(args []binlog.Value) ([]binlog.Value, bool) {
	d.args = d.args[:0]
	for _, l := range d.literals {
		switch {
		case l.param:
			d.args = append(d.args, args[0])
			args = args[1:]
			continue
		case l.quoted:
			d.args = append(d.args, []byte(l.text))
			continue
		}
		v, _, ok := types.NumberLiteral(l.text)
		if !ok {
			return nil, false
		}
		d.args = append(d.args, v)
	}
	return d.args, true
}

// Forget gives large memory back, and what belongs to the statement.
func (d *Digest) Forget() {
	if cap(d.text) > keepDigest {
		*d = Digest{}
		return
	}
	d.src = ""
	clear(d.literals)
	clear(d.args)
}

// wordByte is the bytes of names and numbers in ASCII.
var wordByte = func() (is [256]bool) {
	for c := range is {
		b := byte(c)
		is[c] = '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || b == '_' || b == '$'
	}
	return is
}()

func wordEnd(s string, i int) int {
	for i < len(s) && wordByte[s[i]] {
		i++
	}
	return i
}

func digitsEnd(s string, i int) int {
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	return i
}
