package binlog

import (
	"bytes"
	"reflect"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"
)

// ownValue is what our decoder returns for v.
func ownValue(c *Column, v Value) Value {
	switch v := v.(type) {
	case Decimal:
		return plainDecimal(c, v)
	case Duration:
		if v == (Duration{Negative: true}) {
			return Duration{}
		}
	}
	return v
}

func compareOwn(t *rapid.T, file []byte, tbl *Table, rows []RowChange) {
	fs := vfs.NewMem()
	f, err := fs.Create("f", writeCategory)
	if err == nil {
		_, err = f.Write(bytes.Clone(file))
	}
	if err != nil {
		t.Fatal(err)
	}
	r, err := OpenReader(fs, "f")
	if err != nil {
		t.Fatal(err)
	}
	var got []RowChange
	var table *Table
	for {
		ev, err := r.Next()
		if err != nil {
			break
		}
		switch ev.Type {
		case EventTableMap:
			if table, err = DecodeTableMap(ev.Body()); err != nil {
				t.Fatal(err)
			}
			for i := range tbl.Columns { // the file says it when nothing was said
				if c := &tbl.Columns[i]; c.Type.isText() || c.Type.isNamed() {
					c.Collation = uint16(c.collation())
				}
			}
			table.RowKey = tbl.RowKey // which the event does not say
			if !reflect.DeepEqual(table, tbl) {
				t.Fatalf("table %v, want %v", table, tbl)
			}
		case EventWriteRows, EventUpdateRows, EventDeleteRows:
			e, err := DecodeRows(ev.Type, ev.Body(), table)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, e.Rows...)
		}
	}
	for i := range rows {
		for _, image := range [][]Value{rows[i].Before, rows[i].After} {
			for j := range image {
				image[j] = ownValue(&tbl.Columns[j], image[j])
			}
		}
	}
	if !reflect.DeepEqual(got, rows) {
		t.Fatalf("rows\n%v, want\n%v", got, rows)
	}
}
