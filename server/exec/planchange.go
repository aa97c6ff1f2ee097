package exec

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/rows"
	"github.com/xadb/xadb/server/types"
)

// lockRow locks the row that a plan changes and reads it. It is not ok if there
// is none.
func (c *call) lockRow(p *plan) (r rows.Row, ok bool, err error) {
	key, ok := c.prefix(p)
	if !ok {
		return r, false, ErrNoPlan
	}
	val, ok, err := c.env.Txn.GetForUpdate(c.ctx, p.table.Space(), key, catalog.Exclusive)
	if err != nil || !ok {
		return r, false, err
	}
	c.read++
	r.Key = key
	if r.Values, err = rows.Decode(p.table, val); err != nil {
		return r, false, err
	}
	return r, c.same(p, r.Values), nil
}

func (c *call) planUpdateRow(p *plan) (*Result, error) {
	r, ok, err := c.lockRow(p)
	if err != nil {
		return nil, err
	}
	if !ok {
		return updated(0, 0, c), nil
	}
	row := slices.Clone(r.Values)
	for i := range p.set {
		if row[p.set[i].col], err = c.planValue(p, &p.set[i], row); err != nil {
			return nil, err
		}
	}
	if sameRow(row, r.Values) { // E4
		return updated(1, 0, c), nil
	}
	u := updating{call: c, table: p.table}
	if err := u.onUpdate(row, p.assigned()); err != nil {
		return nil, err
	}
	w := c.writer(p.table, 0)
	if err := w.Update(r, row); err != nil {
		return nil, err
	}
	return updated(1, 1, c), w.Close()
}

// assigned is the columns that SET names, if it matters to any of the table's.
func (p *plan) assigned() map[int]bool {
	if !slices.ContainsFunc(p.table.Columns, func(c catalog.Column) bool { return c.OnUpdateNow }) {
		return nil
	}
	out := make(map[int]bool)
	for _, s := range p.set {
		out[s.col] = true
	}
	return out
}

// planValue is what a column is set to.
func (c *call) planValue(p *plan, s *setting, row []binlog.Value) (binlog.Value, error) {
	arg := c.args[s.param]
	if s.other < 0 {
		return c.storeArg(p.table, s.col, arg, 1)
	}
	a, ok := row[s.other].(int64)
	b, also := arg.(int64)
	if !ok || !also {
		return nil, ErrNoPlan
	}
	sum := a + b
	overflow := (sum > a) != (b > 0)
	if s.minus {
		sum = a - b
		overflow = (sum < a) != (b > 0)
	}
	if overflow && b != 0 {
		return nil, ErrNoPlan
	}
	return c.storeArg(p.table, s.col, sum, 1)
}

// storeArg is store of an argument. What is an error there declines.
func (c *call) storeArg(t *catalog.Table, col int, v binlog.Value, number int) (binlog.Value, error) {
	column := &t.Columns[col]
	switch {
	case v == nil && (column.AutoIncrement || column.Nullable):
		return nil, nil
	case v == nil:
		return nil, ErrNoPlan
	case column.Type.IsInteger() && column.Type.Kind != types.Year:
		if n, ok := intArg(column.Type, v); ok {
			return n, nil
		}
	}
	from, err := types.OfValue(v)
	if err == nil && column.Type.Kind == types.Vector && from.IsText() {
		if c.stmt.template { // it is a literal, which may be text
			return nil, ErrNoPlan
		}
		from.Collation = types.CollationBinary
	}
	if err != nil || !column.Type.IsText() && c.env.recodes(v) {
		return nil, ErrNoPlan
	}
	to := types.Target{Name: column.Name, Type: column.Type, Row: number, Zone: c.env.Location, ZeroDates: c.zeroDates()}
	out, err := types.Store(v, from, to)
	if err != nil || types.Lost(v, from, out, to, c.env.Strict()) != nil {
		return nil, ErrNoPlan
	}
	return out, nil
}

// updated is the answer to an UPDATE.
func updated(matched, changed int, c *call) *Result {
	out := &Result{AffectedRows: uint64(changed), Info: "Rows matched: 1  Changed: 1  Warnings: 0"}
	if matched != 1 || changed != 1 || c.warned() != 0 {
		out.Info = fmt.Sprintf("Rows matched: %d  Changed: %d  Warnings: %d", matched, changed, c.warned())
	}
	if c.env.FoundRows {
		out.AffectedRows = uint64(matched)
	}
	return out
}

func (c *call) planDeleteRow(p *plan) (*Result, error) {
	r, ok, err := c.lockRow(p)
	if err != nil || !ok {
		return &Result{}, err
	}
	w := c.writer(p.table, 0)
	if err := w.Delete(r); err != nil {
		return nil, err
	}
	return &Result{AffectedRows: 1}, w.Close()
}

func (c *call) planInsertRows(p *plan) (*Result, error) {
	list := make([][]binlog.Value, len(p.rows))
	for i, slots := range p.rows {
		row := make([]binlog.Value, len(slots))
		for col, at := range slots {
			var err error
			switch at {
			case slotDefault:
				row[col], err = c.defaultOf(p.table, col)
			case slotNull:
				row[col], err = c.storeArg(p.table, col, nil, i+1)
			default:
				row[col], err = c.storeArg(p.table, col, c.args[at], i+1)
			}
			if err != nil {
				return nil, ErrNoPlan
			}
		}
		list[i] = row
	}
	return c.insertRows(p.table, list)
}

// insertRows locks and writes new rows in order.
func (c *call) insertRows(t *catalog.Table, list [][]binlog.Value) (*Result, error) {
	w := c.writer(t, len(list))
	for _, row := range list {
		if err := w.Insert(row); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	out := &Result{AffectedRows: uint64(len(list)), InsertID: w.InsertID(), Generated: w.InsertID() != 0}
	if !out.Generated {
		out.InsertID = w.LastValue()
	}
	if len(list) > 1 {
		out.Info = "Records: " + strconv.Itoa(len(list)) + "  Duplicates: 0  Warnings: " + strconv.Itoa(c.warned())
	}
	return out, nil
}
