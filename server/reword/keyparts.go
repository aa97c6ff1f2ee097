package reword

import (
	"slices"
	"strings"

	"github.com/xadb/xadb/server/lex"
)

// The parser knows no keys on expressions. Where one is it reads the name of a column
// that has the expression for a name, and a blank behind it: no column's name ends so.

// expressionName is the name that stands for an expression.
func expressionName(expr string) string { return lex.QuoteName(strings.TrimSpace(expr) + " ") }

// NamedExpression is the expression that a name stands for.
func NamedExpression(name string) (expr string, ok bool) { return strings.CutSuffix(name, " ") }

// plainKeyParts is a statement that defines keys without expressions in them.
func plainKeyParts(sql string) string {
	l := lex.New(sql)
	first := l.Next()
	if !first.Is("CREATE") && !first.Is("ALTER") {
		return sql
	}
	k := &keyParts{src: sql}
	for t := first; t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		k.tokens = append(k.tokens, t)
	}
	kind := slices.IndexFunc(k.tokens, func(t lex.Token) bool { return t.Is("TABLE") || t.Is("INDEX") })
	switch {
	case kind < 0 || kind > 3:
		return sql
	case k.tokens[kind].Is("INDEX"):
		for at := kind; at < len(k.tokens); at++ {
			if k.tokens[at].Is("ON") {
				k.list(at + 1)
				break
			}
		}
	case first.Is("CREATE"):
		k.each(kind, 1, "(", ",")
	default:
		k.each(kind, 0, "ADD")
	}
	if k.last == 0 {
		return sql
	}
	k.out.WriteString(sql[k.last:])
	return k.out.String()
}

// keyParts are the keys of a statement on their way into the parser's words.
type keyParts struct {
	src    string
	tokens []lex.Token
	out    strings.Builder
	last   int // what of src has been written
}

// each looks for keys behind these words at this depth.
func (k *keyParts) each(from, depth int, words ...string) {
	level := 0
	for at := from; at < len(k.tokens); at++ {
		t := k.tokens[at]
		switch {
		case t.Is("("):
			level++
		case t.Is(")"):
			level--
		}
		if level == depth && slices.ContainsFunc(words, t.Is) && k.isKey(at+1) {
			k.list(at + 1)
		}
	}
}

// isKey reports whether a key's definition begins here.
func (k *keyParts) isKey(at int) bool {
	is := func(words ...string) bool { return at < len(k.tokens) && slices.ContainsFunc(words, k.tokens[at].Is) }
	if is("CONSTRAINT") {
		if at++; !is("UNIQUE", "PRIMARY") {
			at++
		}
	}
	return is("INDEX", "KEY", "UNIQUE", "PRIMARY", "FULLTEXT", "SPATIAL")
}

// list writes the list of columns that begins at the next parenthesis.
func (k *keyParts) list(at int) {
	for at < len(k.tokens) && !k.tokens[at].Is("(") {
		if k.tokens[at].Is(",") || k.tokens[at].Is(")") {
			return
		}
		at++
	}
	depth, starts := 0, -1
	for ; at < len(k.tokens); at++ {
		t := k.tokens[at]
		switch {
		case t.Is("("):
			if depth++; depth == 2 && (k.tokens[at-1].Is("(") || k.tokens[at-1].Is(",")) {
				starts = t.Pos
			}
		case t.Is(")"):
			if depth--; depth == 1 && starts >= 0 {
				k.out.WriteString(k.src[k.last:starts] + expressionName(k.src[starts+1:t.Pos]))
				k.last, starts = t.End, -1
			}
			if depth == 0 {
				return
			}
		}
	}
}
