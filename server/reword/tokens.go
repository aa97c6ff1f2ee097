package reword

import (
	"slices"
	"strings"

	"github.com/xadb/xadb/server/lex"
)

// tokens are those of one text.
type tokens struct {
	src  string
	bad  int         // where a token begins that does not end
	list []lex.Token // without EOF
	pair []int       // of a parenthesis, and of CASE and END: the other one's place, or -1
	// Where operands end, and what is assigned to a variable, once it is known: P3.
	ends, assigned map[int]int
	pipes          bool // || is concatenation
	notBinds       bool // NOT binds like !
}

// read cuts a text; ok is false if a token does not end.
func read(l *lex.Lexer, src string) (t *tokens, ok bool) {
	t = &tokens{src: src, ends: map[int]int{}, assigned: map[int]int{}}
	var open, cases []int
	for tok := l.Next(); tok.Kind != lex.EOF; tok = l.Next() {
		if tok.Kind == lex.Bad {
			t.bad = tok.Pos
			return t, false
		}
		i := len(t.list)
		t.list, t.pair = append(t.list, tok), append(t.pair, -1)
		switch {
		case tok.Is("("):
			open = append(open, i)
		case tok.Is(")"):
			open = t.join(open, i)
		case tok.Is("CASE"):
			cases = append(cases, i)
		case tok.Is("END"):
			cases = t.join(cases, i)
		}
	}
	return t, true
}

// join makes a pair of the last that is open and i.
func (t *tokens) join(open []int, i int) []int {
	n := len(open)
	if n == 0 {
		return open
	}
	t.pair[open[n-1]], t.pair[i] = i, open[n-1]
	return open[:n-1]
}

// at is a token; outside of the text it is EOF.
func (t *tokens) at(i int) lex.Token {
	if i < 0 || i >= len(t.list) {
		return lex.Token{}
	}
	return t.list[i]
}

func (t *tokens) is(i int, word string) bool { return t.at(i).Is(word) }

func (t *tokens) isAny(i int, words []string) bool { return slices.ContainsFunc(words, t.at(i).Is) }

// closing is the place of the parenthesis that closes the one at i, or -1.
func (t *tokens) closing(i int) int {
	if !t.is(i, "(") {
		return -1
	}
	return t.pair[i]
}

// isCall reports whether the parenthesis at i is that of a function's arguments.
func (t *tokens) isCall(i int) bool {
	if !t.is(i, "(") {
		return false
	}
	name := t.at(i - 1)
	return name.Kind == lex.Quoted || name.Kind == lex.Word && !reserved[strings.ToUpper(name.Text)]
}

// reserved are the words that neither end an operand nor name a function.
var reserved = func() map[string]bool {
	words := map[string]bool{}
	for _, w := range strings.Fields(`ALL AND AS ASC BETWEEN BINARY BY CALL CASE CHECK COLLATE CROSS DESC DISTINCT DISTINCTROW
		DIV DUAL ELSE ELSEIF EXCEPT EXISTS FOR FORCE FROM GENERATED GROUP HAVING IGNORE IN INNER INTERSECT INTO IS JOIN
		LATERAL LIKE LIMIT LOCK NATURAL NOT ON OR ORDER OUTER OVER PARTITION PROCEDURE RECURSIVE REGEXP RETURN RLIKE
		SELECT SET STRAIGHT_JOIN THEN UNION UNTIL UPDATE USE USING WHEN WHERE WHILE WINDOW WITH XOR`) {
		words[w] = true
	}
	return words
}()
