package server

import (
	"strconv"
	"strings"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/server/wire"
)

type columnDef = wire.Column

// Collations on the wire.
const (
	charsetBinary  = 63
	charsetUTF8MB4 = 45 // utf8mb4_general_ci
)

func intColumn(name string) wire.Column {
	return wire.Column{Name: name, Type: mysql.MYSQL_TYPE_LONGLONG, Charset: charsetBinary, Length: 21,
		Flags: mysql.BINARY_FLAG | mysql.NUM_FLAG}
}

func textColumn(name string) wire.Column {
	return wire.Column{Name: name, Type: mysql.MYSQL_TYPE_VAR_STRING, Charset: charsetUTF8MB4, Length: 1024, Decimals: 31}
}

func timeColumn(name string) wire.Column {
	return wire.Column{Name: name, Type: mysql.MYSQL_TYPE_DATETIME, Charset: charsetBinary, Length: 19, Flags: mysql.BINARY_FLAG}
}

// columnFor describes a value that has no table column behind it.
func columnFor(name string, v binlog.Value) wire.Column {
	c := textColumn(name)
	switch v := v.(type) {
	case nil:
		c.Type, c.Charset, c.Length, c.Decimals, c.Flags = mysql.MYSQL_TYPE_NULL, charsetBinary, 0, 0, mysql.BINARY_FLAG
	case int64:
		c = intColumn(name)
		c.Length = uint32(len(strconv.FormatUint(magnitude(v), 10)) + 1)
		return c
	case uint64:
		c = intColumn(name)
		c.Length = uint32(len(strconv.FormatUint(v, 10)))
		c.Flags |= mysql.UNSIGNED_FLAG
	case float64:
		c.Type, c.Charset, c.Length, c.Flags = mysql.MYSQL_TYPE_DOUBLE, charsetBinary, 22, mysql.BINARY_FLAG
	case binlog.Decimal:
		_, fraction, _ := strings.Cut(string(v), ".")
		c.Type, c.Charset, c.Length = mysql.MYSQL_TYPE_NEWDECIMAL, charsetBinary, uint32(len(strings.TrimPrefix(string(v), "-"))+1)
		c.Decimals, c.Flags = uint8(min(len(fraction), 30)), mysql.BINARY_FLAG
	case []byte:
		c.Length = uint32(min(4*len(v), 1<<24))
	case binlog.DateTime:
		c.Type, c.Charset, c.Length, c.Decimals = mysql.MYSQL_TYPE_DATETIME, charsetBinary, 19, 0
	case binlog.Duration:
		c.Type, c.Charset, c.Length, c.Decimals = mysql.MYSQL_TYPE_TIME, charsetBinary, 10, 0
	}
	return c
}

// bytesPerChar is the most bytes of a character of the connection's set.
const bytesPerChar = 4

// Lengths of what variables hold.
const (
	neverSetLength = 65532     // of a variable without a value
	lettersLength  = 268435440 // of text
	doubleWidth    = 23
	secondsDigits  = 6     // behind the point of times in seconds
	sysVarLength   = 87380 // of a system variable's text
)

// userVarColumn describes a user variable: its length says nothing of its value.
func userVarColumn(v binlog.Value, of types.Collation) wire.Column {
	c := columnFor("", v)
	switch v.(type) {
	case nil:
		c = textColumn("")
		c.Charset, c.Length, c.Flags = charsetBinary, neverSetLength, mysql.BINARY_FLAG
	case []byte:
		c.Type, c.Length = mysql.MYSQL_TYPE_LONG_BLOB, lettersLength
		if of == types.CollationBinary {
			c.Type, c.Length, c.Charset, c.Flags = mysql.MYSQL_TYPE_MEDIUM_BLOB, 1<<24-1, charsetBinary, mysql.BINARY_FLAG
		}
	case int64, uint64:
		c.Length = intColumn("").Length
	case float64:
		c.Length = doubleWidth
	case binlog.Decimal:
		c.Length, c.Decimals = 67, 30 // whatever its own digits are
	}
	return c
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// valueText is a value as text; NULL is empty.
func valueText(v binlog.Value) string {
	switch v := v.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case binlog.Decimal:
		return string(v)
	case []byte:
		return string(v)
	}
	return ""
}

// textRow is a row of texts.
func textRow(fields ...string) []binlog.Value {
	row := make([]binlog.Value, len(fields))
	for i, f := range fields {
		row[i] = []byte(f)
	}
	return row
}

func textColumns(names ...string) []wire.Column {
	columns := make([]wire.Column, len(names))
	for i, n := range names {
		columns[i] = textColumn(n)
	}
	return columns
}
