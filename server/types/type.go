package types

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A Kind is a family of column types. The numbers are on disk.
type Kind uint8

// The kinds. Char, VarChar and Blob hold text or bytes, as their collation
// says: Blob with a text collation is the TEXT family.
const (
	Null      Kind = 0 // the type of the literal NULL; no column has it
	TinyInt   Kind = 1
	SmallInt  Kind = 2
	MediumInt Kind = 3
	Int       Kind = 4
	BigInt    Kind = 5
	Decimal   Kind = 6
	Float     Kind = 7
	Double    Kind = 8
	Char      Kind = 9
	VarChar   Kind = 10
	Blob      Kind = 11
	Date      Kind = 12
	DateTime  Kind = 13
	Timestamp Kind = 14
	Time      Kind = 15
	Year      Kind = 16
	Enum      Kind = 17
	Set       Kind = 18
	Bit       Kind = 19
	JSON      Kind = 20
	Geometry  Kind = 21
	Vector    Kind = 22
)

// Limits of MySQL 8.0 (reference manual, Data Type Storage Requirements).
const (
	DecimalPrecisionMax = 65
	DecimalScaleMax     = 30
	FSPMax              = 6
	CharLengthMax       = 255
	VarCharBytesMax     = 65535
	EnumMembersMax      = 65535
	SetMembersMax       = 64
	BitsMax             = 64
	DimensionsMax       = 16383 // of a VECTOR
	DimensionsUsual     = 2048  // of one that does not say
)

// A Type is a column's or an expression's type.
type Type struct {
	Kind     Kind `json:"kind"`
	Unsigned bool `json:"unsigned,omitempty"`
	// Length is, by kind: Char and VarChar, characters of text or bytes of
	// binary; Blob, the bytes of its length prefix, 1 to 4; Bit, bits; Vector,
	// the most dimensions; TinyInt, 1 if it was declared TINYINT(1), which
	// clients take for a boolean. Of integers with Zerofill it is the width that
	// zeros fill; other numbers with it are filled to their display width.
	Length    int       `json:"length,omitempty"`
	Precision uint8     `json:"precision,omitempty"` // Decimal; FLOAT(M,D) and DOUBLE(M,D), 0 without
	Scale     uint8     `json:"scale,omitempty"`     // the same
	FSP       uint8     `json:"fsp,omitempty"`       // digits after the second
	Collation Collation `json:"collation,omitempty"` // strings, Enum and Set
	Members   []string  `json:"members,omitempty"`   // Enum and Set, in order
	Zerofill  bool      `json:"zerofill,omitempty"`  // numbers: shown with zeros in front
	Shape     Shape     `json:"shape,omitempty"`     // Geometry
	SRID      *uint32   `json:"srid,omitempty"`      // Geometry: the only one that values may have; nil: any
}

// IsInteger reports whether values are int64 or uint64.
func (t Type) IsInteger() bool { return t.Kind >= TinyInt && t.Kind <= BigInt || t.Kind == Year }

// IsFloat reports whether values are float64.
func (t Type) IsFloat() bool { return t.Kind == Float || t.Kind == Double }

// IsNumber reports whether values are numbers.
func (t Type) IsNumber() bool { return t.IsInteger() || t.IsFloat() || t.Kind == Decimal }

// IsString reports whether values are []byte.
func (t Type) IsString() bool { return t.Kind == Char || t.Kind == VarChar || t.Kind == Blob }

// IsText reports whether values are []byte of UTF-8.
func (t Type) IsText() bool { return t.IsString() && t.Collation != CollationBinary }

// IsBytes reports whether values are strings of no character set.
func (t Type) IsBytes() bool { return t.IsString() && !t.IsText() }

// TakesBytes reports whether the bytes of a text are stored.
func (t Type) TakesBytes() bool { return t.IsBytes() || t.Kind == Bit }

// IsNamed reports whether values are uint64 that stand for names.
func (t Type) IsNamed() bool { return t.Kind == Enum || t.Kind == Set }

// IsSpecial reports whether values are something else in each context: a name,
// a number, bytes, a document, a geometry or a vector.
func (t Type) IsSpecial() bool { return t.Kind >= Enum && t.Kind <= Vector }

// IsOpaque reports whether values are []byte that only functions of their own look
// into.
func (t Type) IsOpaque() bool { return t.Kind >= JSON && t.Kind <= Vector }

// IsTemporal reports whether values are DateTime or Duration.
func (t Type) IsTemporal() bool { return t.HasDate() || t.Kind == Time }

// HasDate reports whether values are DateTime.
func (t Type) HasDate() bool { return t.Kind >= Date && t.Kind <= Timestamp }

// BytesMax is how many bytes a string value may have.
func (t Type) BytesMax() uint64 {
	switch {
	case t.Kind == Blob:
		return 1<<(8*uint(t.Length)) - 1
	case t.IsText():
		return uint64(t.Length) * uint64(t.Collation.BytesPerChar())
	default:
		return uint64(t.Length)
	}
}

// Validate reports what is wrong with a column's type.
func (t Type) Validate() error {
	bad := func(what string) error { return fmt.Errorf("types: %s in %+v", what, t) }
	hasCollation := t.IsString() || t.IsNamed()
	switch {
	case t.Kind == Null || t.Kind > Vector:
		return bad("unknown kind")
	case t.Kind == Decimal && (t.Precision < 1 || t.Precision > DecimalPrecisionMax ||
		t.Scale > DecimalScaleMax || t.Scale > t.Precision):
		return bad("decimal outside its limits")
	case t.IsFloat() && (t.Scale > DecimalScaleMax || t.Scale > t.Precision):
		return bad("digits of a float")
	case t.FSP > FSPMax || t.FSP > 0 && (!t.IsTemporal() || t.Kind == Date):
		return bad("fraction of seconds")
	case hasCollation != (t.Collation != 0) || hasCollation && !t.Collation.Known():
		return bad("collation")
	case !t.validLength():
		return bad("length")
	case t.Kind != Geometry && (t.Shape != 0 || t.SRID != nil), t.Shape > Collection:
		return bad("shape of a geometry")
	case t.Unsigned && (!t.IsNumber() || t.Kind == Year):
		return bad("unsigned")
	case t.Zerofill && (!t.Unsigned || !t.IsNumber()):
		return bad("zerofill")
	case !t.IsNamed() && len(t.Members) > 0, t.Kind == Enum && (len(t.Members) < 1 || len(t.Members) > EnumMembersMax),
		t.Kind == Set && (len(t.Members) < 1 || len(t.Members) > SetMembersMax):
		return bad("members")
	}
	return nil
}

func (t Type) validLength() bool {
	switch {
	case t.Kind == Blob:
		return t.Length >= 1 && t.Length <= 4
	case t.Kind == Char:
		return t.Length >= 0 && t.Length <= CharLengthMax
	case t.Kind == VarChar:
		return t.Length >= 0 && t.BytesMax() <= VarCharBytesMax
	case t.Kind == Bit:
		return t.Length >= 1 && t.Length <= BitsMax
	case t.Kind == Vector:
		return t.Length >= 1 && t.Length <= DimensionsMax
	case t.Zerofill && t.IsInteger():
		return t.Length >= 1 && t.Length <= DisplayWidthMax
	case t.Kind == TinyInt:
		return t.Length >= 0 && t.Length <= 1
	}
	return t.Length == 0
}

// DisplayWidthMax is the most digits that zeros can fill.
const DisplayWidthMax = 255

// intWidth is an integer's size in keys, in bytes.
func (t Type) intWidth() int {
	switch t.Kind {
	case TinyInt:
		return 1
	case SmallInt, Year, Enum:
		return 2
	case MediumInt:
		return 3
	case Int:
		return 4
	}
	return 8
}

// intRange is the smallest and largest value of an integer column.
func (t Type) intRange() (low int64, high uint64) {
	if t.Kind == Year {
		return 0, yearMax
	}
	bits := 8 * uint(t.intWidth())
	if t.Unsigned {
		return 0, 1<<(bits-1) - 1 + 1<<(bits-1)
	}
	return -1 << (bits - 1), 1<<(bits-1) - 1
}

// IntRange is the smallest and largest value of an integer column's type.
func IntRange(t Type) (low int64, high uint64) { return t.intRange() }

var intNames = map[Kind]string{
	TinyInt: "tinyint", SmallInt: "smallint", MediumInt: "mediumint", Int: "int", BigInt: "bigint",
}

var blobSizes = [...]string{1: "tiny", 2: "", 3: "medium", 4: "long"}

// SQL is the type as DESCRIBE writes it.
func (t Type) SQL() string {
	s := t.baseSQL()
	if t.Unsigned {
		s += " unsigned"
	}
	if t.Zerofill {
		s += " zerofill"
	}
	return s
}

func (t Type) baseSQL() string {
	switch t.Kind {
	case TinyInt, SmallInt, MediumInt, Int, BigInt:
		if t.Length > 0 {
			return fmt.Sprintf("%s(%d)", intNames[t.Kind], t.Length)
		}
		return intNames[t.Kind]
	case Decimal:
		return fmt.Sprintf("decimal(%d,%d)", t.Precision, t.Scale)
	case Float:
		return "float" + t.digitsSQL()
	case Double:
		return "double" + t.digitsSQL()
	case Char:
		return fmt.Sprintf("%s(%d)", t.textOr("char", "binary"), t.Length)
	case VarChar:
		return fmt.Sprintf("%s(%d)", t.textOr("varchar", "varbinary"), t.Length)
	case Blob:
		return blobSizes[t.Length] + t.textOr("text", "blob")
	case Date:
		return "date"
	case DateTime:
		return "datetime" + t.fspSQL()
	case Timestamp:
		return "timestamp" + t.fspSQL()
	case Time:
		return "time" + t.fspSQL()
	case Year:
		return "year"
	case Enum:
		return "enum(" + t.membersSQL() + ")"
	case Set:
		return "set(" + t.membersSQL() + ")"
	case Bit:
		return fmt.Sprintf("bit(%d)", t.Length)
	case JSON:
		return "json"
	case Geometry:
		return shapeNames[t.Shape]
	case Vector:
		return fmt.Sprintf("vector(%d)", t.Length)
	}
	return "null"
}

func (t Type) membersSQL() string {
	quoted := make([]string, len(t.Members))
	for i, m := range t.Members {
		quoted[i] = "'" + strings.ReplaceAll(m, "'", "''") + "'"
	}
	return strings.Join(quoted, ",")
}

func (t Type) textOr(text, binary string) string {
	if t.IsText() {
		return text
	}
	return binary
}

func (t Type) digitsSQL() string {
	if t.Precision == 0 {
		return ""
	}
	return fmt.Sprintf("(%d,%d)", t.Precision, t.Scale)
}

func (t Type) fspSQL() string {
	if t.FSP == 0 {
		return ""
	}
	return "(" + strconv.Itoa(int(t.FSP)) + ")"
}

// OfValue is the type of a value that has no column, such as a parameter of
// a prepared statement.
func OfValue(v binlog.Value) (Type, error) {
	switch v := v.(type) {
	case nil:
		return Type{Kind: Null}, nil
	case int64:
		return Type{Kind: BigInt}, nil
	case uint64:
		return Type{Kind: BigInt, Unsigned: true}, nil
	case float64:
		return Type{Kind: Double}, nil
	case binlog.Decimal:
		return decimalType(v)
	case []byte:
		return Type{Kind: VarChar, Length: len(v), Collation: CollationGeneralCI}, nil
	case binlog.DateTime:
		return Type{Kind: DateTime, FSP: fspOf(v.Micro)}, nil
	case binlog.Duration:
		return Type{Kind: Time, FSP: fspOf(v.Micro)}, nil
	}
	return Type{}, mysqlerr.New(mysqlerr.WrongArguments, fmt.Sprintf("a parameter of type %T", v))
}

func fspOf(micro int) uint8 {
	if micro == 0 {
		return 0
	}
	return FSPMax
}
