package binlog

// A Value is one column's value: nil for NULL, or
//
//	int64     TINY SHORT INT24 LONG LONGLONG, YEAR
//	uint64    the same, UNSIGNED; BIT; ENUM and SET as their number
//	float64   FLOAT DOUBLE
//	Decimal   NEWDECIMAL
//	[]byte    CHAR VARCHAR BINARY VARBINARY TEXT BLOB; JSON in MySQL's binary form
//	DateTime  DATE DATETIME TIMESTAMP (TIMESTAMP in UTC)
//	Duration  TIME
//
// and nothing else; in a decoded image Absent, too.
type Value any

// A Decimal is an exact number in plain notation: an optional minus sign,
// digits, and an optional point with digits, such as "-12.340".
type Decimal string

// A DateTime is a calendar date and a time of day without a zone. Zero parts
// are legal, as in MySQL: the zero value is '0000-00-00 00:00:00'.
type DateTime struct {
	Year, Month, Day     int
	Hour, Minute, Second int
	Micro                int
}

// A Duration is MySQL's TIME: up to 838:59:59.999999 either way.
type Duration struct {
	Negative             bool
	Hour, Minute, Second int
	Micro                int
}
