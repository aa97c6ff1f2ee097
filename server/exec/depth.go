package exec

import (
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// depthMax bounds how deep a statement's tree can be: the parser walks it by
// recursion, and a goroutine's stack that overflows ends the process. Lists
// are flat, so the depth grows with the text between two commas, and with the
// parentheses around it: by at most one for each word or sign that is not quoted.
const depthMax = 128 << 10

// parensMax bounds how deep parentheses nest.
const parensMax = 2000

// checkDepth refuses a statement whose tree might be deeper than depthMax.
func checkDepth(sql string) error {
	var bases []int // the depth at each open parenthesis
	base, depth := 0, 0
	for i := 0; i < len(sql); {
		if n := lex.Skipped(sql[i:]); n > 0 {
			i += n
			depth++
			continue
		}
		switch sql[i] {
		case '(':
			bases = append(bases, base)
			depth++
			base = depth
		case ')':
			if n := len(bases); n > 0 {
				base, bases = bases[n-1], bases[:n-1]
			}
		case ',':
			depth = base
		default:
			depth++
			i = max(i, wordEnd(sql, i)-1) // a number may be a megabyte of hexadecimal digits
		}
		if depth > depthMax || len(bases) > parensMax {
			return mysqlerr.New(mysqlerr.ParseError, "the expression is nested too deeply")
		}
		i++
	}
	return nil
}
