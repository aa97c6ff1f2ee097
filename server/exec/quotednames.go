package exec

import (
	"strconv"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/reword"
)

// The parser takes words for its own that MySQL takes for names where no syntax wants
// them: AFTER name, CHANGE status, (SELECT ...) comment. Where it stops at one, or right
// behind, the word is put in quotes, and the text parsed again.

// Bounds of that: words, and bytes parsed.
const (
	quotedMax      = 32
	quotedBytesMax = 4 << 20
)

// A quoting is a text some of whose words are quoted by now.
type quoting struct {
	words  string
	places reword.Map // to the client's text
	tree   sqlparser.Statement
	err    error // of the parser, which has stopped there
	stop   int
	left   int // bytes that may be parsed yet
}

// quoteNames parses a text that the parser has refused with err, with names quoted. If
// that does not help, the error is that of the text as far as it was read.
func quoteNames(words string, places reword.Map, err error) quoting {
	q := quoting{words: words, places: places, err: err, stop: stopOf(err), left: quotedBytesMax}
	for n := 0; n < quotedMax && q.stop > 0; n++ {
		last, before, behind := q.around()
		next, ok := q.quote(last, before, behind)
		if !ok {
			if next, ok = q.quote(before, lex.Token{}, last); !ok {
				return q
			}
		}
		q = next
	}
	return q
}

// stopOf is where the parser has stopped: behind a token. 0: it has not, or says not where.
func stopOf(err error) int {
	if err == nil {
		return 0
	}
	m := errorPosition.FindStringSubmatch(err.Error())
	if m == nil {
		return 0
	}
	at, _ := strconv.Atoi(m[1])
	return max(at-1, 0)
}

// around is the token that the parser has stopped at, and those on both sides.
func (q quoting) around() (last, before, behind lex.Token) {
	l := lex.New(q.words)
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		if t.Pos >= q.stop {
			return last, before, t
		}
		last, before = t, last
	}
	return last, before, behind
}

// quote quotes a word; ok is false if it is no name, or the parser comes no further by it.
func (q quoting) quote(t, before, behind lex.Token) (next quoting, ok bool) {
	if t.Kind != lex.Word || lex.IsReserved(t.Text) || behind.Is("(") && !namesAhead(before) || q.left < len(q.words) {
		return q, false
	}
	next = q
	next.words, next.places = q.places.Quoted(q.words, t.Pos, t.End)
	next.tree, next.err = parse(next.words)
	next.left -= len(next.words)
	next.stop = stopOf(next.err)
	return next, next.err == nil || next.stop > q.stop+len("``")
}

// namesAhead reports whether a name with a list in parentheses may follow: it is no call.
func namesAhead(before lex.Token) bool {
	for _, word := range []string{"TABLE", "EXISTS", "INTO", "INDEX", "KEY", "REFERENCES", "ON", "WITH", "RECURSIVE"} {
		if before.Is(word) {
			return true
		}
	}
	return false
}
