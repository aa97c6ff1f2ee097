package sql

import (
	"reflect"
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/rows"
	"github.com/xadb/xadb/server/types"
)

var (
	_ gms.RewritableTable          = (*table)(nil)
	_ gms.PrimaryKeyAlterableTable = (*table)(nil)
)

// ShouldRewriteTable implements gms.RewritableTable: rows stay as they are if
// the columns' types, order and NULLs do.
func (t *table) ShouldRewriteTable(_ *gms.Context, was, is gms.PrimaryKeySchema, old, now *gms.Column) bool {
	if old != nil && now != nil && t.retyped(old.Name, now.Name) {
		return true
	}
	if len(was.Schema) != len(is.Schema) || !slices.Equal(was.PkOrdinals, is.PkOrdinals) {
		return true
	}
	for i, c := range was.Schema {
		n := is.Schema[i]
		if !c.Type.Equals(n.Type) || c.Nullable != n.Nullable || c.AutoIncrement != n.AutoIncrement {
			return true
		}
		if c.Name != n.Name && slices.ContainsFunc(is.Schema, func(o *gms.Column) bool { return o.Name == c.Name }) {
			return true // columns have changed places
		}
	}
	return false
}

// retyped reports whether a column gets a type that only looks like its own to
// the library.
func (t *table) retyped(old, now string) bool {
	at, ok := t.def.Column(old)
	typ, declared, _ := t.c.declared(t.def, now)
	return ok && declared && !reflect.DeepEqual(typ, t.def.Columns[at].Type)
}

// RewriteInserter implements gms.RewritableTable.
func (t *table) RewriteInserter(ctx *gms.Context, _, is gms.PrimaryKeySchema, was, now *gms.Column, _ []gms.IndexColumn) (gms.RowInserter, error) {
	if len(is.Schema) == 0 {
		return nil, mysqlerr.New(mysqlerr.CantRemoveAllFields)
	}
	def := t.def.Copy()
	renamed := map[string]string{}
	if was != nil && now != nil {
		renamed[strings.ToLower(now.Name)] = was.Name
	}
	f := &former{t.def, renamed}
	if err := t.c.setColumns(ctx, def, is, f); err != nil {
		return nil, err
	}
	r, err := t.rewrite(ctx, def)
	if err != nil {
		return nil, err
	}
	if now != nil && now.AutoIncrement && was == nil {
		r.number, _ = def.AutoIncrement()
	}
	if at, ok := def.Column(nameOf(now)); ok && was == nil {
		r.bringColumn(at)
	}
	t.rewritten = true
	for i := range def.Columns {
		at := f.column(def.Columns[i].Name)
		switch is := def.Columns[i].Type.Kind; {
		case at < 0:
		case is == types.Set && t.def.Columns[at].Type.Kind == types.Set:
			r.sets[i] = t.def.Columns[at].Type
		case is == types.JSON:
			r.documents[i] = at
		}
	}
	return r, nil
}

// rewrite begins a new table of rows, to take the place of the old one.
func (t *table) rewrite(ctx *gms.Context, def *catalog.Table) (*rewriter, error) {
	if err := t.c.exec.Renumber(ctx, t.c.env, def); err != nil {
		return nil, err
	}
	to, err := t.c.newTable(def)
	if err != nil {
		return nil, err
	}
	to.mode = catalog.Exclusive
	w := rows.NewWriter(t.c.ctx, t.c.env.Txn, def, rows.Options{
		Counters: t.c.exec.Counters(), ZeroIsValue: true, NoForeignKeys: true,
	})
	return &rewriter{editor: editor{to, w}, from: t, number: -1, brought: -1, sets: map[int]types.Type{}, documents: map[int]int{}}, nil
}

// copyTo gives a table whose columns are as they were another definition, and
// writes its rows anew.
func (t *table) copyTo(ctx *gms.Context, def *catalog.Table) (err error) {
	r, err := t.rewrite(ctx, def)
	if err != nil {
		return err
	}
	cursor := rows.Read{Txn: t.c.env.Txn, Table: t.def, Mode: rows.Latest}.Open(ctx, rows.All())
	defer func() {
		if cerr := cursor.Close(); err == nil {
			err = cerr
		}
	}()
	for cursor.Next() {
		row, err := t.row(cursor.Row())
		if err != nil {
			return err
		}
		if err := r.Insert(ctx, row); err != nil {
			return err
		}
	}
	if err := cursor.Err(); err != nil {
		return err
	}
	return r.Close(ctx)
}

// A rewriter fills the new table of an ALTER TABLE, and puts it in the place
// of the old one.
type rewriter struct {
	editor
	from   *table
	number int // the AUTO_INCREMENT column that is new, or -1
	// brought is the column that is new and has no default, or -1; value is what rows get.
	brought int
	value   any
	sets    map[int]types.Type // columns of SET: what they were, where the library keeps the bits
	// documents are the columns of JSON and where they come from: the library makes
	// a document of their NULL.
	documents map[int]int
	failed    bool
}

// DiscardChanges implements gms.EditOpenerCloser.
func (r *rewriter) DiscardChanges(*gms.Context, error) error {
	r.failed = true
	return nil
}

// Insert implements gms.RowInserter.
func (r *rewriter) Insert(ctx *gms.Context, row gms.Row) error {
	row = slices.Clone(row)
	if r.number >= 0 {
		row[r.number] = nil
	}
	if r.brought >= 0 {
		row[r.brought] = r.value
	}
	for i, from := range r.documents {
		if from < len(r.from.last) && r.from.last[from] == nil {
			row[i] = nil
		}
	}
	var err error
	for i, was := range r.sets {
		bits, ok := row[i].(uint64)
		if !ok {
			continue
		}
		c := &r.t.def.Columns[i]
		if row[i], err = r.t.c.store(bits, was, types.Target{Name: c.Name, Type: c.Type, Row: r.t.c.changes + 1}); err != nil {
			break
		}
	}
	if err == nil {
		err = r.editor.Insert(ctx, row)
	}
	r.failed = r.failed || err != nil
	return err
}

func nameOf(c *gms.Column) string {
	if c == nil {
		return ""
	}
	return c.Name
}

// bringColumn: what a column without a default has in the rows that are there is not
// left to the library, for which NULL is a JSON document, and no ENUM has a first member.
func (r *rewriter) bringColumn(at int) {
	c := &r.t.def.Columns[at]
	switch {
	case c.Default != nil || c.Generated != "" || c.AutoIncrement:
	case c.Nullable:
		r.brought, r.value = at, nil
	case c.Type.Kind == types.Enum:
		r.brought, r.value = at, uint16(1)
	}
}

// Close implements gms.Closer.
func (r *rewriter) Close(ctx *gms.Context) error {
	if r.failed {
		return nil
	}
	c, old, def := r.t.c, r.from.def, r.t.def
	if _, ok := old.AutoIncrement(); ok {
		if err := c.keepCounter(ctx, old, def); err != nil {
			return err
		}
	}
	if def.Temporary { // what is under the old IDs goes once the statement is done
		if err := c.env.Temporaries.Set(def); err != nil {
			return err
		}
	} else {
		if err := c.discard(old); err != nil {
			return err
		}
		if err := c.catalog().Replace(ctx, c.env.Txn, old, def); err != nil {
			return err
		}
	}
	r.from.def = def
	c.define(tableID{def.DB, def.Name})
	return nil
}

// keepCounter goes on counting where the old table was.
func (c *call) keepCounter(ctx *gms.Context, old, def *catalog.Table) error {
	if _, ok := def.AutoIncrement(); !ok {
		return nil
	}
	next, err := c.exec.Counters().Next(c.env.Txn, old, catalog.AutoInc)
	if err != nil || next <= 1 {
		return err
	}
	return c.exec.Counters().Raise(ctx, c.env.Txn, def, catalog.AutoInc, next-1)
}

// AddColumn implements gms.AlterableTable. Columns come and go by rewriting.
func (*table) AddColumn(*gms.Context, *gms.Column, *gms.ColumnOrder) error {
	return unsupported("ADD COLUMN without new rows")
}

// DropColumn implements gms.AlterableTable.
func (*table) DropColumn(*gms.Context, string) error {
	return unsupported("DROP COLUMN without new rows")
}

// ModifyColumn implements gms.AlterableTable, for a column whose rows stay as
// they are: it gets another name, default or comment.
func (t *table) ModifyColumn(ctx *gms.Context, name string, column *gms.Column, _ *gms.ColumnOrder) error {
	at, ok := t.def.Column(name)
	if !ok {
		return mysqlerr.New(mysqlerr.BadField, name, t.def.Name)
	}
	if other, taken := t.def.Column(column.Name); taken && other != at {
		return mysqlerr.New(mysqlerr.DupFieldName, column.Name)
	}
	c, err := t.c.toColumn(ctx, t.def, column, nil)
	if err != nil {
		return err
	}
	c.Type = t.def.Columns[at].Type
	if err := t.c.keep(&c, &t.def.Columns[at]); err != nil {
		return err
	}
	def := t.def.Copy()
	def.Columns[at] = c
	return t.redefine(ctx, def)
}

// CreatePrimaryKey implements gms.PrimaryKeyAlterableTable; keys come and go
// by rewriting.
func (*table) CreatePrimaryKey(*gms.Context, []gms.IndexColumn) error {
	return unsupported("ADD PRIMARY KEY without new rows")
}

// DropPrimaryKey implements gms.PrimaryKeyAlterableTable.
func (*table) DropPrimaryKey(*gms.Context) error {
	return unsupported("DROP PRIMARY KEY without new rows")
}

var _ gms.CollationAlterableTable = (*table)(nil)

// ModifyStoredCollation implements gms.CollationAlterableTable; nobody comes
// here, see alteration.convert.
func (*table) ModifyStoredCollation(*gms.Context, gms.CollationID) error {
	return unsupported("CONVERT TO CHARACTER SET here")
}

// ModifyDefaultCollation implements gms.CollationAlterableTable.
func (t *table) ModifyDefaultCollation(ctx *gms.Context, to gms.CollationID) error {
	collation, err := columnCollation(to, gms.CollationID(t.def.Collation))
	if err != nil {
		return err
	}
	def := t.def.Copy()
	def.Collation = collation
	return t.redefine(ctx, def)
}
