// Package convert turns values and types of package types into those of the library,
// dolthub/go-mysql-server, and back. It is the whole border between the two: package sql
// plans and runs statements without a conversion of its own, and nothing here knows of
// statements, sessions or tables. CAST and what else SQL itself converts is not here.
//
//	Up, Down            values
//	ToType, FromType    types
//
// The one table of values, ours and the library's:
//
//	integers              int8 ... uint64, by the column's width; YEAR int16
//	DECIMAL               decimal.Decimal
//	FLOAT, DOUBLE         float32, float64
//	CHAR, VARCHAR, TEXT   string
//	BINARY ... BLOB       []byte
//	DATE, DATETIME        time.Time, in UTC whatever zone is meant
//	TIMESTAMP             the same, but as the session's zone shows it
//	TIME                  types.Timespan
//	ENUM, SET, BIT        uint16, uint64, uint64
//	JSON                  document, which keeps the stored bytes
//	GEOMETRY              types.GeometryValue
//	VECTOR                []byte
//
// '0000-00-00' is the first moment of the year 0, as the library has it; of dates of which
// only parts are zero see UpMoment.
package convert

import (
	"context"
	"fmt"
	"strings"
	"time"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// ZeroTime stands for '0000-00-00'.
var ZeroTime = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)

// A TIME counts microseconds.
const (
	MicrosPerSecond = 1_000_000
	MicrosPerMinute = 60 * MicrosPerSecond
	MicrosPerHour   = 60 * MicrosPerMinute
)

// Up is a stored value as the library's.
func Up(v binlog.Value, t types.Type, zone *time.Location) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case int64:
		return upSigned(v, t), nil
	case uint64:
		return upUnsigned(v, t), nil
	case float64:
		if t.Kind == types.Float {
			return float32(v), nil
		}
		return v, nil
	case binlog.Decimal:
		d, err := decimal.NewFromString(string(v))
		return d, err
	case []byte:
		switch {
		case t.IsText():
			return string(v), nil
		case t.Kind == types.JSON:
			return NewDocument(v)
		case t.Kind == types.Geometry:
			g, _, err := gtypes.GeometryType{}.Convert(context.Background(), v)
			return g, err
		}
		return v, nil
	case binlog.DateTime:
		return upDateTime(v, t, zone)
	case binlog.Duration:
		n := int64(v.Hour)*MicrosPerHour + int64(v.Minute)*MicrosPerMinute + int64(v.Second)*MicrosPerSecond + int64(v.Micro)
		if v.Negative {
			n = -n
		}
		return gtypes.Timespan(n), nil
	}
	return nil, fmt.Errorf("sql: a value of type %T in a column of type %s", v, t.SQL())
}

func upSigned(v int64, t types.Type) any {
	switch t.Kind {
	case types.TinyInt:
		return int8(v)
	case types.SmallInt, types.Year:
		return int16(v)
	case types.MediumInt, types.Int:
		return int32(v)
	}
	return v
}

func upUnsigned(v uint64, t types.Type) any {
	switch t.Kind {
	case types.TinyInt:
		return uint8(v)
	case types.SmallInt:
		return uint16(v)
	case types.MediumInt, types.Int:
		return uint32(v)
	case types.Enum:
		return uint16(v)
	}
	return v
}

func upDateTime(v binlog.DateTime, t types.Type, zone *time.Location) (any, error) {
	if v == (binlog.DateTime{}) {
		return ZeroTime, nil
	}
	if t.Kind == types.Timestamp {
		v = types.LocalTimestamp(v, zone)
	}
	out, ok := UpMoment(v)
	if !ok {
		return nil, mysqlerr.New(mysqlerr.TruncatedWrongValue, "datetime", types.FormatDateTime(v, t))
	}
	return out, nil
}

// UpRow is a stored row as the library's.
func UpRow(row []binlog.Value, list []types.Type, zone *time.Location) (gms.Row, error) {
	out := make(gms.Row, len(row))
	var err error
	for i, v := range row {
		if out[i], err = Up(v, list[i], zone); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Down is a value of the library's type t as ours, and what type that has:
// what types.Store and a result set need.
func Down(ctx context.Context, v any, t gms.Type) (binlog.Value, types.Type, error) {
	v, err := gms.UnwrapAny(ctx, v)
	if err != nil {
		return nil, types.Type{}, err
	}
	from, known := FromType(t)
	if known && t == gtypes.InternalDecimalType {
		known, from = false, types.Type{} // a number has the digits that it has
	}
	out, err := DownValue(v, from)
	if err != nil {
		return nil, from, err
	}
	if _, is := v.(gms.JSONWrapper); is {
		return out, types.Type{Kind: types.JSON}, nil
	}
	if _, isText := v.(string); isText && from.Kind == types.Vector { // it is to become one
		from.Kind, from.Length, from.Collation = types.Blob, 4, types.CollationGeneralCI
	}
	if got, err := types.OfValue(out); err == nil && (!known || !Fits(out, from)) {
		from = got
	}
	return out, from, nil
}

// DownAny is down for a value of which no type is known, or a type.
func DownAny(ctx context.Context, v any, t gms.Type) (binlog.Value, types.Type, error) {
	if t != nil {
		return Down(ctx, v, t)
	}
	switch v.(type) {
	case gms.JSONWrapper:
		return Down(ctx, v, gtypes.JSON)
	case gtypes.GeometryValue:
		return Down(ctx, v, gtypes.GeometryType{})
	case string:
		return Down(ctx, v, gtypes.LongText)
	case []byte:
		return Down(ctx, v, gtypes.LongBlob)
	}
	value, err := DownValue(v, types.Type{})
	if err != nil {
		return nil, types.Type{}, err
	}
	from, err := types.OfValue(value)
	return value, from, err
}

// DownValue is Down for a value of which the type is known in ours.
func DownValue(v any, t types.Type) (binlog.Value, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	case float32:
		return float64(v), nil
	case float64:
		return v, nil
	case decimal.Decimal:
		if t.Kind == types.Decimal {
			return types.FormatDecimal(v, t.Scale), nil
		}
		return types.FormatDecimal(v, uint8(min(max(-v.Exponent(), 0), types.DecimalScaleMax))), nil
	case string:
		return []byte(v), nil
	case []byte:
		return v, nil
	case time.Time:
		return DownTime(v, t), nil
	case gtypes.Timespan:
		return DownTimespan(v), nil
	case gms.JSONWrapper:
		return downDocument(v)
	case gtypes.GeometryValue:
		return v.Serialize(), nil
	}
	return DownInteger(v)
}

// DownInteger is a whole number of any width.
func DownInteger(v any) (binlog.Value, error) {
	switch v := v.(type) {
	case int:
		return int64(v), nil
	case int8:
		return int64(v), nil
	case int16:
		return int64(v), nil
	case int32:
		return int64(v), nil
	case int64:
		return v, nil
	case uint:
		return uint64(v), nil
	case uint8:
		return uint64(v), nil
	case uint16:
		return uint64(v), nil
	case uint32:
		return uint64(v), nil
	case uint64:
		return v, nil
	}
	return nil, mysqlerr.New(mysqlerr.NotSupportedYet, fmt.Sprintf("a value of type %s", strings.TrimPrefix(fmt.Sprintf("%T", v), "types.")))
}

// DownTime is a moment, or for a DATE its day.
func DownTime(v time.Time, t types.Type) binlog.DateTime {
	out := DownMoment(v)
	if t.Kind == types.Date {
		out = binlog.DateTime{Year: out.Year, Month: out.Month, Day: out.Day}
	}
	return out
}

// DownTimespan is a TIME.
func DownTimespan(v gtypes.Timespan) binlog.Duration {
	n := v.AsMicroseconds()
	out := binlog.Duration{Negative: n < 0}
	if n < 0 {
		n = -n
	}
	out.Hour, out.Minute = int(n/MicrosPerHour), int(n/MicrosPerMinute%60)
	out.Second, out.Micro = int(n/MicrosPerSecond%60), int(n%MicrosPerSecond)
	return out
}

// Fits reports whether a value is one that a type's column may hold: the
// library computes values that are not of the type it announced.
func Fits(v binlog.Value, t types.Type) bool {
	switch v.(type) {
	case nil:
		return true
	case int64:
		return t.IsInteger() && !t.Unsigned
	case uint64:
		return t.IsInteger() && t.Unsigned || t.IsNamed() || t.Kind == types.Bit
	case float64:
		return t.IsFloat()
	case binlog.Decimal:
		return t.Kind == types.Decimal
	case []byte:
		return t.IsString() || t.Kind == types.Geometry || t.Kind == types.Vector
	case binlog.DateTime:
		return t.HasDate()
	case binlog.Duration:
		return t.Kind == types.Time
	}
	return false
}
