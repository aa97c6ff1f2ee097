package sql

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/rows"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// Replay makes changes of rows that a binary log has, as one statement: no triggers, no
// CHECKs, and foreign keys as the log says. Columns are told by their places; those that
// the log does not have get their defaults, generated ones are computed here (MySQL manual,
// Replication with Differing Table Definitions on Source and Replica).
func (e *Engine) Replay(ctx context.Context, env exec.Env, s *Session, list []binlog.TableChanges) (*exec.Result, error) {
	tree, err := exec.ParseTree("INSERT INTO t VALUES ()") // a change of no table
	if err != nil {
		return nil, err
	}
	c := e.newCall(ctx, env, s, &Stmt{Kind: writeKind, tree: tree})
	defer c.end()
	env.Txn.BeginStatement()
	if err := c.replay(list); err != nil {
		return nil, errors.Join(c.translate(err), env.Txn.RollbackStatement())
	}
	env.Txn.EndStatement()
	return &exec.Result{RowsRead: c.read}, nil
}

func (c *call) replay(list []binlog.TableChanges) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("sql: the library gave up: %v", p)
		}
	}()
	for _, ch := range list {
		r, err := c.newReplayed(ch)
		if err != nil {
			return err
		}
		for _, row := range ch.Rows {
			if err := c.ctx.Err(); err != nil {
				return mysqlerr.Wrap(err, mysqlerr.QueryInterrupted)
			}
			if err := r.change(ch.Kind, row); err != nil {
				return err
			}
		}
	}
	return c.log.Log()
}

// A replayed table is one whose changes are made again.
type replayed struct {
	c      *call
	t      *table
	w      *rows.Writer
	places []int  // the table's column that each of the log is; fewer if the table has fewer
	texts  []bool // of those: documents are logged as text, as a MariaDB has them
}

// newReplayed locks the table that changes are of, and compares its columns.
func (c *call) newReplayed(ch binlog.TableChanges) (*replayed, error) {
	id := tableID{ch.Table.DB, ch.Table.Name}
	t := c.tables[id]
	if t == nil {
		def, ok, err := c.catalog().Open(c.ctx, c.env.Txn, id.db, id.name, catalog.Shared)
		if err == nil && !ok {
			err = mysqlerr.New(mysqlerr.NoSuchTable, id.db, id.name)
		}
		if err != nil {
			return nil, err
		}
		if t, err = c.newTable(def); err != nil {
			return nil, err
		}
		c.tables[id] = t
	}
	r := &replayed{c: c, t: t, w: rows.NewWriter(c.ctx, c.env.Txn, t.def, rows.Options{
		Counters: c.exec.Counters(), Changes: c.log, NoForeignKeys: ch.Unchecked, ZeroIsValue: true, Inserts: len(ch.Rows),
	})}
	for i := range t.def.Columns {
		if col := &t.def.Columns[i]; !col.Hidden && len(r.places) < len(ch.Table.Columns) {
			at := len(r.places)
			from, to := &ch.Table.Columns[at], col.Type.Binlog(col.Name, col.Nullable)
			text := from.Type == binlog.TypeBlob && col.Type.Kind == types.JSON
			if !text && !from.SameAs(&to) {
				return nil, mysqlerr.New(mysqlerr.ConversionFailed, at+1, id.db, id.name, strings.ToLower(from.Type.String()), strings.ToLower(col.Type.SQL()))
			}
			r.places, r.texts = append(r.places, i), append(r.texts, text)
		}
	}
	return r, nil
}

// documentText is a MariaDB's JSON.
var documentText = types.Type{Kind: types.Blob, Length: 4, Collation: types.CollationGeneralCI}

// values is an image as rows have it: Absent where it has nothing.
func (r *replayed) values(image []binlog.Value) ([]binlog.Value, error) {
	out := make([]binlog.Value, len(r.t.def.Columns))
	for i := range out {
		out[i] = binlog.Absent{}
	}
	for at, i := range r.places {
		col := &r.t.def.Columns[i]
		if image[at] == (binlog.Absent{}) {
			continue
		}
		to := types.Target{Name: col.Name, Table: r.t.def.Name, Type: col.Type, Row: 1}
		v, err := types.Unlogged(image[at], to)
		if r.texts[at] {
			v, err = types.Store(image[at], documentText, to)
		}
		if err == nil && v == nil && !col.Nullable {
			err = mysqlerr.New(mysqlerr.BadNull, col.Name)
		}
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func (r *replayed) change(kind binlog.RowsKind, ch binlog.RowChange) error {
	if kind == binlog.WriteRows {
		values, err := r.filled(ch.After, nil)
		if err != nil {
			return err
		}
		return r.w.Insert(values)
	}
	image, err := r.values(ch.Before)
	if err != nil {
		return err
	}
	old, err := r.find(image)
	if err != nil {
		return err
	}
	if kind == binlog.DeleteRows {
		return r.w.Delete(*old)
	}
	values, err := r.filled(ch.After, old.Values)
	if err != nil || slices.EqualFunc(values, old.Values, rows.SameValue) {
		return err
	}
	return r.w.Update(*old, values)
}

// filled is a row as an image has it, and for the rest as it was, or as it is by default.
func (r *replayed) filled(image, was []binlog.Value) ([]binlog.Value, error) {
	values, err := r.values(image)
	if err != nil {
		return nil, err
	}
	for i, v := range values {
		switch {
		case v != binlog.Value(binlog.Absent{}):
		case was != nil:
			values[i] = was[i]
		default:
			if values[i], err = r.missing(&r.t.def.Columns[i]); err != nil {
				return nil, err
			}
		}
	}
	return values, r.generate(values)
}

// missing is what a new row has in a column that the log does not have.
func (r *replayed) missing(col *catalog.Column) (binlog.Value, error) {
	switch d := col.Default; {
	case d != nil && d.Expr != "":
		return nil, mysqlerr.New(mysqlerr.NotSupportedYet, "replaying rows into a table with one more column, whose default is an expression")
	case d != nil:
		return d.Get(col, r.c.env.Now, r.c.env.Location)
	case col.Nullable, col.AutoIncrement, col.Generated != "":
		return nil, nil
	case col.Type.Kind == types.Enum:
		return uint64(1), nil
	}
	return types.Zero(col.Type), nil
}

// generate computes the generated columns.
func (r *replayed) generate(values []binlog.Value) error {
	g, err := r.t.generator()
	if err != nil || len(g.columns) == 0 {
		return err
	}
	ctx := r.c.context()
	row, err := convert.UpRow(values, r.t.def.Types(), r.c.env.Location)
	if err == nil {
		err = g.fill(ctx, row)
	}
	if err != nil {
		return err
	}
	for _, i := range g.columns {
		v, from, err := convert.Down(ctx, row[i], r.t.schema[i].Type)
		if err != nil {
			return err
		}
		col := &r.t.def.Columns[i]
		if values[i], err = r.c.store(v, from, types.Target{Name: col.Name, Table: r.t.def.Name, Type: col.Type, Row: 1}); err != nil {
			return err
		}
	}
	return nil
}
