package sql

import (
	"bytes"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/rows"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// An updated is a table that an UPDATE changes, by one of its names.
type updated struct {
	t       *table
	name    string
	first   int   // where its columns begin in the rows that are joined
	columns []int // that SET names
	editor  *editor
	now     []gms.Expression // ON UPDATE CURRENT_TIMESTAMP; nil: not asked for yet
	seen    map[string]int   // rows that were met, by key, and where they are in later
	met     *rows.Row        // in the joined row; nil: it is not to be changed
	again   *laterChange     // of a row that was met before; nil: there is none
	later   []laterChange
}

// A laterChange is of a row that is changed after all are read.
type laterChange struct {
	key    []byte
	values gms.Row // of the columns that SET names
}

// An updateFinder finds the tables that SET names.
type updateFinder struct {
	c      *call
	schema gms.Schema // of the rows that are joined
	tables map[sourceName]*table
	none   bool // of some tables nobody reads a row
	found  []*updated
}

// find is the table of an assignment, with its column noted; nil if it has no rows here.
func (f *updateFinder) find(e gms.Expression) (*updated, error) {
	set, is := e.(*expression.SetField)
	if !is {
		return nil, unsupported("this SET")
	}
	field, is := set.LeftChild.(*expression.GetField)
	if !is || field.Index() < 0 || field.Index() >= len(f.schema) {
		return nil, unsupported("this SET")
	}
	first, name := field.Index(), sourceOf(f.schema[field.Index()])
	for first > 0 && sourceOf(f.schema[first-1]) == name {
		first--
	}
	t := f.tables[name]
	if t == nil && f.none {
		return nil, nil
	}
	if t == nil {
		return nil, mysqlerr.New(mysqlerr.NonUpdatableTable, f.schema[first].Source, "UPDATE")
	}
	at := field.Index() - first
	if first+len(t.schema) > len(f.schema) || t.schema[at].Name != f.schema[field.Index()].Name {
		return nil, unsupported("this UPDATE")
	}
	if t.def.Columns[at].Generated != "" {
		return nil, mysqlerr.New(mysqlerr.GeneratedValue, t.def.Columns[at].Name, t.def.Name)
	}
	into := f.into(t, first)
	into.columns = append(into.columns, at)
	return into, nil
}

func (f *updateFinder) into(t *table, first int) *updated {
	for _, u := range f.found {
		if u.first == first {
			return u
		}
	}
	t.mayEdit(auth.Update)
	u := &updated{t: t, name: f.schema[first].Source, first: first, editor: t.editor(), seen: map[string]int{}}
	f.found = append(f.found, u)
	return u
}

// moves reports whether the primary key is set.
func (u *updated) moves() bool {
	for _, at := range u.columns {
		if u.t.def.IsPrimary(at) {
			return true
		}
	}
	return false
}

// of is the part of a joined row that is the table's.
func (u *updated) of(row gms.Row) gms.Row { return row[u.first : u.first+len(u.t.def.Columns)] }

// meet looks which row of the table a joined row has. In a join each is met once.
func (u *updated) meet(ctx *gms.Context, row gms.Row, once bool) (err error) {
	u.again = nil
	u.met, err = u.t.located(ctx, row[u.first:u.first+len(u.t.schema)])
	if err != nil || u.met == nil || !once {
		return err
	}
	if at, seen := u.seen[string(u.met.Key)]; seen {
		if at < len(u.later) && bytes.Equal(u.later[at].key, u.met.Key) {
			u.again = &u.later[at]
		}
		u.met = nil
		return nil
	}
	u.seen[string(u.met.Key)] = len(u.later)
	return u.t.c.hold(len(u.met.Key))
}

// postpone keeps what the row that was met becomes.
func (u *updated) postpone(next gms.Row) error {
	l := laterChange{key: u.met.Key}
	for _, at := range u.columns {
		l.values = append(l.values, next[u.first+at])
	}
	u.later = append(u.later, l)
	return u.t.c.hold(len(l.key) + rowValueBytes*len(l.values))
}

// changeLater changes the row as it is by now.
func (u *updated) changeLater(ctx *gms.Context, l laterChange) (bool, error) {
	r := &rows.Row{Key: l.key}
	if ok, err := u.t.lock(r); err != nil || !ok {
		return false, err
	}
	old, err := convert.UpRow(r.Values, u.t.def.Types(), u.t.c.env.Location)
	if err != nil {
		return false, err
	}
	next := old.Copy()
	for i, at := range u.columns {
		next[at] = l.values[i]
	}
	return u.change(ctx, r, old, next)
}

// change writes a row, and reports whether it is another than before.
func (u *updated) change(ctx *gms.Context, r *rows.Row, old, next gms.Row) (bool, error) {
	if err := u.setNow(ctx, old, next); err != nil {
		return false, err
	}
	was, err := u.t.encode(r.Values)
	if err != nil {
		return false, err
	}
	return u.editor.change(ctx, r, was, old, next)
}

// setNow sets the columns that have ON UPDATE CURRENT_TIMESTAMP, if others change.
func (u *updated) setNow(ctx *gms.Context, old, next gms.Row) error {
	exprs, err := u.clocks()
	if err != nil || len(exprs) == 0 {
		return err
	}
	same := true
	for _, at := range u.columns {
		if same, err = u.t.same(ctx, at, old[at], next[at]); err != nil || !same {
			break
		}
	}
	for at := 0; err == nil && !same && at < len(exprs); at++ {
		if exprs[at] != nil {
			next[at], err = exprs[at].Eval(ctx, next)
		}
	}
	return err
}

// clocks is what those columns are set to, by their places; none if there are none.
func (u *updated) clocks() ([]gms.Expression, error) {
	if u.now != nil {
		return u.now, nil
	}
	u.now = []gms.Expression{}
	assigned := map[int]bool{}
	for _, at := range u.columns {
		assigned[at] = true
	}
	for at := range u.t.def.Columns {
		col := &u.t.def.Columns[at]
		if !col.OnUpdateNow || assigned[at] {
			continue
		}
		list, err := u.t.c.expressions(u.t.c.context(), u.t, []string{nowSQL(col.Type)})
		if err != nil {
			return nil, err
		}
		if len(u.now) == 0 {
			u.now = make([]gms.Expression, len(u.t.def.Columns))
		}
		u.now[at] = list[0]
	}
	return u.now, nil
}

// same reports whether two values of a column are stored alike.
func (t *table) same(ctx *gms.Context, at int, a, b any) (bool, error) {
	if a == nil || b == nil {
		return a == nil && b == nil, nil
	}
	col := &t.def.Columns[at]
	var out [2]any
	for i, v := range []any{a, b} {
		value, from, err := convert.Down(ctx, v, t.schema[at].Type)
		if err != nil {
			return false, err
		}
		if out[i], err = t.c.store(value, from, types.Target{Name: col.Name, Table: t.def.Name, Type: col.Type, Row: 1}); err != nil {
			return false, err
		}
	}
	return rows.SameValue(out[0], out[1]), nil
}
