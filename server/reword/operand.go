package reword

import (
	"strings"

	"github.com/xadb/xadb/server/lex"
)

// A level says how tightly an operator binds (MySQL manual, Operator Precedence).
type level uint8

const (
	loose    level = iota // no operator inside of a comparison's operand
	bitOr                 // |
	bitAnd                // &
	shift                 // << >>
	sum                   // + -
	product               // * / % DIV MOD
	bitXor                // ^
	pipes                 // || where it is concatenation
	unary                 // - + ~ !
	collated              // COLLATE, -> and ->>
)

// levels are those of operators with two operands.
var levels = map[string]level{
	"|": bitOr, "&": bitAnd, "<<": shift, ">>": shift, "+": sum, "-": sum, "*": product, "/": product, "%": product,
	"DIV": product, "MOD": product, "^": bitXor, "COLLATE": collated, "->": collated, "->>": collated,
}

// binary is the level of the operator with two operands at i, or loose.
func (t *tokens) binary(i int) level {
	tok := t.at(i)
	if tok.Kind == lex.Punct && !t.concat(tok) {
		return levels[tok.Text]
	}
	switch {
	case tok.Kind == lex.Punct:
		return pipes
	case tok.Is("DIV"), tok.Is("MOD"):
		return product
	case tok.Is("COLLATE"):
		return collated
	}
	return loose
}

func (t *tokens) concat(tok lex.Token) bool { return t.pipes && tok.Text == "||" }

// endsOperand reports whether an operand may end with the token at i.
func (t *tokens) endsOperand(i int) bool {
	switch tok := t.at(i); tok.Kind {
	case lex.Word:
		return !reserved[strings.ToUpper(tok.Text)] && !tok.Is("DIV") && (!tok.Is("MOD") || t.is(i-1, "."))
	case lex.Punct:
		return tok.Text == ")"
	case lex.EOF, lex.Bad:
		return false
	}
	return true
}

// isUnary reports whether the token at i is an operator with one operand, behind it.
func (t *tokens) isUnary(i int) bool {
	tok := t.at(i)
	switch {
	case tok.Is("~"), tok.Is("!"), tok.Is("BINARY"):
		return true
	case tok.Is("-"), tok.Is("+"):
		return !t.endsOperand(i - 1)
	case tok.Is("NOT"):
		return t.notBinds && t.isNegation(i)
	}
	return t.isIntroducer(i)
}

// isNegation reports whether the NOT at i is an operator, and no part of IS NOT, NOT IN
// or NOT NULL.
func (t *tokens) isNegation(i int) bool {
	return !t.endsOperand(i-1) && !t.is(i-1, "IS")
}

// isIntroducer reports whether the word at i belongs to the literal behind it.
func (t *tokens) isIntroducer(i int) bool {
	tok, next := t.at(i), t.at(i+1)
	if tok.Kind != lex.Word {
		return false
	}
	switch next.Kind {
	case lex.String:
		if tok.Is("DATE") || tok.Is("TIME") || tok.Is("TIMESTAMP") || tok.Is("N") && tok.End == next.Pos {
			return true
		}
	case lex.Hex, lex.Bits:
	default:
		return false
	}
	return tok.Text[0] == '_'
}

// before is where the operand begins that ends with the token at i: operators
// that bind tighter than floor belong to it. It is -1 if there is none.
func (t *tokens) before(i int, floor level) int {
	for {
		if i = t.primaryStart(i); i < 0 {
			return -1
		}
		for t.isUnary(i - 1) {
			i--
		}
		if t.binary(i-1) <= floor || !t.endsOperand(i-2) {
			return i
		}
		i -= 2
	}
}

// primaryStart is where the operand without operators begins that ends at i, or -1.
func (t *tokens) primaryStart(i int) int {
	for t.is(i, ")") && t.is(t.pair[i]-1, "OVER") {
		i = t.pair[i] - 2
	}
	switch {
	case !t.endsOperand(i):
		return -1
	case t.is(i, ")") && t.pair[i] < 0:
		return -1
	case t.is(i, ")"):
		if i = t.pair[i]; t.isCall(i) {
			return t.nameStart(i - 1)
		}
		if t.is(i-1, "EXISTS") {
			i--
		}
		return i
	case t.is(i, "END") && t.pair[i] >= 0:
		return t.pair[i]
	case isUnit(t.at(i)) && t.endsOperand(i-1) && !t.isIntroducer(i-1):
		return t.intervalStart(i)
	case t.at(i).Kind == lex.String:
		for t.at(i-1).Kind == lex.String {
			i--
		}
	case t.at(i).Kind == lex.Word || t.at(i).Kind == lex.Quoted:
		return t.nameStart(i)
	}
	return i
}

// nameStart is where a name begins that may be qualified.
func (t *tokens) nameStart(i int) int {
	for t.is(i-1, ".") && (t.at(i-2).Kind == lex.Word || t.at(i-2).Kind == lex.Quoted) {
		i -= 2
	}
	return i
}

// intervalMax is how many tokens an INTERVAL may have (P3).
const intervalMax = 256

// intervalStart is where INTERVAL stands whose unit is at i, or i.
func (t *tokens) intervalStart(i int) int {
	for j := i - 1; j >= max(0, i-intervalMax) && (t.endsOperand(j) || t.binary(j) > loose || t.isUnary(j) || t.is(j, ".")); j-- {
		if t.is(j, "INTERVAL") {
			return j
		}
		if t.is(j, ")") {
			if j = t.pair[j]; j < 0 {
				break
			}
		}
	}
	return i
}

// after is where the operand ends, exclusively, that begins at i; -1 if there is
// none.
func (t *tokens) after(i int, floor level) int {
	for {
		if i = t.primaryEnd(i); i < 0 || t.binary(i) <= floor {
			return i
		}
		i++
	}
}

// primaryEnd is where the operand ends that begins at i and has only operators
// ahead of it, and such as bind tighter than those.
func (t *tokens) primaryEnd(start int) int {
	i := start
	for t.isUnary(i) {
		if end, known := t.ends[i]; known {
			return end
		}
		i++
	}
	end := t.wordEnd(i)
	for i != start && end > 0 && t.binary(end) == collated {
		end = t.wordEnd(end + 1)
	}
	for ; start < i; start++ {
		t.ends[start] = end
	}
	return end
}

// wordEnd is where a literal, a name, a call or something in parentheses ends.
func (t *tokens) wordEnd(i int) int {
	tok := t.at(i)
	switch {
	case tok.Is("(") || tok.Is("CASE"):
		return t.behind(i)
	case tok.Is("EXISTS") && t.is(i+1, "("):
		return t.wordEnd(i + 1)
	case tok.Is("INTERVAL") && t.at(i+1).Kind != lex.EOF && !t.isIntervalCall(i):
		return t.intervalEnd(i)
	case tok.Kind == lex.String:
		for t.at(i+1).Kind == lex.String {
			i++
		}
		return i + 1
	case !t.beginsOperand(i):
		return -1
	case tok.Kind == lex.Word || tok.Kind == lex.Quoted:
		for t.is(i+1, ".") && (t.at(i+2).Kind == lex.Word || t.at(i+2).Kind == lex.Quoted) {
			i += 2
		}
		if t.is(i+1, "(") {
			return t.callEnd(i + 1)
		}
	}
	return i + 1
}

func (t *tokens) beginsOperand(i int) bool {
	tok := t.at(i)
	return t.endsOperand(i) && !tok.Is(")") || tok.Is("MOD") || tok.Is("(")
}

// callEnd is where a call ends whose arguments begin at i: behind its window.
func (t *tokens) callEnd(i int) int {
	end := t.pair[i]
	switch {
	case end < 0:
		return -1
	case t.is(end+1, "OVER") && t.is(end+2, "("):
		return t.behind(end + 2)
	case t.is(end+1, "OVER"):
		return end + 3
	}
	return end + 1
}

// intervalEnd is behind the unit of the INTERVAL at i, or -1.
func (t *tokens) intervalEnd(i int) int {
	for j := i + 1; j < min(len(t.list), i+intervalMax); j++ {
		switch {
		case t.is(j, "("):
			if j = t.pair[j]; j < 0 {
				return -1
			}
		case j > i+1 && isUnit(t.at(j)) && t.endsOperand(j-1):
			return j + 1
		case t.is(j, ")"), t.is(j, ","):
			return -1
		}
	}
	return -1
}

// behind is the place behind what closes the parenthesis or CASE at i, or -1.
func (t *tokens) behind(i int) int {
	if t.pair[i] < 0 {
		return -1
	}
	return t.pair[i] + 1
}
