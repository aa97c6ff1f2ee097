package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/types"
)

// viewColumns is a table with the columns of a view, as CREATE TABLE ... SELECT of its
// query would make them; nil of a view that is not valid, or that the account may not read. It
// is asked for while another statement runs.
func (c *call) viewColumns(db, view string) *catalog.Table {
	tree, err := exec.ParseTree("SELECT * FROM " + name(db) + "." + name(view))
	if err != nil {
		return nil
	}
	stmt, err := c.Take(tree)
	if err != nil {
		return nil
	}
	stmt.shown = view
	env := c.env
	env.Temporaries = nil // views read none, and none hides one here
	if env.Rights.OnTable(db, view)&auth.Select == 0 {
		env.Rights = auth.Everything // who may know of the view may know what its columns are
	}
	outer, lastInsert, foundRows := c.s.call, c.s.lastInsert, c.s.foundRows
	defer func() { c.s.call, c.s.lastInsert, c.s.foundRows = outer, lastInsert, foundRows }()
	columns, err := c.chosen(c.ctx, env, c.s, stmt, nil)
	if err != nil {
		return nil
	}
	return &catalog.Table{DB: db, Name: view, Columns: columns}
}

// patchViewColumn makes a row of COLUMNS that is about a view's column what it is of a
// table's.
func patchViewColumn(row gms.Row, col *catalog.Column) (err error) {
	t := col.Type
	row[nullablePlace] = "NO"
	if col.Nullable {
		row[nullablePlace] = "YES"
	}
	row[typePlace], _, _ = strings.Cut(strings.Fields(t.SQL())[0], "(")
	for _, place := range []int{charactersPlace, bytesPlace, precisionPlace, scalePlace, fractionPlace, charsetPlace, collationPlace} {
		row[place] = nil
	}
	switch {
	case t.Kind == types.Bit:
		row[precisionPlace] = uint64(t.Length)
	case t.Kind == types.Decimal:
		row[precisionPlace], row[scalePlace] = uint64(t.Precision), uint64(t.Scale)
	case t.IsInteger():
		row[precisionPlace], row[scalePlace] = uint64(shownDigits(t)), uint64(0)
	case t.Kind == types.Float:
		row[precisionPlace] = uint64(12)
	case t.Kind == types.Double:
		row[precisionPlace] = uint64(22)
	case t.IsString() || t.IsNamed():
		row[charactersPlace], row[bytesPlace] = int64(t.Length), int64(t.BytesMax())
		if t.IsText() {
			row[charsetPlace], row[collationPlace] = string(t.Collation.Charset()), t.Collation.Name()
		}
	}
	patchType(row, t)
	row[extraPlace] = exec.Extra(col)
	row[defaultPlace], err = exec.ShownDefault(col)
	return err
}

// shownDigits is NUMERIC_PRECISION of a whole number.
func shownDigits(t types.Type) uint8 {
	switch {
	case t.Kind == types.MediumInt:
		return 7
	case t.Kind == types.BigInt && !t.Unsigned:
		return 19
	}
	return expr.IntDigits[t.Kind]
}
