package reword

import (
	"strings"

	"github.com/xadb/xadb/server/lex"
)

// A rewriter makes the edits of one text.
type rewriter struct {
	*tokens
	edits
	err     error
	wrong   int          // where the error is, plus 1
	rowKept map[int]bool // where ROW begins a row of VALUES
}

// A rule makes the edits that the token at i asks for.
type rule func(r *rewriter, i int)

// SQL writes a statement in the parser's words. Its error is a *mysqlerr.Error.
func SQL(sql string) (string, Map, error) {
	if !wanted(sql) {
		return sql, Map{}, nil
	}
	t, ok := read(lex.New(sql), sql)
	if !ok {
		return sql, Map{}, nil
	}
	r := &rewriter{tokens: t, rowKept: map[int]bool{}}
	for i := range t.list {
		if f := ruleOf(t.list[i]); f != nil {
			f(r, i)
		}
	}
	if r.err != nil {
		return "", Map{}, r.err
	}
	text, m := r.apply(sql)
	return text, m, nil
}

// wanted reports whether a text has a token with a rule.
func wanted(sql string) bool {
	l := lex.New(sql)
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		if ruleOf(t) != nil {
			return true
		}
	}
	return false
}

var signRules, wordRules map[string]rule

func init() {
	signRules = map[string]rule{"~": bitNot, ":=": assign, "&&": and}
	wordRules = map[string]rule{
		"ANY": quantified, "SOME": quantified, "ALL": quantified, "UNKNOWN": unknown, "SOUNDS": soundsLike, "MEMBER": member,
		"INTERVAL": intervalCall, "TRIM": trim, "SUBSTRING": substring, "SUBSTR": substring, "MID": substring, "ROW": row,
		"WEIGHT_STRING": weights, "ARRAY": castArray, "N": national, "PARSER": parser, "MATCH": match,
		"DEFAULT": defaultOf, "SET": insertSet, "SIGNED": castInt, "UNSIGNED": castInt, "_BINARY": binary, "COLLATE": collate,
		"SHARE": forShare, "EXISTS": exists, "FLOAT": castFloat, "BYTE": castByte, "POSITION": position,
		"CHARSET": typeCharset, "CHARACTER": typeCharset,
	}
	for unit := range units {
		switch {
		case strings.Contains(unit, "SQL_TSI_"):
			wordRules[unit] = oldUnit
		case strings.Contains(unit, "_"):
			wordRules[unit] = compoundUnit
		}
	}
}

// wordMax is the length of the longest word that has a rule.
const wordMax = 18

// ruleOf is the rule of a token, or nil.
func ruleOf(t lex.Token) rule {
	switch t.Kind {
	case lex.Punct:
		if t.Text[0] == '~' || t.Text[0] == ':' || t.Text[0] == '&' {
			return signRules[t.Text]
		}
	case lex.Bits:
		if t.Text[0] == '0' {
			return bits
		}
	case lex.String:
		if strings.Contains(t.Text, `\%`) || strings.Contains(t.Text, `\_`) {
			return wildcards
		}
	case lex.UserVar:
		if len(t.Text) > 1 && (t.Text[1] == '\'' || t.Text[1] == '"') {
			return variable
		}
	case lex.Word:
		var upper [wordMax]byte
		if len(t.Text) > wordMax {
			return nil
		}
		for i := range t.Text {
			c := t.Text[i]
			if 'a' <= c && c <= 'z' {
				c -= 'a' - 'A'
			}
			upper[i] = c
		}
		return wordRules[string(upper[:len(t.Text)])]
	}
	return nil
}

// wrapTokens puts something around the tokens from i up to, not including, end.
func (r *rewriter) wrapTokens(i, end int, open, closed string) {
	r.wrap(r.list[i].Pos, r.list[end-1].End, open, closed)
}

// replaceTokens puts something in the place of the tokens from i to last.
func (r *rewriter) replaceTokens(i, last int, with string) {
	r.replace(r.list[i].Pos, r.list[last].End, with)
}

// fail is a syntax error at a token.
func (r *rewriter) fail(i int) {
	if r.err == nil {
		r.err, r.wrong = lex.Error(r.src, r.at(i).Pos), r.at(i).Pos+1
	}
}
