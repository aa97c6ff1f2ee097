package exec

import (
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// checkHiddenNames refuses a statement that names a hidden column: there is none for
// whoever asks.
func checkHiddenNames(sql string) error {
	if !strings.Contains(sql, "`!hidden!") {
		return nil
	}
	l := lex.New(sql)
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		if name, _ := t.Value(); t.Kind == lex.Quoted && strings.HasPrefix(name, "!hidden!") {
			return mysqlerr.New(mysqlerr.BadField, name, "field list")
		}
	}
	return nil
}
