package sql

import (
	"bytes"
	"slices"
	"sort"

	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/rows"
)

// interimShare is which part of what a statement may hold its interim indexes may. One
// that would hold more is not made.
const interimShare = 4

// interimName is what MySQL calls such an index.
const interimName = "<auto_key0>"

// An interim is an index that a statement makes in memory, of rows of which a query
// within it asks for some again and again. It is of the snapshot that the
// statement reads, which nothing changes meanwhile.
type interim struct {
	def     catalog.Index
	of      part // the rows
	state   interimState
	entries []interimEntry
}

type interimState int

const (
	interimNew   interimState = iota
	interimAsked              // once: it may be the only time
	interimMade
	interimTooLarge
)

// An interimEntry is a row by the key that an index of the catalog would have.
type interimEntry struct {
	key []byte
	row gms.Row
}

// newInterim is an index by columns.
func (t *table) newInterim(columns []int) index {
	x := &interim{def: catalog.Index{Name: interimName}}
	for _, col := range columns {
		x.def.Columns = append(x.def.Columns, catalog.Part{Column: col})
	}
	return index{t: t, ix: &x.def, interim: x}
}

// mayIndex reports whether rows of the table stay what they are as long as the
// statement runs, and nobody waits for them.
func (t *table) mayIndex() bool { return t.mode == 0 && t.c.stmt.onlyReads() }

// find finds the rows of ranges, or all of which the index is, if there is none.
func (x *interim) find(t *table, ranges []rows.Range) (gms.RowIter, error) {
	if err := t.c.interrupted(); err != nil {
		return nil, err
	}
	switch x.state {
	case interimNew:
		x.state = interimAsked
	case interimAsked:
		if err := x.make(t); err != nil {
			return nil, err
		}
	}
	if x.state != interimMade {
		return t.scan(x.of)
	}
	var found []gms.Row
	for _, r := range ranges {
		at := sort.Search(len(x.entries), func(i int) bool { return bytes.Compare(x.entries[i].key, r.Start) >= 0 })
		for ; at < len(x.entries) && (r.End == nil || bytes.Compare(x.entries[at].key, r.End) < 0); at++ {
			found = append(found, x.entries[at].row)
		}
	}
	return gms.RowsToRowIter(found...), nil
}

func (x *interim) make(t *table) (err error) {
	s, err := t.scan(x.of)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := s.Close(nil); err == nil {
			err = cerr
		}
	}()
	held := t.c.interims
	for s.cursor.Next() {
		r := s.cursor.Row()
		e, err := t.def.Entry(&x.def, r.Values, r.Key)
		if err != nil {
			return err
		}
		row, err := t.row(r)
		if err != nil {
			return err
		}
		if held += len(e.Key) + rowBytes(r.Values); held > t.c.max/interimShare {
			x.entries, x.state = nil, interimTooLarge
			return nil
		}
		x.entries = append(x.entries, interimEntry{e.Key, row})
	}
	if err := s.cursor.Err(); err != nil {
		return err
	}
	slices.SortFunc(x.entries, func(a, b interimEntry) int { return bytes.Compare(a.key, b.key) })
	t.c.interims, x.state = held, interimMade
	return nil
}
