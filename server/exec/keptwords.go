package exec

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/reword"
)

// PlainWords is a text that the catalog keeps in words for ReadSQL, which ClientWords has
// put into others.
func PlainWords(text string) string { return reword.RollupWords(text) }

// ReadKept parses a text that the catalog keeps, in the words of ClientWords.
func ReadKept(text string) (sqlparser.Statement, error) { return ReadSQL(PlainWords(text)) }

// ClientWords is a text that was made of what the parser read in words that other
// servers know.
func ClientWords(text string) string {
	return strings.ReplaceAll(text, reword.RollupCall, "WITH ROLLUP")
}
