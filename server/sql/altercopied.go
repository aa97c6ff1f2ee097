package sql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/types"
)

// How many rows an ALTER TABLE says that it has copied follows from what it asks for,
// whatever is done here: none where MySQL changes a table in place (MySQL manual, Online
// DDL Operations).

// tellCopied tells it.
func (a *alteration) tellCopied(old *catalog.Table, list []exec.Clause, r *exec.Result) error {
	t, err := a.open()
	if err != nil || !a.copied(old, t, list) {
		return err
	}
	r.AffectedRows, err = exec.CountRows(a.ctx, a.env.Txn, t)
	return err
}

// told is what the answer says of rows and warnings.
func told(r *exec.Result) string {
	return fmt.Sprintf("Records: %d  Duplicates: 0  Warnings: %d", r.AffectedRows, r.Warnings)
}

func (a *alteration) copied(old, t *catalog.Table, list []exec.Clause) bool {
	if a.private || slices.ContainsFunc(list, func(c exec.Clause) bool { return c.Copies(a.env.NoForeignKeys) }) {
		return true
	}
	has := func(is func(exec.Clause) bool) bool { return slices.ContainsFunc(list, is) }
	if has(exec.Clause.DropsPrimaryKey) && !has(exec.Clause.BringsPrimaryKey) {
		return true
	}
	was := make(map[string]*catalog.Column, len(old.Columns))
	for i := range old.Columns {
		was[strings.ToLower(old.Columns[i].Name)] = &old.Columns[i]
	}
	for _, c := range list {
		if c.ColumnAction == sqlparser.RenameStr || c.ColumnAction == sqlparser.ChangeStr {
			to := c.ToColumn.String()
			if c.TableSpec != nil {
				to = c.TableSpec.Columns[0].Name.String()
			}
			if at, ok := old.Column(c.Column.String()); ok {
				was[strings.ToLower(to)] = &old.Columns[at]
			}
		}
	}
	return slices.ContainsFunc(t.Columns, func(c catalog.Column) bool {
		before, there := was[strings.ToLower(c.Name)]
		if !there {
			return c.Stored || c.Default != nil && c.Default.Expr != ""
		}
		return before.AutoIncrement != c.AutoIncrement || before.Generated != c.Generated || !extends(before.Type, c.Type)
	})
}

// extends reports whether values of one type are those of the other, byte by byte.
func extends(was, is types.Type) bool {
	if was.Kind != is.Kind {
		return false
	}
	switch {
	case was.IsNamed():
		n := len(was.Members)
		return len(is.Members) >= n && slices.Equal(was.Members, is.Members[:n]) && was.Collation == is.Collation && width(was) == width(is)
	case was.Kind == types.VarChar:
		const short = 255 // bytes that a length of one byte counts
		return was.Collation == is.Collation && was.Length <= is.Length && (was.BytesMax() <= short) == (is.BytesMax() <= short)
	case was.IsText():
		return was.Collation == is.Collation && was.Length == is.Length
	case was.Kind == types.Geometry:
		return was.Shape == is.Shape
	}
	return was.SQL() == is.SQL()
}

// width is how many bytes MySQL keeps an ENUM or SET in.
func width(t types.Type) int {
	const oneByte = 255
	n := len(t.Members)
	switch {
	case t.Kind == types.Enum && n > oneByte:
		return 2
	case t.Kind == types.Enum:
		return 1
	case n > 32:
		return 8
	}
	return (n + 7) / 8
}
