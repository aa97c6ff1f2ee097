package convert

import (
	"fmt"
	"math"
	"reflect"
	"time"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/types"
)

// A document is a stored JSON document as the library has it. One that comes
// back unchanged is stored, or shown, byte for byte.
type document struct {
	gtypes.JSONDocument
	stored []byte
}

// NewDocument is a stored document as the library has it.
func NewDocument(stored []byte) (any, error) {
	tree, err := types.DecodeJSON(stored)
	return document{gtypes.JSONDocument{Val: UpTree(tree)}, stored}, err
}

// UpTree is a document's tree in the library's types. Its functions know floats
// only; whole numbers that are none stay what they are.
func UpTree(tree any) any {
	switch v := tree.(type) {
	case int64:
		if v > -wholeMax && v < wholeMax {
			return float64(v)
		}
	case types.JSONArray:
		out := make(gtypes.JsonArray, len(v))
		for i, e := range v {
			out[i] = UpTree(e)
		}
		return out
	case types.JSONObject:
		out := make(gtypes.JsonObject, len(v))
		for _, m := range v {
			out[m.Key] = UpTree(m.Value)
		}
		return out
	case binlog.Decimal:
		if d, err := types.ParseDecimal(v); err == nil {
			return d
		}
		return string(v)
	case types.JSONTemporal:
		return string(types.Text(v.Value, v.Type))
	case types.JSONOpaque:
		return string(v.Bytes)
	}
	return tree
}

// downDocument is a document of the library in binary form.
func downDocument(v gms.JSONWrapper) (binlog.Value, error) {
	if d, ok := v.(document); ok {
		return d.stored, nil
	}
	val, err := v.ToInterface()
	if err != nil {
		return nil, err
	}
	tree, err := DownTree(val)
	if err != nil {
		return nil, err
	}
	return types.EncodeJSON(tree)
}

// downCoordinates are those of a document that ST_AsGeoJSON makes: lists in lists of
// pairs of float64.
func downCoordinates(list reflect.Value) (_ any, err error) {
	out := make(types.JSONArray, list.Len())
	for i := range out {
		v := list.Index(i).Interface()
		if f, ok := v.(float64); ok {
			out[i] = f
		} else if out[i], err = DownTree(v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// wholeMax: up to here each whole number is a DOUBLE.
const wholeMax = 1 << 53

// DownTree is the inverse of UpTree. The library reads each number of a text as
// a float; one that is whole is taken to have been written so.
func DownTree(v any) (any, error) {
	switch v := v.(type) {
	case nil, bool, string, int64, uint64:
		return v, nil
	case []any:
		out := make(types.JSONArray, len(v))
		for i := range v {
			var err error
			if out[i], err = DownTree(v[i]); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		members := make([]types.JSONMember, 0, len(v))
		for key, e := range v {
			value, err := DownTree(e)
			if err != nil {
				return nil, err
			}
			members = append(members, types.JSONMember{Key: key, Value: value})
		}
		return types.NewJSONObject(members), nil
	case float32:
		return DownTree(float64(v))
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < wholeMax {
			return int64(v), nil
		}
		return v, nil
	case decimal.Decimal:
		return types.FormatDecimal(v, uint8(min(max(-v.Exponent(), 0), types.DecimalScaleMax))), nil
	case time.Time:
		return types.JSONTemporal{Value: DownMoment(v), Type: types.Type{Kind: types.DateTime, FSP: types.FSPMax}}, nil
	case gtypes.Timespan:
		return types.JSONTemporal{Value: DownTimespan(v), Type: types.Type{Kind: types.Time, FSP: types.FSPMax}}, nil
	case []byte:
		return types.JSONOpaque{Type: byte(binlog.TypeBlob), Bytes: v}, nil
	case gms.JSONWrapper:
		val, err := v.ToInterface()
		if err != nil {
			return nil, err
		}
		return DownTree(val)
	}
	if list := reflect.ValueOf(v); list.Kind() == reflect.Slice || list.Kind() == reflect.Array {
		return downCoordinates(list)
	}
	n, err := DownInteger(v)
	if err != nil {
		return nil, fmt.Errorf("sql: a %T in a document", v)
	}
	return n, nil
}
