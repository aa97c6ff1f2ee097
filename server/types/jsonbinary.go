package types

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/xadb/xadb/binlog"
)

// The binary form of a document (MySQL source, json_binary.h): a byte for the
// type, then the value. Numbers are little-endian. An array or object is
//
//	count, size                     2 bytes each; 4 in the large form
//	object: offset, length          of each key; offset 2 or 4 bytes, length 2
//	type, offset                    of each value; type 1 byte, offset 2 or 4
//	keys, values
//
// with offsets from its own first byte, and size including all of it. The small
// form is used where no offset needs more than 2 bytes. A literal and an integer
// that fits in place of the offset is written there.
const (
	jsonSmallObject = 0x00
	jsonLargeObject = 0x01
	jsonSmallArray  = 0x02
	jsonLargeArray  = 0x03
	jsonLiteral     = 0x04
	jsonInt16       = 0x05
	jsonUint16      = 0x06
	jsonInt32       = 0x07
	jsonUint32      = 0x08
	jsonInt64       = 0x09
	jsonUint64      = 0x0a
	jsonDouble      = 0x0b
	jsonString      = 0x0c
	jsonCustom      = 0x0f

	jsonNull  = 0
	jsonTrue  = 1
	jsonFalse = 2
)

var (
	errJSONSize  = errors.New("types: a JSON document that is too large")
	errJSONSmall = errors.New("types: larger than the small form holds")
)

// EncodeJSON is a document's tree in binary form.
func EncodeJSON(tree any) ([]byte, error) {
	kind, b, err := encodeJSON(tree, 0)
	if err != nil {
		return nil, err
	}
	return append([]byte{kind}, b...), nil
}

// encodeJSON is a value's type and its bytes.
func encodeJSON(tree any, depth int) (kind byte, b []byte, err error) {
	le := binary.LittleEndian
	if depth > jsonDepthMax {
		return 0, nil, errJSONSize
	}
	switch v := tree.(type) {
	case nil:
		return jsonLiteral, []byte{jsonNull}, nil
	case bool:
		if v {
			return jsonLiteral, []byte{jsonTrue}, nil
		}
		return jsonLiteral, []byte{jsonFalse}, nil
	case int64:
		return encodeSigned(v)
	case uint64:
		switch {
		case v <= math.MaxUint16:
			return jsonUint16, le.AppendUint16(nil, uint16(v)), nil
		case v <= math.MaxUint32:
			return jsonUint32, le.AppendUint32(nil, uint32(v)), nil
		}
		return jsonUint64, le.AppendUint64(nil, v), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return 0, nil, fmt.Errorf("types: %v in a document", v)
		}
		return jsonDouble, le.AppendUint64(nil, math.Float64bits(v)), nil
	case string:
		return jsonString, append(appendVarLength(nil, len(v)), v...), nil
	case JSONArray:
		return encodeContainer(nil, v, depth)
	case JSONObject:
		keys, values := make([]string, len(v)), make([]any, len(v))
		for i, m := range v {
			keys[i], values[i] = m.Key, m.Value
		}
		return encodeContainer(keys, values, depth)
	}
	return encodeCustom(tree)
}

func encodeSigned(v int64) (byte, []byte, error) {
	le := binary.LittleEndian
	switch {
	case v >= math.MinInt16 && v <= math.MaxInt16:
		return jsonInt16, le.AppendUint16(nil, uint16(v)), nil
	case v >= math.MinInt32 && v <= math.MaxInt32:
		return jsonInt32, le.AppendUint32(nil, uint32(v)), nil
	}
	return jsonInt64, le.AppendUint64(nil, uint64(v)), nil
}

// appendVarLength writes 7 bits a byte, the lowest first; the first bit says
// that more follow.
func appendVarLength(dst []byte, n int) []byte { return binary.AppendUvarint(dst, uint64(n)) }

// encodeCustom is what JSON has no type for, as MySQL keeps it: the column
// type's number, a length, and bytes.
func encodeCustom(tree any) (byte, []byte, error) {
	kind, data := byte(0), []byte(nil)
	switch v := tree.(type) {
	case binlog.Decimal:
		t, err := decimalType(v)
		if err != nil {
			return 0, nil, err
		}
		t.Precision = max(t.Precision, t.Scale)
		kind = byte(binlog.TypeNewDecimal)
		if data, err = appendDecimal([]byte{t.Precision, t.Scale}, v, t); err != nil {
			return 0, nil, err
		}
	case JSONTemporal:
		kind = v.Type.Wire().Type
		data = binary.LittleEndian.AppendUint64(nil, packTemporal(v.Value))
	case JSONOpaque:
		kind, data = v.Type, v.Bytes
	default:
		return 0, nil, fmt.Errorf("types: a %T in a document", tree)
	}
	return jsonCustom, append(appendVarLength([]byte{kind}, len(data)), data...), nil
}

// A container is an array or an object while it is written in one of the forms.
type container struct {
	keys   []string // nil: an array
	kinds  []byte
	values [][]byte
	width  int // of offsets: 2 or 4
}

// encodeContainer tries the small form first. keys is nil for an array.
func encodeContainer(keys []string, list []any, depth int) (byte, []byte, error) {
	c := container{keys: keys, kinds: make([]byte, len(list)), values: make([][]byte, len(list)), width: 2}
	for i, v := range list {
		var err error
		if c.kinds[i], c.values[i], err = encodeJSON(v, depth+1); err != nil {
			return 0, nil, err
		}
	}
	small, large := byte(jsonSmallArray), byte(jsonLargeArray)
	if keys != nil {
		small, large = jsonSmallObject, jsonLargeObject
	}
	b, err := c.encode()
	if errors.Is(err, errJSONSmall) {
		small, c.width = large, 4
		b, err = c.encode()
	}
	return small, b, err
}

func (c *container) encode() ([]byte, error) {
	header := 2*c.width + len(c.keys)*(c.width+2) + len(c.values)*(c.width+1)
	size := header
	for _, k := range c.keys {
		if len(k) > jsonKeyMax {
			return nil, errJSONSize
		}
		size += len(k)
	}
	valuesAt := size
	for i, v := range c.values {
		if !c.inlined(i) {
			size += len(v)
		}
	}
	switch {
	case c.width == 2 && (size > math.MaxUint16 || len(c.values) > math.MaxUint16):
		return nil, errJSONSmall
	case uint64(size) > math.MaxUint32:
		return nil, errJSONSize
	}
	b := make([]byte, 0, size)
	b = c.put(c.put(b, len(c.values)), size)
	at := header
	for _, k := range c.keys {
		b = binary.LittleEndian.AppendUint16(c.put(b, at), uint16(len(k)))
		at += len(k)
	}
	at = valuesAt
	for i, v := range c.values {
		b = append(b, c.kinds[i])
		if c.inlined(i) {
			b = append(b, c.inline(i)...)
			continue
		}
		b = c.put(b, at)
		at += len(v)
	}
	b = append(b, strings.Join(c.keys, "")...)
	for i, v := range c.values {
		if !c.inlined(i) {
			b = append(b, v...)
		}
	}
	return b, nil
}

func (c *container) put(b []byte, n int) []byte {
	if c.width == 2 {
		return binary.LittleEndian.AppendUint16(b, uint16(n))
	}
	return binary.LittleEndian.AppendUint32(b, uint32(n))
}

// isInlined: a value of the type stands in place of an offset of this width.
func isInlined(kind byte, width int) bool {
	switch kind {
	case jsonLiteral, jsonInt16, jsonUint16:
		return true
	case jsonInt32, jsonUint32:
		return width == 4
	}
	return false
}

func (c *container) inlined(i int) bool { return isInlined(c.kinds[i], c.width) }

// inline is a value in the place of an offset; a negative one keeps its sign.
func (c *container) inline(i int) []byte {
	v := c.values[i]
	fill := byte(0)
	if c.kinds[i] == jsonInt16 && v[1]&0x80 != 0 {
		fill = 0xff
	}
	out := append([]byte(nil), v...)
	for len(out) < c.width {
		out = append(out, fill)
	}
	return out
}

// packTemporal is MySQL's packed form of a date or a time: fields of the
// calendar above 24 bits of microseconds.
func packTemporal(v binlog.Value) uint64 {
	switch v := v.(type) {
	case binlog.DateTime:
		day := uint64(v.Year*13+v.Month)<<5 | uint64(v.Day)
		clock := uint64(v.Hour)<<12 | uint64(v.Minute)<<6 | uint64(v.Second)
		return (day<<17|clock)<<24 | uint64(v.Micro)
	case binlog.Duration:
		n := int64(v.Hour<<12|v.Minute<<6|v.Second)<<24 | int64(v.Micro)
		return uint64(signed(n, v.Negative))
	}
	return 0
}
