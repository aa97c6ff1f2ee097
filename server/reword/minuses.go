package reword

import (
	"strings"

	"github.com/xadb/xadb/server/lex"
)

// partMinuses writes 5--3 as 5- -3: MySQL's -- begins a comment only before a
// space or a control character (MySQL manual, Comments), the parser's always.
func partMinuses(sql string) string {
	if !strings.Contains(sql, "--") {
		return sql
	}
	var b strings.Builder
	for i := 0; i < len(sql); {
		n := max(1, lex.Skipped(sql[i:]))
		if rest := sql[i:]; n == 1 && strings.HasPrefix(rest, "--") {
			if len(rest) == 2 || rest[2] <= ' ' {
				if n = strings.IndexByte(rest, '\n') + 1; n == 0 {
					n = len(rest)
				}
			} else {
				b.WriteString("- ")
				i++
				continue
			}
		}
		b.WriteString(sql[i : i+n])
		i += n
	}
	return b.String()
}
