package binlog

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// A RowImage says which columns the images of changed rows have in the log, as
// MySQL's binlog_row_image does. Images of new rows have all of them.
type RowImage uint8

// The row images.
const (
	FullImage    RowImage = iota // all columns
	MinimalImage                 // before: those of Table.RowKey; after: those that the event changes in any row
	NoBlobImage                  // all but BLOB and TEXT that a minimal image would not have
)

var rowImages = [...]string{"FULL", "MINIMAL", "NOBLOB"}

// String is MySQL's name of it.
func (m RowImage) String() string {
	if int(m) < len(rowImages) {
		return rowImages[m]
	}
	return fmt.Sprintf("row image %d", uint8(m))
}

// ParseRowImage is the inverse of String, in any case of letters.
func ParseRowImage(name string) (RowImage, error) {
	i := slices.IndexFunc(rowImages[:], func(s string) bool { return strings.EqualFold(s, name) })
	if i < 0 {
		return 0, fmt.Errorf("%w: row image %q", ErrInvalid, shorten(name))
	}
	return RowImage(i), nil
}

// Absent is what a decoded image has in place of a column that it lacks.
type Absent struct{}

// String says so.
func (Absent) String() string { return "absent" }

// A columnSet is the bitmap by which an event names columns; nil is all of them.
type columnSet []byte

// columnsWhere is the set of a table's columns for which has says so. Unused bits
// are set, as MySQL leaves them where all columns are there.
func columnsWhere(columns int, has func(i int) bool) columnSet {
	s := make(columnSet, bitmapSize(columns))
	for i := range 8 * len(s) {
		if i >= columns || has(i) {
			s[i/8] |= 1 << (i % 8)
		}
	}
	return s
}

func (s columnSet) has(i int) bool { return s == nil || s[i/8]>>(i%8)&1 != 0 }

// appendTo appends the set as events have it.
func (s columnSet) appendTo(dst []byte, columns int) []byte {
	if s != nil {
		return append(dst, s...)
	}
	for range bitmapSize(columns) { // unused bits, too
		dst = append(dst, 0xff)
	}
	return dst
}

// count is how many of the table's columns are in the set.
func (s columnSet) count(columns int) int {
	if s == nil {
		return columns
	}
	n := 0
	for i := range columns {
		if s.has(i) {
			n++
		}
	}
	return n
}

// presence is the columns that the images of one event have.
type presence struct{ before, after columnSet }

// presence is which columns the rows' images get.
func (m RowImage) presence(t *Table, kind RowsKind, rows []RowChange) (p presence) {
	if m == FullImage || kind == WriteRows {
		return p
	}
	keeps := func(i int) bool { return m == NoBlobImage && t.Columns[i].Type != TypeBlob }
	if len(t.RowKey) > 0 {
		p.before = columnsWhere(len(t.Columns), func(i int) bool { return keeps(i) || slices.Contains(t.RowKey, i) })
	}
	if kind != UpdateRows {
		return p
	}
	p.after = columnsWhere(len(t.Columns), func(i int) bool { return keeps(i) || anyChanged(rows, i) })
	if p.after.count(len(t.Columns)) == 0 {
		p.after = p.before // readers want some column
	}
	return p
}

// anyChanged reports whether a column differs between the images of any row.
func anyChanged(rows []RowChange, column int) bool {
	return slices.ContainsFunc(rows, func(r RowChange) bool {
		return column < len(r.Before) && column < len(r.After) && !sameValue(r.Before[column], r.After[column])
	})
}

func sameValue(a, b Value) bool {
	x, isBytes := a.([]byte)
	y, both := b.([]byte)
	if isBytes || both {
		return isBytes && both && bytes.Equal(x, y)
	}
	return a == b
}
