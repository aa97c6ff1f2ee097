package lex

import "strings"

// Skipped is the length of the quoted text or comment at the start of s, or
// 0. A comment of the form /*! ... */ is code.
func Skipped(s string) int {
	switch c := s[0]; {
	case c == '\'' || c == '"' || c == '`':
		return quotedLength(s, c)
	case c == '#', strings.HasPrefix(s, "-- "):
		if n := strings.IndexByte(s, '\n'); n >= 0 {
			return n + 1
		}
		return len(s)
	case strings.HasPrefix(s, "/*") && !strings.HasPrefix(s, "/*!"):
		if n := strings.Index(s[2:], "*/"); n >= 0 {
			return n + 4
		}
		return len(s)
	}
	return 0
}

func quotedLength(s string, quote byte) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quote != '`':
			i++
		case s[i] == quote:
			return i + 1
		}
	}
	return len(s)
}
