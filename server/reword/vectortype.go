package reword

import (
	"slices"
	"strconv"
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/types"
)

// VectorMark is the character set of the VARBINARY in whose words the parser reads a
// VECTOR, whose length is its dimensions. No character set has that name.
const VectorMark = "VECTOR"

// vector writes the type of a column in words that the parser knows.
func (d *dialect) vector(t lex.Token, behind lex.Lexer) {
	length, end := strconv.Itoa(types.DimensionsUsual), t.End
	if open := behind.Next(); open.Is("(") {
		n, closed := behind.Next(), behind.Next()
		if n.Kind != lex.Number || strings.Trim(n.Text, "0123456789") != "" || !closed.Is(")") {
			return
		}
		length, end = n.Text, closed.End
	}
	d.replace(t.Pos, end, "VARBINARY("+length+") CHARACTER SET '"+VectorMark+"'")
}

// isVectorType reports whether a word is the type of a column that is being defined:
// VECTOR may be a name, too. before are the tokens ahead of it, the last one first.
func isVectorType(t lex.Token, before [3]lex.Token) bool {
	name, lead := before[0], before[1]
	if !t.Is("VECTOR") || !isColumnName(name) {
		return false
	}
	switch {
	case lead.Is("("), lead.Is(","), lead.Is("ADD"), lead.Is("MODIFY"):
		return true
	case lead.Is("COLUMN"):
		return !before[2].Is("CHANGE")
	}
	return isColumnName(lead) && (before[2].Is("CHANGE") || before[2].Is("COLUMN"))
}

// isColumnName: a word that begins a clause, or another part of a definition, is none.
func isColumnName(t lex.Token) bool {
	return t.Kind == lex.Quoted || t.Kind == lex.Word && !slices.ContainsFunc(beginsClause, t.Is)
}

var beginsClause = []string{
	"ADD", "AFTER", "ALTER", "CHANGE", "CHECK", "COLUMN", "CONSTRAINT", "DROP", "FOREIGN", "FULLTEXT", "INDEX", "KEY",
	"MODIFY", "ORDER", "PARTITION", "PRIMARY", "RENAME", "SELECT", "SPATIAL", "TO", "UNIQUE",
}
