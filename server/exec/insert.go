package exec

import (
	"github.com/dolthub/vitess/go/vt/sqlparser"
	"slices"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/rows"
	"github.com/xadb/xadb/server/types"
)

// checkInsert refuses the forms that this version does not run.
func checkInsert(s *sqlparser.Insert) (sqlparser.Values, error) {
	for _, c := range []struct {
		has  bool
		what string
	}{
		{s.With != nil, "WITH"},
		{s.Action == sqlparser.ReplaceStr, "REPLACE"},
		{s.Ignore != "", "INSERT IGNORE"},
		{len(s.OnDup) > 0, "ON DUPLICATE KEY UPDATE"},
		{len(s.Partitions) > 0, "PARTITION"},
		{len(s.Returning) > 0, "RETURNING"},
	} {
		if c.has {
			return nil, unsupported(c.what)
		}
	}
	switch list := s.Rows.(type) {
	case *sqlparser.AliasedValues:
		return list.Values, nil
	case sqlparser.AliasedValues:
		return list.Values, nil
	case sqlparser.Values:
		return list, nil
	}
	return nil, unsupported("INSERT ... SELECT")
}

// An inserting is an INSERT on its way over its lists of values.
type inserting struct {
	*call
	table *catalog.Table
	into  []int // the columns that values are for
	all   bool  // no column was named: VALUES () is all defaults
	list  sqlparser.Values
}

// planInsert finds the table and the columns of an INSERT.
func (c *call) planInsert(s *sqlparser.Insert) (*inserting, error) {
	list, err := checkInsert(s)
	if err != nil {
		return nil, err
	}
	t, err := c.open(s.Table, false)
	if err != nil {
		return nil, err
	}
	if err := changeable(t); err != nil {
		return nil, err
	}
	into, err := c.insertColumns(t, s.Columns)
	return &inserting{call: c, table: t, into: into, all: s.Columns == nil, list: list}, err
}

// insert evaluates every row first, then locks and writes them in order.
func (c *call) insert(s *sqlparser.Insert) (*Result, error) {
	ins, err := c.planInsert(s)
	if err != nil {
		return nil, err
	}
	c.oneRow = len(ins.list) == 1
	list := make([][]binlog.Value, len(ins.list))
	for i := range ins.list {
		if list[i], err = ins.newRow(i); err != nil {
			return nil, c.reserved(ins.table, list, i, err)
		}
	}
	return c.insertRows(ins.table, list)
}

// reserved is the error of a row, of which MySQL writes those in front: if one of these asks
// for an AUTO_INCREMENT value, those of all rows are used up.
func (c *call) reserved(t *catalog.Table, list [][]binlog.Value, at int, err error) error {
	w := c.writer(t, len(list))
	if !mysqlerr.Is(err, mysqlerr.NotSupportedYet) && slices.ContainsFunc(list[:at], w.Asks) {
		if rerr := w.Reserve(); rerr != nil {
			return rerr
		}
	}
	return err
}

// changeable refuses to change a table whose rows take more than that.
func changeable(t *catalog.Table) error {
	if !t.Plain() {
		return unsupported("a table with expressions or foreign keys")
	}
	return nil
}

// writer is what changes a table's rows; inserts is how many are new, if that is
// known.
func (c *call) writer(t *catalog.Table, inserts int) *rows.Writer {
	return rows.NewWriter(c.ctx, c.env.Txn, t, rows.Options{
		Counters: c.counters, Drawing: c.env.Drawing, Inserts: inserts, NoForeignKeys: c.env.NoForeignKeys,
		ZeroIsValue: c.env.Mode("NO_AUTO_VALUE_ON_ZERO"),
	})
}

// insertColumns is the columns that a list names, or all that are visible.
func (c *call) insertColumns(t *catalog.Table, names sqlparser.Columns) ([]int, error) {
	out := make([]int, 0, len(t.Columns))
	if names == nil {
		for i := range t.Columns {
			if !t.Columns[i].Invisible {
				out = append(out, i)
			}
		}
		return out, nil
	}
	seen := make(map[int]bool)
	for _, n := range names {
		i, ok := t.Column(n.String())
		if !ok {
			return nil, mysqlerr.New(mysqlerr.BadField, n.String(), "field list")
		}
		if seen[i] {
			return nil, mysqlerr.New(mysqlerr.FieldSpecifiedTwice, n.String())
		}
		seen[i] = true
		out = append(out, i)
	}
	return out, nil
}

// compile is the expressions of one list of values, by column; nil is the
// column's default.
func (ins *inserting) compile(at int) ([]*expr, error) {
	tuple, into := ins.list[at], ins.into
	if len(tuple) == 0 && ins.all {
		into = nil
	}
	if len(tuple) != len(into) {
		return nil, mysqlerr.New(mysqlerr.WrongValueCountOnRow, at+1)
	}
	out := make([]*expr, len(ins.table.Columns))
	k := &compiler{call: ins.call, into: ins.table, clause: "field list"}
	for i, n := range tuple {
		if d, ok := n.(*sqlparser.Default); ok && d.ColName == "" {
			continue
		}
		if ins.namesColumn(n) {
			return nil, unsupported("column in VALUES")
		}
		e, err := k.compile(n)
		if err != nil {
			return nil, err
		}
		out[into[i]] = e
	}
	return out, nil
}

// namesColumn reports whether a value takes one of the row's columns.
func (ins *inserting) namesColumn(n sqlparser.Expr) (some bool) {
	if _, literal := n.(*sqlparser.SQLVal); literal {
		return false
	}
	_ = Walk(func(n sqlparser.SQLNode) (bool, error) { // the visitor has no errors
		if name, ok := n.(*sqlparser.ColName); ok && !some {
			_, some = ins.table.Column(name.Name.String())
		}
		return !some, nil
	}, n)
	return some
}

// newRow is the row that one list of values makes.
func (ins *inserting) newRow(at int) ([]binlog.Value, error) {
	exprs, err := ins.compile(at)
	if err != nil {
		return nil, err
	}
	row := make([]binlog.Value, len(exprs))
	for col, e := range exprs {
		if e == nil {
			row[col], err = ins.defaultOf(ins.table, col)
		} else {
			row[col], err = ins.store(ins.table, col, e, nil, at+1)
		}
		if err != nil {
			return nil, err
		}
	}
	return row, nil
}

// store evaluates an expression and converts it to a column's value.
func (c *call) store(t *catalog.Table, col int, e *expr, rec *record, number int) (binlog.Value, error) {
	column := &t.Columns[col]
	if column.Type.IsNumber() || column.Type.Kind == types.Bit {
		e = e.storedNumber()
	}
	v, err := e.eval(rec)
	if err != nil {
		return nil, err
	}
	if v == nil && column.AutoIncrement {
		return nil, nil
	}
	if v == nil && !column.Nullable {
		return c.noNull(column)
	}
	from := e.typ
	if column.Type.Kind == types.Vector && e.param && from.IsText() {
		from.Collation = types.CollationBinary
	}
	to := types.Target{
		Name: column.Name, Table: t.Name, Type: column.Type, Row: number,
		Zone: c.env.Location, ZeroDates: c.zeroDates(),
	}
	var out binlog.Value
	var warning *mysqlerr.Error
	if c.env.Strict() {
		out, err = types.Store(v, from, to)
	} else {
		out, warning, err = types.Cut(v, from, to)
		note, left := types.Behind(v, from, to, warning)
		c.note(note)
		c.warn(left)
	}
	if warning == nil && err == nil {
		c.note(types.Lost(v, from, out, to, c.env.Strict()))
	}
	return out, err
}

// noNull is what a column has that may not be NULL and shall be.
func (c *call) noNull(column *catalog.Column) (binlog.Value, error) {
	refused := mysqlerr.New(mysqlerr.BadNull, column.Name)
	zero := types.Zero(column.Type)
	if c.env.Strict() || c.oneRow || zero == nil {
		return nil, refused
	}
	c.warn(refused)
	return zero, nil
}

// warn notes a warning; nil is none. Two of the same are one.
func (c *call) warn(e *mysqlerr.Error) {
	if e == nil {
		return
	}
	c.tell(Diagnostic{"Warning", e.Code, e.Message})
}

// note notes what is less than a warning.
func (c *call) note(e *mysqlerr.Error) {
	if e != nil {
		c.tell(Diagnostic{"Note", e.Code, e.Message})
	}
}

func (c *call) tell(d Diagnostic) {
	if !slices.Contains(c.diagnostics, d) {
		c.add(d)
	}
}

// zeroDates reports whether the session's mode takes '0000-00-00'.
func (c *call) zeroDates() bool { return !c.env.Mode("NO_ZERO_DATE") }

func (c *call) defaultOf(t *catalog.Table, col int) (binlog.Value, error) {
	column := &t.Columns[col]
	switch {
	case column.Default != nil:
		return column.Default.Get(column, c.env.Now, c.env.Location)
	case column.Nullable || column.AutoIncrement:
		return nil, nil
	case column.Type.Kind == types.Enum: // its first member
		return uint64(1), nil
	}
	missing := mysqlerr.New(mysqlerr.NoDefaultForField, column.Name)
	if zero := types.Zero(column.Type); zero != nil && !c.env.Strict() {
		c.warn(missing)
		return zero, nil
	}
	return nil, missing
}
