package sql

import (
	"cmp"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// setColumns gives a definition the columns and the primary key of a schema.
func (c *call) setColumns(ctx *gms.Context, t *catalog.Table, schema gms.PrimaryKeySchema) error {
	t.Columns, t.PrimaryKey = nil, nil
	for _, col := range schema.Schema {
		out, err := c.toColumn(ctx, t, col)
		if err != nil {
			return err
		}
		t.Columns = append(t.Columns, out)
	}
	for _, i := range schema.PkOrdinals {
		t.PrimaryKey = append(t.PrimaryKey, i)
		t.Columns[i].Nullable = false
		switch t.Columns[i].Type.Kind {
		case types.Blob:
			return mysqlerr.New(mysqlerr.BlobKeyWithoutLength, t.Columns[i].Name)
		case types.JSON:
			return mysqlerr.New(mysqlerr.JSONUsedAsKey, t.Columns[i].Name)
		case types.Vector:
			return mysqlerr.New(mysqlerr.VectorAsKey, t.Columns[i].Name)
		case types.Geometry:
			return mysqlerr.New(mysqlerr.SpatialNotUnique)
		}
	}
	return nil
}

// prefixable: the type's length is in the units of an index's prefix.
func prefixable(t types.Type) bool { return t.Kind == types.Char || t.Kind == types.VarChar }

// toColumn is a column of the library as a definition. One that is computed is package
// exec's alone: it has refused the table, of which the column would be a plain one here.
func (c *call) toColumn(ctx *gms.Context, t *catalog.Table, col *gms.Column) (catalog.Column, error) {
	out := catalog.Column{Name: col.Name, Nullable: col.Nullable, AutoIncrement: col.AutoIncrement, Comment: col.Comment}
	if col.Generated != nil {
		return out, unsupported("generated column in this CREATE TABLE")
	}
	typ, err := c.columnType(t, col)
	if err != nil {
		return out, err
	}
	if err := typ.Validate(); err != nil {
		return out, mysqlerr.New(mysqlerr.WrongFieldSpec, col.Name)
	}
	out.Type = typ
	out.OnUpdateNow = col.OnUpdate != nil
	out.Default, err = c.toDefault(ctx, &out, col.Default)
	return out, err
}

// columnType is a column's type: as the statement spells it, or else what the library
// makes of it, which forgets digits of TIME and FLOAT, and ZEROFILL.
func (c *call) columnType(t *catalog.Table, col *gms.Column) (types.Type, error) {
	if typ, ok, err := c.declared(t, col.Name); ok || err != nil {
		return typ, err
	}
	typ, ok := convert.FromType(col.Type)
	if !ok {
		return typ, unsupported("column type " + strings.ToUpper(col.Type.String()))
	}
	if s, isText := col.Type.(gms.StringType); isText && typ.IsText() {
		var err error
		if typ.Collation, err = convert.ColumnCollation(s.Collation(), gms.CollationID(t.Collation)); err != nil {
			return typ, err
		}
	}
	if typ.Kind == types.Null {
		typ = types.Type{Kind: types.Char, Length: 0, Collation: types.CollationBinary}
	}
	return typ, nil
}

// declared is the type that the statement itself spells for a column.
func (c *call) declared(t *catalog.Table, column string) (typ types.Type, ok bool, err error) {
	var list []*sqlparser.DDL
	switch s := c.stmt.tree.Statement.(type) {
	case *sqlparser.AlterTable:
		list = s.Statements
	case *sqlparser.DDL:
		list = []*sqlparser.DDL{s}
	}
	for _, d := range list {
		if d.TableSpec == nil {
			continue
		}
		for _, def := range d.TableSpec.Columns {
			if def.Name.EqualString(column) {
				typ, err = exec.ColumnType(t, def)
				return typ, err == nil, err
			}
		}
	}
	return typ, false, nil
}

// isNow reports whether a default is CURRENT_TIMESTAMP.
func isNow(d *gms.ColumnDefaultValue) bool {
	now, ok := d.Expr.(*function.Now)
	return ok && now != nil
}

// toDefault evaluates a default that is a literal.
func (c *call) toDefault(ctx *gms.Context, col *catalog.Column, d *gms.ColumnDefaultValue) (*catalog.Default, error) {
	if d == nil {
		return nil, nil
	}
	if isNow(d) {
		if !col.Type.HasDate() {
			return nil, mysqlerr.New(mysqlerr.InvalidDefault, col.Name)
		}
		return &catalog.Default{Now: true}, nil
	}
	if !d.IsLiteral() {
		return nil, unsupported("computed default in this CREATE TABLE")
	}
	if !d.Resolved() {
		return nil, mysqlerr.New(mysqlerr.InvalidDefault, col.Name)
	}
	v, err := d.Expr.Eval(ctx, nil)
	if err != nil {
		return nil, err
	}
	value, from, err := convert.Down(ctx, v, d.Expr.Type())
	if err != nil || value == nil {
		return nil, err
	}
	if col.Type.Kind == types.Blob || col.Type.IsOpaque() {
		return nil, mysqlerr.New(mysqlerr.BlobCantHaveDefault, col.Name)
	}
	if col.Type.IsBytes() && from.IsText() {
		_, from.Collation, _ = types.CharsetByName(string(cmp.Or(c.env.Literals, types.CharsetUTF8MB4)))
	}
	if value, err = c.store(value, from, types.Target{Name: col.Name, Type: col.Type, Row: 1}); err != nil {
		return nil, mysqlerr.Wrap(err, mysqlerr.InvalidDefault, col.Name)
	}
	return catalog.NewDefault(col.Type, value)
}
