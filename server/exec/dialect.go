package exec

import (
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// plainYears writes YEAR(4) as YEAR in the definitions of columns: MariaDB writes
// the width, and MySQL reads it, which the parser does not.
func plainYears(sql string) (string, error) {
	first := lex.New(sql).Next()
	if !first.Is("CREATE") && !first.Is("ALTER") {
		return sql, nil
	}
	var b strings.Builder
	l, last := lex.New(sql), 0
	for before, t := first, l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; before, t = t, l.Next() {
		if !t.Is("YEAR") || before.Kind != lex.Quoted && before.Kind != lex.Word {
			continue
		}
		width := widthBehind(*l)
		switch {
		case width.Kind == lex.EOF:
			continue
		case width.Text != "4":
			return "", mysqlerr.New(mysqlerr.InvalidYearLength)
		}
		// Spaces keep every place of the text where it was.
		b.WriteString(sql[last:t.End])
		last = strings.IndexByte(sql[width.End:], ')') + width.End + 1
		b.WriteString(strings.Repeat(" ", last-t.End))
	}
	return b.String() + sql[last:], nil
}

// widthBehind is the number in the parentheses that come next, or EOF. The lexer
// is a copy.
func widthBehind(l lex.Lexer) lex.Token {
	open, width, closed := l.Next(), l.Next(), l.Next()
	if open.Is("(") && width.Kind == lex.Number && closed.Is(")") {
		return width
	}
	return lex.Token{}
}
