package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/rows"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

var (
	_ gms.TableCreator = (*database)(nil)
	_ gms.TableDropper = (*database)(nil)
)

// CreateTable implements gms.TableCreator.
func (d *database) CreateTable(ctx *gms.Context, name string, schema gms.PrimaryKeySchema, collation gms.CollationID, comment string) error {
	if err := d.lock(); err != nil {
		return err
	}
	coll, err := convert.ColumnCollation(collation, gms.CollationID(d.def.Collation))
	if err != nil {
		return err
	}
	t := &catalog.Table{DB: d.def.Name, Name: name, Collation: coll, Comment: comment, Created: d.c.env.Now.Unix()}
	if err := d.c.newColumns(ctx, t, schema); err != nil {
		return err
	}
	created, err := d.c.catalog().CreateTable(ctx, d.c.env.Txn, t, d.c.env.NoForeignKeys)
	if err != nil {
		return err
	}
	if !created {
		return gms.ErrTableAlreadyExists.New(name)
	}
	d.c.define(tableID{d.def.Name, name})
	return nil
}

var _ gms.TemporaryTableCreator = (*database)(nil)

// CreateTemporaryTable implements gms.TemporaryTableCreator.
func (d *database) CreateTemporaryTable(ctx *gms.Context, name string, schema gms.PrimaryKeySchema, collation gms.CollationID) error {
	coll, err := convert.ColumnCollation(collation, gms.CollationID(d.def.Collation))
	if err != nil {
		return err
	}
	t := &catalog.Table{DB: d.def.Name, Name: name, Collation: coll}
	if err := d.c.newColumns(ctx, t, schema); err != nil {
		return err
	}
	if err := d.c.exec.AddTemporary(ctx, d.c.env, t); err != nil {
		return err
	}
	d.c.define(tableID{d.def.Name, name})
	return nil
}

// newColumns gives a new table the columns of a schema, and hides those that the
// statement hides.
func (c *call) newColumns(ctx *gms.Context, t *catalog.Table, schema gms.PrimaryKeySchema) error {
	if err := c.setColumns(ctx, t, schema); err != nil {
		return err
	}
	return exec.Hide(t, c.stmt.tree)
}

// DropTable implements gms.TableDropper.
func (d *database) DropTable(ctx *gms.Context, name string) error {
	txn := d.c.env.Txn
	t, ok, err := d.c.catalog().Open(ctx, txn, d.def.Name, name, catalog.Exclusive)
	if err != nil {
		return err
	}
	if !ok {
		return mysqlerr.New(mysqlerr.BadTable, d.def.Name+"."+name)
	}
	if err := d.c.discard(t); err != nil {
		return err
	}
	if err := d.c.catalog().DropTable(ctx, txn, t); err != nil {
		return err
	}
	d.c.define(tableID{d.def.Name, name})
	return nil
}

// discard drops the rows of a table and its indexes.
func (c *call) discard(t *catalog.Table) error {
	for _, id := range t.IDs() {
		if err := c.discardSpace(catalog.Space{ID: id, DB: t.DB, Name: t.Name}); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) discardSpace(s catalog.Space) error {
	abandoned, err := rows.Discard(c.ctx, c.catalog(), c.env.Txn, s, c.exec.BatchMax())
	c.leftover = c.leftover || abandoned
	return err
}

// discardIndex drops the entries of an index, but of a temporary table: what is under
// IDs that it has no longer goes once the statement is done.
func (t *table) discardIndex(ix *catalog.Index) error {
	if t.def.Temporary {
		return nil
	}
	return t.c.discardSpace(t.def.IndexSpace(ix))
}

// checkIndexes refuses indexes of CREATE TABLE for which the library has another
// error.
func checkIndexes(d *sqlparser.DDL) error {
	if d.TableSpec == nil {
		return nil
	}
	for _, ix := range d.TableSpec.Indexes {
		if ix.Info.Fulltext {
			return unsupported("FULLTEXT indexes")
		}
	}
	return nil
}

var _ gms.IndexAlterableTable = (*table)(nil)

// CreateIndex implements gms.IndexAlterableTable.
func (t *table) CreateIndex(ctx *gms.Context, d gms.IndexDef) error {
	if d.Constraint > gms.IndexConstraint_Unique && d.Constraint != gms.IndexConstraint_Spatial {
		return unsupported("an index that is FULLTEXT or VECTOR")
	}
	if _, exists := t.def.Index(d.Name); exists || strings.EqualFold(d.Name, catalog.PrimaryName) {
		return mysqlerr.New(mysqlerr.DupKeyName, d.Name)
	}
	ix := catalog.Index{Name: d.Name, Unique: d.IsUnique(), Comment: d.Comment}
	for _, col := range d.Columns {
		at, ok := t.def.Column(col.Name)
		if !ok {
			return mysqlerr.New(mysqlerr.KeyColumnMissing, col.Name)
		}
		p, typ := catalog.Part{Column: at, Prefix: int(col.Length)}, t.def.Columns[at].Type
		switch {
		case typ.Kind == types.Geometry:
			p.Prefix = catalog.SpatialPrefix
		case p.Prefix > 0 && typ.Length > 0 && p.Prefix >= typ.Length && prefixable(typ):
			p.Prefix = 0
		}
		ix.Columns = append(ix.Columns, p)
	}
	if err := exec.CheckSpatial(t.def, &ix, d.Constraint == gms.IndexConstraint_Spatial); err != nil {
		return err
	}
	def := t.def.Copy()
	gone := def.DropImplied(ix.Columns)
	def.Indexes = append(def.Indexes, ix)
	b := rows.Build{
		Txn: t.c.env.Txn, Catalog: t.c.catalog(), Table: def,
		Indexes: []*catalog.Index{&def.Indexes[len(def.Indexes)-1]},
	}
	if err := t.c.exec.Fill(ctx, t.c.env, &b); err != nil {
		return err
	}
	for i := range gone {
		if err := t.discardIndex(&gone[i]); err != nil {
			return err
		}
	}
	return t.redefine(ctx, def)
}

// DropIndex implements gms.IndexAlterableTable.
func (t *table) DropIndex(ctx *gms.Context, name string) error {
	at, ok := t.def.Index(name)
	if !ok {
		return mysqlerr.New(mysqlerr.CantDropFieldOrKey, name)
	}
	def := t.def.Copy()
	ix := def.Indexes[at]
	def.Indexes = append(def.Indexes[:at:at], def.Indexes[at+1:]...)
	if err := t.discardIndex(&ix); err != nil {
		return err
	}
	return t.redefine(ctx, def)
}

// RenameIndex implements gms.IndexAlterableTable.
func (t *table) RenameIndex(ctx *gms.Context, from, to string) error {
	at, ok := t.def.Index(from)
	if !ok {
		return mysqlerr.New(mysqlerr.KeyDoesNotExist, from, t.def.Name)
	}
	if other, taken := t.def.Index(to); taken && other != at {
		return mysqlerr.New(mysqlerr.DupKeyName, to)
	}
	def := t.def.Copy()
	def.Indexes[at].Name, def.Indexes[at].Implied = to, false
	return t.redefine(ctx, def)
}

// redefine writes a definition whose rows are as they were.
func (t *table) redefine(ctx *gms.Context, def *catalog.Table) error {
	if err := t.c.exec.Define(ctx, t.c.env, def); err != nil {
		return err
	}
	t.def = def
	t.c.define(tableID{def.DB, def.Name})
	return nil
}
