package server

import (
	"context"
	"encoding/binary"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/wire"
)

type value = binlog.Value

// A prepared is one prepared statement. stmt is nil for a statement that the
// router answers.
type prepared struct {
	sql       string
	stmt      Stmt
	params    *wire.Params
	longError error // of COM_STMT_SEND_LONG_DATA, which has no answer
	cursor    *cursor
}

// preparedMax bounds the prepared statements of one connection. Their text and
// long parameters together are bounded by the largest packet.
const preparedMax = 16382

// prepare is COM_STMT_PREPARE.
func (c *conn) prepare(sql string) error {
	sql = trimmed(c.sess.settings.charset.decode(sql))
	ctx, done := c.started("Prepare", sql)
	defer done()
	if len(c.prepared) >= preparedMax || c.preparedBytes+len(sql) > c.sess.maxPacket() {
		return c.fail(mysqlerr.New(mysqlerr.MaxPreparedStmt, preparedMax))
	}
	all := sql // of which errors may repeat any piece
	sql, err := c.sess.readOne(all)
	if err != nil {
		return c.failText(all, err)
	}
	if !c.sess.isPreparable(sql) {
		return c.fail(mysqlerr.New(mysqlerr.UnsupportedPS))
	}
	p := &prepared{sql: sql}
	count, mine := routed(sql)
	var columns []wire.Column
	var notes []Diagnostic
	if mine {
		var err error
		if columns, mine, err = c.sess.describe(ctx, sql, count); err != nil {
			return c.fail(err)
		}
	}
	if !mine {
		var err error
		if p.stmt, err = c.srv.exec.Parse(sql); err != nil {
			return c.failText(sql, err)
		}
		if columns, err = c.sess.describeStmt(ctx, p.stmt); err != nil {
			return c.fail(err)
		}
		count, notes = p.stmt.NumParams(), p.stmt.TakeNotes()
	}
	columns, _ = c.sess.settings.charset.encodeColumns(describeShow(sql, columns))
	if count > wire.ParamsMax {
		return c.fail(mysqlerr.New(mysqlerr.TooManyPlaceholders))
	}
	p.params = wire.NewParams(count)
	if c.prepared == nil {
		c.prepared = map[uint32]*prepared{}
	}
	c.preparedID++
	for c.prepared[c.preparedID] != nil || c.preparedID == 0 {
		c.preparedID++
	}
	c.prepared[c.preparedID] = p
	c.preparedBytes += len(sql)
	c.sess.diagnostics = notes
	return c.wire.WritePrepared(c.preparedID, count, columns, c.sess.status(), uint16(len(notes)))
}

// describeStmt is the columns that a statement of the executor will give. A
// transaction of its own reads the definitions: the session's must not see or
// hold anything because of it.
func (s *session) describeStmt(ctx context.Context, stmt Stmt) ([]wire.Column, error) {
	t := s.srv.store.Begin(s.id, engine.TxnOptions{})
	defer s.drop(t)
	return s.srv.exec.Describe(ctx, s.env(&transaction{t: t}, &statement{}), stmt)
}

// routed reports whether the router answers a statement, and how many
// question marks it has.
func routed(sql string) (params int, mine bool) {
	l := lex.New(sql)
	first := l.Next()
	_, known := routeOf(first, l)
	if !first.Is("XA") && (first.Kind != lex.Word || !known) || isLong(first, sql) {
		return 0, false
	}
	if first.Is("SELECT") && readsTable(sql) {
		return 0, false
	}
	for t := l.Next(); t.Kind != lex.EOF; t = l.Next() {
		if t.Kind == lex.Param {
			params++
		}
	}
	return params, true
}

// find is the prepared statement that a command names.
func (c *conn) find(data []byte, command string) (*prepared, error) {
	if len(data) < 4 {
		return nil, mysqlerr.New(mysqlerr.MalformedPacket)
	}
	id := binary.LittleEndian.Uint32(data)
	p := c.prepared[id]
	if p == nil {
		return nil, mysqlerr.New(mysqlerr.UnknownStmtHandler, valueText(uint64(id)), command)
	}
	return p, nil
}

// executePrepared is COM_STMT_EXECUTE: id 4, cursor flags 1, iterations 4,
// parameters. Of the cursors, MySQL has CURSOR_TYPE_READ_ONLY alone, too.
func (c *conn) executePrepared(data []byte) error {
	const head = 4 + 1 + 4
	p, err := c.find(data, "mysqld_stmt_execute")
	if err != nil {
		return c.fail(err)
	}
	if len(data) < head {
		return c.fail(mysqlerr.New(mysqlerr.MalformedPacket))
	}
	ctx, done := c.started("Execute", p.sql)
	defer done()
	p.params.Text = c.sess.settings.charset.decodeParam()
	args, err := p.params.Decode(data[head:])
	c.dropLong(p)
	if p.longError != nil {
		err, p.longError = p.longError, nil
	}
	if err != nil {
		return c.fail(err)
	}
	c.closeCursor(p)
	out := c.newAnswer((*wire.Conn).WriteBinaryRow)
	if data[4]&mysql.CURSOR_TYPE_READ_ONLY != 0 {
		out.cursor = &cursor{}
	}
	_, err = c.serveStatement(ctx, statement{sql: p.sql, stmt: p.stmt, args: args, bytes: p.params.Bytes(args), out: out})
	if out.opened {
		p.cursor = out.cursor
	} else if out.cursor != nil {
		c.cursorBytes -= len(out.cursor.rows)
	}
	return err
}

// longData is COM_STMT_SEND_LONG_DATA: id 4, parameter 2, data. It has no
// answer; what is wrong with it the next execution says.
func (c *conn) longData(data []byte) error {
	const head = 4 + 2
	p, err := c.find(data, "mysqld_stmt_send_long_data")
	if err != nil || len(data) < head {
		return nil
	}
	index := int(binary.LittleEndian.Uint16(data[4:]))
	before := p.params.LongBytes()
	others := c.preparedBytes - before
	if err := p.params.AppendLong(index, data[head:], c.sess.maxPacket()-others); err != nil && p.longError == nil {
		p.longError = err
	}
	c.preparedBytes += p.params.LongBytes() - before
	return nil
}

func (c *conn) dropLong(p *prepared) {
	c.preparedBytes -= p.params.LongBytes()
	p.params.ResetLong()
}

func (c *conn) resetPrepared(data []byte) error {
	p, err := c.find(data, "mysqld_stmt_reset")
	if err != nil {
		return c.fail(err)
	}
	c.dropLong(p)
	c.closeCursor(p)
	p.longError = nil
	return c.ok()
}

// closePrepared is COM_STMT_CLOSE, which has no answer.
func (c *conn) closePrepared(data []byte) error {
	p, err := c.find(data, "mysqld_stmt_close")
	if err != nil {
		return nil
	}
	c.dropLong(p)
	c.closeCursor(p)
	c.preparedBytes -= len(p.sql)
	delete(c.prepared, binary.LittleEndian.Uint32(data))
	return nil
}
