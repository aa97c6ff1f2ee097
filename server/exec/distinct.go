package exec

import (
	"slices"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/types"
)

// orderIsGiven refuses a SELECT DISTINCT in the order of something that it
// does not give: rows that become one may differ in it.
func (sel *selection) orderIsGiven(list sqlparser.OrderBy) error {
	keys, err := sel.query.compileOrder(list)
	if err != nil {
		return err
	}
	for _, o := range keys {
		given := func(e *expr) bool { return e == o.e || e.col >= 0 && e.col == o.e.col }
		if !slices.ContainsFunc(sel.exprs, given) {
			return unsupported("DISTINCT in the order of " + o.e.text)
		}
	}
	return nil
}

// unique leaves the first of the rows that compare as equal, in the order that
// they came in. NULLs are equal here.
func (sel *selection) unique(rows [][]binlog.Value) [][]binlog.Value {
	compare := func(a, b int) int {
		for i, e := range sel.exprs {
			if c := types.Compare(rows[a][i], rows[b][i], e.typ); c != 0 {
				return c
			}
		}
		return 0
	}
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, compare)
	first := slices.CompactFunc(order, func(a, b int) bool { return compare(a, b) == 0 })
	slices.Sort(first)
	out := make([][]binlog.Value, len(first))
	for i, at := range first {
		out[i] = rows[at]
	}
	return out
}

// window is the rows that OFFSET and LIMIT leave.
func (sel *selection) window(rows [][]binlog.Value) [][]binlog.Value {
	rows = rows[min(sel.offset, len(rows)):]
	if sel.limit >= 0 {
		rows = rows[:min(sel.limit, len(rows))]
	}
	return rows
}
