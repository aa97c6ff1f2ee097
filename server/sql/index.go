package sql

import (
	"fmt"
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/rows"
	"github.com/xadb/xadb/server/types"
)

// An index is the primary key, or a secondary index.
type index struct {
	t       *table
	ix      *catalog.Index // nil: the primary key
	interim *interim       // nil: the catalog has it
}

var (
	_ gms.Index        = index{}
	_ gms.OrderedIndex = index{}
)

// GetIndexes implements gms.IndexAddressable.
func (t *table) GetIndexes(*gms.Context) ([]gms.Index, error) {
	var out []gms.Index
	if len(t.def.PrimaryKey) > 0 {
		out = append(out, index{t: t})
	}
	for i := range t.def.Indexes {
		if t.def.Indexes[i].IsEmpty() && !t.listing() {
			continue // no rows are found by it
		}
		out = append(out, index{t: t, ix: &t.def.Indexes[i]})
	}
	return out, nil
}

// listing reports whether indexes are asked for to be told of.
func (t *table) listing() bool { return t.c.listing || t.c.stmt.Kind == showKind }

// PreciseMatch implements gms.IndexAddressable: conditions are asked of each
// row all the same, ranges may be too wide.
func (*table) PreciseMatch() bool { return false }

// IndexedAccess implements gms.IndexAddressable.
func (t *table) IndexedAccess(*gms.Context, gms.IndexLookup) gms.IndexedTable {
	return &indexed{table: t}
}

// An indexed is a table that is read by lookups.
type indexed struct{ *table }

// LookupPartitions implements gms.IndexedTable.
func (t *indexed) LookupPartitions(ctx *gms.Context, lookup gms.IndexLookup) (gms.PartitionIter, error) {
	p, err := partOf(ctx, lookup)
	if err != nil {
		return nil, err
	}
	return gms.PartitionsToPartitionIter(p), nil
}

// PartitionRows implements gms.Table.
func (t *indexed) PartitionRows(ctx *gms.Context, p gms.Partition) (gms.RowIter, error) {
	if x := p.(part).interim; x != nil {
		return x.find(t.table, p.(part).ranges)
	}
	return t.table.PartitionRows(ctx, p)
}

// partOf is what a lookup reads.
func partOf(ctx *gms.Context, lookup gms.IndexLookup) (part, error) {
	x := lookup.Index.(index)
	p := part{index: x.ix, interim: x.interim, reverse: lookup.IsReverse}
	list, ok := lookup.Ranges.(gms.MySQLRangeCollection)
	if !ok {
		return p, fmt.Errorf("sql: ranges of type %T", lookup.Ranges)
	}
	for _, r := range list {
		found, err := x.keyRanges(ctx, r)
		if err != nil {
			return p, err
		}
		p.ranges = append(p.ranges, found...)
	}
	p.ranges = rows.Disjoint(p.ranges)
	if lookup.IsReverse { // a cursor takes them from the last to the first itself
		slices.Reverse(p.ranges)
	}
	return p, nil
}

// columns are the table's columns that the index has.
func (x index) columns() []int {
	if x.ix == nil {
		return x.t.def.PrimaryKey
	}
	out := make([]int, len(x.ix.Columns))
	for i, p := range x.ix.Columns {
		out[i] = p.Column
	}
	return out
}

func (x index) descending(at int) bool { return x.ix != nil && x.ix.Columns[at].Desc }

// append appends a value's key in column at of the index.
func (x index) append(at int, v any) ([]byte, error) {
	if x.ix != nil {
		return x.t.def.AppendPart(nil, x.ix, at, v)
	}
	return types.AppendKey(nil, x.t.def.Types()[x.t.def.PrimaryKey[at]], v)
}

// prefixed: some column is there with its beginning only.
func (x index) prefixed() bool {
	return x.ix != nil && slices.ContainsFunc(x.ix.Columns, func(p catalog.Part) bool { return p.Prefix > 0 })
}

// ID implements gms.Index.
func (x index) ID() string {
	if x.ix == nil {
		return catalog.PrimaryName
	}
	return x.ix.Name
}

// Database implements gms.Index.
func (x index) Database() string { return x.t.def.DB }

// Table implements gms.Index.
func (x index) Table() string { return x.t.def.Name }

// Expressions implements gms.Index.
func (x index) Expressions() []string {
	table := strings.ToLower(x.t.def.Name)
	if x.t.c.stmt.Kind == ddlKind || x.t.c.listing {
		table = x.t.def.Name // the library looks for columns as the schema has them
	}
	var out []string
	for _, i := range x.columns() {
		out = append(out, table+"."+x.t.def.Columns[i].Name)
	}
	return out
}

// ColumnExpressionTypes implements gms.Index.
func (x index) ColumnExpressionTypes() []gms.ColumnExpressionType {
	var out []gms.ColumnExpressionType
	cols := x.columns()
	for n, name := range x.Expressions() {
		t := x.t.schema[cols[n]].Type
		if x.t.c.stmt.Kind != ddlKind {
			t = indexType(t, x.t.def.Columns[cols[n]].Type)
		}
		out = append(out, gms.ColumnExpressionType{Expression: name, Type: t})
	}
	return out
}

// IsUnique implements gms.Index.
func (x index) IsUnique() bool { return x.ix == nil || x.ix.Unique }

// IsSpatial implements gms.Index.
func (index) IsSpatial() bool { return false }

// IsFullText implements gms.Index.
func (index) IsFullText() bool { return false }

// IsVector implements gms.Index.
func (index) IsVector() bool { return false }

// IsGenerated implements gms.Index.
func (index) IsGenerated() bool { return false }

// Comment implements gms.Index.
func (x index) Comment() string {
	if x.ix == nil {
		return ""
	}
	return x.ix.Comment
}

// IndexType implements gms.Index.
func (x index) IndexType() string {
	switch {
	case x.ix == nil:
	case x.ix.Fulltext:
		return "FULLTEXT"
	case x.t.def.IsSpatial(x.ix):
		return "SPATIAL"
	}
	return "BTREE"
}

// CanSupport implements gms.Index.
func (x index) CanSupport(*gms.Context, ...gms.Range) bool { return x.ix == nil || x.t.def.Finds(x.ix) }

// CanSupportOrderBy implements gms.Index.
func (index) CanSupportOrderBy(gms.Expression) bool { return false }

// PrefixLengths implements gms.Index.
func (x index) PrefixLengths() []uint16 {
	if !x.prefixed() {
		return nil
	}
	out := make([]uint16, len(x.ix.Columns))
	for i, p := range x.ix.Columns {
		out[i] = uint16(p.Prefix)
	}
	return out
}

// Order implements gms.OrderedIndex: keys that descend, or have beginnings
// only, are in no order that the library can use.
func (x index) Order() gms.IndexOrder {
	if x.ix != nil && slices.ContainsFunc(x.ix.Columns, func(p catalog.Part) bool { return p.Desc || p.Prefix > 0 }) {
		return gms.IndexOrderNone
	}
	return gms.IndexOrderAsc
}

// Reversible implements gms.OrderedIndex.
func (index) Reversible() bool { return true }
