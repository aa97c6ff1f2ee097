package exec

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/types"
)

// isVector reports whether the parser has read a VECTOR.
func isVector(ct *sqlparser.ColumnType) bool {
	return ct.Charset == reword.VectorMark && strings.EqualFold(ct.Type, "varbinary")
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
