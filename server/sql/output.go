package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/exec"
)

// settleBytes is how much of a result is collected before any of it is handed
// on. The library announces some columns as what their values are not; by then
// most of that has come out.
const settleBytes = 256 << 10

// An output is a result on its way to the client: rows are collected at first,
// and handed on as they are found once they are more than settleBytes and
// there is somebody to take them.
type output struct {
	c       *call
	r       *exec.Result
	columns []column
	held    int  // bytes of the rows in r
	begun   bool // rows are handed on; the columns stay as they are
}

func (c *call) newOutput(columns []column, hasRows bool) *output {
	o := &output{c: c, r: &exec.Result{}, columns: columns}
	if hasRows {
		o.r.Columns, o.r.Rows = wireOf(columns), [][]binlog.Value{}
	}
	return o
}

// add takes a row of the library's: one of the result, or what a change has
// done.
func (o *output) add(ctx *gms.Context, row gms.Row) error {
	if len(row) == 1 {
		if done, ok := row[0].(gtypes.OkResult); ok {
			o.changed(done)
			return nil
		}
	}
	if o.r.Columns == nil {
		return nil
	}
	out, size, err := o.c.result(ctx, row, o.columns)
	if err != nil {
		return err
	}
	if o.begun {
		return o.c.env.Sink.Row(out)
	}
	o.r.Rows = append(o.r.Rows, out)
	o.held += size
	if err := o.c.hold(size); err != nil || o.held <= settleBytes || o.c.env.Sink == nil {
		return err
	}
	return o.begin()
}

func (o *output) changed(done gtypes.OkResult) {
	o.r.Columns, o.r.Rows = nil, nil
	o.r.AffectedRows += done.RowsAffected
	if done.Info != nil {
		o.r.Info = done.Info.String()
	}
}

// begin hands on what was collected.
func (o *output) begin() error {
	settle(o.r, o.columns)
	for i := range o.columns {
		o.columns[i].sealed = true
	}
	if err := o.c.env.Sink.Columns(o.r.Columns); err != nil {
		return err
	}
	for _, row := range o.r.Rows {
		if err := o.c.env.Sink.Row(row); err != nil {
			return err
		}
	}
	o.c.held -= o.held
	o.r.Rows, o.held, o.begun = nil, 0, true
	return nil
}

// end is the result: what was not handed on.
func (o *output) end() *exec.Result {
	if !o.begun && o.r.Columns != nil {
		settle(o.r, o.columns)
	}
	return o.r
}
