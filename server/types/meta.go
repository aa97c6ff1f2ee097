package types

import (
	"math"

	"github.com/xadb/xadb/binlog"
)

// Column types of the client protocol, where they differ from the binlog's
// (MySQL, Client/Server Protocol, Column Definition).
const (
	WireNull      = 6
	WireTimestamp = 7
	WireTime      = 11
	WireDateTime  = 12
	WireVarString = 253
	WireJSON      = 245
	WireVector    = 242
	WireGeometry  = 255
)

// Column flags of the client protocol.
const (
	FlagNotNull      = 1
	FlagPrimaryKey   = 2
	FlagUniqueKey    = 4
	FlagMultipleKey  = 8
	FlagBlob         = 16
	FlagUnsigned     = 32
	FlagZerofill     = 64
	FlagBinary       = 128
	FlagEnum         = 256
	FlagAutoInc      = 512
	FlagTimestamp    = 1024
	FlagSet          = 2048
	FlagNoDefault    = 4096
	FlagOnUpdateNow  = 8192
	FlagPartOfKey    = 16384
	floatDecimals    = 31 // "as many as it takes"
	charsetOfNumbers = uint16(CollationBinary)
)

// A Wire is a type as a result set's column definition tells it.
type Wire struct {
	Type     byte
	Charset  uint16
	Own      uint16 // the text's collation, for clients who want it as it is; 0: it is no text
	Length   uint32
	Decimals uint8
	Flags    uint16
}

var wireInts = map[Kind]struct {
	code         byte
	signed, bare uint32 // display widths
}{
	TinyInt: {byte(binlog.TypeTiny), 4, 3}, SmallInt: {byte(binlog.TypeShort), 6, 5},
	MediumInt: {byte(binlog.TypeInt24), 9, 8}, Int: {byte(binlog.TypeLong), 11, 10},
	BigInt: {byte(binlog.TypeLongLong), 20, 20},
}

// Wire is how the client sees a column of this type.
func (t Type) Wire() Wire {
	w := Wire{Charset: charsetOfNumbers}
	if t.Unsigned {
		w.Flags |= FlagUnsigned
	}
	if t.Zerofill {
		w.Flags |= FlagZerofill
	}
	switch {
	case t.Kind == Null:
		w.Type, w.Flags = WireNull, FlagBinary
	case t.Kind == Year:
		w.Type, w.Length, w.Flags = byte(binlog.TypeYear), 4, FlagUnsigned|FlagZerofill
	case t.IsInteger():
		n := wireInts[t.Kind]
		w.Type, w.Length = n.code, n.signed
		if t.Unsigned {
			w.Length = n.bare
		}
		if t.Length > 0 {
			w.Length = uint32(t.Length)
		}
	case t.Kind == Decimal:
		w.Type, w.Decimals, w.Length = byte(binlog.TypeNewDecimal), t.Scale, t.decimalWidth()
	case t.Kind == Float:
		w.Type, w.Length, w.Decimals = byte(binlog.TypeFloat), t.floatWidth(12), t.floatDecimals()
	case t.Kind == Double:
		w.Type, w.Length, w.Decimals = byte(binlog.TypeDouble), t.floatWidth(22), t.floatDecimals()
	case t.IsString():
		return t.wireString()
	case t.IsSpecial():
		return t.wireSpecial()
	default:
		return t.wireTemporal()
	}
	return w
}

func (t Type) floatWidth(otherwise uint32) uint32 {
	if t.Precision > 0 {
		return uint32(t.Precision)
	}
	return otherwise
}

func (t Type) floatDecimals() uint8 {
	if t.Precision > 0 {
		return t.Scale
	}
	return floatDecimals
}

func (t Type) decimalWidth() uint32 {
	n := uint32(t.Precision)
	if t.Scale > 0 {
		n++
	}
	if !t.Unsigned {
		n++
	}
	return n
}

func (t Type) wireString() Wire {
	w := Wire{Charset: uint16(t.Collation)}
	switch t.Kind {
	case Char:
		w.Type = byte(binlog.TypeString)
	case VarChar:
		w.Type = WireVarString
	default:
		w.Type, w.Flags = byte(binlog.TypeBlob), FlagBlob
	}
	length := t.BytesMax()
	switch {
	case t.Kind == Blob && t.IsText():
		length = length / uint64(t.Collation.Charset().BytesMin()) * clientBytesPerChar
	case t.IsText(): // whatever the column's own character set takes
		length = uint64(t.Length) * clientBytesPerChar
	}
	w.Length = uint32(min(length, math.MaxUint32))
	if t.Collation.IsBin() {
		w.Flags |= FlagBinary
	}
	if t.IsText() {
		w.Charset, w.Own = uint16(CollationGeneralCI), uint16(t.Collation) // of the connection, whatever the column's
	}
	return w
}

// clientBytesPerChar is the most bytes of a character of the connection's set.
const clientBytesPerChar = 4

// jsonLength is how long a document may be.
const jsonLength = math.MaxUint32

// wireSpecial: names travel as text.
func (t Type) wireSpecial() Wire {
	switch t.Kind {
	case Enum, Set:
		w := Wire{Type: byte(binlog.TypeString), Charset: uint16(CollationGeneralCI), Own: uint16(t.Collation), Flags: FlagEnum}
		if t.Kind == Set {
			w.Flags = FlagSet
		}
		if t.Collation.IsBin() {
			w.Flags |= FlagBinary
		}
		w.Length = uint32(t.namesMax() * clientBytesPerChar)
		return w
	case Bit:
		return Wire{Type: byte(binlog.TypeBit), Charset: charsetOfNumbers, Length: uint32(t.Length), Flags: FlagUnsigned}
	}
	if t.Kind == Geometry {
		return Wire{Type: WireGeometry, Charset: charsetOfNumbers, Length: math.MaxUint32, Flags: FlagBlob | FlagBinary}
	}
	if t.Kind == Vector {
		return Wire{Type: WireVector, Charset: charsetOfNumbers, Length: uint32(t.VectorMax()), Decimals: floatDecimals, Flags: FlagBlob | FlagBinary}
	}
	return Wire{Type: WireJSON, Charset: uint16(CollationBinary), Length: jsonLength, Flags: FlagBlob | FlagBinary}
}

func (t Type) wireTemporal() Wire {
	w := Wire{Charset: charsetOfNumbers, Flags: FlagBinary, Decimals: t.FSP}
	switch t.Kind {
	case Date:
		w.Type, w.Length = byte(binlog.TypeDate), 10
	case DateTime:
		w.Type, w.Length = WireDateTime, 19
	case Timestamp:
		w.Type, w.Length = WireTimestamp, 19
	default:
		w.Type, w.Length = WireTime, 10
	}
	if t.FSP > 0 {
		w.Length += 1 + uint32(t.FSP)
	}
	return w
}

var binlogTypes = map[Kind]binlog.Type{
	TinyInt: binlog.TypeTiny, SmallInt: binlog.TypeShort, MediumInt: binlog.TypeInt24,
	Int: binlog.TypeLong, BigInt: binlog.TypeLongLong, Year: binlog.TypeYear,
	Decimal: binlog.TypeNewDecimal, Float: binlog.TypeFloat, Double: binlog.TypeDouble,
	Char: binlog.TypeString, VarChar: binlog.TypeVarchar, Blob: binlog.TypeBlob,
	Date: binlog.TypeDate, DateTime: binlog.TypeDateTime2, Timestamp: binlog.TypeTimestamp2,
	Time: binlog.TypeTime2, Enum: binlog.TypeEnum, Set: binlog.TypeSet, Bit: binlog.TypeBit, JSON: binlog.TypeJSON,
	Geometry: binlog.TypeGeometry, Vector: binlog.TypeVector,
}

// Binlog is the column as TABLE_MAP events tell it.
func (t Type) Binlog(name string, nullable bool) binlog.Column {
	c := binlog.Column{
		Name: name, Type: binlogTypes[t.Kind], Nullable: nullable, Unsigned: t.Unsigned,
		Precision: t.Precision, Scale: t.Scale, FSP: t.FSP, Collation: uint16(t.Collation),
	}
	switch {
	case t.Kind == Blob || t.Kind == Bit:
		c.Length = t.Length
	case t.IsString():
		c.Length = int(t.BytesMax())
	case t.IsNamed():
		c.Length = t.nameBytes()
		for _, m := range t.Members {
			c.Members = append(c.Members, string(t.Collation.Charset().Encode([]byte(m))))
		}
	case t.Kind == JSON:
		c.Length = 4
	case t.Kind == Geometry:
		c.Length, c.Shape = 4, uint8(t.Shape)
	case t.Kind == Vector:
		c.Length, c.Dimensions = 4, t.Length
	}
	return c
}

// Recoded reports whether MySQL has the text in other bytes than rows have it here: in
// the binlog, and where it becomes bytes.
func (t Type) Recoded() bool { return t.IsText() && t.Collation.Charset().Recodes() }

// Logged is a value as the binlog has it: text in its character set.
func (t Type) Logged(v binlog.Value) binlog.Value {
	if b, ok := v.([]byte); ok && t.Recoded() {
		return t.Collation.Charset().Encode(b)
	}
	return v
}
