package server

import (
	"encoding/binary"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/wire"
)

// A cursor is the rows of a prepared statement that was executed with
// CURSOR_TYPE_READ_ONLY: encoded, for COM_STMT_FETCH to send in pieces. They
// are kept rather than read on from the store: the transaction may end before.
type cursor struct {
	rows []byte // each: size 4, row
	next int    // offset of the row to send next
}

// cursorBytesMax bounds the rows of one connection's cursors together.
const cursorBytesMax = 64 << 20

const rowSizeBytes = 4

// keep adds a row.
func (c *conn) keep(cur *cursor, columns []wire.Column, row []value) error {
	at := len(cur.rows)
	b, err := wire.AppendBinaryRow(append(cur.rows, 0, 0, 0, 0), columns, row)
	if err != nil {
		return err
	}
	if c.cursorBytes += len(b) - at; c.cursorBytes > cursorBytesMax {
		c.cursorBytes -= len(b) - at
		return mysqlerr.New(mysqlerr.OutOfSortMemory)
	}
	binary.LittleEndian.PutUint32(b[at:], uint32(len(b)-at-rowSizeBytes))
	cur.rows = b
	return nil
}

func (c *conn) closeCursor(p *prepared) {
	if p.cursor != nil {
		c.cursorBytes -= len(p.cursor.rows)
		p.cursor = nil
	}
}

// fetch is COM_STMT_FETCH: id 4, rows 4.
func (c *conn) fetch(data []byte) error {
	p, err := c.find(data, "mysqld_stmt_fetch")
	if err != nil {
		return c.fail(err)
	}
	if len(data) != 4+4 {
		return c.fail(mysqlerr.New(mysqlerr.MalformedPacket))
	}
	_, done := c.started("Fetch", p.sql)
	defer done()
	cur := p.cursor
	if cur == nil {
		return c.fail(mysqlerr.New(mysqlerr.StmtHasNoOpenCursor, binary.LittleEndian.Uint32(data)))
	}
	for n := binary.LittleEndian.Uint32(data[4:]); n > 0 && cur.next < len(cur.rows); n-- {
		at := cur.next + rowSizeBytes
		end := at + int(binary.LittleEndian.Uint32(cur.rows[cur.next:]))
		if err := c.wire.WriteRow(cur.rows[at:end]); err != nil {
			return err
		}
		cur.next = end
	}
	status := c.sess.status() | mysql.SERVER_STATUS_CURSOR_EXISTS
	if cur.next == len(cur.rows) {
		c.closeCursor(p)
		status = c.sess.status() | mysql.SERVER_STATUS_LAST_ROW_SEND
	}
	return c.wire.WriteEOF(status, 0)
}
