package reword

import (
	"strings"

	"github.com/xadb/xadb/server/lex"
)

// A Mode is how a session's sql_mode has statements read; the zero Mode is MySQL's
// default.
type Mode struct {
	lex.Mode
	pipesConcat bool // || is concatenation
	notBinds    bool // NOT binds like !
	realFloat   bool // REAL is FLOAT
}

// readingModes are the modes of sql_mode by which a text means something else.
var readingModes = map[string]func(m *Mode){
	"ANSI_QUOTES":          func(m *Mode) { m.ANSIQuotes = true },
	"NO_BACKSLASH_ESCAPES": func(m *Mode) { m.NoBackslashEscapes = true },
	"PIPES_AS_CONCAT":      func(m *Mode) { m.pipesConcat = true },
	"HIGH_NOT_PRECEDENCE":  func(m *Mode) { m.notBinds = true },
	"REAL_AS_FLOAT":        func(m *Mode) { m.realFloat = true },
	"ANSI":                 func(*Mode) {}, // it stands for others, which are there, too
}

// SplitMode takes the modes by which texts are read out of an sql_mode; rest is what
// they mean once they are read.
func SplitMode(sqlMode string) (m Mode, rest string) {
	var others []string
	for word := range strings.SplitSeq(sqlMode, ",") {
		if set := readingModes[word]; set != nil {
			set(&m)
			continue
		}
		others = append(others, word)
	}
	return m, strings.Join(others, ",")
}

// Default writes a text of a mode as MySQL's default has it: a definition that it makes
// means the same in every mode. It may be several statements, the later of which are
// read in another mode in the end: Map.Check says whether the first one can be.
func (m Mode) Default(sql string) (string, Map) {
	if m == (Mode{}) {
		return sql, Map{}
	}
	t, whole := read(lex.NewIn(sql, m.Mode), sql)
	t.pipes, t.notBinds = m.pipesConcat, m.notBinds
	r := &rewriter{tokens: t}
	for i := range t.list {
		m.token(r, i)
	}
	text, places := r.apply(sql)
	switch {
	case r.wrong > 0:
		places.bad = r.wrong
	case !whole:
		places.bad = 1 + t.bad
	}
	return text, places
}

// Check is the error of the old text's part up to a place: that it has a token which
// does not end, or an operator without an operand.
func (m Map) Check(sql string, end int) error {
	if m.bad == 0 || m.bad > end {
		return nil
	}
	return lex.Error(sql, m.bad-1)
}

// token rewrites one token.
func (m Mode) token(r *rewriter, i int) {
	switch t := r.at(i); {
	case t.Kind == lex.Quoted && t.Text[0] == '"':
		name := strings.ReplaceAll(t.Text[1:len(t.Text)-1], `""`, `"`)
		r.replaceTokens(i, i, "`"+strings.ReplaceAll(name, "`", "``")+"`")
	case m.NoBackslashEscapes && t.Kind == lex.String && strings.Contains(t.Text, `\`):
		r.replaceTokens(i, i, strings.ReplaceAll(t.Text, `\`, `\\`))
	case m.NoBackslashEscapes && t.Is("LIKE"):
		likeWithoutEscape(r, i)
	case m.pipesConcat && t.Is("||"):
		concatenation(r, i)
	case m.notBinds && t.Is("NOT") && r.isNegation(i):
		r.replaceTokens(i, i, "!")
		if closed := r.closing(i + 2); r.is(i+1, "EXISTS") && closed > 0 {
			r.wrapTokens(i+1, closed+1, "(", ")") // of which ! takes no other
		}
	case m.realFloat && t.Is("REAL") && !r.is(i-1, "."):
		r.replaceTokens(i, i, "FLOAT")
	}
}

// likeWithoutEscape: where a backslash is a letter, so it is to LIKE.
func likeWithoutEscape(r *rewriter, i int) {
	if first := r.at(0); first.Is("SHOW") || first.Is("DESCRIBE") || first.Is("DESC") || r.is(i-1, "SOUNDS") || !r.isCondition(i) {
		return
	}
	if end := r.after(i+1, loose); end > 0 && !r.is(end, "ESCAPE") {
		r.wrapTokens(i+1, end, "", " ESCAPE ''")
	}
}

// isCondition reports whether the LIKE at i compares: CREATE TABLE a LIKE b does not.
func (t *tokens) isCondition(i int) bool {
	from := t.before(i-1-oneIf(t.is(i-1, "NOT")), loose)
	return from >= 0 && !t.is(from-1, "TABLE") && !t.is(from-1, "EXISTS")
}

func oneIf(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// concatenation: a || b || c, of which the first || makes one call.
func concatenation(r *rewriter, i int) {
	first := r.before(i-1, pipes)
	if first > 0 && r.is(first-1, "||") {
		return
	}
	end := i
	for end > 0 && r.is(end, "||") {
		end = r.after(end+1, pipes)
	}
	if first < 0 || end < 0 { // it would be OR
		r.fail(i)
		return
	}
	r.wrapTokens(first, end, "CONCAT(", ")")
	for at := i; at < end; {
		r.replaceTokens(at, at, ",")
		at = r.after(at+1, pipes)
	}
}
