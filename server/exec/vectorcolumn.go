package exec

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// vectorMark is the character set of the VARBINARY in whose words the parser reads a
// VECTOR, whose length is its dimensions. No character set has that name.
const vectorMark = "VECTOR"

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
	d.replace(t.Pos, end, "VARBINARY("+length+") CHARACTER SET '"+vectorMark+"'")
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

// isVector reports whether the parser has read a VECTOR.
func isVector(ct *sqlparser.ColumnType) bool {
	return ct.Charset == vectorMark && strings.EqualFold(ct.Type, "varbinary")
}

func vectorType(column string, ct *sqlparser.ColumnType) (types.Type, error) {
	switch {
	case ct.BinaryCollate:
		return types.Type{}, mysqlerr.New(mysqlerr.ParseError, "BINARY behind VECTOR")
	case ct.Collate != "" && ct.Collate != types.CollationBinary.Name():
		return types.Type{}, mysqlerr.New(mysqlerr.CollationMismatch, ct.Collate, types.CollationBinary.Name())
	}
	n, err := strconv.ParseUint(string(ct.Length.Val), 10, 64)
	if err != nil {
		n = math.MaxUint32
	}
	switch {
	case n == 0: // MySQL makes a column of it that takes nothing
		return types.Type{}, mysqlerr.New(mysqlerr.InvalidFieldSize, column)
	case n > types.DimensionsMax:
		return types.Type{}, types.VectorSizeError(column, n)
	}
	return types.Type{Kind: types.Vector, Length: int(n)}, nil
}

// CheckVectors refuses a table in which an index has a column of vectors, or an expression
// reads one.
func CheckVectors(t *catalog.Table) error {
	if !slices.ContainsFunc(t.Columns, func(c catalog.Column) bool { return c.Type.Kind == types.Vector }) {
		return nil
	}
	refused := func(names []string, what string) error {
		for _, n := range names {
			if at := columnNamed(t, n); at >= 0 && t.Columns[at].Type.Kind == types.Vector {
				return mysqlerr.New(mysqlerr.IncorrectArgument, n, what)
			}
		}
		return nil
	}
	for i := range t.Indexes {
		for _, p := range t.Indexes[i].Columns {
			if c := &t.Columns[p.Column]; c.Type.Kind == types.Vector {
				return mysqlerr.New(mysqlerr.VectorAsKey, c.Name)
			}
		}
	}
	for i := range t.Columns {
		if err := refused(t.Columns[i].Uses, "GENERATED COLUMN"); err != nil {
			return err
		}
		if err := refused(defaultUses(&t.Columns[i]), "DEFAULT EXPRESSION"); err != nil {
			return err
		}
	}
	for i := range t.Checks {
		if err := refused(t.Checks[i].Columns, "CHECK CONSTRAINT"); err != nil {
			return err
		}
	}
	return nil
}

// defaultUses are the columns that the default of a column reads.
func defaultUses(c *catalog.Column) []string {
	if c.Default == nil || c.Default.Expr == "" {
		return nil
	}
	tree, err := ReadSQL("select " + c.Default.Expr)
	if err != nil {
		return nil
	}
	s, is := tree.(*sqlparser.Select)
	if !is || len(s.SelectExprs) != 1 {
		return nil
	}
	e, is := s.SelectExprs[0].(*sqlparser.AliasedExpr)
	if !is {
		return nil
	}
	return readExpr(e.Expr).columns
}
