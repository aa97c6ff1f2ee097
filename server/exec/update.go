package exec

import (
	"slices"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/rows"
)

// An assignment is one "column = expression" of SET.
type assignment struct {
	col int
	e   *expr // nil: DEFAULT
}

// An updating is an UPDATE on its way over the rows.
type updating struct {
	*call
	table   *catalog.Table
	set     []assignment
	writer  *rows.Writer
	matched int
	changed int
}

// planUpdate finds the table and compiles an UPDATE.
func (c *call) planUpdate(s *sqlparser.Update) (*updating, *query, error) {
	switch {
	case s.With != nil:
		return nil, nil, unsupported("WITH")
	case s.Ignore != "":
		return nil, nil, unsupported("UPDATE IGNORE")
	case len(s.Returning) > 0:
		return nil, nil, unsupported("RETURNING")
	case s.Limit != nil && s.Limit.Offset != nil:
		return nil, nil, mysqlerr.New(mysqlerr.WrongUsage, "UPDATE", "LIMIT offset")
	}
	name, alias, err := singleTable(s.TableExprs)
	if err != nil {
		return nil, nil, err
	}
	t, err := c.open(name, false)
	if err != nil {
		return nil, nil, err
	}
	if err := changeable(t); err != nil {
		return nil, nil, err
	}
	u := &updating{call: c, table: t, writer: c.writer(t, 0)}
	if err := u.compile(alias, s.Exprs); err != nil {
		return nil, nil, err
	}
	q, err := c.newQuery(t, alias, catalog.Exclusive, clauses{where: s.Where, order: s.OrderBy, limit: s.Limit})
	return u, q, err
}

func (c *call) update(s *sqlparser.Update) (*Result, error) {
	u, q, err := c.planUpdate(s)
	if err == nil {
		err = c.checkSafe(s)
	}
	if err != nil {
		return nil, err
	}
	if err := q.each(u.row); err != nil {
		return nil, err
	}
	if err := u.writer.Close(); err != nil {
		return nil, err
	}
	return updated(u.matched, u.changed, c), nil
}

func (u *updating) compile(alias string, list sqlparser.AssignmentExprs) error {
	k := &compiler{call: u.call, table: u.table, alias: alias, clause: "field list"}
	for _, a := range list {
		col, err := k.resolve(a.Name)
		if err != nil {
			return err
		}
		if d, ok := a.Expr.(*sqlparser.Default); ok && d.ColName == "" {
			u.set = append(u.set, assignment{col: col})
			continue
		}
		e, err := k.compile(a.Expr)
		if err != nil {
			return err
		}
		u.set = append(u.set, assignment{col: col, e: e})
	}
	return nil
}

// row changes one row that matches and is locked. Assignments are made from
// left to right, each sees those before it.
func (u *updating) row(r found) error {
	now := rows.Row{Key: r.key, Values: r.row}
	if ok, err := u.writer.Current(&now); err != nil || !ok {
		return err
	}
	r.row = now.Values
	u.matched++
	row := slices.Clone(r.row)
	assigned := make(map[int]bool)
	for _, a := range u.set {
		assigned[a.col] = true
		var err error
		if a.e == nil {
			row[a.col], err = u.defaultOf(u.table, a.col)
		} else {
			row[a.col], err = u.store(u.table, a.col, a.e, &record{row: row}, u.matched)
		}
		if c := &u.table.Columns[a.col]; err == nil && row[a.col] == nil && !c.Nullable {
			err = mysqlerr.New(mysqlerr.BadNull, c.Name) // of AUTO_INCREMENT, which only INSERT replaces
		}
		if err != nil {
			return err
		}
	}
	if sameRow(row, r.row) { // E4
		return nil
	}
	if err := u.onUpdate(row, assigned); err != nil {
		return err
	}
	u.changed++
	return u.writer.Update(rows.Row{Key: r.key, Values: r.row}, row)
}

// sameRow reports whether two rows of a table are stored alike.
func sameRow(a, b []binlog.Value) bool {
	return slices.EqualFunc(a, b, rows.SameValue)
}

// onUpdate sets the columns that follow every change, if SET did not.
func (u *updating) onUpdate(row []binlog.Value, assigned map[int]bool) error {
	for i := range u.table.Columns {
		c := &u.table.Columns[i]
		if !c.OnUpdateNow || assigned[i] {
			continue
		}
		now := &catalog.Default{Now: true}
		v, err := now.Get(c, u.env.Now, u.env.Location)
		if err != nil {
			return err
		}
		row[i] = v
	}
	return nil
}

// planDelete finds the table and compiles a DELETE.
func (c *call) planDelete(s *sqlparser.Delete) (*query, error) {
	switch {
	case s.With != nil:
		return nil, unsupported("WITH")
	case len(s.Targets) > 0:
		return nil, unsupported("DELETE from several tables")
	case len(s.Partitions) > 0:
		return nil, unsupported("PARTITION")
	case len(s.Returning) > 0:
		return nil, unsupported("RETURNING")
	case s.Limit != nil && s.Limit.Offset != nil:
		return nil, mysqlerr.New(mysqlerr.WrongUsage, "DELETE", "LIMIT offset")
	}
	name, alias, err := singleTable(s.TableExprs)
	if err != nil {
		return nil, err
	}
	t, err := c.open(name, false)
	if err != nil {
		return nil, err
	}
	if err := changeable(t); err != nil {
		return nil, err
	}
	return c.newQuery(t, alias, catalog.Exclusive, clauses{where: s.Where, order: s.OrderBy, limit: s.Limit})
}

func (c *call) delete(s *sqlparser.Delete) (*Result, error) {
	q, err := c.planDelete(s)
	if err == nil {
		err = c.checkSafe(s)
	}
	if err != nil {
		return nil, err
	}
	w, deleted := c.writer(q.table, 0), 0
	err = q.each(func(r found) error {
		row := rows.Row{Key: r.key, Values: r.row}
		ok, err := w.Current(&row)
		if err != nil || !ok {
			return err
		}
		deleted++
		return w.Delete(row)
	})
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, err
	}
	return &Result{AffectedRows: uint64(deleted)}, nil
}
