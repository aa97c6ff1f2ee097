package wire

import (
	"bytes"
	"fmt"
	"math"
	"strconv"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/binlog"
)

const (
	nullText    = 0xfb
	decimalsAny = 31 // a number without a fixed number of decimals
	scratchSize = 64
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
		var scratch [scratchSize]byte
		text, err := appendText(scratch[:0], &columns[i], v)
		if err != nil {
			c.cancel()
			return err
		}
		c.out = appendBytes(c.out, text)
	}
	return c.end()
}

// appendText appends a value as people read it.
func appendText(b []byte, col *Column, v binlog.Value) ([]byte, error) {
	switch v := v.(type) {
	case int64:
		if col.Type == mysql.MYSQL_TYPE_YEAR {
			return fmt.Appendf(b, "%04d", v), nil
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
		if len(b) == 0 {
			return v, nil // not copied twice
		}
		return append(b, v...), nil
	case binlog.DateTime:
		return appendDateTime(b, col, v), nil
	case binlog.Duration:
		return appendDuration(b, col, v), nil
	}
	return nil, fmt.Errorf("wire: column %q holds a %T", col.Name, v)
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
		return strconv.AppendFloat(b, v, 'f', int(col.Decimals), 64)
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

func appendDateTime(b []byte, col *Column, v binlog.DateTime) []byte {
	b = fmt.Appendf(b, "%04d-%02d-%02d", v.Year, v.Month, v.Day)
	if col.Type == mysql.MYSQL_TYPE_DATE || col.Type == mysql.MYSQL_TYPE_NEWDATE {
		return b
	}
	b = fmt.Appendf(b, " %02d:%02d:%02d", v.Hour, v.Minute, v.Second)
	return appendFraction(b, col, v.Micro)
}

func appendDuration(b []byte, col *Column, v binlog.Duration) []byte {
	if v.Negative {
		b = append(b, '-')
	}
	b = fmt.Appendf(b, "%02d:%02d:%02d", v.Hour, v.Minute, v.Second)
	return appendFraction(b, col, v.Micro)
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
	b = fmt.Appendf(b, ".%06d", micro)
	return b[:len(b)-6+digits]
}
