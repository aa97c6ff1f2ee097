package binlog

import (
	"encoding/binary"
	"fmt"
)

// rowsEventSize is where one statement's rows go on in the next event, as
// with MySQL's binlog_row_event_max_size. A larger row has its own event.
const rowsEventSize = 8192

// Flags of a rows event.
const (
	rowsStatementEnd       = 1
	rowsNoForeignKeyChecks = 2
	rowsExtraSize          = 2 // the length field of the extra data counts itself
)

// beginRows appends the part of a rows event that is in front of the rows.
func beginRows(dst []byte, t *Table, kind RowsKind, p presence) []byte {
	dst = beginEvent(dst, kind.eventType(), 0)
	dst = appendUint(dst, t.ID, 6)
	var flags uint16
	if t.Checked {
		flags = rowsNoForeignKeyChecks
	}
	dst = binary.LittleEndian.AppendUint16(dst, flags)
	dst = binary.LittleEndian.AppendUint16(dst, rowsExtraSize)
	dst = appendLenenc(dst, uint64(len(t.Columns)))
	if kind != WriteRows {
		dst = p.before.appendTo(dst, len(t.Columns))
	}
	if kind != DeleteRows {
		dst = p.after.appendTo(dst, len(t.Columns))
	}
	return dst
}

// setStatementEnd marks the rows event that begins at start as the last of
// its statement.
func setStatementEnd(buf []byte, start int) {
	buf[start+HeaderSize+6] |= rowsStatementEnd
}

// appendRows appends the rows events of one statement on one table.
func appendRows(dst []byte, t *Table, kind RowsKind, p presence, rows []RowChange) ([]byte, error) {
	start := len(dst)
	dst = beginRows(dst, t, kind, p)
	empty := len(dst)
	for i, r := range rows {
		rowAt := len(dst)
		var err error
		if dst, err = appendChange(dst, t, kind, p, r); err != nil {
			return nil, fmt.Errorf("table %s.%s, row %d: %w", t.DB, t.Name, i, err)
		}
		if over := len(dst) - start + ChecksumSize; over > rowsEventSize && rowAt > empty {
			dst, start, empty = splitBefore(dst, start, rowAt, empty-start)
		}
		if len(dst)-start+ChecksumSize > EventSizeMax {
			return nil, fmt.Errorf("%w: row %d of table %s.%s makes an event above %d bytes", ErrTooLarge, i, t.DB, t.Name, EventSizeMax)
		}
	}
	setStatementEnd(dst, start)
	return endEvent(dst, start), nil
}

// splitBefore ends the event at start in front of the row at rowAt and moves
// that row into a new event with the same preamble.
func splitBefore(dst []byte, start, rowAt, preamble int) (out []byte, newStart, empty int) {
	row := append([]byte(nil), dst[rowAt:]...)
	head := append([]byte(nil), dst[start:start+preamble]...)
	dst = endEvent(dst[:rowAt], start)
	newStart = len(dst)
	dst = append(dst, head...)
	empty = len(dst)
	return append(dst, row...), newStart, empty
}

// images says which images a change of the kind has, if it is as it should be.
func (kind RowsKind) images(hasBefore, hasAfter bool) (before, after bool, err error) {
	before, after = kind != WriteRows, kind != DeleteRows
	if before != hasBefore || after != hasAfter {
		err = fmt.Errorf("%w: %v with before=%t after=%t", ErrInvalid, kind, hasBefore, hasAfter)
	}
	return before, after, err
}

func appendChange(dst []byte, t *Table, kind RowsKind, p presence, r RowChange) ([]byte, error) {
	wantBefore, wantAfter, err := kind.images(r.Before != nil, r.After != nil)
	if err != nil {
		return nil, err
	}
	if wantBefore {
		if dst, err = appendImage(dst, t, p.before, r.Before); err != nil {
			return nil, err
		}
	}
	if wantAfter {
		return appendImage(dst, t, p.after, r.After)
	}
	return dst, nil
}

// appendBytesChange is appendChange for columns of bytes.
func appendBytesChange(dst []byte, t *Table, kind RowsKind, before, after [][]byte) ([]byte, error) {
	wantBefore, wantAfter, err := kind.images(before != nil, after != nil)
	if err == nil && wantBefore {
		dst, err = appendBytesImage(dst, t, before)
	}
	if err == nil && wantAfter {
		dst, err = appendBytesImage(dst, t, after)
	}
	return dst, err
}

// appendBytesImage is appendImage for columns of bytes and no NULL.
func appendBytesImage(dst []byte, t *Table, image [][]byte) ([]byte, error) {
	if len(image) != len(t.Columns) {
		return nil, errImage(t, len(image))
	}
	dst = appendNoNulls(dst, len(image))
	for i, v := range image {
		c := &t.Columns[i]
		if c.Type != TypeVarchar && c.Type != TypeString && c.Type != TypeBlob {
			return nil, errValue(c, v, "not a column of bytes")
		}
		var err error
		if dst, err = appendByteString(dst, c, v); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

func errImage(t *Table, values int) error {
	return fmt.Errorf("%w: %d values for %d columns", ErrInvalid, values, len(t.Columns))
}

// appendNoNulls appends a row's bitmap of NULLs without any. Unused bits are set,
// as in the presence bitmap.
func appendNoNulls(dst []byte, columns int) []byte {
	for range columns / 8 {
		dst = append(dst, 0)
	}
	if spare := columns % 8; spare != 0 {
		dst = append(dst, 0xff<<spare)
	}
	return dst
}

// appendImage appends the bitmap of NULLs and the other values of the columns that
// are there.
func appendImage(dst []byte, t *Table, there columnSet, image []Value) ([]byte, error) {
	if len(image) != len(t.Columns) {
		return nil, errImage(t, len(image))
	}
	nullsAt, n := len(dst), -1
	dst = appendNoNulls(dst, there.count(len(image)))
	for i, v := range image {
		if !there.has(i) {
			continue
		}
		n++
		c := &t.Columns[i]
		if v == nil {
			if !c.Nullable {
				return nil, errValue(c, v, "NULL in a NOT NULL column")
			}
			dst[nullsAt+n/8] |= 1 << (n % 8)
			continue
		}
		var err error
		if dst, err = appendValue(dst, c, v); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// A RowsEvent is the content of a rows event.
type RowsEvent struct {
	TableID      uint64
	Kind         RowsKind
	StatementEnd bool
	Unchecked    bool // nobody is to look for parents and children of the rows
	Rows         []RowChange
	present      presence
}

// rowsTableID reads which table a rows event is about.
func rowsTableID(body []byte) uint64 {
	cur := cursor{b: body}
	return cur.uint(6)
}

// DecodeRows decodes the body of a rows event of type typ on t. Columns that the
// images do not have are Absent.
func DecodeRows(typ EventType, body []byte, t *Table) (RowsEvent, error) {
	ev := RowsEvent{Kind: WriteRows}
	older := false
	switch typ {
	case EventWriteRowsV1:
		older = true
	case EventUpdateRows, EventUpdateRowsV1:
		ev.Kind, older = UpdateRows, typ == EventUpdateRowsV1
	case EventDeleteRows, EventDeleteRowsV1:
		ev.Kind, older = DeleteRows, typ == EventDeleteRowsV1
	}
	cur := cursor{b: body}
	ev.TableID = cur.uint(6)
	flags := cur.uint(2)
	ev.StatementEnd, ev.Unchecked = flags&rowsStatementEnd != 0, flags&rowsNoForeignKeyChecks != 0
	if !older {
		cur.bytes(max(cur.uint(2), rowsExtraSize) - rowsExtraSize)
	}
	columns := cur.lenenc()
	if cur.bad || ev.TableID != t.ID || columns != uint64(len(t.Columns)) {
		return ev, errBody(typ)
	}
	if ev.Kind != WriteRows {
		ev.present.before = cur.bytes(uint64(bitmapSize(len(t.Columns))))
	}
	if ev.Kind != DeleteRows {
		ev.present.after = cur.bytes(uint64(bitmapSize(len(t.Columns))))
	}
	for !cur.bad && len(cur.b) > 0 {
		var r RowChange
		before := len(cur.b)
		if ev.Kind != WriteRows {
			r.Before = cur.image(t, ev.present.before)
		}
		if ev.Kind != DeleteRows {
			r.After = cur.image(t, ev.present.after)
		}
		if len(cur.b) == before { // no column is there, and no end in sight
			return ev, errBody(typ)
		}
		ev.Rows = append(ev.Rows, r)
	}
	if cur.bad {
		return ev, errBody(typ)
	}
	return ev, nil
}

func (cur *cursor) image(t *Table, there columnSet) []Value {
	nulls := cur.bytes(uint64(bitmapSize(there.count(len(t.Columns)))))
	if cur.bad {
		return nil
	}
	image := make([]Value, len(t.Columns))
	n := 0
	for i := range t.Columns {
		if !there.has(i) {
			image[i] = Absent{}
			continue
		}
		if nulls[n/8]>>(n%8)&1 == 0 {
			image[i] = cur.value(&t.Columns[i])
		}
		n++
		if cur.bad {
			return nil
		}
	}
	return image
}
