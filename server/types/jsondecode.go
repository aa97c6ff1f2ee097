package types

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/xadb/xadb/binlog"
)

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
	return v, v.Year <= 9999 && ValidDateTime(v, true)
}
