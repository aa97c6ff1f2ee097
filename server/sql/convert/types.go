package convert

import (
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/sqltypes"
	"github.com/dolthub/vitess/go/vt/proto/query"

	"github.com/xadb/xadb/server/mysqlerr"
	_ "github.com/xadb/xadb/server/sql/sets" // without which the library refuses types
	"github.com/xadb/xadb/server/types"
)

// numberTypes are the library's types of numbers, signed and unsigned.
var numberTypes = map[types.Kind][2]gms.Type{
	types.TinyInt: {gtypes.Int8, gtypes.Uint8}, types.SmallInt: {gtypes.Int16, gtypes.Uint16},
	types.MediumInt: {gtypes.Int24, gtypes.Uint24}, types.Int: {gtypes.Int32, gtypes.Uint32},
	types.BigInt: {gtypes.Int64, gtypes.Uint64}, types.Year: {gtypes.Year, gtypes.Year},
	types.Float: {gtypes.Float32, gtypes.Float32}, types.Double: {gtypes.Float64, gtypes.Float64},
	types.Time: {gtypes.Time, gtypes.Time}, types.Null: {gtypes.Null, gtypes.Null},
	types.Date: {gtypes.Date, gtypes.Date},
}

// blobTypes are the library's TEXT and BLOB types, by the bytes of the length.
var blobTypes = [...]struct {
	text   func(gms.CollationID) gms.StringType
	binary gms.StringType
}{
	1: {gtypes.CreateTinyText, gtypes.TinyBlob}, 2: {gtypes.CreateText, gtypes.Blob},
	3: {gtypes.CreateMediumText, gtypes.MediumBlob}, 4: {gtypes.CreateLongText, gtypes.LongBlob},
}

// ToType is a column's type as the library has it.
func ToType(t types.Type) (gms.Type, error) {
	if t.Kind == types.TinyInt && t.Length == 1 {
		return gtypes.Boolean, nil
	}
	if pair, ok := numberTypes[t.Kind]; ok {
		if t.Unsigned {
			return pair[1], nil
		}
		return pair[0], nil
	}
	switch t.Kind {
	case types.Decimal:
		return gtypes.CreateColumnDecimalType(t.Precision, t.Scale)
	case types.DateTime:
		return gtypes.CreateDatetimeType(sqltypes.Datetime, int(t.FSP))
	case types.Timestamp:
		return gtypes.CreateDatetimeType(sqltypes.Timestamp, int(t.FSP))
	}
	if t.IsSpecial() {
		return toSpecialType(t)
	}
	return toStringType(t)
}

func toSpecialType(t types.Type) (gms.Type, error) {
	switch t.Kind {
	case types.Enum:
		return gtypes.CreateEnumType(slices.Clone(t.Members), gms.CollationID(t.Collation))
	case types.Set:
		return gtypes.CreateSetType(slices.Clone(t.Members), gms.CollationID(t.Collation))
	case types.Bit:
		return gtypes.CreateBitType(uint8(t.Length))
	case types.Geometry:
		return toGeometryType(t), nil
	case types.Vector:
		return toVectorType(t), nil
	}
	return gtypes.JSON, nil
}

func toStringType(t types.Type) (gms.Type, error) {
	switch {
	case t.Kind == types.Blob && t.IsText():
		return blobTypes[t.Length].text(gms.CollationID(t.Collation)), nil
	case t.Kind == types.Blob:
		return blobTypes[t.Length].binary, nil
	case t.Kind == types.Char && t.IsText():
		return gtypes.CreateString(sqltypes.Char, int64(t.Length), gms.CollationID(t.Collation))
	case t.Kind == types.Char:
		return gtypes.CreateBinary(sqltypes.Binary, int64(t.Length))
	case t.IsText():
		return gtypes.CreateString(sqltypes.VarChar, int64(t.Length), gms.CollationID(t.Collation))
	}
	return gtypes.CreateBinary(sqltypes.VarBinary, int64(t.Length))
}

var kinds = map[query.Type]types.Type{
	sqltypes.Int8: {Kind: types.TinyInt}, sqltypes.Uint8: {Kind: types.TinyInt, Unsigned: true},
	sqltypes.Int16: {Kind: types.SmallInt}, sqltypes.Uint16: {Kind: types.SmallInt, Unsigned: true},
	sqltypes.Int24: {Kind: types.MediumInt}, sqltypes.Uint24: {Kind: types.MediumInt, Unsigned: true},
	sqltypes.Int32: {Kind: types.Int}, sqltypes.Uint32: {Kind: types.Int, Unsigned: true},
	sqltypes.Int64: {Kind: types.BigInt}, sqltypes.Uint64: {Kind: types.BigInt, Unsigned: true},
	sqltypes.Float32: {Kind: types.Float}, sqltypes.Float64: {Kind: types.Double},
	sqltypes.Year: {Kind: types.Year}, sqltypes.Date: {Kind: types.Date},
	sqltypes.Null: {Kind: types.Null},
	// The library's TIME always has microseconds.
	sqltypes.Time: {Kind: types.Time, FSP: types.FSPMax},
}

// FromType is the library's type as ours, if it has one.
func FromType(t gms.Type) (out types.Type, ok bool) {
	if t == nil {
		return types.Type{Kind: types.Null}, true
	}
	switch t := t.(type) {
	case AsIs:
		return FromType(t.libraryType)
	case gms.DecimalType:
		return types.Type{Kind: types.Decimal, Precision: t.Precision(), Scale: t.Scale()}, true
	case Vector:
		return fromVectorType(t), true
	case gms.StringType:
		return fromStringType(t), true
	case gms.EnumType:
		return types.Type{Kind: types.Enum, Members: t.Values(), Collation: collationOf(t.Collation())}, true
	case gms.SetType:
		return types.Type{Kind: types.Set, Members: t.Values(), Collation: collationOf(t.Collation())}, true
	case gtypes.BitType:
		return types.Type{Kind: types.Bit, Length: int(t.NumberOfBits())}, true
	case gtypes.JsonType:
		return types.Type{Kind: types.JSON}, true
	case gms.SpatialColumnType:
		return fromGeometryType(t), true
	case gms.DatetimeType:
		out.FSP = uint8(t.Precision())
		switch t.Type() {
		case sqltypes.Datetime:
			out.Kind = types.DateTime
			return out, true
		case sqltypes.Timestamp:
			out.Kind = types.Timestamp
			return out, true
		}
	case gms.SystemVariableType:
		return FromType(t.UnderlyingType())
	}
	out, ok = kinds[t.Type()]
	if n, isNumber := t.(gms.NumberType); ok && isNumber && out.Kind == types.TinyInt && !out.Unsigned && n.DisplayWidth() == 1 {
		out.Length = 1
	}
	return out, ok
}

// fromStringType: what is no column's type, because it is too long, is a TEXT.
func fromStringType(t gms.StringType) types.Type {
	out := types.Type{Collation: collationOf(t.Collation()), Length: int(t.Length())}
	switch t.Type() {
	case sqltypes.Char, sqltypes.Binary:
		out.Kind = types.Char
	case sqltypes.VarChar, sqltypes.VarBinary:
		out.Kind = types.VarChar
	default:
		out.Kind, out.Length = types.Blob, prefixOf(uint64(t.MaxByteLength()))
	}
	if sqltypes.IsBinary(t.Type()) {
		out.Collation = types.CollationBinary
	}
	if out.Kind != types.Blob && out.BytesMax() > types.VarCharBytesMax {
		out.Length = prefixOf(out.BytesMax())
		out.Kind = types.Blob
	}
	return out
}

func prefixOf(bytes uint64) int {
	for n := 1; n < 4; n++ {
		if bytes < 1<<(8*n) {
			return n
		}
	}
	return 4
}

// collationOf is the library's collation, or the nearest that we have.
func collationOf(id gms.CollationID) types.Collation {
	if c := types.Collation(id); c.Name() != "" {
		return c
	}
	return types.CollationGeneralCI
}

// ColumnCollation is the collation of a column or a table to be made. One that
// we lack is refused, except for the library's own default, which means that
// nobody asked for any.
func ColumnCollation(id, otherwise gms.CollationID) (types.Collation, error) {
	if id == gms.Collation_Unspecified || id == gms.Collation_Default {
		id = otherwise
	}
	if c := types.Collation(id); c.Name() != "" {
		return c, nil
	}
	return 0, mysqlerr.New(mysqlerr.NotSupportedYet, "collation "+id.Name())
}

// WholeType is BIGINT.
func WholeType(unsigned bool) gms.Type {
	if unsigned {
		return gtypes.Uint64
	}
	return gtypes.Int64
}
