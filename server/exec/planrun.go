package exec

import (
	"context"
	"errors"
	"slices"
	"time"

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
	if !c.env.plans(c.args, p.table) {
		return nil, ErrNoPlan
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
	if _, temporary := c.env.Temporaries.Find(db, name.Name.String()); err != nil || temporary {
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
	if _, temporary := env.Temporaries.Find(state.db, p.table.Name); temporary || !p.changesOne() || !env.plans(args, p.table) {
		return nil, ErrNoPlan
	}
	if s.from.Needs.Check(env.Rights, env.DB) != nil {
		return nil, ErrNoPlan // privileges on columns are for Execute
	}
	if env.Location == nil {
		env.Location = time.UTC
	}
	c := &call{Executor: e, ctx: ctx, env: env, stmt: s, args: args}
	if err := ctx.Err(); err != nil {
		return nil, interrupted(err)
	}
	key, ok := c.prefix(p)
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
		if t := &p.table.Columns[col].Type; p.zoned && t.Kind == types.Timestamp {
			if at, ok := v.(binlog.DateTime); ok {
				v = types.LocalTimestamp(at, c.env.Location)
			}
		} else if t.IsSpecial() {
			v = types.Shown(v, *t)
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
