package lock

import (
	"bytes"
	"cmp"
	"fmt"
)

// A Kind says what a Target is.
type Kind uint8

// The kinds of targets.
const (
	Table Kind = 1 // the table itself, against changes of its definition
	Row   Kind = 2
	Range Kind = 3 // of rows
)

// A Target is what a lock is on.
type Target struct {
	Kind  Kind
	Table uint32
	Key   []byte // of the row, or where the range begins
	End   []byte // where the range ends, exclusive; nil: where the table does
}

// OfTable is the table itself.
func OfTable(table uint32) Target { return Target{Kind: Table, Table: table} }

// OfRow is one row, which need not exist.
func OfRow(table uint32, key []byte) Target { return Target{Kind: Row, Table: table, Key: key} }

// OfRange is every row, present or to come, of [start, end). A nil end is the
// end of the table.
func OfRange(table uint32, start, end []byte) Target {
	return Target{Kind: Range, Table: table, Key: start, End: end}
}

// keyTextMax is how many bytes of a key a text shows.
const keyTextMax = 64

// String is for messages: `row "k" of table 16`.
func (t Target) String() string {
	switch {
	case t.Kind == Table:
		return fmt.Sprintf("table %d", t.Table)
	case t.Kind == Row:
		return fmt.Sprintf("row %s of table %d", keyText(t.Key), t.Table)
	case t.End == nil:
		return fmt.Sprintf("rows from %s of table %d", keyText(t.Key), t.Table)
	}
	return fmt.Sprintf("rows from %s to %s of table %d", keyText(t.Key), keyText(t.End), t.Table)
}

func keyText(key []byte) string {
	if len(key) > keyTextMax {
		return fmt.Sprintf("%q…", key[:keyTextMax])
	}
	return fmt.Sprintf("%q", key)
}

// compare orders targets by table, kind, key and end.
func (t Target) compare(u Target) int {
	return cmp.Or(cmp.Compare(t.Table, u.Table), cmp.Compare(t.Kind, u.Kind),
		span{t.Key, t.End}.compare(span{u.Key, u.End}))
}

// A space is the keys of one kind in one table.
type space uint64

const tablesBit space = 1 << 32 // the points are owners' ids

func (s space) gate() int { return int((uint64(s) * 0x9e3779b97f4a7c15) >> 56) }

// A place is a target as the manager sees it.
type place struct {
	space space
	point bool
	span  // of a point only the start
}

// place is where o locks t in mode.
func (t Target) place(o *Owner, mode Mode) place {
	switch {
	case t.Kind == Row:
		return place{space(t.Table), true, span{start: t.Key}}
	case t.Kind == Range:
		return place{space(t.Table), false, span{t.Key, t.End}}
	case mode == Shared:
		return place{tablesBit | space(t.Table), true, span{start: o.point[:]}}
	}
	return place{space: tablesBit | space(t.Table)}
}

// target is the reverse of Target.place.
func (p place) target() Target {
	switch {
	case p.space&tablesBit != 0:
		return OfTable(uint32(p.space))
	case p.point:
		return OfRow(uint32(p.space), bytes.Clone(p.start))
	}
	return OfRange(uint32(p.space), bytes.Clone(p.start), bytes.Clone(p.end))
}

// meets reports whether two places of one space have a key in common.
func (p place) meets(q place) bool {
	switch {
	case p.point && q.point:
		return bytes.Equal(p.start, q.start)
	case p.point:
		return q.has(p.start)
	case q.point:
		return p.has(q.start)
	}
	return p.overlaps(q.span)
}
