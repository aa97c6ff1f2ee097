package exec

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/types"
)

// What a column's definition says of keys, by the parser's numbers, which
// have no exported names. KEY alone means PRIMARY KEY.
const (
	keyNone    sqlparser.ColumnKeyOption = 0
	keyPrimary sqlparser.ColumnKeyOption = 1
	keySpatial sqlparser.ColumnKeyOption = 2
	keyUnique  sqlparser.ColumnKeyOption = 3
	keyUnique2 sqlparser.ColumnKeyOption = 4 // UNIQUE KEY
	keyPlain   sqlparser.ColumnKeyOption = 5
)

// A builder turns a CREATE TABLE into a definition.
type builder struct {
	table    *catalog.Table
	zone     *time.Location             // of the session
	key      []string                   // columns of the primary key
	indexKey *sqlparser.IndexDefinition // a primary key that is an index
	haveKey  bool
	indexes  []indexDef
	nulls    map[string]bool // columns declared NULL
	first    uint64          // the first AUTO_INCREMENT value, or 0
	charsets charsetOptions
	env      *Env  // nil: the default modes
	call     *call // nil: there are no foreign keys
	srid     bool  // columns may have one: it is asked later whether there is such
	late     bool  // options of the table are refused once it is known that there is none
	other    bool  // they are those of another engine, in whose place this one is
	refused  error
	// remarks are what the definition asks for and does not get.
	remarks []Diagnostic
}

func (b *builder) remark(level string, code uint16, args ...any) {
	e := mysqlerr.New(code, args...)
	b.remarks = append(b.remarks, Diagnostic{level, e.Code, e.Message})
}

func (b *builder) build(spec *sqlparser.TableSpec) error {
	t := b.table
	if !catalog.ValidName(t.Name) {
		return mysqlerr.New(mysqlerr.WrongTableName, t.Name)
	}
	if spec.PartitionOpt != nil {
		b.remark("Warning", mysqlerr.NotSupportedYet, "PARTITION BY: the table is in one piece")
	}
	for _, o := range spec.TableOpts {
		if err := b.option(o); err != nil {
			return err
		}
	}
	b.nulls = make(map[string]bool)
	seen := make(map[string]bool)
	for _, d := range spec.Columns {
		lower := d.Name.Lowered()
		if seen[lower] {
			return mysqlerr.New(mysqlerr.DupFieldName, d.Name.String())
		}
		seen[lower] = true
		if err := b.column(d); err != nil {
			return err
		}
	}
	if len(t.Columns) == 0 {
		return mysqlerr.New(mysqlerr.TableMustHaveColumns)
	}
	if len(t.Columns) > catalog.ColumnsMax {
		return mysqlerr.New(mysqlerr.TooManyColumns)
	}
	for _, d := range spec.Indexes {
		if err := b.index(d); err != nil {
			return err
		}
	}
	if err := b.primaryKey(); err != nil {
		return err
	}
	for _, d := range b.indexes {
		d, err := b.call.functionalParts(t, d)
		if err == nil {
			err = b.call.addIndex(t, d)
		}
		if err != nil {
			return err
		}
	}
	if err := b.constraints(spec); err != nil {
		return err
	}
	if err := checkAuto(t); err != nil {
		return err
	}
	if err := CheckVectors(t); err != nil {
		return err
	}
	if err := b.checkOptions(true); err != nil {
		if !b.late {
			return err
		}
		b.refused = err
	}
	return b.rowSize()
}

func (b *builder) option(o *sqlparser.TableOption) error {
	name := strings.ToLower(o.Name)
	switch {
	case name == "engine":
		return b.engine(o.Value)
	case name == "comment":
		b.table.Comment = o.Value
	case name == "auto_increment":
		n, err := strconv.ParseUint(o.Value, 10, 64)
		if err != nil {
			return mysqlerr.Wrap(err, mysqlerr.ParseError, fmt.Sprintf("'%s' is no value of AUTO_INCREMENT", o.Value))
		}
		b.first = n
	case strings.Contains(name, "charset"), strings.Contains(name, "character set"), strings.Contains(name, "collate"):
		c, err := b.charsets.option(name, o.Value, b.table.Collation)
		b.table.Collation = c
		return err
	case name == "encryption" && strings.EqualFold(strings.Trim(o.Value, "'"), "N"):
	case name == "engine_attribute":
		return mysqlerr.New(mysqlerr.EngineAttribute, "InnoDB")
	case !reword.IgnoresOption(name):
		return unsupported("table option " + o.Name)
	default:
		keepOption(b.table, name, o.Value)
	}
	return nil
}

// usualEngines are those that every MySQL has besides InnoDB, so that dumps name
// them, mydumper's of any view: no mode refuses them.
var usualEngines = []string{"myisam", "memory"}

// engine puts xadb in place of engines that there are elsewhere, unless the mode
// forbids it.
func (b *builder) engine(name string) error {
	switch {
	case strings.EqualFold(name, "innodb"), strings.EqualFold(name, "xadb"):
	case b.env == nil, b.env.Mode("NO_ENGINE_SUBSTITUTION") && !slices.Contains(usualEngines, strings.ToLower(name)):
		return mysqlerr.New(mysqlerr.UnknownStorageEngine, name)
	default:
		b.other = true
		b.remark("Warning", mysqlerr.UnknownStorageEngine, name)
		b.remark("Warning", mysqlerr.UsingOtherHandler, "InnoDB", b.table.Name)
	}
	return nil
}

func (b *builder) column(d *sqlparser.ColumnDefinition) error {
	name, ct := d.Name.String(), &d.Type
	if !catalog.ValidName(name) {
		return mysqlerr.New(mysqlerr.WrongFieldName, name)
	}
	for _, c := range []struct {
		has  bool
		what string
	}{
		{ct.SRID != nil && !b.srid, "SRID"},
		{ct.KeyOpt == keySpatial || ct.KeyOpt > keyPlain, "FULLTEXT or SPATIAL index"},
	} {
		if c.has {
			return unsupported(c.what)
		}
	}
	t, err := b.columnType(name, ct)
	if err != nil {
		return err
	}
	primary := ct.KeyOpt == keyPrimary || ct.KeyOpt == keyPlain
	switch {
	case primary && b.haveKey:
		return mysqlerr.New(mysqlerr.MultiplePriKey)
	case primary:
		b.haveKey, b.key = true, []string{name}
	case ct.KeyOpt != keyNone:
		b.indexes = append(b.indexes, indexDef{unique: true, columns: []*sqlparser.IndexColumn{{Column: d.Name}}})
	}
	b.nulls[d.Name.Lowered()] = bool(ct.Null)
	c := catalog.Column{
		Name: name, Type: t, AutoIncrement: bool(ct.Autoincrement),
		Nullable: !bool(ct.NotNull) && !primary && !bool(ct.Autoincrement),
	}
	if c.AutoIncrement && !t.IsInteger() {
		return mysqlerr.New(mysqlerr.WrongFieldSpec, name)
	}
	if c.AutoIncrement && ct.Default != nil {
		return mysqlerr.New(mysqlerr.InvalidDefault, name)
	}
	if ct.Comment != nil {
		c.Comment = string(ct.Comment.Val)
	}
	if err := b.generate(&c, ct); err != nil {
		return err
	}
	if err := b.defaults(&c, ct); err != nil {
		return err
	}
	b.table.Columns = append(b.table.Columns, c)
	return nil
}

// defaults compiles DEFAULT and ON UPDATE.
func (b *builder) defaults(c *catalog.Column, ct *sqlparser.ColumnType) error {
	if ct.OnUpdate != nil {
		if !isNow(ct.OnUpdate, c.Type) {
			return mysqlerr.New(mysqlerr.InvalidOnUpdate, c.Name)
		}
		c.OnUpdateNow = true
	}
	switch n := ct.Default.(type) {
	case nil:
		return nil
	case *sqlparser.ParenExpr:
		return b.defaultExpr(c, n.Expr)
	case *sqlparser.NullVal:
		if !c.Nullable {
			return mysqlerr.New(mysqlerr.InvalidDefault, c.Name)
		}
		return nil
	case *sqlparser.FuncExpr:
		if !isNow(n, c.Type) {
			return mysqlerr.New(mysqlerr.InvalidDefault, c.Name)
		}
		c.Default = &catalog.Default{Now: true}
		return nil
	}
	if c.Type.Kind == types.Blob || c.Type.IsOpaque() {
		if b.env != nil && !b.env.Strict() { // as MariaDB has it, and its dumps do
			return b.defaultExpr(c, ct.Default)
		}
		return mysqlerr.New(mysqlerr.BlobCantHaveDefault, c.Name)
	}
	if c.Type.IsNamed() && !namesMember(c.Type, ct.Default) {
		return mysqlerr.New(mysqlerr.InvalidDefault, c.Name)
	}
	v, err := b.defaultValue(c, ct.Default)
	if err != nil || v == nil {
		return mysqlerr.Wrap(err, mysqlerr.InvalidDefault, c.Name)
	}
	c.Default, err = catalog.NewDefault(c.Type, v)
	return err
}

// namesMember is false for a DEFAULT of an ENUM or a SET that is a number, which finds a
// member where a row is stored, but not here.
func namesMember(t types.Type, n sqlparser.Expr) bool {
	v, is := n.(*sqlparser.SQLVal)
	if !is {
		return true
	}
	text := string(v.Val)
	isNumber := v.Type == sqlparser.IntVal || v.Type == sqlparser.FloatVal ||
		v.Type == sqlparser.StrVal && text != "" && strings.Trim(text, "0123456789") == ""
	return !isNumber || v.Type == sqlparser.StrVal && slices.Contains(t.Members, text)
}

// isNow reports whether n is CURRENT_TIMESTAMP with the column's digits.
func isNow(n sqlparser.Expr, t types.Type) bool {
	f, ok := n.(*sqlparser.FuncExpr)
	if !ok || t.Kind != types.Timestamp && t.Kind != types.DateTime {
		return false
	}
	switch f.Name.Lowered() {
	case "now", "current_timestamp", "localtime", "localtimestamp":
		fsp, err := fspArgument(f)
		return err == nil && fsp == t.FSP
	}
	return false
}

// defaultValue converts a literal to the column's value.
func (b *builder) defaultValue(c *catalog.Column, n sqlparser.Expr) (binlog.Value, error) {
	k := &compiler{call: &call{strict: true, env: Env{Location: b.zone}}, clause: "DEFAULT"}
	e, err := k.compile(n)
	if err != nil {
		return nil, err
	}
	if c.Type.IsNumber() || c.Type.Kind == types.Bit {
		e = e.storedNumber()
	}
	v, err := e.eval(nil)
	if err != nil {
		return nil, err
	}
	if b.env != nil && e.typ.IsText() && b.env.Literals != "" {
		_, e.typ.Collation, _ = types.CharsetByName(string(b.env.Literals))
	}
	return types.Store(v, e.typ, types.Target{
		Name: c.Name, Type: c.Type, Row: 1, Zone: b.zone, ZeroDates: b.env != nil && !b.env.Mode("NO_ZERO_DATE"),
	})
}

func (b *builder) index(d *sqlparser.IndexDefinition) error {
	if !d.Info.Primary {
		if d.Info.Vector {
			return unsupported("VECTOR index")
		}
		b.indexes = append(b.indexes, indexDef{name: d.Info.Name.String(), unique: d.Info.Unique, spatial: d.Info.Spatial, fulltext: d.Info.Fulltext, columns: d.Columns, options: d.Options})
		return nil
	}
	if b.haveKey {
		return mysqlerr.New(mysqlerr.MultiplePriKey)
	}
	b.haveKey = true
	if asIndex(d.Columns) {
		b.indexKey = d
		return nil
	}
	for _, c := range d.Columns {
		b.key = append(b.key, c.Column.String())
	}
	b.table.KeyBtree = usesBtree(d.Options)
	return nil
}

// indexPrimary makes an index of a primary key that is no key of rows.
func (b *builder) indexPrimary(d *sqlparser.IndexDefinition) error {
	for _, col := range d.Columns {
		at := columnNamed(b.table, col.Column.String())
		switch {
		case at < 0:
			return mysqlerr.New(mysqlerr.KeyColumnMissing, col.Column.String())
		case b.nulls[col.Column.Lowered()]:
			return mysqlerr.New(mysqlerr.PrimaryCantHaveNull)
		case b.table.Columns[at].Type.Kind == types.Geometry:
			return mysqlerr.New(mysqlerr.SpatialNotUnique)
		}
		b.table.Columns[at].Nullable = false
	}
	return addPrimary(b.table, d.Columns, d.Options)
}

// primaryKey resolves the key's columns and makes them NOT NULL.
func (b *builder) primaryKey() error {
	if b.indexKey != nil {
		return b.indexPrimary(b.indexKey)
	}
	t := b.table
	size := 0
	seen := make(map[int]bool)
	for _, name := range b.key {
		at := columnNamed(t, name)
		if at < 0 {
			return mysqlerr.New(mysqlerr.KeyColumnMissing, name)
		}
		c := &t.Columns[at]
		switch {
		case seen[at]:
			return mysqlerr.New(mysqlerr.DupFieldName, c.Name)
		case c.Type.Kind == types.Blob:
			return mysqlerr.New(mysqlerr.BlobKeyWithoutLength, c.Name)
		case c.Type.Kind == types.JSON:
			return mysqlerr.New(mysqlerr.JSONUsedAsKey, c.Name)
		case c.Type.Kind == types.Vector:
			return mysqlerr.New(mysqlerr.VectorAsKey, c.Name)
		case c.Type.Kind == types.Geometry:
			return mysqlerr.New(mysqlerr.SpatialNotUnique)
		case b.nulls[strings.ToLower(c.Name)]:
			return mysqlerr.New(mysqlerr.PrimaryCantHaveNull)
		}
		seen[at] = true
		c.Nullable = false
		size += keyBytes(c.Type)
		t.PrimaryKey = append(t.PrimaryKey, at)
	}
	if len(t.PrimaryKey) > catalog.KeyParts {
		return mysqlerr.New(mysqlerr.TooManyKeyParts, catalog.KeyParts)
	}
	if size > catalog.KeyMax {
		return mysqlerr.New(mysqlerr.TooLongKey, catalog.KeyMax)
	}
	return nil
}

// keyBytes is a column's part of MySQL's limit on a key.
func keyBytes(t types.Type) int {
	if t.IsString() {
		return int(t.BytesMax())
	}
	return 8
}

// rowSizeMax is MySQL's limit on a row without its BLOBs and TEXTs.
const rowSizeMax = 65535

func (b *builder) rowSize() error {
	size, nullable := 0, 0
	for i := range b.table.Columns {
		c := &b.table.Columns[i]
		size += storedBytes(c.Type)
		if c.Nullable {
			nullable++
		}
	}
	if size+(nullable+7)/8 > rowSizeMax {
		return mysqlerr.New(mysqlerr.TooBigRowSize, rowSizeMax)
	}
	return nil
}

// storedBytes is the most bytes that a column's values have in MySQL's rows, without those
// of its BLOBs.
func storedBytes(t types.Type) int {
	switch {
	case t.Kind == types.Blob:
		return t.Length + blobPointer
	case t.Kind == types.JSON, t.Kind == types.Geometry, t.Kind == types.Vector:
		return 4 + blobPointer
	}
	return partLength(t, 0)
}

// blobPointer is how many bytes a row has for where a BLOB is.
const blobPointer = 8

// number reads a length or scale; absent is -1.
func number(v *sqlparser.SQLVal) (int, error) {
	if v == nil {
		return -1, nil
	}
	n, err := strconv.ParseUint(string(v.Val), 10, 32)
	if err != nil {
		return 0, mysqlerr.Wrap(err, mysqlerr.ParseError, fmt.Sprintf("'%s' is no length of a column", v.Val))
	}
	return int(n), nil
}
