package server

import (
	"context"
	"strconv"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/xa"
)

func (s *session) runUse(ctx context.Context, c *lex.Cursor) (*Result, error) {
	c.Next()
	db, err := c.Name()
	if err != nil {
		return nil, err
	}
	if err := c.End(); err != nil {
		return nil, err
	}
	if err := s.use(ctx, db); err != nil {
		return nil, err
	}
	return &Result{}, nil
}

// runKill is KILL [CONNECTION | QUERY] id.
func (s *session) runKill(_ context.Context, c *lex.Cursor) (*Result, error) {
	c.Next()
	query := c.Accept("QUERY")
	if !query {
		c.Accept("CONNECTION")
	}
	t := c.Next()
	id, err := strconv.ParseUint(t.Text, 10, 32)
	if t.Kind != lex.Number || err != nil {
		return nil, lex.Error(c.Source(), t.Pos)
	}
	if err := c.End(); err != nil {
		return nil, err
	}
	return &Result{}, s.kill(uint32(id), query)
}

// runFlush knows the logs; of the rest, what has nothing to flush here succeeds.
func (s *session) runFlush(ctx context.Context, c *lex.Cursor) (*Result, error) {
	c.Next()
	if !c.Accept("NO_WRITE_TO_BINLOG") {
		c.Accept("LOCAL")
	}
	logs := false
	for more := true; more; more = c.Accept(",") {
		one, err := flushed(c)
		if err != nil {
			return nil, err
		}
		logs = logs || one
	}
	if err := c.End(); err != nil {
		return nil, err
	}
	if err := s.machine.Allow(xa.Boundary); err != nil {
		return nil, err
	}
	if err := s.commit(ctx); err != nil {
		return nil, err
	}
	if logs && s.srv.store.Binlog() != nil {
		if err := s.srv.store.Rotate(ctx); err != nil {
			return nil, err
		}
	}
	return &Result{}, nil
}

// flushable are the words of FLUSH behind which there is nothing to flush here.
var flushable = []string{
	"TABLES", "TABLE", "STATUS", "PRIVILEGES", "HOSTS", "ENGINE", "ERROR", "GENERAL", "SLOW", "OPTIMIZER_COSTS", "USER_RESOURCES",
}

// flushed reads one thing to flush; logs says that it is the binary log.
func flushed(c *lex.Cursor) (logs bool, err error) {
	if c.Accept("BINARY", "LOGS") || c.Accept("LOGS") {
		return true, nil
	}
	for _, what := range flushable {
		if !c.Accept(what) {
			continue
		}
		c.Accept("LOGS")
		switch {
		case c.Accept("WITH", "READ", "LOCK"):
			return false, mysqlerr.New(mysqlerr.NotSupportedYet, "FLUSH TABLES WITH READ LOCK: a dump with --single-transaction needs none")
		case !c.AtEnd() && !c.Peek().Is(","):
			return false, mysqlerr.New(mysqlerr.NotSupportedYet, "FLUSH "+what+" with options")
		}
		return false, nil
	}
	return false, c.Fail()
}
