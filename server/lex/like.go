package lex

import "strings"

// Like is Match without regard to case.
func Like(p, s string) bool { return Match(strings.ToLower(p), strings.ToLower(s)) }

// Match compares with a pattern: % is any text, _ any byte, and a backslash
// takes the next byte as it is. It walks back to the last % only, so that no
// pattern takes more than len(p)*len(s) steps.
func Match(p, s string) bool {
	i, j, star, mark := 0, 0, -1, 0
	for j < len(s) {
		switch {
		case i < len(p) && p[i] == '%':
			star, mark = i, j
			i++
		case i < len(p) && p[i] == '_':
			i, j = i+1, j+1
		case i+1 < len(p) && p[i] == '\\' && p[i+1] == s[j]:
			i, j = i+2, j+1
		case i < len(p) && p[i] != '\\' && p[i] == s[j]:
			i, j = i+1, j+1
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '%' {
		i++
	}
	return i == len(p)
}
