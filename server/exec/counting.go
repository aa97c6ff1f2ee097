package exec

import (
	"math"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/rows"
)

// count is AUTO_INCREMENT = n: the column at goes on there, or behind its largest value
// if that is larger. Only where the counter goes down are the rows asked.
func (a *altering) count(at int) error {
	was, err := a.counters.Next(a.env.Txn, a.table, catalog.AutoInc)
	if err != nil {
		return err
	}
	if a.next >= was {
		return a.counters.Raise(a.ctx, a.env.Txn, a.table, catalog.AutoInc, a.next-1)
	}
	last, err := a.largest(at)
	if err != nil {
		return err
	}
	if last < math.MaxUint64 {
		last++
	}
	if next := max(a.next, last); next < was {
		return a.counters.Reset(a.ctx, a.env.Txn, a.table, catalog.AutoInc, next)
	}
	return nil
}

// largest is the largest whole number of a column, or 0. The table is open Exclusive, so
// that the newest rows are all there are.
func (a *altering) largest(at int) (largest uint64, err error) {
	cursor := rows.Read{Txn: a.env.Txn, Table: a.table, Mode: rows.Latest, Now: true}.Open(a.ctx, rows.All())
	defer func() {
		if cerr := cursor.Close(); err == nil {
			err = cerr
		}
	}()
	for cursor.Next() {
		switch v := cursor.Row().Values[at].(type) {
		case int64:
			largest = max(largest, uint64(max(v, 0)))
		case uint64:
			largest = max(largest, v)
		}
	}
	return largest, cursor.Err()
}
