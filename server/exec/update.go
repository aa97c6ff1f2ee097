package exec

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
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
	matched int
	changes []binlog.RowChange
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
	u := &updating{call: c, table: t}
	if err := u.compile(alias, s.Exprs); err != nil {
		return nil, nil, err
	}
	q, err := c.newQuery(t, alias, catalog.Exclusive, clauses{where: s.Where, order: s.OrderBy, limit: s.Limit})
	return u, q, err
}

func (c *call) update(s *sqlparser.Update) (*Result, error) {
	u, q, err := c.planUpdate(s)
	if err != nil {
		return nil, err
	}
	if err := q.each(u.row); err != nil {
		return nil, err
	}
	if len(u.changes) > 0 {
		if err := c.env.Txn.LogRows(u.table.Binlog(), binlog.UpdateRows, u.changes); err != nil {
			return nil, err
		}
	}
	out := &Result{AffectedRows: uint64(len(u.changes))}
	if c.env.FoundRows {
		out.AffectedRows = uint64(u.matched)
	}
	out.Info = fmt.Sprintf("Rows matched: %d  Changed: %d  Warnings: %d", u.matched, len(u.changes), c.warnings)
	return out, nil
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
		if err != nil {
			return err
		}
	}
	old, err := encodeRow(u.table, r.row)
	if err != nil {
		return err
	}
	val, err := encodeRow(u.table, row)
	if err != nil || bytes.Equal(val, old) { // E4
		return err
	}
	if val, err = u.onUpdate(row, assigned, val); err != nil {
		return err
	}
	if err := u.write(r.key, row, val); err != nil {
		return err
	}
	u.changes = append(u.changes, binlog.RowChange{Before: r.row, After: row})
	return nil
}

// onUpdate sets the columns that follow every change, if SET did not; val is
// the row's bytes before, the result those after.
func (u *updating) onUpdate(row []binlog.Value, assigned map[int]bool, val []byte) ([]byte, error) {
	touched := false
	for i := range u.table.Columns {
		c := &u.table.Columns[i]
		if !c.OnUpdateNow || assigned[i] {
			continue
		}
		now := &catalog.Default{Now: true}
		v, err := now.Get(c, u.env.Now, u.env.Location)
		if err != nil {
			return nil, err
		}
		row[i], touched = v, true
	}
	if !touched {
		return val, nil
	}
	return encodeRow(u.table, row)
}

// write stores a changed row; one whose key changed moves, and must find the
// new key free.
func (u *updating) write(key []byte, row []binlog.Value, val []byte) error {
	space, newKey := u.table.Space(), key
	if len(u.table.PrimaryKey) > 0 {
		var err error
		if newKey, err = u.table.AppendKey(nil, row); err != nil {
			return err
		}
	}
	if bytes.Equal(newKey, key) {
		return u.env.Txn.Put(u.ctx, space, key, val)
	}
	if err := u.env.Txn.Delete(u.ctx, space, key); err != nil {
		return err
	}
	return u.putNew(u.table, newKey, row)
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
	return c.newQuery(t, alias, catalog.Exclusive, clauses{where: s.Where, order: s.OrderBy, limit: s.Limit})
}

func (c *call) delete(s *sqlparser.Delete) (*Result, error) {
	q, err := c.planDelete(s)
	if err != nil {
		return nil, err
	}
	t := q.table
	var changes []binlog.RowChange
	err = q.each(func(r found) error {
		changes = append(changes, binlog.RowChange{Before: r.row})
		return c.env.Txn.Delete(c.ctx, t.Space(), r.key)
	})
	if err == nil && len(changes) > 0 {
		err = c.env.Txn.LogRows(t.Binlog(), binlog.DeleteRows, changes)
	}
	if err != nil {
		return nil, err
	}
	return &Result{AffectedRows: uint64(len(changes))}, nil
}
