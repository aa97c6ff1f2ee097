package types

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

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

// DecodeJSON is the inverse of EncodeJSON. Bytes that are no document are
// ErrCorrupt.
func DecodeJSON(doc []byte) (any, error) {
	if len(doc) == 0 {
		return nil, nil // MySQL writes JSON null so, where a row has no value
	}
	budget := len(doc) + 1
	return decodeJSON(doc[0], doc[1:], &jsonDecoder{left: budget})
}

// A jsonDecoder bounds what is decoded: offsets may overlap in bytes that are no
// document's.
type jsonDecoder struct{ depth, left int }

func badJSON(what string) error { return fmt.Errorf("%w: document with %s", ErrCorrupt, what) }

var jsonSizes = map[byte]int{
	jsonLiteral: 1, jsonInt16: 2, jsonUint16: 2, jsonInt32: 4, jsonUint32: 4, jsonInt64: 8, jsonUint64: 8, jsonDouble: 8,
}

func decodeJSON(kind byte, b []byte, d *jsonDecoder) (any, error) {
	if d.left--; d.left < 0 {
		return nil, badJSON("values in each other")
	}
	if len(b) < jsonSizes[kind] {
		return nil, badJSON("a number that is cut off")
	}
	le := binary.LittleEndian
	switch kind {
	case jsonSmallObject, jsonLargeObject, jsonSmallArray, jsonLargeArray:
		if d.depth++; d.depth > jsonDepthMax {
			return nil, badJSON("too much depth")
		}
		defer func() { d.depth-- }()
		return decodeContainer(kind, b, d)
	case jsonLiteral:
		switch b[0] {
		case jsonNull:
			return nil, nil
		case jsonTrue, jsonFalse:
			return b[0] == jsonTrue, nil
		}
	case jsonInt16:
		return int64(int16(le.Uint16(b))), nil
	case jsonUint16:
		return uint64(le.Uint16(b)), nil
	case jsonInt32:
		return int64(int32(le.Uint32(b))), nil
	case jsonUint32:
		return uint64(le.Uint32(b)), nil
	case jsonInt64:
		return int64(le.Uint64(b)), nil
	case jsonUint64:
		return le.Uint64(b), nil
	case jsonDouble:
		if f := math.Float64frombits(le.Uint64(b)); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f, nil
		}
	case jsonString:
		s, err := takeVar(b)
		if err == nil && !utf8.Valid(s) {
			err = badJSON("a string that is not UTF-8")
		}
		return string(s), err
	case jsonCustom:
		return decodeCustom(b)
	}
	return nil, badJSON(fmt.Sprintf("type %d", kind))
}

// takeVar is the bytes behind a length.
func takeVar(b []byte) ([]byte, error) {
	n, size := binary.Uvarint(b)
	if size <= 0 || size > 5 || n > uint64(len(b)-size) {
		return nil, badJSON("a length beyond its end")
	}
	return b[size : size+int(n)], nil
}

func decodeContainer(kind byte, b []byte, d *jsonDecoder) (any, error) {
	width := 2
	if kind == jsonLargeObject || kind == jsonLargeArray {
		width = 4
	}
	isObject := kind == jsonSmallObject || kind == jsonLargeObject
	if len(b) < 2*width {
		return nil, badJSON("a count that is cut off")
	}
	count, size := offset(b, width), offset(b[width:], width)
	keySize := 0
	if isObject {
		keySize = width + 2
	}
	header := 2*width + count*(keySize+width+1)
	if size > len(b) || header > size {
		return nil, badJSON("a size beyond its end")
	}
	b = b[:size]
	keys, entries := b[2*width:], b[2*width+count*keySize:]
	members := make([]JSONMember, count)
	for i := range members {
		if isObject {
			at, n := offset(keys, width), int(binary.LittleEndian.Uint16(keys[width:]))
			if at < header || at+n > size || !utf8.Valid(b[at:at+n]) {
				return nil, badJSON("a key beyond its end")
			}
			members[i].Key, keys = string(b[at:at+n]), keys[keySize:]
		}
		var err error
		if members[i].Value, err = decodeEntry(entries, b, width, header, d); err != nil {
			return nil, err
		}
		entries = entries[width+1:]
	}
	if isObject {
		return JSONObject(members), nil
	}
	out := make(JSONArray, count)
	for i, m := range members {
		out[i] = m.Value
	}
	return out, nil
}

func decodeEntry(entry, b []byte, width, header int, d *jsonDecoder) (any, error) {
	kind := entry[0]
	if isInlined(kind, width) {
		return decodeJSON(kind, entry[1:1+width], d)
	}
	at := offset(entry[1:], width)
	if at < header || at > len(b) {
		return nil, badJSON("a value beyond its end")
	}
	return decodeJSON(kind, b[at:], d)
}

func offset(b []byte, width int) int {
	if width == 2 {
		return int(binary.LittleEndian.Uint16(b))
	}
	return int(binary.LittleEndian.Uint32(b))
}

func decodeCustom(b []byte) (any, error) {
	if len(b) < 1 {
		return nil, badJSON("no type")
	}
	kind := b[0]
	data, err := takeVar(b[1:])
	if err != nil {
		return nil, err
	}
	if kind == byte(binlog.TypeNewDecimal) {
		return decodeJSONDecimal(data)
	}
	for _, k := range []Kind{Date, DateTime, Timestamp, Time} {
		t := Type{Kind: k}
		if t.Wire().Type != kind {
			continue
		}
		if k != Date {
			t.FSP = FSPMax
		}
		if len(data) != 8 {
			return nil, badJSON("a date that is cut off")
		}
		v, ok := unpackTemporal(binary.LittleEndian.Uint64(data), k)
		if !ok {
			return nil, badJSON("a date that is none")
		}
		return JSONTemporal{v, t}, nil
	}
	return JSONOpaque{kind, append([]byte(nil), data...)}, nil
}

func decodeJSONDecimal(data []byte) (any, error) {
	if len(data) < 2 {
		return nil, badJSON("a decimal that is cut off")
	}
	t := Type{Kind: Decimal, Precision: data[0], Scale: data[1]}
	if t.Validate() != nil || len(data)-2 != decimalSize(t.Precision, t.Scale) {
		return nil, badJSON("a decimal that is none")
	}
	return readDecimal(data[2:], t)
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

func unpackTemporal(n uint64, kind Kind) (binlog.Value, bool) {
	if kind == Time {
		negative := int64(n) < 0
		n = uint64(abs(int64(n)))
		v := binlog.Duration{
			Negative: negative, Hour: int(n >> 36 & 0x3ff), Minute: int(n >> 30 & 63),
			Second: int(n >> 24 & 63), Micro: int(n & (1<<24 - 1)),
		}
		return v, n>>46 == 0 && validDuration(v)
	}
	day := n >> 41
	v := binlog.DateTime{
		Year: int(day >> 5 / 13), Month: int(day >> 5 % 13), Day: int(day & 31),
		Hour: int(n >> 36 & 31), Minute: int(n >> 30 & 63), Second: int(n >> 24 & 63), Micro: int(n & (1<<24 - 1)),
	}
	return v, v.Year <= 9999 && validDateTime(v, true)
}
