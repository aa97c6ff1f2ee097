package binlog

import (
	"bytes"
	"encoding/hex"
	"testing"
)

// TestVectorTableMap reads table maps that a MySQL 9.7 has written (the second with
// binlog_row_metadata=FULL), and writes the first of them again.
func TestVectorTableMap(t *testing.T) {
	read := func(text string) *Table {
		body, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		table, err := DecodeTableMap(body)
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	one := "d6000000000001000162000174000703f2fcf2fff5f2060402040404047601010002013f0701010d0703fcff3ffc0008040f0269640176016201770167016a01640801000c01fe"
	table := read(one)
	for i, want := range []int{1: 3, 3: 16383, 6: 2048} {
		c := &table.Columns[i]
		if c.Dimensions != want || (want > 0) != (c.Type == TypeVector) || want > 0 && c.Length != 4 {
			t.Errorf("column %s is %v of %d dimensions, want %d", c.Name, c.Type, c.Dimensions, want)
		}
	}
	event := appendTableMap(nil, table)
	ours := event[HeaderSize : len(event)-ChecksumSize]
	visible := "0c01fe" // of which nothing is said where all are visible
	if want, _ := hex.DecodeString(one[:len(one)-len(visible)]); !bytes.Equal(ours, want) {
		t.Errorf("it is written as\n%x, want\n%x", ours, want)
	}

	full := read("ee0000000000010001620001740007f20ff20ffefffe0b042800042800f70104f8017f03063ffcff003f2e0701010d0203040410017601730178017501650267650273740a03fcff00050301017806030101610c01fe")
	for i, want := range []uint16{CollationBinary, 255, CollationBinary, 46, 255, 0, 255} {
		if got := full.Columns[i].Collation; got != want {
			t.Errorf("column %d has collation %d, want %d", i, got, want)
		}
	}
}
