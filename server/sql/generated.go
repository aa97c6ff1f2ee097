package sql

import (
	"slices"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
)

// withoutGenerated is a statement as the library takes it: see nameSelected, setDefaults,
// and without the generated columns that it sets to DEFAULT, which is the only thing that
// it may set them to: the library takes not even that. An INSERT may give them values, which mean nothing, if the mode is
// not strict: so MariaDB has it, and its dumps do.
func (c *call) withoutGenerated(s sqlparser.Statement) (sqlparser.Statement, error) {
	if err := c.nameSelected(s); err != nil {
		return nil, err
	}
	switch s := s.(type) {
	case *sqlparser.Insert:
		s, err := c.duplicateDefaults(s)
		if err != nil {
			return nil, err
		}
		t, err := c.computedOf(s.Table)
		if err != nil || t == nil {
			return s, err
		}
		return insertWithout(t, s, c.env.Strict())
	case *sqlparser.Update:
		return c.setDefaults(s)
	}
	return s, nil
}

// computedOf is a table's definition, if it has columns that are computed of others.
func (c *call) computedOf(name sqlparser.TableName) (*catalog.Table, error) {
	t, err := c.tableNamed(name)
	if t == nil || !slices.ContainsFunc(t.Columns, func(c catalog.Column) bool { return isComputed(&c) }) {
		return nil, err
	}
	return t, nil
}

// isComputed reports whether a column is generated, or has a default that reads others.
func isComputed(c *catalog.Column) bool {
	reads := c.Default != nil && strings.Contains(c.Default.Expr, "`") // as names are written there
	return c.Generated != "" || reads && len(exec.DefaultReads(c)) > 0
}

// tableNamed is a table; nil if there is none of that name.
func (c *call) tableNamed(name sqlparser.TableName) (*catalog.Table, error) {
	db := name.DbQualifier.String()
	if db == "" {
		db = c.env.DB
	}
	t, ok := c.env.Temporaries.Find(db, name.Name.String())
	var err error
	if !ok {
		t, ok, err = c.catalog().Find(c.env.Txn, db, name.Name.String())
	}
	if err != nil || !ok {
		return nil, err
	}
	return t, nil
}

func isDefault(e sqlparser.Expr) bool {
	d, ok := e.(*sqlparser.Default)
	return ok && d.ColName == ""
}

// insertWithout names the columns, and leaves those out that are generated and, if
// it is strict, DEFAULT in every row, and those that are DEFAULT in every row and read others.
func insertWithout(t *catalog.Table, s *sqlparser.Insert, strict bool) (*sqlparser.Insert, error) {
	aliased, ok := s.Rows.(*sqlparser.AliasedValues)
	if !ok {
		return s, nil
	}
	columns := s.Columns
	if len(columns) == 0 {
		for i := range t.Columns {
			columns = append(columns, sqlparser.NewColIdent(t.Columns[i].Name))
		}
	}
	aliased = filled(aliased, len(columns))
	leave, err := leftOut(t, columns, aliased.Values, strict)
	if err != nil || !slices.Contains(leave, true) {
		return s, err
	}
	out, values := *s, *aliased
	out.Columns, values.Values = nil, nil
	out.Rows = &values
	free := slices.IndexFunc(t.Columns, func(c catalog.Column) bool { return !isComputed(&c) })
	if !slices.Contains(leave, false) && free >= 0 { // which stands for the row
		out.Columns = sqlparser.Columns{sqlparser.NewColIdent(t.Columns[free].Name)}
		values.Values = slices.Repeat(sqlparser.Values{{&sqlparser.Default{}}}, len(aliased.Values))
		return &out, nil
	}
	for i, col := range columns {
		if !leave[i] {
			out.Columns = append(out.Columns, col)
		}
	}
	for _, row := range aliased.Values {
		var kept sqlparser.ValTuple
		for i, v := range row {
			if i >= len(leave) || !leave[i] {
				kept = append(kept, v)
			}
		}
		values.Values = append(values.Values, kept)
	}
	return &out, nil
}

// leftOut is which columns insertWithout leaves out.
func leftOut(t *catalog.Table, columns sqlparser.Columns, rows sqlparser.Values, strict bool) (leave []bool, err error) {
	for i, col := range columns {
		at, ok := t.Column(col.String())
		if !ok || !isComputed(&t.Columns[at]) {
			leave = append(leave, false)
			continue
		}
		generated, defaults := t.Columns[at].Generated != "", 0
		leave = append(leave, !slices.ContainsFunc(rows, func(row sqlparser.ValTuple) bool {
			if i < len(row) && isDefault(row[i]) {
				defaults++
				return false
			}
			return i >= len(row) || strict || !generated
		}))
		if !generated && !leave[i] && defaults > 0 && !readsInFront(&t.Columns[at], columns[:i], leave) {
			return nil, unsupported("DEFAULT in some rows of a column whose default reads others")
		}
	}
	return leave, nil
}

// readsInFront reports whether all that a column's default reads stands in front of it in
// the rows: the library reads the default's columns there, and nowhere else.
func readsInFront(c *catalog.Column, front sqlparser.Columns, leave []bool) bool {
	return !slices.ContainsFunc(exec.DefaultReads(c), func(name string) bool {
		at := slices.IndexFunc(front, func(f sqlparser.ColIdent) bool { return f.EqualString(name) })
		return at < 0 || leave[at]
	})
}

// filled are rows of which each has all values: an empty one is all defaults.
func filled(rows *sqlparser.AliasedValues, columns int) *sqlparser.AliasedValues {
	if slices.ContainsFunc(rows.Values, func(row sqlparser.ValTuple) bool { return len(row) > 0 }) {
		return rows
	}
	out := *rows
	out.Values = nil
	for range rows.Values {
		var row sqlparser.ValTuple
		for range columns {
			row = append(row, &sqlparser.Default{})
		}
		out.Values = append(out.Values, row)
	}
	return &out
}

// generator of the table's rows, made once a statement.
func (t *table) generator() (*generator, error) {
	if t.gen != nil {
		return t.gen, nil
	}
	var err error
	t.gen, err = t.c.newGenerator(t.c.context(), t)
	return t.gen, err
}
