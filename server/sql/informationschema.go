package sql

import (
	"slices"
	"strings"
	"time"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/information_schema"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/sqltypes"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// The places of information_schema's columns that are needed to complete its rows.
const (
	schemaPlace = 1
	tablePlace  = 2 // or a trigger's name

	columnPlace     = 3
	ordinalPlace    = 4
	defaultPlace    = 5
	nullablePlace   = 6
	typePlace       = 7
	charactersPlace = 8
	bytesPlace      = 9
	precisionPlace  = 10
	scalePlace      = 11
	fractionPlace   = 12
	charsetPlace    = 13
	collationPlace  = 14
	columnTypePlace = 15
	columnKeyPlace  = 16
	extraPlace      = 17
	rightsPlace     = 18
	expressionPlace = 20

	indexPlace       = 5
	partPlace        = 6 // counts from one
	namePlace        = 7
	orderPlace       = 8
	cardinalityPlace = 9
	prefixPlace      = 10
	visiblePlace     = 16

	enginePlace  = 4
	formatPlace  = 6
	createdPlace = 14
	updatedPlace = 15
	optionsPlace = 19

	keyExpressionPlace = 17

	clausePlace = 3 // of a CHECK

	keySchemaPlace = 4
	keyTablePlace  = 5
	keyColumnPlace = 6
)

// An informationSchema is the library's, whose COLUMNS tell what columns are
// generated from, and their whole types: those who dump a table ask for it. Its
// TRIGGERS have modes in the order in which the server says them, and its VIEWS say
// which take changes.
type informationSchema struct{ gms.Database }

// GetTableInsensitive implements gms.Database.
func (d informationSchema) GetTableInsensitive(ctx *gms.Context, name string) (gms.Table, bool, error) {
	t, ok, err := d.Database.GetTableInsensitive(ctx, name)
	if strings.EqualFold(name, information_schema.StatisticsTableName) {
		t = information_schema.NewDefaultStats().InformationSchemaTable // the same, by its type
	}
	switch t := t.(type) {
	case *information_schema.ColumnsTable:
		t.TableSchema = inMySQLsNames(name, namesByBytes(t.TableSchema))
		rows := t.RowIter
		t.RowIter = func(ctx *gms.Context, c gms.Catalog, s gms.Schema) (gms.RowIter, error) {
			defer listing(ctx)()
			iter, err := rows(ctx, c, s)
			return patchedRows{iter, patchColumns()}, err
		}
	case *information_schema.InformationSchemaTable:
		read, patch := t.Reader, func(*gms.Context, gms.Row) error { return nil }
		switch t.TableName {
		case information_schema.TriggersTableName:
			patch = patchTrigger
		case information_schema.ViewsTableName:
			read = func(ctx *gms.Context, _ gms.Catalog) (gms.RowIter, error) { return viewRows(ctx) }
		case information_schema.CharacterSetsTableName:
			read = characterSetRows
		case information_schema.CollationsTableName:
			read = collationRows
		case information_schema.CollationCharSetApplicabilityTableName:
			read = applicabilityRows
		case information_schema.TablesTableName:
			patch = patchTable
		case information_schema.StatisticsTableName:
			patch = patchStatistics
		case information_schema.KeyColumnUsageTableName:
			patch = patchKeyColumn
		case information_schema.CheckConstraintsTableName:
			patch = patchCheck
		}
		out := *t // it is everybody's
		out.TableSchema = inMySQLsNames(name, namesByBytes(t.TableSchema))
		if t.TableName == information_schema.TriggersTableName {
			out.TableSchema = schemaTriggerPlaces.schema(out.TableSchema)
		}
		out.Reader = func(ctx *gms.Context, c gms.Catalog) (gms.RowIter, error) {
			defer listing(ctx)()
			iter, err := read(ctx, c)
			return patchedRows{iter, patch}, err
		}
		return &out, ok, err
	}
	return t, ok, err
}

// namesByBytes has names of databases and tables compare by code points, as they do
// where files are named after them (MySQL manual, Using Collation in
// INFORMATION_SCHEMA Searches).
func namesByBytes(s gms.Schema) gms.Schema {
	out := slices.Clone(s)
	for i, col := range s {
		switch strings.ToUpper(col.Name) {
		case "TABLE_SCHEMA", "TABLE_NAME", "SCHEMA_NAME", "CONSTRAINT_SCHEMA", "UNIQUE_CONSTRAINT_SCHEMA", "REFERENCED_TABLE_NAME",
			"REFERENCED_TABLE_SCHEMA", "TRIGGER_SCHEMA", "EVENT_OBJECT_SCHEMA", "EVENT_OBJECT_TABLE":
			if gtypes.IsTextOnly(col.Type) {
				named := *col
				named.Type = gtypes.MustCreateString(sqltypes.VarChar, 64, gms.Collation_utf8mb3_bin)
				out[i] = &named
			}
		}
	}
	return out
}

// listing has indexes name their tables as schemas do until the rows are read: the library
// looks for columns by these names here, and by small letters in queries.
func listing(ctx *gms.Context) (done func()) {
	c := callOf(ctx)
	c.listing = true
	return func() { c.listing = false }
}

// patchColumns completes rows of COLUMNS. The library takes tables for one whose names
// differ in their case only, and tells of each the columns of both.
func patchColumns() patch {
	views := map[tableID]*catalog.Table{}
	var last tableID // rows come table by table
	told := map[int]bool{}
	return func(ctx *gms.Context, row gms.Row) error {
		id := tableID{}
		id.db, _ = row[schemaPlace].(string)
		id.name, _ = row[tablePlace].(string)
		column, _ := row[columnPlace].(string)
		c := callOf(ctx)
		if !c.env.Rights.SeesColumn(id.db, id.name, column) {
			return errHidden
		}
		patchOwnName(row)
		if !auth.IsMadeUp(id.db) {
			row[rightsPlace] = c.env.Rights.ShownOnColumn(id.db, id.name, column)
		}
		def, ok, err := c.catalog().Find(c.env.Txn, id.db, id.name)
		if err != nil {
			return err
		}
		if !ok {
			if _, known := views[id]; !known {
				if _, is, err := c.catalog().View(c.env.Txn, id.db, id.name); err != nil || !is {
					return err
				}
				views[id] = c.viewColumns(id.db, id.name)
			}
			if view := views[id]; view != nil {
				if at := slices.IndexFunc(view.Columns, func(col catalog.Column) bool { return strings.EqualFold(col.Name, column) }); at >= 0 {
					return patchViewColumn(row, &view.Columns[at])
				}
			}
			return nil
		}
		if id != last {
			last = id
			clear(told)
		}
		at, ok := def.Column(column)
		if !ok || told[at] || def.Columns[at].Hidden || def.Columns[at].Name != column {
			return errHidden
		}
		told[at] = true
		col := &def.Columns[at]
		row[ordinalPlace] = uint32(def.Place(at))
		if patchType(row, col.Type); col.Generated != "" {
			row[expressionPlace] = exec.ToldExpr(col.Generated)
		}
		row[columnKeyPlace] = exec.ColumnKey(def, at)
		row[defaultPlace], err = exec.ShownDefault(col)
		return err
	}
}

// patchCheck writes the expression of a CHECK as MySQL does.
func patchCheck(_ *gms.Context, row gms.Row) error {
	if text, is := row[clausePlace].(string); is {
		row[clausePlace] = exec.ToldExpr(text)
	}
	return nil
}

// patchStatistics tells how an index orders a column, and of how much of it.
func patchStatistics(ctx *gms.Context, row gms.Row) error {
	db, _ := row[schemaPlace].(string)
	name, _ := row[tablePlace].(string)
	of, _ := row[indexPlace].(string)
	c := callOf(ctx)
	def, ok, err := c.catalog().Find(c.env.Txn, db, name)
	if err != nil || !ok {
		return err
	}
	at, ok := def.Index(of)
	part, isInt := row[partPlace].(int)
	values, err := c.exec.Cardinality(c.env.Txn, def, c.env.Now)
	if err != nil {
		return err
	}
	key := at
	if len(def.PrimaryParts()) > 0 && ok {
		key++
	}
	if isInt && key < len(values) && part <= len(values[key]) {
		row[cardinalityPlace] = int64(values[key][part-1])
	}
	if !ok || !isInt || part > len(def.Indexes[at].Columns) {
		return nil // the primary key
	}
	x := &def.Indexes[at]
	p := x.Columns[part-1]
	if col := &def.Columns[p.Column]; col.Hidden {
		row[namePlace], row[keyExpressionPlace] = nil, strings.ReplaceAll(exec.KeyExpression(col), "'", `\'`)
	}
	if row[prefixPlace] = nil; p.Prefix > 0 {
		row[prefixPlace] = int64(p.Prefix)
	}
	switch {
	case p.Desc:
		row[orderPlace] = "D"
	case x.Fulltext:
		row[orderPlace] = nil
	}
	if x.Invisible {
		row[visiblePlace] = "NO"
	}
	return nil
}

// patchTable tells of a table's options, and when it was made.
func patchTable(ctx *gms.Context, row gms.Row) error {
	db, _ := row[schemaPlace].(string)
	name, _ := row[tablePlace].(string)
	c := callOf(ctx)
	t, ok, err := c.catalog().Find(c.env.Txn, db, name)
	if err != nil {
		return err
	}
	if !ok {
		switch {
		case patchOwnName(row):
			row[enginePlace], row[formatPlace] = nil, nil
		case auth.IsMadeUp(db):
			row[enginePlace] = strings.ToUpper(db)
		}
		return nil
	}
	row[formatPlace], row[optionsPlace], row[updatedPlace] = exec.RowFormat(t), exec.ListedOptions(t), nil
	if t.Created != 0 {
		at := types.LocalTimestamp(types.FromTime(time.Unix(t.Created, 0).UTC()), c.env.Location)
		row[createdPlace], err = convert.Up(at, types.Type{Kind: types.DateTime}, c.env.Location)
	}
	return err
}

// patchOwnName has a table of information_schema named in capital letters, as MySQL does;
// is is false of others.
func patchOwnName(row gms.Row) (is bool) {
	if is = row[schemaPlace] == gms.InformationSchemaDatabaseName; is {
		name, _ := row[tablePlace].(string)
		row[tablePlace] = strings.ToUpper(name)
	}
	return is
}

// patchKeyColumn leaves hidden columns out.
func patchKeyColumn(ctx *gms.Context, row gms.Row) error {
	db, _ := row[keySchemaPlace].(string)
	name, _ := row[keyTablePlace].(string)
	column, _ := row[keyColumnPlace].(string)
	c := callOf(ctx)
	if !c.env.Rights.SeesColumn(db, name, column) {
		return errHidden
	}
	def, ok, err := c.catalog().Find(c.env.Txn, db, name)
	if err != nil || !ok {
		return err
	}
	if at, ok := def.Column(column); ok && def.Columns[at].Hidden {
		return errHidden
	}
	return nil
}

func patchType(row gms.Row, t types.Type) {
	row[columnTypePlace] = t.SQL()
	switch {
	case t.IsFloat() && t.Precision > 0:
		row[precisionPlace], row[scalePlace] = uint64(t.Precision), uint64(t.Scale)
	case t.Kind == types.Blob: // its limit is in bytes, of text, too
		row[charactersPlace] = int64(t.BytesMax())
	case t.Kind == types.Date:
		row[fractionPlace] = nil
	case t.IsTemporal():
		row[fractionPlace] = int64(t.FSP)
	}
}

func patchTrigger(ctx *gms.Context, row gms.Row) error {
	db, _ := row[schemaPlace].(string)
	c := callOf(ctx)
	def, ok, err := c.catalog().Database(c.env.Txn, db)
	if err != nil || !ok {
		return err
	}
	return schemaTriggerPlaces.patch(&database{c: c, def: def}, row)
}
