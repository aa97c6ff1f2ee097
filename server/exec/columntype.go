package exec

import (
	"strconv"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

var numberTypes = map[string]types.Kind{
	"tinyint": types.TinyInt, "smallint": types.SmallInt, "mediumint": types.MediumInt,
	"int": types.Int, "integer": types.Int, "bigint": types.BigInt,
	"int1": types.TinyInt, "int2": types.SmallInt, "int3": types.MediumInt, "int4": types.Int, "int8": types.BigInt,
	"bool": types.TinyInt, "boolean": types.TinyInt,
	"decimal": types.Decimal, "numeric": types.Decimal, "dec": types.Decimal, "fixed": types.Decimal,
	"float": types.Float, "double": types.Double, "double precision": types.Double, "real": types.Double,
	"year": types.Year,
}

var temporalTypes = map[string]types.Kind{
	"date": types.Date, "datetime": types.DateTime, "timestamp": types.Timestamp, "time": types.Time,
}

// A stringType is a name for text, or bytes, of a kind.
type stringType struct {
	kind     types.Kind
	binary   bool
	national bool // text of MySQL's national character set, utf8mb3
	prefix   int  // Blob: bytes of the length prefix
}

var stringTypes = map[string]stringType{
	"char": {kind: types.Char}, "character": {kind: types.Char}, "binary": {kind: types.Char, binary: true},
	"varchar": {kind: types.VarChar}, "character varying": {kind: types.VarChar},
	"varbinary": {kind: types.VarChar, binary: true},
	"tinytext":  {kind: types.Blob, prefix: 1}, "text": {kind: types.Blob, prefix: 2},
	"mediumtext": {kind: types.Blob, prefix: 3}, "longtext": {kind: types.Blob, prefix: 4},
	"tinyblob": {kind: types.Blob, prefix: 1, binary: true}, "blob": {kind: types.Blob, prefix: 2, binary: true},
	"mediumblob": {kind: types.Blob, prefix: 3, binary: true}, "longblob": {kind: types.Blob, prefix: 4, binary: true},
	"char varying": {kind: types.VarChar}, "long": {kind: types.Blob, prefix: 3}, "long varchar": {kind: types.Blob, prefix: 3},
	"nchar": {kind: types.Char, national: true}, "national char": {kind: types.Char, national: true},
	"national character": {kind: types.Char, national: true}, "nvarchar": {kind: types.VarChar, national: true},
	"nchar varchar": {kind: types.VarChar, national: true}, "nchar varying": {kind: types.VarChar, national: true},
	"national varchar": {kind: types.VarChar, national: true}, "national char varying": {kind: types.VarChar, national: true},
	"national character varying": {kind: types.VarChar, national: true},
}

// varCharMax is the most characters a VARCHAR of utf8mb4 can have.
const varCharMax = types.VarCharBytesMax / 4

// zerofillWidths is how many digits ZEROFILL fills if nothing is said.
var zerofillWidths = map[types.Kind]int{
	types.TinyInt: 3, types.SmallInt: 5, types.MediumInt: 8, types.Int: 10, types.BigInt: 20,
}

// ColumnType is the type that a column's definition in a table spells.
func ColumnType(t *catalog.Table, d *sqlparser.ColumnDefinition) (types.Type, error) {
	b := &builder{table: t}
	return b.columnType(d.Name.String(), &d.Type)
}

// columnType is the type that a definition spells.
func (b *builder) columnType(column string, ct *sqlparser.ColumnType) (types.Type, error) {
	name := strings.ToLower(ct.Type)
	if isVector(ct) {
		return vectorType(column, ct)
	}
	length, err := number(ct.Length)
	if err != nil {
		return types.Type{}, err
	}
	scale, err := number(ct.Scale)
	if err != nil {
		return types.Type{}, err
	}
	if kind, ok := temporalTypes[name]; ok {
		if length > types.FSPMax {
			return types.Type{}, mysqlerr.New(mysqlerr.TooBigPrecision, length, column, types.FSPMax)
		}
		return types.Type{Kind: kind, FSP: uint8(max(length, 0))}, nil
	}
	if kind, ok := numberTypes[name]; ok {
		t, err := numberType(column, kind, length, scale)
		t.Unsigned = bool(ct.Unsigned) && kind != types.Year
		switch {
		case err == nil && bool(ct.Zerofill):
			return zerofill(t, length)
		case strings.HasPrefix(name, "bool") || kind == types.TinyInt && length == 1 && !t.Unsigned:
			t.Length = 1
		}
		return t, err
	}
	switch name {
	case "enum", "set":
		return b.namedType(column, ct)
	case "bit":
		return bitType(column, length)
	case "json":
		return types.Type{Kind: types.JSON}, nil
	}
	if shape, ok := types.ShapeNamed(name); ok {
		return geometryType(ct, shape)
	}
	if s, ok := stringTypes[name]; ok {
		return b.stringType(column, ct, s, length)
	}
	return types.Type{}, unsupported("column type " + strings.ToUpper(ct.Type))
}

// geometryType: whether there is such an SRID is asked by who makes a table with it.
func geometryType(ct *sqlparser.ColumnType, shape types.Shape) (types.Type, error) {
	t := types.Type{Kind: types.Geometry, Shape: shape}
	if ct.SRID == nil {
		return t, nil
	}
	n, err := strconv.ParseUint(string(ct.SRID.Val), 10, 32)
	if err != nil {
		return t, mysqlerr.Wrap(err, mysqlerr.SRSNotFound, string(ct.SRID.Val))
	}
	srid := uint32(n)
	t.SRID = &srid
	return t, nil
}

// zerofill implies UNSIGNED.
func zerofill(t types.Type, width int) (types.Type, error) {
	if t.Kind == types.Year {
		return t, nil // shown so anyway
	}
	t.Unsigned, t.Zerofill = true, true
	if t.IsInteger() {
		if t.Length = width; width <= 0 {
			t.Length = zerofillWidths[t.Kind]
		}
	}
	return t, nil
}

func bitType(column string, length int) (types.Type, error) {
	t := types.Type{Kind: types.Bit, Length: length}
	switch {
	case length < 0:
		t.Length = 1
	case length == 0:
		return t, mysqlerr.New(mysqlerr.InvalidFieldSize, column)
	case length > types.BitsMax:
		return t, mysqlerr.New(mysqlerr.TooBigDisplayWidth, column, types.BitsMax)
	}
	return t, nil
}

// namedType is an ENUM or a SET. Trailing spaces of a member are not its own.
func (b *builder) namedType(column string, ct *sqlparser.ColumnType) (types.Type, error) {
	t := types.Type{Kind: types.Enum}
	most := types.EnumMembersMax
	if strings.EqualFold(ct.Type, "set") {
		t.Kind, most = types.Set, types.SetMembersMax
	}
	var err error
	if t.Collation, err = b.columnCollation(ct); err != nil {
		return t, err
	}
	for _, m := range ct.EnumValues {
		if b.env != nil && b.env.IsBytes([]byte(m)) {
			m = memberOf(t.Collation.Charset(), m)
		}
		if t.Collation != types.CollationBinary {
			m = strings.TrimRight(m, " ")
		}
		t.Members = append(t.Members, m)
	}
	if len(t.Members) > most {
		if t.Kind == types.Set {
			return t, mysqlerr.New(mysqlerr.TooBigSet, column)
		}
		return t, mysqlerr.New(mysqlerr.TooBigEnum, column)
	}
	return t, types.CheckMembers(column, t)
}

func numberType(column string, kind types.Kind, length, scale int) (types.Type, error) {
	t := types.Type{Kind: kind}
	switch {
	case kind == types.Decimal:
		return decimalColumn(column, length, scale)
	case kind == types.Float || kind == types.Double:
		if scale >= 0 {
			return floatColumn(t, column, length, scale)
		}
		if length > 53 {
			return t, mysqlerr.New(mysqlerr.WrongFieldSpec, column)
		}
		if length > 24 {
			t.Kind = types.Double
		}
	case length > types.DisplayWidthMax:
		return t, mysqlerr.New(mysqlerr.TooBigDisplayWidth, column, types.DisplayWidthMax)
	}
	return t, nil
}

// floatColumn is FLOAT(M,D) or DOUBLE(M,D): M digits, D of them behind the point.
func floatColumn(t types.Type, column string, digits, scale int) (types.Type, error) {
	switch {
	case digits > types.DisplayWidthMax:
		return t, mysqlerr.New(mysqlerr.TooBigDisplayWidth, column, types.DisplayWidthMax)
	case scale > types.DecimalScaleMax:
		return t, mysqlerr.New(mysqlerr.TooBigScale, scale, column, types.DecimalScaleMax)
	case scale > digits || digits < 1:
		return t, mysqlerr.New(mysqlerr.MBiggerThanD, column)
	}
	t.Precision, t.Scale = uint8(digits), uint8(scale)
	return t, nil
}

// decimalColumn: DECIMAL is DECIMAL(10,0).
func decimalColumn(column string, precision, scale int) (types.Type, error) {
	scale = max(scale, 0)
	if precision <= 0 {
		precision = 10
	}
	t := types.Type{Kind: types.Decimal}
	switch {
	case scale > types.DecimalScaleMax:
		return t, mysqlerr.New(mysqlerr.TooBigScale, scale, column, types.DecimalScaleMax)
	case precision > types.DecimalPrecisionMax:
		return t, mysqlerr.New(mysqlerr.TooBigPrecision, precision, column, types.DecimalPrecisionMax)
	case scale > precision:
		return t, mysqlerr.New(mysqlerr.MBiggerThanD, column)
	}
	t.Precision, t.Scale = uint8(precision), uint8(scale)
	return t, nil
}

func (b *builder) stringType(column string, ct *sqlparser.ColumnType, s stringType, length int) (types.Type, error) {
	t := types.Type{Kind: s.kind, Length: length, Collation: types.CollationBinary}
	if !s.binary {
		if s.national {
			ct.Charset = string(types.CharsetUTF8MB3)
		}
		var err error
		if t.Collation, err = b.columnCollation(ct); err != nil {
			return t, err
		}
	}
	limit := types.CharLengthMax
	switch {
	case s.kind == types.Blob:
		t.Length = s.prefix
		if length >= 0 && s.prefix == 2 {
			t.Length = prefixFor(uint64(length) * uint64(t.Collation.BytesPerChar()))
		}
		return t, nil
	case s.kind == types.Char:
		if length < 0 {
			t.Length = 1
		}
	case length < 0:
		return t, mysqlerr.New(mysqlerr.ParseError, "VARCHAR and VARBINARY need a length")
	default:
		limit = types.VarCharBytesMax / t.Collation.BytesPerChar()
	}
	if t.Length > limit {
		return t, mysqlerr.New(mysqlerr.TooBigFieldLength, column, limit)
	}
	return t, nil
}

// prefixFor is the smallest of TEXT's or BLOB's sizes that n bytes fit in.
func prefixFor(n uint64) int {
	for prefix := 1; prefix < 4; prefix++ {
		if n < 1<<(8*prefix) {
			return prefix
		}
	}
	return 4
}

// columnCollation is what a column's definition says, over what its table does.
func (b *builder) columnCollation(ct *sqlparser.ColumnType) (types.Collation, error) {
	c := b.table.Collation
	var err error
	if ct.Charset != "" {
		// A character set of the column's own brings its default collation.
		if _, c, err = charsetNamed(ct.Charset); err != nil {
			return 0, err
		}
	}
	if ct.Collate != "" {
		own, err := collationNamed(ct.Collate)
		if err != nil {
			return 0, err
		}
		if ct.Charset != "" && own.Charset() != c.Charset() {
			return 0, mysqlerr.New(mysqlerr.CollationMismatch, own.Name(), string(c.Charset()))
		}
		c = own
	}
	if bool(ct.BinaryCollate) {
		c = c.Bin()
	}
	return c, nil
}

func collationNamed(name string) (types.Collation, error) {
	c, ok := types.CollationByName(name)
	if !ok {
		return 0, mysqlerr.New(mysqlerr.UnknownCollation, name)
	}
	return c, nil
}

func charsetNamed(name string) (types.Charset, types.Collation, error) {
	cs, c, ok := types.CharsetByName(name)
	if !ok {
		return "", 0, mysqlerr.New(mysqlerr.UnknownCharacterSet, name)
	}
	return cs, c, nil
}

// memberOf is a member that has come as bytes: those of its character set. What is no text of
// that is empty.
func memberOf(set types.Charset, m string) string {
	text, bad := set.Text([]byte(m))
	if bad != nil {
		return ""
	}
	return string(text)
}
