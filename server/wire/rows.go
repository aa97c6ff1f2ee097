package wire

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/binlog"
)

const (
	nullText    = 0xfb
	decimalsAny = 31 // a number without a fixed number of decimals
)

// WriteTextRow collects one row in text form.
func (c *Conn) WriteTextRow(columns []Column, row []binlog.Value) error {
	if len(row) != len(columns) {
		return fmt.Errorf("wire: row of %d values for %d columns", len(row), len(columns))
	}
	c.begin()
	for i, v := range row {
		if v == nil {
			c.out = append(c.out, nullText)
			continue
		}
		var err error
		if c.out, err = appendTextField(c.out, &columns[i], v); err != nil {
			c.cancel()
			return err
		}
	}
	return c.end()
}

// shortMax is the largest size that is written in one byte.
const shortMax = 250

// appendTextField appends a value's text behind its size.
func appendTextField(b []byte, col *Column, v binlog.Value) ([]byte, error) {
	switch v := v.(type) {
	case []byte:
		return appendBytes(b, v), nil
	case binlog.Decimal:
		if col.Flags&mysql.ZEROFILL_FLAG == 0 {
			return appendString(b, string(v)), nil
		}
	}
	at := len(b)
	b, err := AppendText(append(b, 0), col, v)
	if err == nil && col.Flags&mysql.ZEROFILL_FLAG != 0 {
		b = fillZeros(b, at+1, int(col.Length))
	}
	n := len(b) - at - 1
	if err == nil && n > shortMax {
		err = fmt.Errorf("wire: column %q holds a number of %d characters", col.Name, n)
	}
	if err != nil {
		return b[:at], err
	}
	b[at] = byte(n)
	return b, nil
}

// AppendText appends a value of a column as people read it.
func AppendText(b []byte, col *Column, v binlog.Value) ([]byte, error) {
	switch v := v.(type) {
	case int64:
		if col.Type == mysql.MYSQL_TYPE_YEAR && col.Flags&mysql.ZEROFILL_FLAG != 0 {
			return appendPadded(b, int(v), 4), nil
		}
		return strconv.AppendInt(b, v, 10), nil
	case uint64:
		if col.Type == mysql.MYSQL_TYPE_BIT {
			return appendBit(b, col, v), nil
		}
		return strconv.AppendUint(b, v, 10), nil
	case float64:
		return appendFloat(b, col, v), nil
	case binlog.Decimal:
		return append(b, v...), nil
	case []byte:
		return append(b, v...), nil
	case binlog.DateTime:
		return appendDateTime(b, col, v), nil
	case binlog.Duration:
		return appendDuration(b, col, v), nil
	}
	return b, fmt.Errorf("wire: column %q holds a %T", col.Name, v)
}

// fillZeros puts zeros in front of the number at the end of b, up to a width.
func fillZeros(b []byte, at, width int) []byte {
	for range width - (len(b) - at) {
		b = slices.Insert(b, at, '0')
	}
	return b
}

// appendBit gives a BIT(n) its (n+7)/8 bytes, most significant first.
func appendBit(b []byte, col *Column, v uint64) []byte {
	n := min(max((int(col.Length)+7)/8, 1), 8)
	for i := n - 1; i >= 0; i-- {
		b = append(b, byte(v>>(8*i)))
	}
	return b
}

// appendFloat writes the shortest text that reads back as the same number, as
// MySQL does: plain up to 15 digits, beyond them with an exponent without a
// plus sign. FLOAT shows six digits.
func appendFloat(b []byte, col *Column, v float64) []byte {
	if col.Decimals < decimalsAny {
		return appendDigits(b, v, int(col.Decimals))
	}
	if col.Type == mysql.MYSQL_TYPE_FLOAT {
		rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 6, 64), 64)
		if err == nil {
			v = rounded
		}
	}
	if abs := math.Abs(v); v == 0 || abs >= 1e-15 && abs < 1e15 {
		return strconv.AppendFloat(b, v, 'f', -1, 64)
	}
	text := strconv.AppendFloat(nil, v, 'e', -1, 64)
	text = bytes.Replace(text, []byte("e+"), []byte("e"), 1)
	text = bytes.Replace(text, []byte("e0"), []byte("e"), 1)
	return append(b, bytes.Replace(text, []byte("e-0"), []byte("e-"), 1)...)
}

// appendDigits appends a number with so many digits behind the point: the shortest ones that
// read back the same, and zeros, or rounded ones.
func appendDigits(b []byte, v float64, digits int) []byte {
	at := len(b)
	b = strconv.AppendFloat(b, v, 'f', -1, 64)
	point := bytes.IndexByte(b[at:], '.')
	has := 0
	if point >= 0 {
		has = len(b) - at - point - 1
	}
	if has > digits {
		return strconv.AppendFloat(b[:at], v, 'f', digits, 64)
	}
	if point < 0 && digits > 0 {
		b = append(b, '.')
	}
	return append(b, bytes.Repeat([]byte{'0'}, digits-has)...)
}

// appendPadded appends n in at least this many digits.
func appendPadded(b []byte, n, digits int) []byte {
	limit := 1
	for range digits - 1 {
		limit *= 10
	}
	for ; limit > 1 && n < limit; limit /= 10 {
		b = append(b, '0')
	}
	return strconv.AppendInt(b, int64(n), 10)
}

func appendDateTime(b []byte, col *Column, v binlog.DateTime) []byte {
	b = append(appendPadded(b, v.Year, 4), '-')
	b = append(appendPadded(b, v.Month, 2), '-')
	b = appendPadded(b, v.Day, 2)
	if col.Type == mysql.MYSQL_TYPE_DATE || col.Type == mysql.MYSQL_TYPE_NEWDATE {
		return b
	}
	return appendClock(append(b, ' '), col, clockTime{v.Hour, v.Minute, v.Second, v.Micro})
}

func appendDuration(b []byte, col *Column, v binlog.Duration) []byte {
	if v.Negative {
		b = append(b, '-')
	}
	return appendClock(b, col, clockTime{v.Hour, v.Minute, v.Second, v.Micro})
}

type clockTime struct{ hour, minute, second, micro int }

func appendClock(b []byte, col *Column, t clockTime) []byte {
	b = append(appendPadded(b, t.hour, 2), ':')
	b = append(appendPadded(b, t.minute, 2), ':')
	return appendFraction(appendPadded(b, t.second, 2), col, t.micro)
}

// appendFraction writes as many digits of a second as the column has, or all
// six of a value whose column has no fixed number.
func appendFraction(b []byte, col *Column, micro int) []byte {
	digits := int(col.Decimals)
	if digits > 6 {
		digits = 6
		if micro == 0 {
			digits = 0
		}
	}
	if digits == 0 {
		return b
	}
	b = appendPadded(append(b, '.'), micro, 6)
	return b[:len(b)-6+digits]
}
