package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/information_schema"
)

// The places of information_schema.COLUMNS that are needed to complete it.
const (
	schemaPlace     = 1
	tablePlace      = 2
	columnPlace     = 3
	expressionPlace = 20
)

// An informationSchema is the library's, whose COLUMNS tell what columns are
// generated from: it leaves that empty, and those who dump a table ask for it.
type informationSchema struct{ gms.Database }

// GetTableInsensitive implements gms.Database.
func (d informationSchema) GetTableInsensitive(ctx *gms.Context, name string) (gms.Table, bool, error) {
	t, ok, err := d.Database.GetTableInsensitive(ctx, name)
	if columns, is := t.(*information_schema.ColumnsTable); is && ok {
		rows := columns.RowIter
		columns.RowIter = func(ctx *gms.Context, c gms.Catalog, s gms.Schema) (gms.RowIter, error) {
			iter, err := rows(ctx, c, s)
			return completed{iter}, err
		}
	}
	return t, ok, err
}

// completed is rows of COLUMNS with the expressions.
type completed struct{ gms.RowIter }

// Next implements gms.RowIter.
func (r completed) Next(ctx *gms.Context) (gms.Row, error) {
	row, err := r.RowIter.Next(ctx)
	if err != nil || len(row) <= expressionPlace {
		return row, err
	}
	db, _ := row[schemaPlace].(string)
	table, _ := row[tablePlace].(string)
	column, _ := row[columnPlace].(string)
	c := callOf(ctx)
	def, ok, err := c.catalog().Find(c.env.Txn, db, table)
	if err != nil || !ok {
		return row, err
	}
	if at, ok := def.Column(column); ok && def.Columns[at].Generated != "" {
		row[expressionPlace] = "(" + def.Columns[at].Generated + ")"
	}
	return row, nil
}
