package xadb

import (
	"bytes"
	"encoding"
	"encoding/gob"
	"encoding/json"
	"fmt"
)

// A ValueCodec turns values into bytes and back. Those below are safe for
// concurrent use; others must be.
type ValueCodec[V any] interface {
	// EncodeValue returns v's bytes, which the caller does not change.
	EncodeValue(v V) ([]byte, error)
	// DecodeValue is the inverse. The bytes are the caller's: what is kept of
	// them must be copied. ErrDecode if they are something else.
	DecodeValue(b []byte) (V, error)
}

// Codecs of values that are bytes already.
var (
	// BytesValue stores bytes as they are.
	BytesValue ValueCodec[[]byte] = bytesValue{}
	// StringValue stores the bytes of a string.
	StringValue ValueCodec[string] = stringValue{}
)

type bytesValue struct{}

func (bytesValue) EncodeValue(v []byte) ([]byte, error) { return v, nil }
func (bytesValue) DecodeValue(b []byte) ([]byte, error) { return append([]byte{}, b...), nil }

type stringValue struct{}

func (stringValue) EncodeValue(v string) ([]byte, error) { return []byte(v), nil }
func (stringValue) DecodeValue(b []byte) (string, error) { return string(b), nil }

// JSON stores values as encoding/json writes them.
func JSON[V any]() ValueCodec[V] { return jsonValue[V]{} }

type jsonValue[V any] struct{}

func (jsonValue[V]) EncodeValue(v V) ([]byte, error) { return json.Marshal(v) }

func (jsonValue[V]) DecodeValue(b []byte) (v V, err error) {
	return v, decodeError(json.Unmarshal(b, &v))
}

// Gob stores values as encoding/gob writes them, each with its type: more
// bytes than JSON for small values, and any Go type but functions and channels.
func Gob[V any]() ValueCodec[V] { return gobValue[V]{} }

type gobValue[V any] struct{}

func (gobValue[V]) EncodeValue(v V) ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(v)
	return b.Bytes(), err
}

func (gobValue[V]) DecodeValue(b []byte) (v V, err error) {
	return v, decodeError(gob.NewDecoder(bytes.NewReader(b)).Decode(&v))
}

// A binaryPointer is a *V that has the two methods of package encoding.
type binaryPointer[V any] interface {
	*V
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
}

// Binary stores values as their own MarshalBinary writes them. The second type
// is found by the compiler:
//
//	xadb.Binary[url.URL]()
func Binary[V any, P binaryPointer[V]]() ValueCodec[V] { return binaryValue[V, P]{} }

type binaryValue[V any, P binaryPointer[V]] struct{}

func (binaryValue[V, P]) EncodeValue(v V) ([]byte, error) { return P(&v).MarshalBinary() }

func (binaryValue[V, P]) DecodeValue(b []byte) (v V, err error) {
	return v, decodeError(P(&v).UnmarshalBinary(b))
}

func decodeError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: value: %w", ErrDecode, err)
}
