package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/binlog"
)

// WriteBinaryRow collects one row in the form of prepared statements.
func (c *Conn) WriteBinaryRow(columns []Column, row []binlog.Value) error {
	c.begin()
	var err error
	if c.out, err = AppendBinaryRow(c.out, columns, row); err != nil {
		c.cancel()
		return err
	}
	return c.end()
}

// WriteRow collects a row that AppendBinaryRow has made.
func (c *Conn) WriteRow(row []byte) error {
	c.begin()
	c.out = append(c.out, row...)
	return c.end()
}

// AppendBinaryRow appends one row in the form of prepared statements.
func AppendBinaryRow(b []byte, columns []Column, row []binlog.Value) ([]byte, error) {
	if len(row) != len(columns) {
		return b, fmt.Errorf("wire: row of %d values for %d columns", len(row), len(columns))
	}
	b = append(b, mysql.OK_HEADER)
	nulls := len(b)
	for range (len(columns) + 2 + 7) / 8 {
		b = append(b, 0)
	}
	for i, v := range row {
		if v == nil {
			b[nulls+(i+2)/8] |= 1 << ((i + 2) % 8)
			continue
		}
		var err error
		if b, err = appendBinary(b, &columns[i], v); err != nil {
			return b, err
		}
	}
	return b, nil
}

func appendBinary(b []byte, col *Column, v binlog.Value) ([]byte, error) {
	switch col.Type {
	case mysql.MYSQL_TYPE_TINY:
		n, err := integer(col, v)
		return append(b, byte(n)), err
	case mysql.MYSQL_TYPE_SHORT, mysql.MYSQL_TYPE_YEAR:
		n, err := integer(col, v)
		return binary.LittleEndian.AppendUint16(b, uint16(n)), err
	case mysql.MYSQL_TYPE_LONG, mysql.MYSQL_TYPE_INT24:
		n, err := integer(col, v)
		return binary.LittleEndian.AppendUint32(b, uint32(n)), err
	case mysql.MYSQL_TYPE_LONGLONG:
		n, err := integer(col, v)
		return binary.LittleEndian.AppendUint64(b, n), err
	case mysql.MYSQL_TYPE_FLOAT:
		f, err := float(col, v)
		return binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(f))), err
	case mysql.MYSQL_TYPE_DOUBLE:
		f, err := float(col, v)
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(f)), err
	}
	switch v := v.(type) {
	case binlog.DateTime:
		if isTemporal(col.Type) {
			return appendBinaryDateTime(b, col, v), nil
		}
	case binlog.Duration:
		if col.Type == mysql.MYSQL_TYPE_TIME || col.Type == mysql.MYSQL_TYPE_TIME2 {
			return appendBinaryDuration(b, v), nil
		}
	}
	return appendTextField(b, col, v)
}

func isTemporal(t byte) bool {
	switch t {
	case mysql.MYSQL_TYPE_DATE, mysql.MYSQL_TYPE_NEWDATE, mysql.MYSQL_TYPE_DATETIME, mysql.MYSQL_TYPE_DATETIME2,
		mysql.MYSQL_TYPE_TIMESTAMP, mysql.MYSQL_TYPE_TIMESTAMP2:
		return true
	}
	return false
}

// integer is the two's complement of a value in a column of integers.
func integer(col *Column, v binlog.Value) (uint64, error) {
	switch v := v.(type) {
	case int64:
		return uint64(v), nil
	case uint64:
		return v, nil
	}
	return 0, fmt.Errorf("wire: integer column %q holds a %T", col.Name, v)
}

func float(col *Column, v binlog.Value) (float64, error) {
	switch v := v.(type) {
	case float64:
		return v, nil
	case int64:
		return float64(v), nil
	case uint64:
		return float64(v), nil
	case binlog.Decimal:
		f, err := strconv.ParseFloat(string(v), 64)
		if err != nil {
			return 0, fmt.Errorf("wire: column %q: %w", col.Name, err)
		}
		return f, nil
	}
	return 0, fmt.Errorf("wire: column %q of floating point holds a %T", col.Name, v)
}

// appendBinaryDateTime leaves out a time of day and a fraction of zero.
func appendBinaryDateTime(b []byte, col *Column, v binlog.DateTime) []byte {
	hasTime := v.Hour|v.Minute|v.Second|v.Micro != 0
	if col.Type == mysql.MYSQL_TYPE_DATE || col.Type == mysql.MYSQL_TYPE_NEWDATE {
		hasTime = false
	}
	switch {
	case v == binlog.DateTime{}:
		return append(b, 0)
	case !hasTime:
		b = append(b, 4)
	case v.Micro == 0:
		b = append(b, 7)
	default:
		b = append(b, 11)
	}
	b = binary.LittleEndian.AppendUint16(b, uint16(v.Year))
	b = append(b, byte(v.Month), byte(v.Day))
	if !hasTime {
		return b
	}
	b = append(b, byte(v.Hour), byte(v.Minute), byte(v.Second))
	if v.Micro != 0 {
		b = binary.LittleEndian.AppendUint32(b, uint32(v.Micro))
	}
	return b
}

func appendBinaryDuration(b []byte, v binlog.Duration) []byte {
	if v.Hour|v.Minute|v.Second|v.Micro == 0 {
		return append(b, 0)
	}
	size, negative := byte(8), byte(0)
	if v.Micro != 0 {
		size = 12
	}
	if v.Negative {
		negative = 1
	}
	b = append(b, size, negative)
	b = binary.LittleEndian.AppendUint32(b, uint32(v.Hour/24))
	b = append(b, byte(v.Hour%24), byte(v.Minute), byte(v.Second))
	if v.Micro != 0 {
		b = binary.LittleEndian.AppendUint32(b, uint32(v.Micro))
	}
	return b
}
