package exec

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/rows"
	"github.com/xadb/xadb/server/types"
)

// ErrNoPlan: a statement of Recall has no plan here, or its plan has declined.
// Nothing was written.
var ErrNoPlan = errors.New("exec: no plan for this statement")

// A planState is what is known of a statement's plan for one default database.
type planState struct {
	db      string
	version uint64 // of the catalog's definitions, as of which plan is right
	plan    *plan  // nil: there is none
}

// A Memo is what a transaction holds already: one for each transaction, nothing
// at first.
type Memo struct {
	table *catalog.Table // it and its definition are locked
	seen  bool           // and the transaction's snapshot has the same definition
}

// runPlan executes the statement by its plan, or is ErrNoPlan.
func (c *call) runPlan() (*Result, error) {
	if c.stmt.Kind == Read && c.env.Serializable {
		return nil, ErrNoPlan
	}
	p, err := c.plan()
	if err != nil {
		return nil, err
	}
	switch c.stmt.tree.(type) {
	case *sqlparser.Select:
		return c.planSelectRows(p)
	case *sqlparser.Update:
		return c.planUpdateRow(p)
	case *sqlparser.Delete:
		return c.planDeleteRow(p)
	}
	return c.planInsertRows(p)
}

// plan is the statement's plan, under the table's lock (P2).
func (c *call) plan() (*plan, error) {
	name := tableOf(c.stmt.tree)
	db, err := c.database(name)
	if err != nil {
		return nil, ErrNoPlan
	}
	state := c.stmt.plan.Load()
	if state != nil && state.db == db && state.version == c.catalog.Version() {
		if state.plan == nil {
			return nil, ErrNoPlan
		}
		held, err := c.hold(state.plan.table)
		if err != nil || held && state.version == c.catalog.Version() {
			return state.plan, err
		}
	}
	return c.planAnew(state, db, name.Name.String())
}

// planAnew looks at the definition, which stays as it is from then on.
func (c *call) planAnew(old *planState, db, name string) (*plan, error) {
	t, ok, err := c.catalog.Open(c.ctx, c.env.Txn, db, name, catalog.Shared)
	if err != nil {
		return nil, err
	}
	state := &planState{db: db, version: c.catalog.Version()}
	switch {
	case !ok:
	case old != nil && old.plan != nil && old.plan.table == t:
		state.plan = old.plan
	default:
		state.plan = c.planned(t)
	}
	c.stmt.plan.Store(state)
	if state.plan == nil {
		return nil, ErrNoPlan
	}
	held, err := c.hold(t)
	if err == nil && !held {
		err = ErrNoPlan
	}
	return state.plan, err
}

// hold locks a table and its definition, as catalog.Open does it, and makes sure
// that a plain read's snapshot knows the same definition (G4). It is false if
// that takes more.
func (c *call) hold(t *catalog.Table) (bool, error) {
	snapshot := c.stmt.Kind == Read
	m := c.env.Memo
	if m != nil && m.table == t && (m.seen || !snapshot) {
		return true, nil
	}
	held, err := c.catalog.Hold(c.ctx, c.env.Txn, t)
	if err != nil || !held {
		return false, err
	}
	if snapshot {
		if held, err = c.catalog.Seen(c.env.Txn, t); err != nil || !held {
			return false, err
		}
	}
	if m != nil {
		*m = Memo{table: t, seen: snapshot}
	}
	return true, nil
}

// ReadNow answers a plain read outside of transactions by its plan: one row, as
// it was committed last (P3). It is ErrNoPlan for anything else, and before the
// statement was executed in a transaction once. env needs no Txn.
func (e *Executor) ReadNow(ctx context.Context, env Env, s *Stmt, args []binlog.Value) (*Result, error) {
	state := s.plan.Load()
	if e.opts.Get == nil || s.Kind != Read || env.Serializable || len(args) != s.NumParams || state == nil || state.plan == nil ||
		state.version != e.catalog.Version() || tableOf(s.tree).DbQualifier.IsEmpty() && env.DB != state.db {
		return nil, ErrNoPlan
	}
	p := state.plan
	if !p.changesOne() {
		return nil, ErrNoPlan
	}
	if env.Location == nil {
		env.Location = time.UTC
	}
	c := &call{Executor: e, ctx: ctx, env: env, stmt: s, args: args}
	if err := ctx.Err(); err != nil {
		return nil, interrupted(err)
	}
	key, ok := c.pointKey(p)
	if !ok {
		return nil, ErrNoPlan
	}
	val, found, err := e.opts.Get(p.table.Space(), key)
	if e.catalog.Version() != state.version {
		return nil, ErrNoPlan
	}
	if err != nil {
		return nil, err
	}
	e.recalls.used.Add(1)
	out, err := c.planColumns(p)
	if err != nil || !found {
		return out, err
	}
	row, err := rows.Decode(p.table, val)
	if err != nil {
		return nil, err
	}
	if out.RowsRead = 1; !c.same(p, row) {
		return out, nil
	}
	return out, c.emit(p, out, row)
}

// planColumns begins the answer to a SELECT.
func (c *call) planColumns(p *plan) (*Result, error) {
	out := &Result{Columns: p.columns}
	if c.env.Sink != nil {
		return out, c.env.Sink.Columns(p.columns)
	}
	out.Rows = [][]binlog.Value{}
	return out, nil
}

// emit hands on a row of a SELECT.
func (c *call) emit(p *plan, out *Result, row []binlog.Value) error {
	var room [8]binlog.Value
	result := room[:0]
	if c.env.Sink == nil || len(p.cols) > len(room) {
		result = make([]binlog.Value, 0, len(p.cols))
	}
	for _, col := range p.cols {
		v := row[col]
		if p.zoned && p.table.Columns[col].Type.Kind == types.Timestamp {
			if at, ok := v.(binlog.DateTime); ok {
				v = types.LocalTimestamp(at, c.env.Location)
			}
		}
		result = append(result, v)
	}
	if c.env.Sink != nil {
		return c.env.Sink.Row(result)
	}
	out.Rows = append(out.Rows, result)
	return nil
}

func (c *call) planSelectRows(p *plan) (*Result, error) {
	ranges, ok := c.planRanges(p)
	if !ok {
		return nil, ErrNoPlan
	}
	out, err := c.planColumns(p)
	if err != nil {
		return nil, err
	}
	q := &query{call: c, table: p.table, index: p.where.index, limit: -1}
	err = q.walk(q.cursor(rows.Snapshot, ranges...), func(r found) error {
		if !c.same(p, r.row) {
			return nil
		}
		if err := c.emit(p, out, r.row); err != nil || c.env.Sink != nil {
			return err
		}
		return q.hold(rowBytes(out.Rows[len(out.Rows)-1]))
	})
	return out, err
}

// same asks the rest of the WHERE clause: whether a text is equal to the one
// that made the key. Numbers are if their keys are.
func (c *call) same(p *plan, row []binlog.Value) bool {
	w := &p.where
	for i, part := range w.parts {
		t := p.table.Columns[part.Column].Type
		text, ok := row[part.Column].([]byte)
		if !ok {
			continue
		}
		if i < len(w.equal) {
			if t.Collation.Compare(text, c.args[w.equal[i]].([]byte)) != 0 {
				return false
			}
			continue
		}
		if !slices.ContainsFunc(w.in, func(at int) bool { return t.Collation.Compare(text, c.args[at].([]byte)) == 0 }) {
			return false
		}
	}
	return true
}

// argKey appends the key of an argument for a column; false for what is not
// compared as the column's values are, or has none.
func (c *call) argKey(dst []byte, p *plan, at, param int) ([]byte, bool) {
	w := &p.where
	col := w.next
	if at < len(w.parts) {
		col = w.parts[at].Column
	}
	v, ok := keyArg(p.table.Columns[col].Type, c.args[param])
	if !ok {
		return nil, false
	}
	var err error
	if w.index == nil {
		dst, err = types.AppendKey(dst, p.table.Types()[col], v)
	} else {
		dst, err = p.table.AppendPart(dst, w.index, at, v)
	}
	return dst, err == nil
}

func keyArg(t types.Type, v binlog.Value) (binlog.Value, bool) {
	if t.IsString() {
		b, ok := v.([]byte)
		return v, ok && len(b) <= keyBytesMax && utf8.Valid(b)
	}
	return intArg(t, v)
}

// intArg is a whole number as the value of an integer column, if it is in range.
func intArg(t types.Type, v binlog.Value) (binlog.Value, bool) {
	low, high := types.IntRange(t)
	switch n := v.(type) {
	case int64:
		switch {
		case !t.Unsigned:
			return v, n >= low && (n < 0 || uint64(n) <= high)
		case n >= 0:
			return uint64(n), uint64(n) <= high
		}
	case uint64:
		if n > high {
			return nil, false
		}
		if t.Unsigned {
			return v, true
		}
		return int64(n), true
	}
	return nil, false
}

// prefix is the key that equalities give.
func (c *call) prefix(p *plan) ([]byte, bool) {
	key, ok := make([]byte, 0, 16), true
	for i, param := range p.where.equal {
		if key, ok = c.argKey(key, p, i, param); !ok {
			return nil, false
		}
	}
	return key, true
}

// pointKey is the primary key of the one row that a plan is about.
func (c *call) pointKey(p *plan) ([]byte, bool) { return c.prefix(p) }

// planRanges is where the plan's rows are; false if an argument is not of the
// plain kind.
func (c *call) planRanges(p *plan) ([]rows.Range, bool) {
	w := &p.where
	key, ok := c.prefix(p)
	switch {
	case !ok:
		return nil, false
	case w.in != nil:
		return c.listRanges(p, key)
	case w.point:
		return []rows.Range{{Start: key, Point: true}}, true
	}
	r := rows.Range{Start: key, End: after(key)}
	if w.low.param >= 0 {
		if r.Start, ok = c.argKey(bytes.Clone(key), p, len(w.parts), w.low.param); !ok {
			return nil, false
		}
		if !w.low.inclusive {
			r.Start = after(r.Start)
		}
	}
	if w.high.param >= 0 {
		if r.End, ok = c.argKey(bytes.Clone(key), p, len(w.parts), w.high.param); !ok {
			return nil, false
		}
		if w.high.inclusive {
			r.End = after(r.End)
		}
	}
	if r.Start == nil && w.low.param >= 0 || r.End != nil && bytes.Compare(r.Start, r.End) >= 0 {
		return nil, true // nothing is between
	}
	return []rows.Range{r}, true
}

// listRanges is those of IN, in the order of keys and each once.
func (c *call) listRanges(p *plan, prefix []byte) ([]rows.Range, bool) {
	w := &p.where
	keys := make([][]byte, len(w.in))
	for i, param := range w.in {
		var ok bool
		if keys[i], ok = c.argKey(bytes.Clone(prefix), p, len(w.parts)-1, param); !ok {
			return nil, false
		}
	}
	slices.SortFunc(keys, bytes.Compare)
	keys = slices.CompactFunc(keys, bytes.Equal)
	out := make([]rows.Range, len(keys))
	for i, key := range keys {
		out[i] = rows.Range{Start: key, End: after(key), Point: w.point}
	}
	return out, true
}

// lockRow locks the row that a plan changes and reads it. It is not ok if there
// is none.
func (c *call) lockRow(p *plan) (r rows.Row, ok bool, err error) {
	key, ok := c.pointKey(p)
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
	if err == nil {
		v, err = types.Store(v, from, types.Target{
			Name: column.Name, Type: column.Type, Row: number, Zone: c.env.Location, ZeroDates: c.zeroDates(),
		})
	}
	if err != nil {
		return nil, ErrNoPlan
	}
	return v, nil
}

// updated is the answer to an UPDATE.
func updated(matched, changed int, c *call) *Result {
	out := &Result{AffectedRows: uint64(changed), Info: "Rows matched: 1  Changed: 1  Warnings: 0"}
	if matched != 1 || changed != 1 || c.warnings != 0 {
		out.Info = fmt.Sprintf("Rows matched: %d  Changed: %d  Warnings: %d", matched, changed, c.warnings)
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
		out.Info = "Records: " + strconv.Itoa(len(list)) + "  Duplicates: 0  Warnings: 0"
	}
	return out, nil
}
