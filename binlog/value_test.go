package binlog

import (
	"encoding/hex"
	"errors"
	"math"
	"strings"
	"testing"
)

// TestPackedValues compares packed values with bytes known from MySQL.
func TestPackedValues(t *testing.T) {
	for _, c := range []struct {
		column Column
		value  Value
		want   string
	}{
		{Column{Type: TypeTiny}, int64(-1), "ff"},
		{Column{Type: TypeInt24}, int64(-2), "feffff"},
		{Column{Type: TypeLongLong, Unsigned: true}, uint64(math.MaxUint64), "ffffffffffffffff"},
		{Column{Type: TypeFloat}, 1.0, "0000803f"},
		{Column{Type: TypeDouble}, -2.0, "00000000000000c0"},
		{Column{Type: TypeYear}, int64(2026), "7e"},
		{Column{Type: TypeYear}, int64(0), "00"},
		{Column{Type: TypeDate}, DateTime{Year: 2026, Month: 11, Day: 20}, "74d50f"},
		{Column{Type: TypeVarchar, Length: 255}, []byte("ab"), "026162"},
		{Column{Type: TypeVarchar, Length: 256}, []byte("ab"), "02006162"},
		{Column{Type: TypeString, Length: 256}, []byte("ab"), "02006162"},
		{Column{Type: TypeBlob, Length: 3}, []byte("ab"), "0200006162"},
		{Column{Type: TypeBit, Length: 9}, uint64(0x155), "0155"},
		{Column{Type: TypeEnum, Length: 2}, uint64(258), "0201"},
		{Column{Type: TypeSet, Length: 1}, uint64(5), "05"},
		// decimal2bin's own example
		{Column{Type: TypeNewDecimal, Precision: 14, Scale: 4}, Decimal("1234567890.1234"), "810dfb38d204d2"},
		{Column{Type: TypeNewDecimal, Precision: 14, Scale: 4}, Decimal("-1234567890.1234"), "7ef204c72dfb2d"},
		{Column{Type: TypeNewDecimal, Precision: 4, Scale: 2}, Decimal("-0.00"), "8000"},
		{Column{Type: TypeDateTime2}, DateTime{}, "8000000000"},
		{Column{Type: TypeDateTime2, FSP: 3}, DateTime{2012, 6, 21, 15, 45, 17, 120000}, "998caafb5104b0"},
		{Column{Type: TypeTimestamp2, FSP: 6}, DateTime{1970, 1, 1, 0, 0, 1, 2}, "00000001000002"},
		{Column{Type: TypeTimestamp2}, DateTime{2038, 1, 19, 3, 14, 7, 0}, "7fffffff"},
		// the table in MySQL's my_time.cc
		{Column{Type: TypeTime2, FSP: 2}, Duration{}, "80000000"},
		{Column{Type: TypeTime2, FSP: 2}, Duration{Negative: true, Micro: 10000}, "7fffffff"},
		{Column{Type: TypeTime2, FSP: 2}, Duration{Negative: true, Micro: 990000}, "7fffff9d"},
		{Column{Type: TypeTime2, FSP: 2}, Duration{Negative: true, Second: 1}, "7fffff00"},
		{Column{Type: TypeTime2, FSP: 2}, Duration{Negative: true, Second: 1, Micro: 10000}, "7ffffeff"},
		{Column{Type: TypeTime2, FSP: 2}, Duration{Negative: true, Second: 1, Micro: 100000}, "7ffffef6"},
		{Column{Type: TypeTime2, FSP: 6}, Duration{Negative: true, Micro: 1}, "7fffffffffff"},
		{Column{Type: TypeTime2}, Duration{Hour: 838, Minute: 59, Second: 59}, "b46efb"},
	} {
		got, err := appendValue(nil, &c.column, c.value)
		if err != nil || hex.EncodeToString(got) != c.want {
			t.Errorf("%v %v: %x, %v; want %s", c.column.Type, c.value, got, err, c.want)
		}
	}
}

// TestBadValues gives every column type values that it must refuse.
func TestBadValues(t *testing.T) {
	all := []Value{nil, 1, int32(1), "text", true, struct{}{}, float32(1), Column{}, []Value{}, int64(0), uint64(0), 0.0, Decimal("0"), []byte{}, DateTime{}, Duration{}}
	takes := map[Type]Value{
		TypeFloat: 0.0, TypeDouble: 0.0, TypeNewDecimal: Decimal(""), TypeVarchar: []byte{}, TypeString: []byte{}, TypeBlob: []byte{}, TypeJSON: []byte{}, TypeGeometry: []byte{}, TypeVector: []byte{},
		TypeBit: uint64(0), TypeEnum: uint64(0), TypeSet: uint64(0), TypeDate: DateTime{}, TypeDateTime2: DateTime{},
		TypeTimestamp2: DateTime{}, TypeTime2: Duration{}, TypeYear: int64(0),
	}
	for _, typ := range columnTypes {
		c := Column{Name: "c", Type: typ, Length: 1, Precision: 1}
		if typ == TypeJSON || typ == TypeGeometry || typ == TypeVector {
			c.Length = 4
		}
		want, ok := takes[typ]
		if !ok {
			want = int64(0)
		}
		for _, v := range all {
			kind := func(v Value) string { return strings.TrimPrefix(hexType(v), "binlog.") }
			fits := kind(v) == kind(want) || typ == TypeYear && kind(v) == "uint64"
			if _, err := appendImage(nil, &Table{Columns: []Column{c}}, nil, []Value{v}); fits != (err == nil) || err != nil && !errors.Is(err, ErrInvalid) {
				t.Errorf("%v takes %T: %v", typ, v, err)
			}
		}
	}
	dec := Column{Type: TypeNewDecimal, Precision: 4, Scale: 2}
	for _, c := range []struct {
		column Column
		value  Value
	}{
		{Column{Type: TypeTiny}, int64(128)}, {Column{Type: TypeTiny}, int64(-129)}, {Column{Type: TypeTiny, Unsigned: true}, uint64(256)},
		{Column{Type: TypeTiny, Unsigned: true}, int64(1)}, {Column{Type: TypeInt24}, int64(1 << 23)},
		{Column{Type: TypeFloat}, math.MaxFloat64}, {Column{Type: TypeDouble}, math.NaN()}, {Column{Type: TypeDouble}, math.Inf(1)},
		{Column{Type: TypeDouble, Unsigned: true}, -1.0},
		{dec, Decimal("100")}, {dec, Decimal("0.001")}, {dec, Decimal("1e1")}, {dec, Decimal("")}, {dec, Decimal("-")}, {dec, Decimal("1.")},
		{dec, Decimal(".5")}, {dec, Decimal("+1")}, {dec, Decimal("--1")}, {Column{Type: TypeNewDecimal, Precision: 4, Unsigned: true}, Decimal("-1")},
		{Column{Type: TypeVarchar, Length: 1}, []byte("ab")}, {Column{Type: TypeBlob, Length: 1}, make([]byte, 256)},
		{Column{Type: TypeBit, Length: 3}, uint64(8)}, {Column{Type: TypeEnum, Length: 1}, uint64(256)},
		{Column{Type: TypeEnum, Length: 1, Members: []string{"a"}}, uint64(2)}, {Column{Type: TypeSet, Length: 1, Members: []string{"a"}}, uint64(2)},
		{Column{Type: TypeYear}, int64(1900)}, {Column{Type: TypeYear}, int64(2156)}, {Column{Type: TypeYear}, uint64(1 << 63)},
		{Column{Type: TypeDate}, DateTime{Year: 10000}}, {Column{Type: TypeDate}, DateTime{Month: 13}}, {Column{Type: TypeDate}, DateTime{Day: -1}},
		{Column{Type: TypeDate}, DateTime{Hour: 1}}, {Column{Type: TypeDateTime2}, DateTime{Hour: 24}}, {Column{Type: TypeDateTime2}, DateTime{Micro: 1}},
		{Column{Type: TypeDateTime2, FSP: 3}, DateTime{Micro: 1500}}, {Column{Type: TypeTimestamp2}, DateTime{1970, 1, 1, 0, 0, 0, 0}},
		{Column{Type: TypeTimestamp2}, DateTime{2038, 1, 19, 3, 14, 8, 0}}, {Column{Type: TypeTimestamp2}, DateTime{2026, 2, 30, 0, 0, 0, 0}},
		{Column{Type: TypeTimestamp2, FSP: 6}, DateTime{Micro: 1}},
		{Column{Type: TypeTime2}, Duration{Hour: 839}}, {Column{Type: TypeTime2}, Duration{Minute: 60}}, {Column{Type: TypeTime2, FSP: 1}, Duration{Micro: 10000}},
		{Column{Type: 245}, []byte("{}")},
	} {
		if got, err := appendValue(nil, &c.column, c.value); !errors.Is(err, ErrInvalid) {
			t.Errorf("%v takes %v as %x, %v", c.column, c.value, got, err)
		}
	}
}

func hexType(v Value) string {
	switch v.(type) {
	case int64:
		return "int64"
	case uint64:
		return "uint64"
	case float64:
		return "float64"
	case Decimal:
		return "Decimal"
	case []byte:
		return "bytes"
	case DateTime:
		return "DateTime"
	case Duration:
		return "Duration"
	}
	return "none"
}

// TestBadTables must not reach the file.
func TestBadTables(t *testing.T) {
	column := func(c Column) *Table { return &Table{ID: 1, DB: "d", Name: "t", Columns: []Column{c}} }
	long := strings.Repeat("n", 256)
	for _, tbl := range []*Table{
		{ID: 0, Name: "t", Columns: accounts.Columns},
		{ID: 0xffffff, Name: "t", Columns: accounts.Columns},
		{ID: 1 << 48, Name: "t", Columns: accounts.Columns},
		{ID: 1, Columns: accounts.Columns},
		{ID: 1, Name: long, Columns: accounts.Columns},
		{ID: 1, Name: "t", DB: long, Columns: accounts.Columns},
		{ID: 1, Name: "t"},
		{ID: 1, Name: "t", Columns: make([]Column, ColumnsMax+1)},
		{ID: 1, Name: "t", Columns: accounts.Columns, PrimaryKey: []int{3}},
		{ID: 1, Name: "t", Columns: accounts.Columns, PrimaryKey: []int{-1}},
		column(Column{Name: long, Type: TypeTiny}), column(Column{Type: 245}), column(Column{}),
		column(Column{Type: TypeVarchar, Length: 65536}), column(Column{Type: TypeVarchar, Length: -1}),
		column(Column{Type: TypeString, Length: 1024}), column(Column{Type: TypeBlob}), column(Column{Type: TypeBlob, Length: 5}),
		column(Column{Type: TypeBit}), column(Column{Type: TypeBit, Length: 65}), column(Column{Type: TypeEnum, Length: 3}),
		column(Column{Type: TypeSet, Length: 5}), column(Column{Type: TypeNewDecimal}),
		column(Column{Type: TypeNewDecimal, Precision: 66}), column(Column{Type: TypeNewDecimal, Precision: 2, Scale: 3}),
		column(Column{Type: TypeTime2, FSP: 7}),
	} {
		c := NewCache(0)
		if err := c.AddRows(tbl, WriteRows, []RowChange{{After: make([]Value, len(tbl.Columns))}}); !errors.Is(err, ErrInvalid) || !c.Empty() {
			t.Errorf("%.100v: %v", tbl, err)
		}
	}
}
