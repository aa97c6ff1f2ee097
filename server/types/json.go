package types

import (
	"cmp"
	"slices"
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A JSON column's value is the bytes of a document in MySQL's binary form
// (jsonbinary.go): equal documents are equal bytes. As a tree a document is
//
//	nil, bool, int64, uint64, float64, binlog.Decimal, string
//	JSONArray, JSONObject
//	JSONTemporal            a date or a time, which text has no form for
//	JSONOpaque              bytes of any other type
type (
	// A JSONArray is values in order.
	JSONArray []any
	// A JSONObject is members in normal order: keys by length, then by bytes,
	// none twice.
	JSONObject []JSONMember
	// A JSONMember is a key and its value.
	JSONMember struct {
		Key   string
		Value any
	}
	// A JSONTemporal is a binlog.DateTime or a binlog.Duration, and its type.
	JSONTemporal struct {
		Value binlog.Value
		Type  Type
	}
	// A JSONOpaque is bytes of a type that MySQL numbers.
	JSONOpaque struct {
		Type  byte
		Bytes []byte
	}
)

// jsonDepthMax is how deep arrays and objects may be in each other, as in MySQL.
const jsonDepthMax = 100

// jsonKeyMax is how many bytes a key may have.
const jsonKeyMax = 65535

// NewJSONObject puts members in normal order. Of those with one key the last
// stays.
func NewJSONObject(members []JSONMember) JSONObject {
	slices.SortStableFunc(members, func(a, b JSONMember) int { return compareKeys(a.Key, b.Key) })
	out := members[:0]
	for i, m := range members {
		if i+1 < len(members) && members[i+1].Key == m.Key {
			continue
		}
		out = append(out, m)
	}
	return JSONObject(out)
}

func compareKeys(a, b string) int {
	if len(a) != len(b) {
		return cmp.Compare(len(a), len(b))
	}
	return cmp.Compare(a, b)
}

// storeJSON takes documents and their text; a number is no text of one, and
// neither are bytes.
func storeJSON(v binlog.Value, from Type, to Target) (binlog.Value, error) {
	text, ok := v.([]byte)
	switch {
	case ok && from.Kind == JSON:
		return text, nil
	case ok && from.IsString() && !from.IsText():
		return nil, mysqlerr.New(mysqlerr.InvalidJSONCharset, string(CharsetBinary))
	case !ok:
		return nil, to.invalidJSON("not a JSON text, may need CAST", 0)
	}
	tree, fault := ParseJSON(text)
	if fault != nil {
		if fault.TooDeep {
			return nil, mysqlerr.New(mysqlerr.JSONDocumentTooDeep)
		}
		return nil, to.invalidJSON(fault.What, fault.At)
	}
	doc, err := EncodeJSON(tree)
	if err != nil {
		return nil, mysqlerr.Wrap(err, mysqlerr.JSONValueTooBig)
	}
	return doc, nil
}

// storeDocument takes the number, the date or the time that a document is, or a text in it. What
// is none is refused as a CAST of it is.
func storeDocument(doc []byte, to Target) (binlog.Value, error) {
	tree, err := DecodeJSON(doc)
	if err != nil {
		return nil, err
	}
	t := to.Type
	text := Type{Kind: VarChar, Collation: CollationGeneralCI}
	switch v := tree.(type) {
	case string:
		_, clean := FloatOfString([]byte(v))
		if out, err := Store([]byte(v), text, to); err == nil || t.IsNumber() && clean {
			return out, err
		}
	case bool:
		if t.IsNumber() {
			return Store(int64(bit(v)), Type{Kind: BigInt}, to)
		}
	case int64, uint64, float64, binlog.Decimal:
		if from, err := OfValue(v); err == nil && t.IsNumber() {
			return Store(v, from, to)
		}
	case JSONTemporal:
		if t.IsTemporal() {
			return Store(v.Value, v.Type, to)
		}
	}
	return nil, mysqlerr.New(mysqlerr.JSONTableCast, castWord(t), to.Name, to.Row)
}

// castWord is how MySQL calls the type that a document is none of.
func castWord(t Type) string {
	switch {
	case t.IsInteger():
		return "INTEGER"
	case t.Kind == Decimal:
		return "DECIMAL"
	case t.IsFloat():
		return "DOUBLE"
	case t.Kind == Time, t.Kind == Date:
		return strings.ToUpper(t.baseKindName())
	}
	return "DATETIME/TIMESTAMP"
}

func (to Target) invalidJSON(what string, at int) error {
	name := to.Name
	if to.Table != "" {
		name = to.Table + "." + name
	}
	return mysqlerr.New(mysqlerr.InvalidJSONText, `"`+what+`"`, at, name)
}

// jsonPlain is a document as what is stored in a column of another type: its
// text, but a string's own characters where a number or a date is wanted.
func jsonPlain(doc []byte, to Type) []byte {
	tree, err := DecodeJSON(doc)
	if err != nil {
		return nil
	}
	if s, ok := tree.(string); ok && !to.IsString() {
		return []byte(s)
	}
	return AppendJSONText(nil, tree)
}
