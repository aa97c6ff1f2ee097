package server

import (
	"context"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// The bits of COM_REFRESH that mean something here.
const (
	refreshLogs    = 0x02
	refreshReplica = 0x40
	refreshMaster  = 0x80
)

// refresh is COM_REFRESH, in which clients of MariaDB and of MySQL before 9 wrap
// FLUSH.
func (c *conn) refresh(data []byte) error {
	if len(data) < 1 {
		return c.fail(mysqlerr.New(mysqlerr.MalformedPacket))
	}
	sql := "FLUSH STATUS" // whatever it is, there is nothing to do
	switch {
	case data[0]&(refreshReplica|refreshMaster) != 0:
		return c.fail(mysqlerr.New(mysqlerr.NotSupportedYet, "RESET"))
	case data[0]&refreshLogs != 0:
		sql = "FLUSH LOGS"
	}
	ctx, done := c.started("Refresh", sql)
	defer done()
	_, err := c.sess.run(ctx, statement{sql: sql})
	return c.okOrError(err)
}

// debug is COM_DEBUG, of mysqladmin debug: there is nothing to say that is not in SHOW
// ENGINE XADB STATUS.
func (c *conn) debug() error {
	if err := c.sess.rights().Require(auth.Super); err != nil {
		return c.fail(err)
	}
	return c.wire.WriteEOF(c.sess.status(), 0)
}

// stopServer is COM_SHUTDOWN.
func (c *conn) stopServer() error {
	_, done := c.started("Shutdown", "")
	defer done()
	return c.okOrError(c.sess.shutdown())
}

// runShutdown is SHUTDOWN.
func (s *session) runShutdown(_ context.Context, c *lex.Cursor) (*Result, error) {
	c.Next()
	if err := c.End(); err != nil {
		return nil, err
	}
	return &Result{}, s.shutdown()
}

// shutdown tells whoever runs the server that a client wants it to end; that one
// calls Server.Shutdown, which lets this statement be answered.
func (s *session) shutdown() error {
	if err := s.rights().Require(auth.Shutdown); err != nil {
		return err
	}
	if s.srv.opts.OnShutdown == nil {
		return mysqlerr.New(mysqlerr.NotSupportedYet, "SHUTDOWN of a server inside of another program")
	}
	s.srv.log.Info("a client asks the server to end", "account", s.account.String(), "connection", s.id)
	s.srv.opts.OnShutdown()
	return nil
}
