package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/types"
)

// Where the mode is not strict, and in statements with IGNORE, values that do not
// fit are cut, and warnings say so (MySQL manual, Strict SQL Mode; The Effect of
// IGNORE on Statement Execution).

// cuts reports whether the statement does.
func (c *call) cuts() bool { return c.stmt.Kind == writeKind && (!c.env.Strict() || c.ignores()) }

// ignores reports whether the statement has IGNORE.
func (c *call) ignores() bool {
	switch s := c.stmt.tree.Statement.(type) {
	case *sqlparser.Insert:
		return s.Ignore != ""
	case *sqlparser.Update:
		return s.Ignore != ""
	case *sqlparser.Delete:
		return c.stmt.tree.Ignore
	}
	return false
}

// oneRow reports whether the statement is an INSERT that gives one row: NULL is an
// error then, unless it has IGNORE.
func (c *call) oneRow() bool {
	s, ok := c.stmt.tree.Statement.(*sqlparser.Insert)
	if !ok || c.ignores() {
		return false
	}
	list, ok := s.Rows.(*sqlparser.AliasedValues)
	return ok && len(list.Values) == 1
}

// storeOrCut is store, or what the statement makes of what store refuses.
func (c *call) storeOrCut(v binlog.Value, from types.Type, to types.Target) (binlog.Value, error) {
	if to.Type.HasDate() {
		v, from = expr.OfToday(c.context(), v, from)
	}
	if c.cuts() {
		return c.cut(v, from, to)
	}
	out, err := c.store(v, from, to)
	if err == nil {
		c.tellLost(types.Lost(v, from, out, to, c.env.Strict()))
	}
	return out, err
}

// cut is what of a value fits, with a warning if that is not all.
func (c *call) cut(v binlog.Value, from types.Type, to types.Target) (binlog.Value, error) {
	to = c.aim(v, to)
	to.Ignored = c.env.Strict()
	out, warning, err := types.Cut(v, from, to)
	if warning != nil {
		note, left := types.Behind(v, from, to, warning)
		c.tellLost(note)
		if left != nil {
			c.warn(left)
		}
	} else if err == nil {
		c.tellLost(types.Lost(v, from, out, to, false))
	}
	return out, err
}

// tellLost tells what is less than a warning; nil is nothing.
func (c *call) tellLost(e *mysqlerr.Error) {
	if e != nil {
		c.s.Warn(&gms.Warning{Level: "Note", Code: int(e.Code), Message: e.Message})
	}
}

func (c *call) warn(e *mysqlerr.Error) {
	c.s.Warn(&gms.Warning{Level: "Warning", Code: int(e.Code), Message: e.Message})
}

// null is what a column has that is given NULL.
func (s *stored) null() (any, error) {
	zero := types.Zero(s.column.Type)
	if s.column.Nullable || s.column.AutoIncrement || zero == nil || !s.c.cuts() || s.oneRow {
		return nil, nil // the library has an error for it
	}
	s.c.warn(mysqlerr.New(mysqlerr.BadNull, s.column.Name))
	return convert.Up(zero, s.column.Type, s.c.env.Location)
}

// noDefault reports whether a column that is not given a value would be an error.
func noDefault(c *catalog.Column) bool {
	return !c.Nullable && c.Default == nil && !c.AutoIncrement && c.Generated == "" && types.Zero(c.Type) != nil
}

// zeroSQL is types.Zero as a statement has it.
func zeroSQL(t types.Type) string {
	switch {
	case t.IsNumber() || t.Kind == types.Bit || t.Kind == types.Year:
		return "0"
	case t.Kind == types.Time:
		return "'00:00:00'"
	case t.HasDate():
		return "'0000-00-00'"
	}
	return "''"
}

// undefined is the value of a column that is not given one and has no default.
type undefined struct {
	*stored
	told bool // that it has none: once in a statement
}

// Eval implements gms.Expression.
func (u *undefined) Eval(*gms.Context, gms.Row) (any, error) {
	if u.column.Type.Kind == types.Enum { // its first member stands for a default
		return convert.Up(uint64(1), u.column.Type, u.c.env.Location)
	}
	if !u.told {
		u.told = true
		u.c.warn(mysqlerr.New(mysqlerr.NoDefaultForField, u.column.Name))
	}
	return convert.Up(types.Zero(u.column.Type), u.column.Type, u.c.env.Location)
}

// WithChildren implements gms.Expression.
func (u *undefined) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	e, err := u.stored.WithChildren(children...)
	if err != nil {
		return nil, err
	}
	return &undefined{e.(*stored), u.told}, nil
}
