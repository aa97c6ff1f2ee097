package sql

import (
	"bytes"
	"reflect"
	"slices"
	"time"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/rows"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// A rebuild writes a table's rows anew, as its new definition has them, under IDs of
// its own, in as many transactions as they need: until the statement's is committed the
// IDs are abandoned (G5), and one that fails leaves the table as it was.
type rebuild struct {
	*alteration
	from, to *catalog.Table
	origin   []int  // of each column of to: its place in from, or -1
	retyped  []bool // it has another type there
	table    *table // to, for the library
	computed []int  // columns that are new, with an expression for a default
	exprs    []gms.Expression
	gen      *generator
	row      int // the number that messages have

	pending [][]binlog.Value // rows that are to be written
	size    int              // of them, in bytes
	order   []catalog.Part
	drawing *rows.Drawing // of a new AUTO_INCREMENT column
}

// identity is the origin of columns that stay where they are.
func identity(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// rebuild gives the table another definition, which has the IDs of the old one. order, if
// there is one, is that of the rows from now on.
func (a *alteration) rebuild(from, to *catalog.Table, origin []int, order ...catalog.Part) error {
	if err := a.exec.Renumber(a.ctx, a.env, to); err != nil {
		return err
	}
	to.Created = a.env.Now.Unix()
	r := &rebuild{alteration: a, from: from, to: to, origin: origin, order: order}
	if err := r.expressions(); err != nil {
		return err
	}
	if _, ok := from.AutoIncrement(); ok {
		if err := a.keepCounter(from, to); err != nil {
			return err
		}
	} else if err := r.numberBySteps(); err != nil {
		return err
	}
	err := r.each(func(old []binlog.Value) error {
		if r.row++; r.row%checkEvery == 0 {
			if err := a.interrupted(); err != nil {
				return err
			}
		}
		return r.add(old)
	})
	if ferr := r.flush(); ferr != nil { // it is about a row ahead of the one that err is about
		err = ferr
	}
	if err != nil {
		return err
	}
	return a.replace(from, to)
}

func (r *rebuild) add(old []binlog.Value) error {
	values, err := r.values(old)
	if err != nil {
		return err
	}
	size := rowBytes(values)
	if r.size+size > r.exec.BatchMax() {
		if err := r.flush(); err != nil {
			return err
		}
	}
	r.pending, r.size = append(r.pending, values), r.size+size
	return nil
}

// flush writes the rows that are waiting: in one transaction, if their indexes let them.
func (r *rebuild) flush() error {
	left := r.pending
	r.pending, r.size = nil, 0
	for len(left) > 0 {
		err := r.exec.Batch(r.call.ctx, r.env, func(txn rows.Txn) error {
			w := rows.NewWriter(r.call.ctx, txn, r.to, rows.Options{
				Counters: r.exec.Counters(), ZeroIsValue: true, NoForeignKeys: true, Unlogged: true,
				Drawing: r.drawing, Inserts: len(left),
			})
			for len(left) > 0 && (w.Size() == 0 || w.Size()+rowBytes(left[0]) <= r.exec.BatchMax()) {
				if err := w.Insert(left[0]); err != nil {
					return err
				}
				left = left[1:]
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// each calls f with the rows, in their order, or in the one that they get.
func (r *rebuild) each(f func([]binlog.Value) error) (err error) {
	type sorted struct {
		key []byte
		row []binlog.Value
	}
	var list []sorted
	by := &catalog.Index{Columns: r.order}
	cursor := rows.Read{Txn: r.env.Txn, Table: r.from, Mode: rows.Latest}.Open(r.call.ctx, rows.All())
	defer func() {
		if cerr := cursor.Close(); err == nil {
			err = cerr
		}
	}()
	for cursor.Next() {
		row := cursor.Row().Values
		if len(r.order) == 0 {
			if err := f(row); err != nil {
				return err
			}
			continue
		}
		e, err := r.from.Entry(by, row, nil)
		if err != nil {
			return err
		}
		if err := r.hold(len(e.Key) + rowBytes(row)); err != nil {
			return err
		}
		list = append(list, sorted{e.Key, row})
	}
	if err := cursor.Err(); err != nil {
		return err
	}
	slices.SortStableFunc(list, func(a, b sorted) int { return bytes.Compare(a.key, b.key) })
	for _, s := range list {
		if err := f(s.row); err != nil {
			return err
		}
	}
	return nil
}

// order is ORDER BY, which means nothing where rows lie by a key.
func (a *alteration) order(c exec.Clause) error {
	t, err := a.open()
	if err != nil {
		return err
	}
	by, err := c.Order(t)
	if err != nil {
		return err
	}
	if len(t.Binlog().RowKey) > 0 {
		a.s.Warn(&gms.Warning{Level: "Warning", Code: mysqlerr.UnknownError,
			Message: "ORDER BY ignored as there is a user-defined clustered index in the table '" + t.Name + "'"})
		return nil
	}
	return a.rebuild(t, t.Copy(), identity(len(t.Columns)), by...)
}

// replace puts the new table in the place of the old one, whose rows go.
func (a *alteration) replace(from, to *catalog.Table) error {
	defer a.define(a.id)
	if to.Temporary { // what is under the old IDs goes once the statement is done
		return a.env.Temporaries.Set(to)
	}
	if err := a.discard(from); err != nil {
		return err
	}
	return a.catalog().Replace(a.call.ctx, a.env.Txn, from, to)
}

// expressions are those by which the new rows are computed.
func (r *rebuild) expressions() (err error) {
	if r.table, err = r.newTable(r.to); err != nil {
		return err
	}
	var texts []string
	for i := range r.to.Columns {
		at := r.origin[i]
		r.retyped = append(r.retyped, at >= 0 && !reflect.DeepEqual(r.from.Columns[at].Type, r.to.Columns[i].Type))
		if d := r.to.Columns[i].Default; at < 0 && d != nil && d.Expr != "" {
			r.computed, texts = append(r.computed, i), append(texts, d.Expr)
		}
	}
	if len(texts) > 0 {
		if r.exprs, err = r.call.expressions(r.call.context(), r.table, texts); err != nil {
			return err
		}
	}
	r.gen, err = r.newGenerator(r.call.context(), r.table)
	return err
}

// values are a row's, as the new table has them.
func (r *rebuild) values(old []binlog.Value) ([]binlog.Value, error) {
	out := make([]binlog.Value, len(r.to.Columns))
	var err error
	for i := range out {
		switch c := &r.to.Columns[i]; {
		case c.Generated != "" && r.keeps(i):
			out[i] = old[r.origin[i]]
		case c.Generated != "" || r.origin[i] < 0 && c.Default != nil && c.Default.Expr != "":
			continue
		case r.origin[i] < 0:
			out[i], err = r.fresh(c)
		default:
			out[i], err = r.converted(old[r.origin[i]], &r.from.Columns[r.origin[i]], c, r.retyped[i])
		}
		if err != nil {
			return nil, err
		}
	}
	return out, r.compute(out)
}

// keeps reports whether a generated column has the values that it had: some may not be what
// its expression gives (IGNORE).
func (r *rebuild) keeps(i int) bool {
	c, at := &r.to.Columns[i], r.origin[i]
	return at >= 0 && !r.retyped[i] && r.from.Columns[at].Generated == c.Generated &&
		!slices.ContainsFunc(c.Uses, func(name string) bool {
			used, ok := r.to.Column(name)
			return !ok || r.origin[used] < 0 || r.retyped[used] || r.to.Columns[used].Generated != "" && !r.keeps(used)
		})
}

// compute fills what is made of the other columns.
func (r *rebuild) compute(values []binlog.Value) error {
	if len(r.exprs) == 0 && len(r.gen.columns) == 0 {
		return nil
	}
	row, err := convert.UpRow(values, r.to.Types(), r.env.Location)
	if err != nil {
		return err
	}
	for i, col := range r.computed {
		v, err := r.exprs[i].Eval(r.ctx, row)
		if err != nil {
			return err
		}
		if err := r.take(values, row, col, v, r.exprs[i].Type()); err != nil {
			return err
		}
	}
	for i, col := range r.gen.columns {
		if r.keeps(col) {
			continue
		}
		if err := r.gen.fillOne(r.ctx, row, i); err != nil {
			return err
		}
		if err := r.take(values, row, col, row[col], r.table.schema[col].Type); err != nil {
			return err
		}
	}
	return nil
}

// take stores a value of the library's in a column.
func (r *rebuild) take(values []binlog.Value, row gms.Row, col int, v any, t gms.Type) error {
	c := &r.to.Columns[col]
	value, from, err := convert.Down(r.ctx, v, t)
	if err == nil {
		value, err = r.fit(value, from, c)
	}
	if err != nil {
		return err
	}
	if values[col], err = r.present(value, c); err != nil {
		return err
	}
	row[col], err = convert.Up(values[col], c.Type, r.env.Location)
	return err
}

// fresh is what the rows that are there have in a new column.
func (r *rebuild) fresh(c *catalog.Column) (binlog.Value, error) {
	zero := types.Zero(c.Type)
	switch {
	case c.AutoIncrement:
		return nil, nil // it is drawn
	case c.Default != nil:
		return c.Default.Get(c, r.env.Now, r.env.Location)
	case c.Nullable:
		return nil, nil
	case c.Type.Kind == types.Enum:
		return uint64(1), nil
	case c.Type.Kind == types.JSON:
		return r.fit([]byte("null"), types.Type{Kind: types.VarChar, Length: 4, Collation: types.CollationBin}, c)
	case c.Type.Kind == types.Date, c.Type.Kind == types.DateTime:
		return r.fit(types.Text(zero, c.Type), types.Type{Kind: types.VarChar, Length: 30, Collation: types.CollationBin}, c)
	}
	return r.present(zero, c)
}

// converted is a column's value as the column is from now on.
func (r *rebuild) converted(v binlog.Value, was, is *catalog.Column, retyped bool) (binlog.Value, error) {
	if is.AutoIncrement && !was.AutoIncrement && isZero(v) && !r.env.Mode("NO_AUTO_VALUE_ON_ZERO") {
		return nil, nil
	}
	if v == nil && was.Nullable && !is.Nullable && is.Type.Kind == types.Timestamp && (retyped || !r.env.Strict()) {
		return (&catalog.Default{Now: true}).Get(is, r.env.Now, r.env.Location)
	}
	if retyped {
		v, from, err := r.handed(v, was.Type, is.Type)
		if err != nil {
			return nil, err
		}
		if v, err = r.fit(v, from, is); err != nil {
			return nil, err
		}
		return r.present(v, is)
	}
	return r.present(v, is)
}

func isZero(v binlog.Value) bool { return v == nil || v == int64(0) || v == uint64(0) }

// present refuses NULL where it may not be.
func (r *rebuild) present(v binlog.Value, c *catalog.Column) (binlog.Value, error) {
	if v != nil || c.Nullable || c.AutoIncrement {
		return v, nil
	}
	zero, truncated := types.Zero(c.Type), mysqlerr.New(mysqlerr.DataTruncated, c.Name, r.row)
	switch {
	case zero != nil && !r.env.Strict():
		r.warn(truncated)
		return zero, nil
	case exec.ChangeOf(r.env, r.stmt.tree, r.from, r.to, r.list).Copies():
		return nil, truncated
	}
	return nil, mysqlerr.New(mysqlerr.InvalidUseOfNull)
}

// fit converts a value to a column's type, or cuts it where the mode is not strict.
func (r *rebuild) fit(v binlog.Value, from types.Type, c *catalog.Column) (binlog.Value, error) {
	to := r.aim(v, types.Target{Name: c.Name, Table: r.to.Name, Type: c.Type, Row: r.row})
	if at, is := v.(binlog.DateTime); is && from.Kind == types.Timestamp {
		if c.Type.Kind == types.Timestamp {
			to.Zone = time.UTC
		} else if at != (binlog.DateTime{}) {
			v = types.LocalTimestamp(at, r.env.Location)
		}
	}
	if from.Kind == types.JSON && (c.Type.IsNumber() || c.Type.IsTemporal()) { // by its text
		v, from = types.Text(v, from), types.Type{Kind: types.Blob, Length: 4, Collation: types.CollationBin}
	}
	if r.env.Strict() {
		out, err := types.Store(v, from, to)
		if mysqlerr.Is(err, mysqlerr.DataTooLong) && from.Kind == c.Type.Kind && from.Kind != types.Vector &&
			from.Collation.Charset() == c.Type.Collation.Charset() {
			err = mysqlerr.New(mysqlerr.DataTruncated, c.Name, r.row)
		}
		return out, err
	}
	if from.Kind == types.Vector && c.Type.Kind == types.Vector {
		v = r.cutVector(v, c)
	}
	out, warning, err := types.Cut(v, from, to)
	if warning != nil {
		if warning.Code == mysqlerr.DataTooLong {
			warning = mysqlerr.New(mysqlerr.DataTruncated, c.Name, r.row)
		}
		r.warn(warning)
	}
	return out, err
}

// cutVector leaves the dimensions that a column has room for; INSERT leaves none.
func (r *rebuild) cutVector(v binlog.Value, c *catalog.Column) binlog.Value {
	b, is := v.([]byte)
	if room := c.Type.VectorMax(); is && len(b) > room {
		r.warn(mysqlerr.New(mysqlerr.DataTruncated, c.Name, r.row))
		return b[:room]
	}
	return v
}

// numberBySteps has a new AUTO_INCREMENT column count as the session does. MySQL leaves out
// the first number of a step that is not 1, unless it copies the rows.
func (r *rebuild) numberBySteps() error {
	d := r.env.Drawing
	if _, ok := r.to.AutoIncrement(); !ok || d == nil || d.Step.Width == 1 {
		return nil
	}
	r.drawing = &rows.Drawing{Step: d.Step, Given: func() (uint64, bool) { return 0, false }}
	if exec.ChangeOf(r.env, r.stmt.tree, r.from, r.to, r.list).Copies() {
		return nil
	}
	first := d.Step.Width + d.Step.Offset
	if d.Step.Offset > d.Step.Width {
		first, r.drawing.Step.Offset = d.Step.Width, d.Step.Width
	}
	return r.exec.Counters().Raise(r.call.ctx, r.env.Txn, r.to, catalog.AutoInc, first-1)
}

// keepCounter goes on counting where the old table was.
func (a *alteration) keepCounter(from, to *catalog.Table) error {
	if _, ok := to.AutoIncrement(); !ok {
		return nil
	}
	next, err := a.exec.Counters().Next(a.env.Txn, from, catalog.AutoInc)
	if err != nil || next <= 1 {
		return err
	}
	return a.exec.Counters().Raise(a.call.ctx, a.env.Txn, to, catalog.AutoInc, next-1)
}

// knownPlaces refuses columns of a spatial reference system that is not there.
func knownPlaces(t *catalog.Table) error {
	for i := range t.Columns {
		if id := t.Columns[i].Type.SRID; id != nil {
			if err := gtypes.ValidateSRID(int(*id), ""); err != nil {
				return err
			}
		}
	}
	return nil
}
