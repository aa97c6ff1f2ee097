package exec

import (
	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/rows"
)

// lockedRange locks a range, then hands on the newest rows that match. A LIMIT
// locks no further than the row that it ends at.
func (q *query) lockedRange(r rows.Range, f func(found) error) error {
	if q.limit < 0 || len(q.order) > 0 {
		return q.lockAndWalk(r, f)
	}
	last, err := q.lastWanted(r)
	if err != nil {
		return err
	}
	if last == nil {
		return q.lockAndWalk(r, f)
	}
	next := append(last, 0)
	if err := q.lockAndWalk(rows.Range{Start: r.Start, End: next}, f); err != nil {
		return err
	}
	// Rows have gone while nobody had locked them: the rest, then.
	return q.lockAndWalk(rows.Range{Start: next, End: r.End}, f)
}

func (q *query) lockAndWalk(r rows.Range, f func(found) error) error {
	return q.walk(q.cursor(q.locking(), r), f)
}

// lastWanted is the key of the row in a range that a LIMIT would end at now, or
// nil if there is none.
func (q *query) lastWanted(r rows.Range) (key []byte, err error) {
	left := q.offset + q.limit
	err = q.walk(q.cursor(rows.Latest, r), func(row found) error {
		if left--; left <= 0 {
			key = row.entry
			return errEnough{}
		}
		return nil
	})
	if _, ok := err.(errEnough); ok {
		err = nil
	}
	return key, err
}

// current hands on the newest committed rows, each under its lock alone (E2).
func (q *query) current(f func(found) error) error {
	keys, err := q.candidates()
	if err != nil {
		return err
	}
	space := q.table.Space()
	for i, c := range keys {
		if i%checkEvery == 0 && q.ctx.Err() != nil {
			return interrupted(q.ctx.Err())
		}
		if q.skipLocked {
			free, err := q.env.Txn.TryLock(space, c.key, q.mode)
			if err != nil {
				return err
			}
			if !free {
				continue
			}
		}
		val, ok, err := q.env.Txn.GetForUpdate(q.ctx, space, c.key, q.mode)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if c.row == nil { // a point: not read before
			q.read++
		}
		row, err := rows.Decode(q.table, val)
		if err != nil {
			return err
		}
		if ok, err = q.matches(row); err != nil {
			return err
		}
		if !ok {
			continue
		}
		if err := f(found{key: c.key, row: row}); err != nil {
			return err
		}
	}
	return nil
}

// candidates is the keys of rows that match now, in order; a point is one
// whatever it holds, if the order does not ask for its values. Where a changed
// row is a conflict, they are those that match in the snapshot.
func (q *query) candidates() ([]found, error) {
	var out []found
	keep := func(r found) error {
		out = append(out, r)
		if len(q.order) > 0 {
			return q.evalOrder(&out[len(out)-1])
		}
		out[len(out)-1].row = noRow
		return q.hold(len(r.key))
	}
	mode := rows.Latest
	if q.env.Snapshot {
		mode = rows.Snapshot
	}
	for _, r := range q.ranges {
		if r.Point && q.index == nil && len(q.order) == 0 {
			out = append(out, found{key: r.Start})
			continue
		}
		if err := q.walk(q.cursor(mode, r), keep); err != nil {
			return nil, err
		}
	}
	q.sort(out)
	return out, nil
}

// noRow stands for a row that was read and let go.
var noRow = []binlog.Value{}
