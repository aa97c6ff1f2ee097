package sql

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/rows"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// A table is a table as one statement uses it.
type table struct {
	c      *call
	def    *catalog.Table
	schema gms.Schema
	mode   catalog.Mode        // of row locks; 0 reads the snapshot
	target bool                // the statement changes it
	writer *rows.Writer        // of the statement's editors; nil before the first
	asks   bool                // the row in hand asks for an AUTO_INCREMENT value
	drew   uint64              // the last that was drawn for one
	gen    *generator          // nil before the first row is written
	checks *checker            // nil before the first row is written
	seen   map[string][][]byte // of rows without a primary key: keys, by the row's bytes
	size   *exec.Size          // nil: not asked for yet
	asked  *rowChecks          // of a view; nil: not made yet
	fired  []*program          // its triggers; nil: not made yet
	keyed  bool                // the last column is the rows' key (rowkey.go)
}

var (
	_ gms.PrimaryKeyTable       = (*table)(nil)
	_ gms.IndexAddressableTable = (*table)(nil)
	_ gms.CommentedTable        = (*table)(nil)
	_ gms.StatisticsTable       = (*table)(nil)
	_ gms.InsertableTable       = (*table)(nil)
	_ gms.ReplaceableTable      = (*table)(nil)
	_ gms.UpdatableTable        = (*table)(nil)
	_ gms.DeletableTable        = (*table)(nil)
)

// open finds a table and locks its definition, once a statement. nil is a
// table that does not exist.
func (c *call) open(db, name string, listing bool) (*table, error) {
	as := tableID{db, name}
	if t, ok := c.tables[as]; ok {
		return t, nil
	}
	name, marked := strings.CutPrefix(name, lasting)
	id := tableID{db, name}
	def, ok, err := c.definition(db, name, listing, marked)
	if err != nil {
		return nil, err
	}
	if !ok {
		c.missing = id
		return nil, nil
	}
	if !listing {
		if err := c.mayOpen(id); err != nil {
			return nil, err
		}
		c.related(def)
	}
	t, err := c.newTable(def)
	if err != nil || listing {
		return t, err
	}
	t.mode, t.target = c.modeOf(as)
	if c.rowsJoined() != nil {
		t.forUpdate()
	}
	c.tables[as] = t
	c.triggered = c.triggered || t.target && len(def.Triggers) > 0
	return t, err
}

func (c *call) definition(db, name string, listing, marked bool) (*catalog.Table, bool, error) {
	_, target := c.modeOf(tableID{db, name})
	if !listing && !marked && !c.listing {
		if t, ok, err := c.env.Temporary(db, name); ok || err != nil {
			return t, ok, err
		}
	}
	switch {
	case listing || c.describing || c.stmt.Kind == showKind:
		return c.catalog().Find(c.env.Txn, db, name)
	case c.stmt.Kind == readKind:
		return c.catalog().OpenSnapshot(c.ctx, c.env.Txn, db, name)
	case c.stmt.Kind == ddlKind && target:
		return c.catalog().Open(c.ctx, c.env.Txn, db, name, catalog.Exclusive)
	}
	return c.catalog().Open(c.ctx, c.env.Txn, db, name, catalog.Shared)
}

func (c *call) newTable(def *catalog.Table) (*table, error) {
	t := &table{c: c, def: def}
	for i := range def.Columns {
		col, err := toColumn(def, i, c.env.Location)
		if err != nil {
			return nil, err
		}
		if d := &def.Columns[i]; c.stmt.Kind == writeKind && d.Type.Kind == types.Enum && !d.Nullable && d.Default == nil {
			col.Default = gms.NewUnresolvedColumnDefaultValue(quote(d.Type.Members[0])) // MySQL manual, Data Type Default Values
		} else if c.stmt.Kind == writeKind && c.cuts() && noDefault(d) {
			col.Default = gms.NewUnresolvedColumnDefaultValue(zeroSQL(d.Type))
		}
		t.schema = append(t.schema, col)
	}
	return t, nil
}

// toColumn is a column's definition as the library has it. Defaults are text
// that it parses when it needs them, in the zone.
func toColumn(def *catalog.Table, i int, zone *time.Location) (*gms.Column, error) {
	c := &def.Columns[i]
	typ, err := convert.ToType(c.Type)
	if err != nil {
		return nil, err
	}
	out := &gms.Column{
		Name: c.Name, Type: typ, Nullable: c.Nullable, Source: def.Name, DatabaseSource: def.DB,
		PrimaryKey: def.IsPrimary(i), Comment: c.Comment, AutoIncrement: c.AutoIncrement, Extra: exec.Extra(c),
	}
	if c.Default != nil {
		text, err := defaultSQL(c, zone)
		if err != nil {
			return nil, err
		}
		out.Default = gms.NewUnresolvedColumnDefaultValue(text)
	}
	if c.Generated != "" && !c.Array {
		out.Generated = gms.NewUnresolvedColumnDefaultValue("(" + reworded(c.Generated) + ")")
	}
	if c.OnUpdateNow {
		out.OnUpdate = gms.NewUnresolvedColumnDefaultValue(nowSQL(c.Type))
	}
	return out, nil
}

func nowSQL(t types.Type) string {
	if t.FSP == 0 {
		return "CURRENT_TIMESTAMP"
	}
	return fmt.Sprintf("CURRENT_TIMESTAMP(%d)", t.FSP)
}

// defaultSQL is a default as a literal.
func defaultSQL(c *catalog.Column, zone *time.Location) (string, error) {
	switch {
	case c.Default.Now:
		return nowSQL(c.Type), nil
	case c.Default.Expr != "":
		return "(" + reworded(c.Default.Expr) + ")", nil
	}
	v, err := c.Default.Literal(c, zone)
	if err != nil {
		return "", err
	}
	text := types.Text(v, c.Type)
	if bits, ok := v.(uint64); ok && c.Type.Kind == types.Bit {
		return fmt.Sprintf("b'%b'", bits), nil
	}
	switch {
	case c.Type.IsNumber():
		return string(text), nil
	case c.Type.IsString() && !c.Type.IsText():
		return fmt.Sprintf("X'%x'", text), nil
	case c.Type.IsText() && !c.Type.IsNamed() && c.Type.Collation.BytesPerChar() == 1 && utf8.RuneCount(text) < len(text):
		return "(" + quote(string(text)) + ")", nil // whose bytes the library counts, if it is a literal
	}
	return quote(string(text)), nil
}

// Definition tells package group what the keys are.
func (t *table) Definition() *catalog.Table { return t.def }

// Name implements gms.Table.
func (t *table) Name() string { return t.def.Name }

// String implements gms.Table.
func (t *table) String() string { return t.def.Name }

// Schema implements gms.Table.
func (t *table) Schema() gms.Schema { return t.schema }

// Collation implements gms.Table.
func (t *table) Collation() gms.CollationID { return gms.CollationID(t.def.Collation) }

// Comment implements gms.CommentedTable.
func (t *table) Comment() string { return t.def.Comment }

// PrimaryKeySchema implements gms.PrimaryKeyTable.
func (t *table) PrimaryKeySchema() gms.PrimaryKeySchema {
	if t.keyed {
		return gms.NewPrimaryKeySchema(t.schema, len(t.def.Columns))
	}
	return gms.NewPrimaryKeySchema(t.schema, t.def.PrimaryKey...)
}

// Partitions implements gms.Table: all rows are one partition.
func (t *table) Partitions(*gms.Context) (gms.PartitionIter, error) {
	return gms.PartitionsToPartitionIter(part{ranges: []rows.Range{rows.All()}}), nil
}

// PartitionRows implements gms.Table.
func (t *table) PartitionRows(_ *gms.Context, p gms.Partition) (gms.RowIter, error) {
	return t.scan(p.(part))
}

// Inserter implements gms.InsertableTable.
func (t *table) Inserter(*gms.Context) gms.RowInserter {
	t.mayEdit(auth.Insert)
	return t.editor()
}

// Replacer implements gms.ReplaceableTable.
func (t *table) Replacer(*gms.Context) gms.RowReplacer {
	t.mayEdit(auth.Insert | auth.Delete)
	return t.editor()
}

// Updater implements gms.UpdatableTable.
func (t *table) Updater(*gms.Context) gms.RowUpdater {
	t.mayEdit(auth.Update)
	return t.editor()
}

// Deleter implements gms.DeletableTable.
func (t *table) Deleter(*gms.Context) gms.RowDeleter {
	t.mayEdit(auth.Delete)
	return t.editor()
}
