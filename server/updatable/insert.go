package updatable

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/mysqlerr"
)

func (w *rewriter) insert(n *sqlparser.Insert) (*Change, error) {
	is, err := w.isView(n.Table)
	if err != nil || !is {
		return nil, err
	}
	alias := n.Table.Name.String()
	w.used = map[string]bool{}
	f := w.flattener(always)
	_, flat, err := f.item(&sqlparser.AliasedTableExpr{Expr: n.Table})
	if err != nil {
		return nil, err
	}
	sh, s := flat.scope.relations[0].shape, flat.scope
	closed := mysqlerr.New(mysqlerr.NonInsertableTable, alias, "INSERT")
	switch {
	case !sh.changes && !sh.merges:
		return nil, closed
	case sh.joins() && strings.EqualFold(n.Action, sqlparser.ReplaceStr):
		return nil, mysqlerr.New(mysqlerr.ViewDeleteMergeView, sh.name.DB, sh.name.Table)
	case sh.joins() && sh.changes && len(n.Columns) == 0:
		return nil, mysqlerr.New(mysqlerr.ViewNoInsertFieldList, sh.name.DB, sh.name.Table)
	}
	i := &inserting{w, f, sh, s, nil}
	columns, names, err := i.columns(n)
	if err != nil {
		return nil, err
	}
	if !sh.changes || !sh.takesRows(s) {
		return nil, closed
	}
	if i.into == nil {
		i.into = s.bases[0]
	}
	out := *n
	out.Table, out.Columns = tableName(i.into.name), columns
	if v, is := n.Rows.(*sqlparser.AliasedValues); is {
		for at, row := range v.Values {
			if len(row) != len(names) {
				return nil, mysqlerr.New(mysqlerr.WrongValueCountOnRow, at+1)
			}
		}
		out.Rows, err = i.values(v, names)
	} else {
		out.Rows = Copy(n.Rows)
	}
	if err == nil {
		out.OnDup, err = i.onDup(n.OnDup)
	}
	if err == nil {
		err = i.checks(n)
	}
	if err != nil {
		return nil, err
	}
	w.through(i.into)
	w.out.Statement, w.out.NoInsertID = &out, i.hidesNumber()
	return &w.out, nil
}

// takesRows: each column is one of a table, and none is there twice.
func (s *shape) takesRows(in *scope) bool {
	seen := map[string]bool{}
	for _, c := range s.columns {
		b, name := in.base(c.expr)
		if b == nil || b.table == nil || seen[b.alias+"\x00"+name] {
			return false
		}
		seen[b.alias+"\x00"+name] = true
	}
	return true
}

// An inserting is an INSERT into a view.
type inserting struct {
	w    *rewriter
	f    *flattener
	sh   *shape
	s    *scope
	into *base
}

// columns are those of the table that get values, and their names in the view.
func (i *inserting) columns(n *sqlparser.Insert) (out, names sqlparser.Columns, err error) {
	names = n.Columns
	if v, is := n.Rows.(*sqlparser.AliasedValues); len(names) == 0 && !(is && len(v.Values) > 0 && len(v.Values[0]) == 0) {
		for _, c := range i.sh.columns {
			names = append(names, sqlparser.NewColIdent(c.name))
		}
	}
	for _, col := range names {
		_, name, err := i.place(&sqlparser.ColName{Name: col})
		if err != nil {
			return nil, nil, err
		}
		out = append(out, sqlparser.NewColIdent(name))
	}
	return out, names, nil
}

// place is the column of the table that a column of the view is.
func (i *inserting) place(col *sqlparser.ColName) (*base, string, error) {
	c, ok, err := i.s.find(col)
	if err != nil {
		return nil, "", err
	}
	if !ok {
		return nil, "", mysqlerr.New(mysqlerr.BadField, sqlparser.String(col), "field list")
	}
	b, name := i.s.base(c.expr)
	switch {
	case b == nil:
		return nil, "", mysqlerr.New(mysqlerr.NonUpdatableColumn, c.name)
	case b.table == nil:
		return nil, "", mysqlerr.New(mysqlerr.NonInsertableTable, c.of.alias, "INSERT")
	case i.into != nil && i.into != b:
		return nil, "", mysqlerr.New(mysqlerr.ViewMultiUpdate, i.sh.name.DB, i.sh.name.Table)
	}
	i.into = b
	return b, name, nil
}

// resolver is of expressions about the table, which has no alias in an INSERT.
func (i *inserting) resolver() *resolver {
	r := i.f.resolver("field list")
	r.lenient = true
	r.put = func(c *column) sqlparser.Expr {
		b, name := i.s.base(c.expr)
		if b == nil {
			return c.expr
		}
		return columnOf(b.name.Table, name)
	}
	return r
}

// values are rows. An alias of theirs names the view's columns.
func (i *inserting) values(v *sqlparser.AliasedValues, names sqlparser.Columns) (sqlparser.InsertRows, error) {
	r := i.resolver()
	out := &sqlparser.AliasedValues{Values: cloned(r, v.Values, i.s), As: v.As, Columns: v.Columns}
	if !v.As.IsEmpty() && len(v.Columns) == 0 {
		out.Columns = names
	}
	return out, r.err
}

func (i *inserting) onDup(list sqlparser.OnDup) (sqlparser.OnDup, error) {
	var out sqlparser.OnDup
	for _, a := range list {
		b, name, err := i.place(a.Name)
		if err != nil {
			return nil, err
		}
		value, err := i.resolver().expr(a.Expr, i.s)
		if err != nil {
			return nil, err
		}
		out = append(out, &sqlparser.AssignmentExpr{Name: columnOf(b.name.Table, name), Expr: value})
	}
	return out, nil
}

// checks are what is asked of rows that are written, and of those that REPLACE
// removes. To a new row, those of other tables are not there.
func (i *inserting) checks(n *sqlparser.Insert) (err error) {
	null := &sqlparser.NullVal{}
	if i.w.out.Check, err = i.w.onRow(i.sh, i.sh.checks, i.into, null); err == nil && strings.EqualFold(n.Action, sqlparser.ReplaceStr) {
		i.w.out.Within, err = i.w.onRow(i.sh, i.sh.deepWhere, i.into, null)
	}
	return err
}

// hidesNumber reports whether the view leaves out the table's AUTO_INCREMENT column.
func (i *inserting) hidesNumber() bool {
	at, has := i.into.table.AutoIncrement()
	if !has {
		return false
	}
	for _, c := range i.sh.columns {
		if b, name := i.s.base(c.expr); b == i.into && strings.EqualFold(name, i.into.table.Columns[at].Name) {
			return false
		}
	}
	return true
}
