package convert

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// A stored value is the same again behind the library, and its type is one that it fits.
func TestUpAndDown(t *testing.T) {
	moment := binlog.DateTime{Year: 2024, Month: 2, Day: 29, Hour: 23, Minute: 59, Second: 58, Micro: 7}
	text := types.CollationGeneralCI
	for _, one := range []struct {
		typ   types.Type
		value binlog.Value
	}{
		{types.Type{Kind: types.TinyInt}, int64(-128)},
		{types.Type{Kind: types.TinyInt, Unsigned: true}, uint64(255)},
		{types.Type{Kind: types.SmallInt}, int64(-32768)},
		{types.Type{Kind: types.MediumInt, Unsigned: true}, uint64(1<<24 - 1)},
		{types.Type{Kind: types.Int}, int64(-1 << 31)},
		{types.Type{Kind: types.BigInt}, int64(-1 << 63)},
		{types.Type{Kind: types.BigInt, Unsigned: true}, uint64(1<<64 - 1)},
		{types.Type{Kind: types.Bit, Length: 64}, uint64(1 << 63)},
		{types.Type{Kind: types.Decimal, Precision: 65, Scale: 30}, binlog.Decimal("-12345678901234567890123456789012345.000000000000000000000000000001")},
		{types.Type{Kind: types.Decimal, Precision: 4, Scale: 2}, binlog.Decimal("1.50")},
		{types.Type{Kind: types.Float}, 0.5},
		{types.Type{Kind: types.Double}, 1e-300},
		{types.Type{Kind: types.VarChar, Length: 9, Collation: text}, []byte("é 😀")},
		{types.Type{Kind: types.VarChar, Length: 9, Collation: types.CollationBinary}, []byte{0xff, 0}},
		{types.Type{Kind: types.Date}, binlog.DateTime{Year: 9999, Month: 12, Day: 31}},
		{types.Type{Kind: types.Date}, binlog.DateTime{}},
		{types.Type{Kind: types.DateTime, FSP: 6}, moment},
		{types.Type{Kind: types.Time, FSP: 6}, binlog.Duration{Negative: true, Hour: 838, Minute: 59, Second: 59}},
		{types.Type{Kind: types.Time, FSP: 6}, binlog.Duration{Hour: 0, Micro: 1}},
		{types.Type{Kind: types.BigInt}, nil},
	} {
		typ, err := ToType(one.typ)
		if err != nil {
			t.Errorf("%s: %v", one.typ.SQL(), err)
			continue
		}
		up, err := Up(one.value, one.typ, time.UTC)
		if err != nil {
			t.Errorf("%s %v: %v", one.typ.SQL(), one.value, err)
			continue
		}
		got, from, err := Down(context.Background(), up, typ)
		if err != nil || !reflect.DeepEqual(got, one.value) || !Fits(got, from) {
			t.Errorf("%s %v: %v (%T) of type %s, %v", one.typ.SQL(), one.value, got, got, from.SQL(), err)
		}
		if back, ok := FromType(typ); !ok || back.Kind != one.typ.Kind || back.Unsigned != one.typ.Unsigned {
			t.Errorf("%s is %s again, %v", one.typ.SQL(), back.SQL(), ok)
		}
	}
}

// A TIMESTAMP is shown in the session's zone; times of a day that is none are refused.
func TestUpMoments(t *testing.T) {
	zone := time.FixedZone("", 2*60*60)
	stored := binlog.DateTime{Year: 2024, Month: 1, Day: 1, Hour: 23}
	up, err := Up(stored, types.Type{Kind: types.Timestamp}, zone)
	if want := time.Date(2024, 1, 2, 1, 0, 0, 0, time.UTC); err != nil || up != want {
		t.Errorf("%v, %v, want %v", up, err, want)
	}
	_, err = Up(binlog.DateTime{Year: 2024, Month: 1, Hour: 1}, types.Type{Kind: types.DateTime}, zone)
	if !mysqlerr.Is(err, mysqlerr.TruncatedWrongValue) {
		t.Error(err)
	}
}
