package exec

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

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
	kind   types.Kind
	binary bool
	prefix int // Blob: bytes of the length prefix
}

var stringTypes = map[string]stringType{
	"char": {kind: types.Char}, "character": {kind: types.Char}, "binary": {kind: types.Char, binary: true},
	"varchar": {kind: types.VarChar}, "character varying": {kind: types.VarChar},
	"varbinary": {kind: types.VarChar, binary: true},
	"tinytext":  {kind: types.Blob, prefix: 1}, "text": {kind: types.Blob, prefix: 2},
	"mediumtext": {kind: types.Blob, prefix: 3}, "longtext": {kind: types.Blob, prefix: 4},
	"tinyblob": {kind: types.Blob, prefix: 1, binary: true}, "blob": {kind: types.Blob, prefix: 2, binary: true},
	"mediumblob": {kind: types.Blob, prefix: 3, binary: true}, "longblob": {kind: types.Blob, prefix: 4, binary: true},
}

// varCharMax is the most characters a VARCHAR of utf8mb4 can have.
const varCharMax = types.VarCharBytesMax / 4

// columnType is the type that a definition spells.
func (b *builder) columnType(column string, ct *sqlparser.ColumnType) (types.Type, error) {
	name := strings.ToLower(ct.Type)
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
		if strings.HasPrefix(name, "bool") || kind == types.TinyInt && length == 1 && !t.Unsigned {
			t.Length = 1
		}
		return t, err
	}
	if s, ok := stringTypes[name]; ok {
		return b.stringType(column, ct, s, length)
	}
	return types.Type{}, unsupported("column type " + strings.ToUpper(ct.Type))
}

const displayWidthMax = 255

func numberType(column string, kind types.Kind, length, scale int) (types.Type, error) {
	t := types.Type{Kind: kind}
	switch {
	case kind == types.Decimal:
		return decimalColumn(column, length, scale)
	case kind == types.Float || kind == types.Double:
		if scale >= 0 {
			return t, unsupported("FLOAT(M,D)")
		}
		if length > 53 {
			return t, mysqlerr.New(mysqlerr.WrongFieldSpec, column)
		}
		if length > 24 {
			t.Kind = types.Double
		}
	case length > displayWidthMax:
		return t, mysqlerr.New(mysqlerr.TooBigDisplayWidth, column, displayWidthMax)
	}
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
			t.Length = prefixFor(uint64(length), t.IsText())
		}
		return t, nil
	case s.kind == types.Char:
		if length < 0 {
			t.Length = 1
		}
	case length < 0:
		return t, mysqlerr.New(mysqlerr.ParseError, "VARCHAR and VARBINARY need a length")
	case t.IsText():
		limit = varCharMax
	default:
		limit = types.VarCharBytesMax
	}
	if t.Length > limit {
		return t, mysqlerr.New(mysqlerr.TooBigFieldLength, column, limit)
	}
	return t, nil
}

// prefixFor is the smallest of TEXT's or BLOB's sizes that TEXT(n) fits in.
func prefixFor(n uint64, text bool) int {
	if text {
		n *= 4
	}
	for prefix := 1; prefix < 4; prefix++ {
		if n < 1<<(8*prefix) {
			return prefix
		}
	}
	return 4
}

func (b *builder) columnCollation(ct *sqlparser.ColumnType) (types.Collation, error) {
	c := b.table.Collation
	var err error
	if ct.Charset != "" {
		// A character set of the column's own brings its default collation.
		before := types.CollationGeneralCI
		if c, err = collationOption("charset", ct.Charset, before); err != nil {
			return 0, err
		}
	}
	if ct.Collate != "" {
		if c, err = collationOption("collate", ct.Collate, c); err != nil {
			return 0, err
		}
	}
	if bool(ct.BinaryCollate) && c == types.CollationGeneralCI {
		c = types.CollationBin
	}
	return c, nil
}
