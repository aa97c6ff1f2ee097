package server

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/wire"
)

// resetSession is COM_RESET_CONNECTION: as if the client had connected again.
func (c *conn) resetSession() {
	c.sess.close()
	c.sess.reset()
	c.wire.SetMaxPacket(c.sess.maxPacket())
	c.prepared, c.preparedBytes, c.cursorBytes = nil, 0, 0
}

// changeUser is COM_CHANGE_USER: a login on the same connection, which ends if
// it fails, as MySQL's does.
func (c *conn) changeUser(data []byte) error {
	_, done := c.started("Change user", "")
	defer done()
	c.resetSession()
	refused, err := c.srv.wire.ChangeUser(c.wire, data)
	if err != nil {
		return err
	}
	if refused != nil {
		c.sess.quit = true
		return c.wire.WriteError(refused)
	}
	c.setIdentity()
	c.sess.loginCharset(c.wire.Login().Collation)
	return c.ok()
}

// statistics is MySQL's text; what is not counted here is 0.
func (c *conn) statistics() string {
	st := c.srv.Stats()
	questions, uptime := c.srv.questions(), int64(st.Uptime/time.Second)
	return fmt.Sprintf("Uptime: %d  Threads: %d  Questions: %d  Slow queries: %d  Opens: 0  Flush tables: 0  "+
		"Open tables: 0  Queries per second avg: %.3f", uptime, st.Connected, questions, st.Slow, float64(questions)/float64(max(uptime, 1)))
}

// fieldList is COM_FIELD_LIST: table, NUL, and a pattern for the column names.
func (c *conn) fieldList(data []byte) error {
	ctx, done := c.started("Field List", "")
	defer done()
	table, pattern, ok := cutNUL(data)
	if !ok {
		return c.fail(mysqlerr.New(mysqlerr.MalformedPacket))
	}
	if c.sess.db == "" {
		return c.fail(mysqlerr.New(mysqlerr.NoDB))
	}
	if err := c.sess.on(c.sess.db, table, 0); err != nil {
		return c.fail(err)
	}
	t, drop := c.sess.peek()
	defer drop()
	columns, err := c.srv.exec.TableColumns(ctx, t, c.sess.db, table)
	if err != nil {
		return c.fail(err)
	}
	r := c.sess.rights()
	columns = slices.DeleteFunc(columns, func(col wire.Column) bool { return !r.SeesColumn(c.sess.db, table, col.Name) })
	if pattern != "" {
		kept := columns[:0:0]
		for _, col := range columns {
			if lex.Like(pattern, col.Name) {
				kept = append(kept, col)
			}
		}
		columns = kept
	}
	columns, _ = c.sess.settings.charset.encodeColumns(columns)
	return c.wire.WriteFieldList(columns, c.sess.status())
}

func cutNUL(b []byte) (before, after string, ok bool) {
	for i, ch := range b {
		if ch == 0 {
			return string(b[:i]), string(b[i+1:]), true
		}
	}
	return "", "", false
}

// setOption turns multi-statements on (0) or off (1).
func (c *conn) setOption(data []byte) error {
	if len(data) != 2 {
		return c.fail(mysqlerr.New(mysqlerr.MalformedPacket))
	}
	switch binary.LittleEndian.Uint16(data) {
	case 0:
		c.wire.SetCapability(mysql.CLIENT_MULTI_STATEMENTS, true)
	case 1:
		c.wire.SetCapability(mysql.CLIENT_MULTI_STATEMENTS, false)
	default:
		return c.fail(mysqlerr.New(mysqlerr.UnknownCommand))
	}
	return c.wire.WriteEOF(c.sess.status(), 0)
}

func (c *conn) processKill(data []byte) error {
	if len(data) != 4 {
		return c.fail(mysqlerr.New(mysqlerr.MalformedPacket))
	}
	return c.okOrError(c.sess.kill(binary.LittleEndian.Uint32(data), false))
}
