package server

import (
	"errors"
	"fmt"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/server/wire"
)

type rowWriter = func(*wire.Conn, []wire.Column, []value) error

// An answer writes one statement's result to the client, rows as soon as they
// are found. It is the statement's Sink.
type answer struct {
	c       *conn
	row     rowWriter
	more    uint16  // SERVER_MORE_RESULTS_EXISTS, or 0
	cursor  *cursor // takes the rows instead of the client; or nil
	opened  bool    // the client was told of the cursor
	columns []wire.Column
	sets    []types.Charset // what text of the columns is converted to; nil: none
	charset charsetOf
	rows    uint64 // taken while the statement ran
	err     error  // of the connection, which has to end
	limit   uint64 // rows that are taken, if limited: sql_select_limit
	limited bool
	full    bool // more rows than limit were found
}

// errFull ends a statement that has found enough rows.
var errFull = errors.New("server: sql_select_limit is reached")

// newAnswer begins the answer to a statement; there is one at a time.
func (c *conn) newAnswer(row rowWriter) *answer {
	c.answer = answer{c: c, row: row, charset: c.sess.settings.charset}
	return &c.answer
}

// Columns implements Sink.
func (a *answer) Columns(columns []wire.Column) error {
	a.columns, a.sets = a.charset.encodeColumns(columns)
	columns = a.columns
	if a.cursor != nil {
		return nil
	}
	a.err = a.c.wire.WriteColumns(columns, a.c.sess.status()|a.more)
	return a.err
}

// Row implements Sink.
func (a *answer) Row(row []value) error {
	if a.limited && a.rows == a.limit {
		a.full = true
		return errFull
	}
	a.rows++
	row = encodeRow(row, a.sets)
	if a.cursor != nil {
		return a.c.keep(a.cursor, a.columns, row)
	}
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
	if a.limited {
		res.Rows = res.Rows[:min(uint64(len(res.Rows)), a.limit-a.rows)]
	}
	for _, r := range res.Rows {
		if err := a.Row(r); err != nil && a.cursor != nil {
			return a.c.fail(err)
		} else if err != nil {
			return err
		}
	}
	status := a.c.sess.status() | a.more
	if a.cursor == nil {
		return a.c.wire.WriteEOF(status, res.Warnings)
	}
	a.opened = true
	return a.c.wire.WriteCursor(a.columns, status|mysql.SERVER_STATUS_CURSOR_EXISTS, res.Warnings)
}
