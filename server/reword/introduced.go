package reword

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/types"
)

// Introduced is a definition's text in which literals say of which character set they are, for
// whoever reads it later, on a connection of another one: those beyond ASCII as bytes, with all
// the others as well. A literal that no expression stands for, such as an alias, is as it was.
func Introduced(text string, set types.Charset, all bool) string {
	if !set.Recodes() || !all && types.CharsetASCII.Holds([]byte(text)) {
		return text
	}
	list := lex.All(text)
	var out strings.Builder
	done := 0
	for i := 0; i < len(list); i++ {
		if list[i].Kind != lex.String {
			continue
		}
		first, whole := i, ""
		for ; i < len(list) && list[i].Kind == lex.String; i++ { // 'a' 'b' is 'ab'
			part, _ := list[i].Value()
			whole += part
		}
		i--
		plain := types.CharsetASCII.Holds([]byte(whole))
		if plain && !all || !operandBehind(list[:first]) || i+1 < len(list) && list[i+1].Is("COLUMNS") {
			continue
		}
		if plain {
			fmt.Fprintf(&out, "%s_%s", text[done:list[first].Pos], set)
			done = list[first].Pos
			continue
		}
		fmt.Fprintf(&out, "%s_%s"+introducedMark+"x'%X'", text[done:list[first].Pos], set, set.Encode([]byte(whole)))
		done = list[i].End
	}
	return out.String() + text[done:]
}

// What is between a character set and the bytes of a text that had none, as Introduced writes it,
// and of one that the client has sent with it, which are followed by x and X: nobody else writes
// so, and they tell how the text was that names a column of a result.
const (
	introducedMark = "/**/"
	SentMark       = "  "
)

// AsIntroduced is a text before its literals have become bytes. Those of which the characters
// are not known stay as they are.
func AsIntroduced(text string) string {
	if !strings.Contains(text, introducedMark+"x'") && !strings.Contains(text, SentMark+"X'") {
		return text
	}
	var out strings.Builder
	list, done := lex.All(text), 0
	for i := 1; i < len(list); i++ {
		name, is := strings.CutPrefix(list[i-1].Text, "_")
		set, _, known := types.CharsetByName(strings.ToLower(name))
		if !is || !known || list[i].Kind != lex.Hex {
			continue
		}
		from := list[i-1].Pos
		switch text[list[i-1].End:list[i].Pos] + text[list[i].Pos:list[i].Pos+1] {
		case introducedMark + "x":
		case SentMark + "X":
			from = list[i-1].End
		default:
			continue
		}
		b, _ := list[i].Value()
		value, bad := set.Text([]byte(b))
		switch {
		case bad != nil || !utf8.Valid(value):
			continue
		case len(list) == 2:
			return string(value)
		}
		out.WriteString(text[done:from] + "'" + strings.ReplaceAll(string(value), "'", "''") + "'")
		done = list[i].End
	}
	return out.String() + text[done:]
}

// operandWords are words behind which an operand stands, and signs.
var operandWords = func() map[string]bool {
	words := map[string]bool{}
	for _, w := range strings.Fields(`ALL AND BETWEEN BINARY BOTH BY CASE DEFAULT DISTINCT DIV ELSE ELSEIF FROM HAVING IF IN LEADING LIKE MOD
		NOT ON OR REGEXP RETURN RLIKE SELECT THEN TRAILING UNTIL VALUE WHEN WHERE WHILE XOR
		( , = < > <= >= <> != <=> + - * / % || && | & ^ ! ~ :=`) {
		words[w] = true
	}
	return words
}()

// operandBehind reports whether what follows some tokens is an operand.
func operandBehind(list []lex.Token) bool {
	if len(list) == 0 {
		return true
	}
	t := list[len(list)-1]
	return (t.Kind == lex.Word || t.Kind == lex.Punct) && operandWords[strings.ToUpper(t.Text)]
}
