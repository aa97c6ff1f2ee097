package binlog

import (
	"fmt"
)

// A Type is a column's type as the binary log numbers it (MySQL source,
// enum_field_types).
type Type uint8

// The column types that this package writes.
const (
	TypeTiny       Type = 1   // TINYINT, BOOL
	TypeShort      Type = 2   // SMALLINT
	TypeLong       Type = 3   // INT
	TypeFloat      Type = 4   // FLOAT
	TypeDouble     Type = 5   // DOUBLE
	TypeLongLong   Type = 8   // BIGINT
	TypeInt24      Type = 9   // MEDIUMINT
	TypeDate       Type = 10  // DATE
	TypeYear       Type = 13  // YEAR
	TypeVarchar    Type = 15  // VARCHAR, VARBINARY
	TypeBit        Type = 16  // BIT
	TypeTimestamp2 Type = 17  // TIMESTAMP
	TypeDateTime2  Type = 18  // DATETIME
	TypeTime2      Type = 19  // TIME
	TypeVector     Type = 242 // VECTOR: float32s
	TypeJSON       Type = 245 // JSON, in MySQL's binary form
	TypeNewDecimal Type = 246 // DECIMAL
	TypeEnum       Type = 247 // ENUM; on the wire a TypeString
	TypeSet        Type = 248 // SET; on the wire a TypeString
	TypeBlob       Type = 252 // TEXT, BLOB
	TypeString     Type = 254 // CHAR, BINARY
	TypeGeometry   Type = 255 // GEOMETRY, POINT ...: an SRID and WKB
)

var typeNames = map[Type]string{
	TypeTiny: "TINYINT", TypeShort: "SMALLINT", TypeLong: "INT", TypeFloat: "FLOAT",
	TypeDouble: "DOUBLE", TypeLongLong: "BIGINT", TypeInt24: "MEDIUMINT", TypeDate: "DATE",
	TypeYear: "YEAR", TypeVarchar: "VARCHAR", TypeBit: "BIT", TypeTimestamp2: "TIMESTAMP",
	TypeDateTime2: "DATETIME", TypeTime2: "TIME", TypeNewDecimal: "DECIMAL", TypeEnum: "ENUM",
	TypeSet: "SET", TypeBlob: "BLOB", TypeString: "CHAR", TypeJSON: "JSON", TypeGeometry: "GEOMETRY",
	TypeVector: "VECTOR",
}

// String is the SQL name of the type.
func (t Type) String() string {
	if s, ok := typeNames[t]; ok {
		return s
	}
	return fmt.Sprintf("type %d", uint8(t))
}

// The collations that matter here, by MySQL's number.
const (
	CollationBinary  = 63 // bytes: BINARY, VARBINARY, BLOB
	CollationUTF8MB4 = 45 // utf8mb4_general_ci, which every replica knows
)

// The limits on a table, as MySQL has them.
const (
	ColumnsMax   = 4096
	NameMax      = 255       // bytes of a database, table or column name
	tableIDMax   = 1<<48 - 1 // six bytes on the wire
	tableIDDummy = 0xffffff  // MySQL's "no table": never a real one
)

// A Table is what one TABLE_MAP event says. Its ID must change whenever the
// columns do: replicas and clients cache by ID.
type Table struct {
	ID         uint64
	DB, Name   string
	Columns    []Column
	PrimaryKey []int // indexes into Columns, in key order; empty for none
	// Checked: what foreign keys make of a change is logged, too. Whoever
	// applies the rows is told neither to check nor to cascade.
	Checked bool
	// RowKey are the columns of a key without NULL that no other row has: the primary
	// key's, or else a unique index's. Who logs rows tells Cache.AddKey of each unique
	// key of each image. nil: nobody knows which transactions have changed one row, and
	// images before a change have all columns. AddRow does not ask for it.
	RowKey []int
	// Parent: foreign keys point to the table.
	Parent bool
}

// A Column is one column of a Table.
type Column struct {
	Name string
	Type Type
	// Length is
	//	CHAR BINARY VARCHAR VARBINARY   the most bytes a value can have
	//	BLOB                            bytes of the length prefix, 1 to 4
	//	JSON, GEOMETRY, VECTOR          the same, always 4
	//	BIT                             bits, 1 to 64
	//	ENUM                            bytes of the number, 1 or 2
	//	SET                             bytes of the number, 1 to 4 or 8
	// and 0 for every other type.
	Length           int
	Precision, Scale uint8 // DECIMAL: all digits (1 to 65), and those behind the point (0 to 30)
	FSP              uint8 // TIME DATETIME TIMESTAMP: digits of a second's fraction, 0 to 6
	Nullable         bool
	Invisible        bool
	Unsigned         bool     // numeric types other than YEAR
	Shape            uint8    // GEOMETRY: of which type alone values are, as WKB numbers it (POINT is 1); 0: of any
	Dimensions       int      // VECTOR: the most that a value has; 0: the log does not say
	Collation        uint16   // character types, ENUM and SET; 0 means binary
	Members          []string // ENUM and SET: the names, in order; may be empty
}

// A RowsKind says what happened to the rows.
type RowsKind uint8

// The kinds of row events.
const (
	WriteRows RowsKind = iota + 1
	UpdateRows
	DeleteRows
)

// String is the SQL verb.
func (k RowsKind) String() string {
	switch k {
	case WriteRows:
		return "INSERT"
	case UpdateRows:
		return "UPDATE"
	case DeleteRows:
		return "DELETE"
	}
	return fmt.Sprintf("rows kind %d", uint8(k))
}

func (k RowsKind) eventType() EventType {
	switch k {
	case WriteRows:
		return EventWriteRows
	case UpdateRows:
		return EventUpdateRows
	}
	return EventDeleteRows
}

// A RowChange is one row's images, each with a Value per column. A write has
// After only, a delete Before only, an update both.
type RowChange struct{ Before, After []Value }

// validate reports a table that cannot be described to a reader.
func (t *Table) validate() error {
	if t.ID == 0 || t.ID > tableIDMax || t.ID == tableIDDummy {
		return fmt.Errorf("%w: table id %d", ErrInvalid, t.ID)
	}
	if len(t.DB) > NameMax || t.Name == "" || len(t.Name) > NameMax {
		return fmt.Errorf("%w: name %q.%q is not 1 to %d bytes", ErrInvalid, t.DB, t.Name, NameMax)
	}
	if len(t.Columns) == 0 || len(t.Columns) > ColumnsMax {
		return fmt.Errorf("%w: table %s.%s has %d columns, not 1 to %d", ErrInvalid, t.DB, t.Name, len(t.Columns), ColumnsMax)
	}
	for i := range t.Columns {
		if err := t.Columns[i].validate(); err != nil {
			return fmt.Errorf("table %s.%s: %w", t.DB, t.Name, err)
		}
	}
	for _, i := range t.PrimaryKey {
		if i < 0 || i >= len(t.Columns) {
			return fmt.Errorf("%w: table %s.%s: primary key names column %d of %d", ErrInvalid, t.DB, t.Name, i, len(t.Columns))
		}
	}
	return nil
}

// SameAs reports whether the values of both columns have the same form in events.
func (c *Column) SameAs(o *Column) bool {
	return c.Type == o.Type && c.Length == o.Length && c.Precision == o.Precision && c.Scale == o.Scale && c.FSP == o.FSP
}

func (c *Column) validate() error {
	if len(c.Name) > NameMax {
		return fmt.Errorf("%w: column name of %d bytes", ErrInvalid, len(c.Name))
	}
	lo, hi := 0, 0
	switch c.Type {
	case TypeTiny, TypeShort, TypeInt24, TypeLong, TypeLongLong, TypeFloat, TypeDouble, TypeDate, TypeYear:
		return nil
	case TypeTime2, TypeDateTime2, TypeTimestamp2:
		if c.FSP > 6 {
			return fmt.Errorf("%w: column %q: %d digits of a second", ErrInvalid, c.Name, c.FSP)
		}
		return nil
	case TypeNewDecimal:
		if c.Precision < 1 || c.Precision > 65 || c.Scale > 30 || c.Scale > c.Precision {
			return fmt.Errorf("%w: column %q: DECIMAL(%d,%d)", ErrInvalid, c.Name, c.Precision, c.Scale)
		}
		return nil
	case TypeVarchar:
		hi = 65535
	case TypeString:
		hi = 1023 // ten bits in the table map
	case TypeBlob:
		lo, hi = 1, 4
	case TypeJSON, TypeGeometry, TypeVector:
		lo, hi = 4, 4
	case TypeBit:
		lo, hi = 1, 64
	case TypeEnum:
		lo, hi = 1, 2
	case TypeSet:
		lo, hi = 1, 8
	default:
		return fmt.Errorf("%w: column %q: %v cannot be written", ErrInvalid, c.Name, c.Type)
	}
	if c.Length < lo || c.Length > hi || c.Type == TypeSet && c.Length > 4 && c.Length < 8 {
		return fmt.Errorf("%w: column %q: %v of length %d, not %d to %d", ErrInvalid, c.Name, c.Type, c.Length, lo, hi)
	}
	return nil
}

// isLong reports whether values are bytes behind a length of Column.Length bytes.
func (t Type) isLong() bool {
	return t == TypeBlob || t == TypeJSON || t == TypeGeometry || t == TypeVector
}

// hasSign reports whether the type has a bit in the table map's signedness
// field. MySQL counts YEAR in and always writes 0 for it.
func (t Type) hasSign() bool {
	switch t {
	case TypeTiny, TypeShort, TypeInt24, TypeLong, TypeLongLong, TypeFloat, TypeDouble, TypeNewDecimal, TypeYear:
		return true
	}
	return false
}

// isText reports whether the type has a collation in the table map. A vector has that
// of bytes.
func (t Type) isText() bool {
	return t == TypeVarchar || t == TypeBlob || t == TypeString || t == TypeVector
}

func (t Type) isNamed() bool { return t == TypeEnum || t == TypeSet }

func (c *Column) collation() uint64 {
	if c.Collation == 0 {
		return CollationBinary
	}
	return uint64(c.Collation)
}
