package types

import (
	"bytes"
	"cmp"

	"github.com/xadb/xadb/binlog"
)

// JSONScalar is the document that a value of a type becomes where it is compared with one:
// a text is a string, and not what it would be read as.
func JSONScalar(v binlog.Value, from Type) (any, error) {
	switch value := v.(type) {
	case []byte:
		switch {
		case from.Kind == JSON:
			return DecodeJSON(value)
		case from.IsString() && !from.IsText():
			return JSONOpaque{opaqueType(from), value}, nil
		}
		return string(value), nil
	case int64:
		if from.Kind == Year {
			return uint64(value), nil
		}
	case uint64:
		switch {
		case from.IsNamed():
			return string(Text(v, from)), nil
		case from.Kind == Bit:
			return JSONOpaque{byte(binlog.TypeBit), from.bitBytes(value)}, nil
		}
	case binlog.DateTime, binlog.Duration:
		if from.Kind != Date {
			from.FSP = FSPMax
		}
		return JSONTemporal{v, from}, nil
	}
	return v, nil
}

// opaqueType is the number of the type of bytes that a document has. A LONGBLOB is of an
// expression, and has no other than VARBINARY.
func opaqueType(t Type) byte {
	switch {
	case t.Kind == Char:
		return byte(binlog.TypeString)
	case t.Kind == Blob && t.Length < 4:
		return [...]byte{1: 249, 2: byte(binlog.TypeBlob), 3: 250}[t.Length]
	}
	return byte(binlog.TypeVarchar)
}

// CompareJSON orders documents (MySQL manual, Comparison and Ordering of JSON Values): by
// their kinds first. Of objects only equality means something.
func CompareJSON(a, b any) int {
	if c := cmp.Compare(jsonRank(a), jsonRank(b)); c != 0 {
		return c
	}
	switch x := a.(type) {
	case nil:
		return 0
	case bool:
		y, _ := b.(bool)
		return cmp.Compare(bit(x), bit(y))
	case string:
		y, _ := b.(string)
		return cmp.Compare(x, y)
	case JSONArray:
		y, _ := b.(JSONArray)
		return compareArrays(x, y)
	case JSONObject:
		y, _ := b.(JSONObject)
		return compareObjects(x, y)
	case JSONOpaque:
		y, _ := b.(JSONOpaque)
		return bytes.Compare(x.Bytes, y.Bytes)
	case JSONTemporal:
		y, _ := b.(JSONTemporal)
		return Compare(x.Value, y.Value, x.Type)
	}
	return CompareNumbers(a, b)
}

// jsonRank is how far behind others all documents of a kind are.
func jsonRank(v any) int {
	switch v := v.(type) {
	case nil:
		return 0
	case int64, uint64, float64, binlog.Decimal:
		return 1
	case string:
		return 2
	case JSONObject:
		return 3
	case JSONArray:
		return 4
	case bool:
		return 5
	case JSONTemporal:
		switch {
		case v.Type.Kind == Date:
			return 6
		case v.Type.Kind == Time:
			return 7
		}
		return 8
	case JSONOpaque:
		switch v.Type {
		case byte(binlog.TypeBit):
			return 10
		case byte(binlog.TypeVarchar), byte(binlog.TypeBlob):
			return 11
		}
	}
	return 9
}

func bit(is bool) int {
	if is {
		return 1
	}
	return 0
}

func compareArrays(a, b JSONArray) int {
	for i := range min(len(a), len(b)) {
		if c := CompareJSON(a[i], b[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func compareObjects(a, b JSONObject) int {
	if c := cmp.Compare(len(a), len(b)); c != 0 {
		return c
	}
	for i := range a {
		if c := compareKeys(a[i].Key, b[i].Key); c != 0 {
			return c
		}
		if c := CompareJSON(a[i].Value, b[i].Value); c != 0 {
			return c
		}
	}
	return 0
}
