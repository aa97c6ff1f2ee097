package server

import (
	"fmt"

	"github.com/xadb/xadb/server/wire"
)

type rowWriter = func(*wire.Conn, []wire.Column, []value) error

// An answer writes one statement's result to the client, rows as soon as they
// are found. It is the statement's Sink.
type answer struct {
	c       *conn
	row     rowWriter
	more    uint16 // SERVER_MORE_RESULTS_EXISTS, or 0
	columns []wire.Column
	rows    uint64 // taken while the statement ran
	err     error  // of the connection, which has to end
}

// Columns implements Sink.
func (a *answer) Columns(columns []wire.Column) error {
	a.columns = columns
	a.err = a.c.wire.WriteColumns(columns, a.c.sess.status()|a.more)
	return a.err
}

// Row implements Sink.
func (a *answer) Row(row []value) error {
	a.rows++
	if err := a.row(a.c.wire, a.columns, row); err != nil {
		a.err = fmt.Errorf("server: write a row: %w", err)
	}
	return a.err
}

// end writes what is left of the result after the statement: its error, an OK,
// or rows.
func (a *answer) end(res *Result, err error) error {
	switch {
	case a.err != nil:
		return a.err
	case err != nil:
		return a.c.fail(err)
	}
	a.c.wire.Track(a.c.sess.tracker.take(a.c.sess))
	switch {
	case len(res.Columns) == 0:
		return a.c.wire.WriteOK(wire.OK{
			AffectedRows: res.AffectedRows, InsertID: res.InsertID, Status: a.c.sess.status() | a.more,
			Warnings: res.Warnings, Info: res.Info,
		})
	}
	if a.columns == nil {
		if err := a.Columns(res.Columns); err != nil {
			return err
		}
	}
	for _, r := range res.Rows {
		if err := a.Row(r); err != nil {
			return err
		}
	}
	return a.c.wire.WriteEOF(a.c.sess.status()|a.more, res.Warnings)
}
