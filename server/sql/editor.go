package sql

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/rows"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// An editor changes rows of one table. A row is written when it comes, or not
// at all; what a failed statement leaves its caller undoes (S1).
type editor struct {
	t     *table
	w     *rows.Writer
	by    []binlog.Value // the row that REPLACE removes others for; nil if it removes none
	later []gms.Row      // that a DELETE of joined tables has found (delete.go)
}

var _ gms.TableEditor = (*editor)(nil)

// editor makes one; all of a statement share the table's Writer, so that rows
// are logged in order.
func (t *table) editor() *editor {
	if t.writer == nil {
		t.writer = rows.NewWriter(t.c.ctx, t.c.env.Txn, t.def, rows.Options{
			Counters: t.c.exec.Counters(), Changes: t.c.log, NoForeignKeys: t.c.env.NoForeignKeys,
			Drawing: t.c.env.Drawing, Inserts: t.c.expected(), ZeroIsValue: true,
		})
	}
	return &editor{t: t, w: t.writer}
}

// StatementBegin implements gms.EditOpenerCloser.
func (*editor) StatementBegin(*gms.Context) {}

// DiscardChanges implements gms.EditOpenerCloser: a row that could not be
// changed has changed nothing.
func (*editor) DiscardChanges(*gms.Context, error) error { return nil }

// Close implements gms.Closer.
func (*editor) Close(*gms.Context) error { return nil }

// Insert implements gms.RowInserter.
func (e *editor) Insert(ctx *gms.Context, row gms.Row) error {
	err := e.insert(ctx, row)
	if err == nil || gms.ErrUniqueKeyViolation.Is(err) && !e.goesOn() {
		e.t.c.given++
	}
	return err
}

// goesOn reports whether a row is not done with when another has its key.
func (e *editor) goesOn() bool {
	s, is := e.t.c.stmt.tree.Statement.(*sqlparser.Insert)
	return is && (len(s.OnDup) > 0 || strings.EqualFold(s.Action, sqlparser.ReplaceStr))
}

func (e *editor) insert(ctx *gms.Context, row gms.Row) error {
	g, err := e.t.generator()
	if err != nil {
		return err
	}
	if err := g.store(ctx, row); err != nil { // the row is its own: ON DUPLICATE KEY UPDATE reads it
		return err
	}
	values, err := e.t.kept(ctx, row)
	if err != nil {
		return err
	}
	asks := e.ask(values)
	e.t.c.changes++
	made := e.t.c.log.Made()
	err = e.w.Insert(values)
	if e.by = values; rows.AsDuplicate(err) == nil && err != nil {
		return e.spared(row, made, err)
	}
	if err := e.drawn(row, values, asks, e.duplicate(err)); err != nil {
		return err
	}
	e.t.c.inserted++
	e.t.inserted(values)
	return e.t.after(ctx, sqlparser.InsertStr, nil, values)
}

// after runs the triggers for a row that is written.
func (t *table) after(ctx *gms.Context, event string, old gms.Row, values []binlog.Value) error {
	if len(t.def.Triggers) == 0 {
		return nil
	}
	row, err := convert.UpRow(values, t.def.Types(), t.c.env.Location)
	if err != nil {
		return err
	}
	return t.fire(ctx, sqlparser.AfterStr, event, old, row)
}

// Update implements gms.RowUpdater.
func (e *editor) Update(ctx *gms.Context, old, row gms.Row) error {
	defer func() { e.t.c.given++ }()
	before, was, err := e.t.old(ctx, old)
	if err != nil || before == nil {
		return err
	}
	changed, err := e.change(ctx, before, was, old, row)
	if changed {
		e.t.c.rewritten++
	} else if err == nil {
		e.t.c.unchanged++
	}
	return err
}

// change is Update of a row that is there, with its bytes; changed: it is another now.
func (e *editor) change(ctx *gms.Context, before *rows.Row, was []byte, old, row gms.Row) (changed bool, err error) {
	t := e.t
	if row, err = t.beforeUpdate(ctx, old, row); err != nil {
		return false, err
	}
	values, err := t.written(ctx, row)
	if err != nil {
		return false, err
	}
	is, err := t.encode(values)
	if err != nil {
		return false, err
	}
	if bytes.Equal(is, was) {
		return false, t.after(ctx, sqlparser.UpdateStr, old, values)
	}
	found := before.Values
	if ok, err := e.w.Current(before); err != nil || !ok {
		return false, err
	}
	for i, v := range before.Values { // what a foreign key has changed since stays
		if rows.SameValue(values[i], found[i]) {
			values[i] = v
		}
	}
	t.c.changes++
	made := t.c.log.Made()
	if err := e.duplicate(e.w.Update(*before, values)); err != nil {
		return false, e.spared(row, made, err)
	}
	t.updated(values)
	if len(t.def.PrimaryKey) == 0 && !t.keyed {
		if err := t.remember(rows.Row{Key: before.Key, Values: values}); err != nil {
			return true, err
		}
	}
	return true, t.after(ctx, sqlparser.UpdateStr, old, values)
}

// duplicate tells the library which row has a key that is taken, for REPLACE
// and ON DUPLICATE KEY UPDATE. Its text is the whole message, because the
// library passes it on as it is.
func (e *editor) duplicate(err error) error {
	d := rows.AsDuplicate(err)
	if d == nil {
		return err
	}
	r, err := e.w.Existing(d)
	if err != nil {
		return err
	}
	if e.t.target && len(e.t.def.PrimaryKey) == 0 && !e.t.keyed {
		if err := e.t.remember(r); err != nil {
			return err
		}
	}
	row, err := convert.UpRow(r.Values, e.t.def.Types(), e.t.c.env.Location)
	if err != nil {
		return err
	}
	return gms.NewUniqueKeyErr(mysqlerr.New(mysqlerr.DupEntry, d.Entry, e.t.def.Name+"."+d.Index).Message, false, row)
}

// written is kept for a row whose generated columns are computed now, whoever has changed
// the others.
func (t *table) written(ctx *gms.Context, row gms.Row) ([]binlog.Value, error) {
	g, err := t.generator()
	if err != nil {
		return nil, err
	}
	if len(g.columns) > 0 {
		row = slices.Clone(row)
		if err := g.store(ctx, row); err != nil {
			return nil, err
		}
	}
	return t.kept(ctx, row)
}

// kept is what of a row is written, if CHECKs and views let it.
func (t *table) kept(ctx *gms.Context, row gms.Row) ([]binlog.Value, error) {
	if err := t.checkWritten(ctx, row); err != nil {
		return nil, err
	}
	values, err := t.stored(ctx, row)
	if err != nil {
		return nil, err
	}
	return values, t.check(ctx, row)
}

// stored converts a row of the library to what is stored.
func (t *table) stored(ctx *gms.Context, row gms.Row) ([]binlog.Value, error) {
	if len(row) != len(t.def.Columns) {
		return nil, fmt.Errorf("sql: a row of %d values for %d columns", len(row), len(t.def.Columns))
	}
	out := make([]binlog.Value, len(row))
	for i, v := range row {
		c := &t.def.Columns[i]
		value, from, err := convert.Down(ctx, v, t.schema[i].Type)
		if err != nil {
			return nil, err
		}
		if value == nil && !c.Nullable && !c.AutoIncrement {
			return nil, mysqlerr.New(mysqlerr.BadNull, c.Name)
		}
		if out[i], err = t.c.store(value, from, types.Target{Name: c.Name, Table: t.def.Name, Type: c.Type, Row: t.c.rowNumber()}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// store is types.Store in the session's zone and mode.
func (c *call) store(v binlog.Value, from types.Type, to types.Target) (binlog.Value, error) {
	return types.Store(v, from, c.aim(v, to))
}

// rowNumber is the number that messages have for the row that is being changed.
func (c *call) rowNumber() int {
	if c.met > 0 {
		return c.met
	}
	if _, is := c.stmt.tree.Statement.(*sqlparser.Insert); is {
		return c.given + 1
	}
	return c.changes + 1
}

// aim is a target in the session's zone and mode.
func (c *call) aim(v binlog.Value, to types.Target) types.Target {
	to.Zone = c.env.Location
	to.ZeroDates = !c.env.Mode("NO_ZERO_DATE")
	if v == (binlog.DateTime{}) {
		to.ZeroDates = true // it came from a row, or the library let it pass
	}
	return to
}

func (t *table) encode(values []binlog.Value) ([]byte, error) {
	return types.AppendRow(nil, t.def.Schema, t.def.Types(), values)
}

// old is a row that the statement has read, and its bytes; nil if it is not
// there any more.
func (t *table) old(ctx *gms.Context, row gms.Row) (*rows.Row, []byte, error) {
	values, err := t.stored(ctx, row)
	if err != nil {
		return nil, nil, err
	}
	was, err := t.encode(values)
	if err != nil {
		return nil, nil, err
	}
	r := &rows.Row{Values: values}
	if len(t.def.PrimaryKey) > 0 {
		r.Key, err = t.def.AppendKey(nil, values)
		return r, was, err
	}
	if r.Key = t.recall(was); r.Key == nil {
		return nil, nil, nil
	}
	return r, was, nil
}

// remember keeps where a row without a primary key is.
func (t *table) remember(r rows.Row) error {
	b, err := t.encode(r.Values)
	if err != nil {
		return err
	}
	if t.seen == nil {
		t.seen = make(map[string][][]byte)
	}
	for _, key := range t.seen[string(b)] {
		if bytes.Equal(key, r.Key) {
			return nil
		}
	}
	t.seen[string(b)] = append(t.seen[string(b)], r.Key)
	return t.c.hold(len(r.Key) + len(b))
}

// recall takes the key of a row that was read, nil if there is none: any of
// those that hold the same is as good as another.
func (t *table) recall(row []byte) []byte {
	keys := t.seen[string(row)]
	if len(keys) == 0 {
		return nil
	}
	t.seen[string(row)] = keys[1:]
	return keys[0]
}

// rowBytes is about how much memory a row takes.
func rowBytes(row []binlog.Value) int {
	n := 16 * len(row)
	for _, v := range row {
		if b, ok := v.([]byte); ok {
			n += len(b)
		}
	}
	return n
}
