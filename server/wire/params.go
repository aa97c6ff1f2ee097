package wire

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// Params decodes the parameters of one prepared statement. Clients send the
// types with the first COM_STMT_EXECUTE only, so that they must be remembered
// (MySQL Internals, COM_STMT_EXECUTE, new_params_bind_flag).
type Params struct {
	// Text converts what is sent as text rather than as a BLOB; nil leaves it.
	Text func([]byte) []byte

	count int
	types []paramType
	long  map[int][]byte // sent by COM_STMT_SEND_LONG_DATA
	bytes int            // of long
}

type paramType struct {
	code     byte
	unsigned bool
}

// ParamsMax is the largest number of parameters of one statement.
const ParamsMax = math.MaxUint16

// NewParams returns the decoder for a statement with count parameters.
func NewParams(count int) *Params { return &Params{count: count} }

// AppendLong adds a piece of a long parameter; limit bounds all of them
// together. An error surfaces at the next Decode, too: the command itself has
// no answer.
func (p *Params) AppendLong(index int, data []byte, limit int) error {
	if index >= p.count {
		return mysqlerr.New(mysqlerr.WrongArguments, "mysqld_stmt_send_long_data")
	}
	if p.bytes+len(data) > limit {
		return mysqlerr.New(mysqlerr.NetPacketTooLarge)
	}
	if p.long == nil {
		p.long = map[int][]byte{}
	}
	p.bytes += len(data)
	p.long[index] = append(p.long[index], data...)
	if p.long[index] == nil {
		p.long[index] = []byte{}
	}
	return nil
}

// LongBytes is the size of the long parameters that wait for an execution.
func (p *Params) LongBytes() int { return p.bytes }

// ResetLong drops long parameters.
func (p *Params) ResetLong() { p.long, p.bytes = nil, 0 }

// Decode reads what follows the iteration count in COM_STMT_EXECUTE. Values
// do not alias b.
func (p *Params) Decode(b []byte) ([]binlog.Value, error) {
	if p.count == 0 {
		return nil, nil
	}
	r := reader{b: b}
	nulls := r.take((p.count + 7) / 8)
	switch flag := r.u8(); {
	case r.bad:
		return nil, malformed("short packet")
	case flag == 1:
		raw := r.take(2 * p.count)
		if r.bad {
			return nil, malformed("parameter types are missing")
		}
		p.setTypes(raw)
	case flag != 0:
		return nil, malformed("new-params-bound flag is neither 0 nor 1")
	}
	if p.types == nil {
		return nil, malformed("no parameter types were ever sent")
	}
	values := make([]binlog.Value, p.count)
	for i := range values {
		if long, ok := p.long[i]; ok { // whatever the bitmap says: mysqlnd calls it NULL
			values[i] = p.converted(long, p.types[i])
			continue
		}
		if nulls[i/8]&(1<<(i%8)) != 0 {
			continue
		}
		v, err := r.value(p.types[i])
		if err != nil {
			return nil, err
		}
		if r.bad {
			return nil, malformed(fmt.Sprintf("parameter %d is cut off", i+1))
		}
		values[i] = p.converted(v, p.types[i])
	}
	return values, nil
}

// Bytes says which of the values that were decoded last have come as a BLOB, if some have
// that are no text of ASCII, and Text makes a difference between them and others; else nil.
func (p *Params) Bytes(values []binlog.Value) []bool {
	var out []bool
	for i, v := range values {
		if b, ok := v.([]byte); !ok || p.Text == nil || !p.types[i].isBytes() || isASCII(b) {
			continue
		}
		if out == nil {
			out = make([]bool, len(values))
		}
		out[i] = true
	}
	return out
}

func isASCII(b []byte) bool {
	return !slices.ContainsFunc(b, func(c byte) bool { return c >= utf8.RuneSelf })
}

func (p *Params) converted(v binlog.Value, t paramType) binlog.Value {
	b, ok := v.([]byte)
	if !ok || p.Text == nil {
		return v
	}
	if t.isBytes() {
		return v
	}
	return p.Text(b)
}

// isBytes reports whether what a client sends of the type is no text.
func (t paramType) isBytes() bool {
	switch t.code {
	case mysql.MYSQL_TYPE_TINY_BLOB, mysql.MYSQL_TYPE_MEDIUM_BLOB, mysql.MYSQL_TYPE_LONG_BLOB, mysql.MYSQL_TYPE_BLOB,
		mysql.MYSQL_TYPE_BIT, mysql.MYSQL_TYPE_GEOMETRY, mysql.MYSQL_TYPE_VECTOR:
		return true
	}
	return false
}

func (p *Params) setTypes(raw []byte) {
	p.types = make([]paramType, p.count)
	for i := range p.types {
		p.types[i] = paramType{code: raw[2*i], unsigned: raw[2*i+1]&0x80 != 0}
	}
}

func malformed(why string) error {
	e := mysqlerr.New(mysqlerr.WrongArguments, "mysqld_stmt_execute")
	e.Message += ": " + why
	return e
}

func (r *reader) value(t paramType) (binlog.Value, error) {
	switch t.code {
	case mysql.MYSQL_TYPE_NULL:
		return nil, nil
	case mysql.MYSQL_TYPE_TINY:
		return signed(t, uint64(r.u8()), 8), nil
	case mysql.MYSQL_TYPE_SHORT, mysql.MYSQL_TYPE_YEAR:
		return signed(t, uint64(r.u16()), 16), nil
	case mysql.MYSQL_TYPE_LONG, mysql.MYSQL_TYPE_INT24:
		return signed(t, uint64(r.u32()), 32), nil
	case mysql.MYSQL_TYPE_LONGLONG:
		return signed(t, r.u64(), 64), nil
	case mysql.MYSQL_TYPE_FLOAT:
		return finite(float64(math.Float32frombits(r.u32())))
	case mysql.MYSQL_TYPE_DOUBLE:
		return finite(math.Float64frombits(r.u64()))
	case mysql.MYSQL_TYPE_DATE, mysql.MYSQL_TYPE_NEWDATE, mysql.MYSQL_TYPE_DATETIME, mysql.MYSQL_TYPE_TIMESTAMP:
		return r.dateTime()
	case mysql.MYSQL_TYPE_TIME:
		return r.duration()
	case mysql.MYSQL_TYPE_DECIMAL, mysql.MYSQL_TYPE_NEWDECIMAL, mysql.MYSQL_TYPE_VARCHAR, mysql.MYSQL_TYPE_VAR_STRING,
		mysql.MYSQL_TYPE_STRING, mysql.MYSQL_TYPE_ENUM, mysql.MYSQL_TYPE_SET, mysql.MYSQL_TYPE_BIT, mysql.MYSQL_TYPE_JSON,
		mysql.MYSQL_TYPE_TINY_BLOB, mysql.MYSQL_TYPE_MEDIUM_BLOB, mysql.MYSQL_TYPE_LONG_BLOB, mysql.MYSQL_TYPE_BLOB,
		mysql.MYSQL_TYPE_GEOMETRY, mysql.MYSQL_TYPE_VECTOR:
		return r.text(t.code)
	}
	return nil, malformed(fmt.Sprintf("parameter type %d is not known", t.code))
}

func signed(t paramType, n uint64, bits uint) binlog.Value {
	if t.unsigned {
		return n
	}
	return int64(n<<(64-bits)) >> (64 - bits)
}

func finite(f float64) (binlog.Value, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, malformed("a parameter is not a finite number")
	}
	return f, nil
}

// text reads a string. What a client calls a decimal is one only if it is
// written as one.
func (r *reader) text(code byte) (binlog.Value, error) {
	b := bytes.Clone(r.lenencBytes())
	if b == nil {
		b = []byte{}
	}
	if code != mysql.MYSQL_TYPE_DECIMAL && code != mysql.MYSQL_TYPE_NEWDECIMAL {
		return b, nil
	}
	if !isDecimal(b) {
		return b, nil
	}
	return binlog.Decimal(b), nil
}

func isDecimal(b []byte) bool {
	b = bytes.TrimPrefix(b, []byte("-"))
	whole, fraction, point := bytes.Cut(b, []byte("."))
	return len(whole) > 0 && len(bytes.Trim(whole, "0123456789")) == 0 &&
		(!point || len(fraction) > 0 && len(bytes.Trim(fraction, "0123456789")) == 0)
}

func (r *reader) dateTime() (binlog.Value, error) {
	var v binlog.DateTime
	n := r.u8()
	if n != 0 && n != 4 && n != 7 && n != 11 {
		return nil, malformed(fmt.Sprintf("a date of %d bytes", n))
	}
	if n >= 4 {
		v.Year, v.Month, v.Day = int(r.u16()), int(r.u8()), int(r.u8())
	}
	if n >= 7 {
		v.Hour, v.Minute, v.Second = int(r.u8()), int(r.u8()), int(r.u8())
	}
	if n == 11 {
		v.Micro = int(r.u32())
	}
	if v.Year > 9999 || v.Month > 12 || v.Day > 31 || v.Hour > 23 || badTime(v.Minute, v.Second, v.Micro) {
		return nil, malformed("a date out of range")
	}
	return v, nil
}

func (r *reader) duration() (binlog.Value, error) {
	var v binlog.Duration
	n := r.u8()
	if n != 0 && n != 8 && n != 12 {
		return nil, malformed(fmt.Sprintf("a time of %d bytes", n))
	}
	if n == 0 {
		return v, nil
	}
	v.Negative = r.u8() != 0
	days := r.u32()
	hour := r.u8()
	v.Minute, v.Second = int(r.u8()), int(r.u8())
	if n == 12 {
		v.Micro = int(r.u32())
	}
	if days > 34 || hour > 23 || badTime(v.Minute, v.Second, v.Micro) {
		return nil, malformed("a time out of range")
	}
	v.Hour = int(days)*24 + int(hour)
	if v.Hour > 838 {
		return nil, malformed("a time out of range")
	}
	return v, nil
}

func badTime(minute, second, micro int) bool { return minute > 59 || second > 59 || micro > 999999 }

// A reader takes fields off a packet. Reading past the end gives zeros and
// sets bad.
type reader struct {
	b   []byte
	bad bool
}

var zeros [8]byte

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.bad, r.b = true, nil
		return zeros[:min(max(n, 0), len(zeros))]
	}
	field := r.b[:n:n]
	r.b = r.b[n:]
	return field
}

func (r *reader) u8() byte    { return r.take(1)[0] }
func (r *reader) u16() uint16 { return binary.LittleEndian.Uint16(r.take(2)) }
func (r *reader) u32() uint32 { return binary.LittleEndian.Uint32(r.take(4)) }
func (r *reader) u64() uint64 { return binary.LittleEndian.Uint64(r.take(8)) }

// lenenc reads a length-encoded integer; NULL and the reserved 0xff are bad.
func (r *reader) lenenc() uint64 {
	switch first := r.u8(); first {
	case 0xfb, 0xff:
		r.bad = true
		return 0
	case 0xfc:
		return uint64(r.u16())
	case 0xfd:
		b := r.take(3)
		return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16
	case 0xfe:
		return r.u64()
	default:
		return uint64(first)
	}
}

func (r *reader) lenencBytes() []byte {
	n := r.lenenc()
	if n > uint64(len(r.b)) {
		r.bad = true
		return nil
	}
	return r.take(int(n))
}

// cString reads up to a NUL, which must be there.
func (r *reader) cString() string {
	i := bytes.IndexByte(r.b, 0)
	if i < 0 {
		r.bad = true
		return ""
	}
	return string(r.take(i + 1)[:i])
}
