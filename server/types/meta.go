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
	FlagAutoInc      = 512
	FlagTimestamp    = 1024
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
		if t.Kind == TinyInt && t.Length == 1 {
			w.Length = 1
		}
	case t.Kind == Decimal:
		w.Type, w.Decimals, w.Length = byte(binlog.TypeNewDecimal), t.Scale, t.decimalWidth()
	case t.Kind == Float:
		w.Type, w.Length, w.Decimals = byte(binlog.TypeFloat), 12, floatDecimals
	case t.Kind == Double:
		w.Type, w.Length, w.Decimals = byte(binlog.TypeDouble), 22, floatDecimals
	case t.IsString():
		return t.wireString()
	default:
		return t.wireTemporal()
	}
	return w
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
	if t.Kind == Blob && t.IsText() {
		length *= bytesPerChar
	}
	w.Length = uint32(min(length, math.MaxUint32))
	if t.Collation != CollationGeneralCI {
		w.Flags |= FlagBinary
	}
	if t.IsText() {
		w.Charset = uint16(CollationGeneralCI) // of the connection, whatever the column's
	}
	return w
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
	Time: binlog.TypeTime2,
}

// Binlog is the column as TABLE_MAP events tell it.
func (t Type) Binlog(name string, nullable bool) binlog.Column {
	c := binlog.Column{
		Name: name, Type: binlogTypes[t.Kind], Nullable: nullable, Unsigned: t.Unsigned,
		Precision: t.Precision, Scale: t.Scale, FSP: t.FSP, Collation: uint16(t.Collation),
	}
	if t.IsString() {
		c.Length = int(t.BytesMax())
	}
	if t.Kind == Blob {
		c.Length = t.Length
	}
	return c
}
