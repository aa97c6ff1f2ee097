package sql

import (
	"bytes"
	"io"
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/rows"
	"github.com/xadb/xadb/server/sql/convert"
)

// A part is what a scan goes over: ranges of a table's keys, or an index's, in
// order.
type part struct {
	index   *catalog.Index // nil: the rows themselves
	interim *interim       // nil: the store has the index
	ranges  []rows.Range
	reverse bool
}

// Key implements gms.Partition.
func (part) Key() []byte { return []byte("rows") }

// A scan hands on the rows of ranges. It reads the snapshot, or locks what it
// reads (S2).
type scan struct {
	t      *table
	cursor *rows.Cursor // nil: found is all
	found  []rows.Row   // in the order in which they are handed on
	// single: found are candidates; each is locked, and read again.
	single bool
}

// checkEvery is how many rows pass between two looks at the context.
const checkEvery = 1024

var lockModes = map[catalog.Mode]rows.Mode{0: rows.Snapshot, catalog.Shared: rows.Share, catalog.Exclusive: rows.Update}

// scan begins to read. What must be read against the order under locks is
// found at once, and so are the candidates of reads that lock no ranges.
func (t *table) scan(p part) (*scan, error) {
	c := t.c
	read := rows.Read{Txn: c.env.Txn, Table: t.def, Index: p.index, Mode: lockModes[t.mode], Desc: p.reverse, Now: c.triggered}
	s := &scan{t: t}
	if t.mode == 0 && c.triggered {
		read.Mode, read.Desc = rows.Latest, false
	}
	if t.mode != 0 {
		read.Desc = false
		s.single = !c.env.Ranges || c.stmt.tree.SkipLocked
	}
	if s.single {
		read.Mode = rows.Latest
		if c.env.Snapshot {
			read.Mode = rows.Snapshot
		}
		if p.index == nil && allPoints(p.ranges) {
			for _, r := range p.ranges {
				s.found = append(s.found, rows.Row{Key: r.Start})
			}
			return s, nil
		}
	}
	s.cursor = read.Open(c.ctx, p.ranges...)
	if !s.single && (read.Desc || !p.reverse) {
		return s, nil
	}
	return s, s.collect(p.reverse)
}

func allPoints(list []rows.Range) bool {
	return !slices.ContainsFunc(list, func(r rows.Range) bool { return !r.Point })
}

func (s *scan) collect(reverse bool) error {
	for s.cursor.Next() {
		r := s.cursor.Row()
		if s.single {
			r.Values = nil
		}
		s.found = append(s.found, r)
		if err := s.t.c.hold(len(r.Key) + rowBytes(r.Values)); err != nil {
			return err
		}
	}
	err := s.cursor.Close()
	s.cursor = nil
	if reverse {
		slices.Reverse(s.found)
	}
	return err
}

// Next implements gms.RowIter.
func (s *scan) Next(*gms.Context) (gms.Row, error) {
	for s.cursor == nil {
		if len(s.found) == 0 {
			return nil, io.EOF
		}
		r := s.found[0]
		s.found = s.found[1:]
		if s.single {
			ok, err := s.t.lock(&r)
			if err != nil {
				return nil, err
			}
			if !ok {
				continue
			}
		}
		return s.t.row(r)
	}
	if !s.cursor.Next() {
		if err := s.cursor.Err(); err != nil {
			return nil, err
		}
		return nil, io.EOF
	}
	return s.t.row(s.cursor.Row())
}

// Close implements gms.RowIter.
func (s *scan) Close(*gms.Context) error {
	s.found = nil
	if s.cursor == nil {
		return nil
	}
	cursor := s.cursor
	s.cursor = nil
	return cursor.Close()
}

// lock locks a candidate and reads what it is now; ok is false if it is gone,
// or passed over.
func (t *table) lock(r *rows.Row) (ok bool, err error) {
	txn, space := t.c.env.Txn, t.def.Space()
	if t.c.stmt.tree.SkipLocked {
		free, err := txn.TryLock(space, r.Key, t.mode)
		if err != nil || !free {
			return false, err
		}
	}
	val, ok, err := txn.GetForUpdate(t.c.ctx, space, r.Key, t.mode)
	if err != nil || !ok {
		return false, err
	}
	r.Values, err = rows.Decode(t.def, bytes.Clone(val))
	return err == nil, err
}

// row hands a row on to the library, and counts it.
func (t *table) row(r rows.Row) (gms.Row, error) {
	c := t.c
	c.read++
	if c.read%checkEvery == 0 {
		if err := c.interrupted(); err != nil {
			return nil, err
		}
	}
	if t.target && len(t.def.PrimaryKey) == 0 && !t.keyed {
		if err := t.remember(r); err != nil {
			return nil, err
		}
	}
	row, err := convert.UpRow(r.Values, t.def.Types(), c.env.Location)
	if err == nil && t.keyed {
		row = append(row, bytes.Clone(r.Key))
	}
	return row, err
}

// interrupted is why the statement must end, or nil.
func (c *call) interrupted() error {
	if err := c.ctx.Err(); err != nil {
		return mysqlerr.Wrap(err, mysqlerr.QueryInterrupted)
	}
	return nil
}
