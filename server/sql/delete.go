package sql

import (
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/vt/sqlparser"
)

// Delete implements gms.RowDeleter. Rows of joined tables are deleted after all are read:
// the join may ask one of them for another row.
func (e *editor) Delete(ctx *gms.Context, row gms.Row) error {
	switch {
	case e.t.noRow(row):
		return nil
	case !e.t.c.deletesJoined():
		return e.remove(ctx, row)
	}
	e.later = append(e.later, slices.Clone(row))
	return e.t.c.hold(len(row) * rowValueBytes)
}

// deletesJoined reports whether the statement is a DELETE of joined tables.
func (c *call) deletesJoined() bool {
	d, is := c.stmt.tree.Statement.(*sqlparser.Delete)
	return is && len(d.Targets) > 0
}

// StatementComplete implements gms.EditOpenerCloser.
func (e *editor) StatementComplete(ctx *gms.Context) error {
	for _, row := range e.later {
		if err := e.remove(ctx, row); err != nil {
			return err
		}
	}
	e.later = nil
	return nil
}

// remove deletes a row that was found, for another or none, unless it is gone: a join may hand it on twice.
func (e *editor) remove(ctx *gms.Context, row gms.Row) error {
	found := row
	if e.t.keyed {
		row = row[:len(row)-1]
	}
	if err := e.t.checkRemoved(ctx, row); err != nil {
		return err
	}
	before, err := e.t.located(ctx, found)
	if err != nil || before == nil {
		return err
	}
	ok, err := e.t.lock(before)
	if err != nil || !ok {
		return err
	}
	if ok, err := e.w.Current(before); err != nil || !ok {
		return err
	}
	if err := e.t.fire(ctx, sqlparser.BeforeStr, sqlparser.DeleteStr, row, nil); err != nil {
		return err
	}
	e.t.c.changes++
	made := e.t.c.log.Made()
	if err := e.spared(row, made, e.w.Replace(*before, e.by)); err != nil {
		if _, is := err.(gms.IgnorableError); is {
			return nil // AffectedRows is what was removed
		}
		return err
	}
	e.t.c.removed++
	return e.t.fire(ctx, sqlparser.AfterStr, sqlparser.DeleteStr, row, nil)
}
