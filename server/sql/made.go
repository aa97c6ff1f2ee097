package sql

import (
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// A Made is a table without rows in the store: they are made whenever it is
// read. It stands in information_schema beside, or instead of, the library's
// own, or in a database of nothing else.
type Made struct {
	DB, Name string
	Columns  []exec.Column
	// Rows gives what the client may see now. Integers are int64.
	Rows func(Client) ([][]binlog.Value, error)
}

// made are tables by database and name, in lower case.
type made map[string]map[string]Made

func newMade(list []Made) made {
	out := made{}
	for _, t := range append(emptyTables(), list...) {
		if t.DB == systemDB {
			continue // of systemTables
		}
		db := strings.ToLower(t.DB)
		if out[db] == nil {
			out[db] = map[string]Made{}
		}
		if db == infoSchemaName {
			t.Columns = inInformation(t)
		}
		out[db][strings.ToLower(t.Name)] = t
	}
	return out
}

// inInformation are a table's columns with MySQL's names.
func inInformation(t Made) []exec.Column {
	var names []string
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	out := slices.Clone(t.Columns)
	for i, name := range informationNames(t.Name, names) {
		out[i].Name = name
	}
	return out
}

// madeType is the type that a column's values come in.
func madeType(c exec.Column) types.Type {
	for _, t := range []types.Type{{Kind: types.BigInt}, {Kind: types.Double}, {Kind: types.DateTime}} {
		if t.Wire().Type == c.Type {
			return t
		}
	}
	return types.Type{Kind: types.Blob, Length: 4, Collation: types.CollationGeneralCI}
}

// A madeDatabase is one of made tables, over the library's own tables if base
// is not nil.
type madeDatabase struct {
	base   gms.Database
	name   string
	tables map[string]Made
}

var _ gms.Database = madeDatabase{}

// Name implements gms.Database.
func (d madeDatabase) Name() string { return d.name }

// GetTableNames implements gms.Database.
func (d madeDatabase) GetTableNames(ctx *gms.Context) ([]string, error) {
	var names []string
	if d.base != nil {
		var err error
		if names, err = d.base.GetTableNames(ctx); err != nil {
			return nil, err
		}
		names = slices.DeleteFunc(names, func(name string) bool {
			_, ours := d.tables[strings.ToLower(name)]
			return ours
		})
	}
	for _, t := range d.tables {
		names = append(names, t.Name)
	}
	slices.Sort(names)
	return names, nil
}

// GetTableInsensitive implements gms.Database.
func (d madeDatabase) GetTableInsensitive(ctx *gms.Context, name string) (gms.Table, bool, error) {
	if t, ok := d.tables[strings.ToLower(name)]; ok {
		m, err := newMadeTable(t)
		return m, err == nil, err
	}
	if d.base != nil {
		if t, ok, err := d.base.GetTableInsensitive(ctx, name); ok || err != nil {
			return t, ok, err
		}
	}
	callOf(ctx).missing = tableID{d.name, name}
	return nil, false, nil
}

// A madeTable is a Made as the library has tables.
type madeTable struct {
	Made
	types  []types.Type
	schema gms.Schema
}

var _ gms.Table = (*madeTable)(nil)

func newMadeTable(m Made) (*madeTable, error) {
	t := &madeTable{Made: m}
	for _, c := range m.Columns {
		own := madeType(c)
		typ, err := convert.ToType(own)
		if err != nil {
			return nil, err
		}
		t.types = append(t.types, own)
		t.schema = append(t.schema, &gms.Column{Name: c.Name, Type: typ, Nullable: true, Source: m.Name, DatabaseSource: m.DB})
	}
	return t, nil
}

// Name implements gms.Table.
func (t *madeTable) Name() string { return t.Made.Name }

// String implements gms.Table.
func (t *madeTable) String() string { return t.Made.Name }

// Schema implements gms.Table.
func (t *madeTable) Schema() gms.Schema { return t.schema }

// Collation implements gms.Table.
func (t *madeTable) Collation() gms.CollationID { return gms.CollationID(types.CollationGeneralCI) }

// Partitions implements gms.Table.
func (t *madeTable) Partitions(*gms.Context) (gms.PartitionIter, error) {
	return gms.PartitionsToPartitionIter(part{}), nil
}

// PartitionRows implements gms.Table.
func (t *madeTable) PartitionRows(ctx *gms.Context, _ gms.Partition) (gms.RowIter, error) {
	list, err := t.Rows(ctx.Session.(*Session).client)
	if err != nil {
		return nil, err
	}
	out := make([]gms.Row, len(list))
	for i, row := range list {
		if out[i], err = convert.UpRow(row, t.types, nil); err != nil {
			return nil, err
		}
	}
	return gms.RowsToRowIter(out...), nil
}
