package server

import (
	"cmp"
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

// runKill is KILL [CONNECTION | QUERY] expression.
func (s *session) runKill(ctx context.Context, c *lex.Cursor) (*Result, error) {
	c.Next()
	query := c.Accept("QUERY")
	if !query {
		c.Accept("CONNECTION")
	}
	if t := *c; t.Peek().Kind == lex.Number { // which is nearly always there
		if n, err := strconv.ParseUint(t.Next().Text, 10, 32); err == nil && t.End() == nil {
			return &Result{}, s.kill(uint32(n), query)
		}
	}
	from := c.Peek().Pos
	if c.Peek().Kind == lex.EOF {
		return nil, lex.Error(c.Source(), from)
	}
	res, err := s.selected(ctx, "CAST(("+c.Source()[from:]+") AS SIGNED)")
	if mysqlerr.Is(err, mysqlerr.ParseError) {
		return nil, lex.Error(c.Source(), from)
	}
	if err != nil {
		return nil, err
	}
	id, err := valueIn(res)
	if err != nil {
		return nil, err
	}
	number := uint32(0) // NULL is nobody
	switch n := id.value.(type) {
	case int64:
		number = uint32(n)
	case uint64:
		number = uint32(n)
	}
	return withNotes(&Result{}, s.kill(number, query), res.Diagnostics)
}

// runFlush knows the logs; of the rest, what has nothing to flush here succeeds.
func (s *session) runFlush(ctx context.Context, c *lex.Cursor) (*Result, error) {
	c.Next()
	if !c.Accept("NO_WRITE_TO_BINLOG") {
		c.Accept("LOCAL")
	}
	if c.Accept("TABLES") || c.Accept("TABLE") {
		return s.flushTables(ctx, c)
	}
	what := map[string]bool{}
	for more := true; more; more = c.Accept(",") {
		one, err := flushed(c)
		if err != nil {
			return nil, err
		}
		what[one] = true
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
	if what["PRIVILEGES"] {
		s.srv.accounts.ForgetFailures()
	}
	if what["USER_RESOURCES"] {
		s.srv.accounts.ForgetHour()
	}
	if what["LOGS"] && s.srv.store.Binlog() != nil {
		if err := s.srv.store.Rotate(ctx); err != nil {
			return nil, err
		}
	}
	return &Result{}, nil
}

// flushTables is FLUSH TABLES [list] [WITH READ LOCK | FOR EXPORT]. No table has
// anything to flush; to lock those in a list is what LOCK TABLES ... READ does.
func (s *session) flushTables(ctx context.Context, c *lex.Cursor) (*Result, error) {
	var names []lockWish
	var err error
	if !c.AtEnd() && !c.Peek().Is("WITH") && !c.Peek().Is("FOR") {
		if names, err = s.flushedTables(c); err != nil {
			return nil, err
		}
	}
	lock := c.Accept("WITH", "READ", "LOCK") || names != nil && c.Accept("FOR", "EXPORT")
	if err := c.End(); err != nil {
		return nil, err
	}
	if err := s.machine.Allow(xa.Boundary); err != nil {
		return nil, err
	}
	if lock && names != nil {
		if s.locked != nil {
			return nil, mysqlerr.New(mysqlerr.LockOrActiveTransaction)
		}
		if err := s.mayLock(names); err != nil {
			return nil, err
		}
	}
	if err := s.commit(ctx); err != nil {
		return nil, err
	}
	switch {
	case lock && names != nil:
		err = s.lockTables(ctx, names)
	case lock:
		err = s.lockReads(ctx)
	}
	return &Result{}, err
}

// flushedTables reads the tables' names.
func (s *session) flushedTables(c *lex.Cursor) (list []lockWish, err error) {
	for more := true; more; more = c.Accept(",") {
		db, table, err := tableName(c)
		if err != nil {
			return nil, err
		}
		if db = cmp.Or(db, s.db); db == "" {
			return nil, mysqlerr.New(mysqlerr.NoDB)
		}
		list = append(list, lockWish{tableKey: tableKey{db, table}})
	}
	return list, nil
}

// flushable are the other words of FLUSH; behind most there is nothing to flush here.
var flushable = []string{
	"STATUS", "PRIVILEGES", "HOSTS", "ENGINE", "ERROR", "GENERAL", "SLOW", "OPTIMIZER_COSTS", "USER_RESOURCES",
}

// flushed reads one thing to flush; LOGS is the binary log.
func flushed(c *lex.Cursor) (what string, err error) {
	if c.Accept("BINARY", "LOGS") || c.Accept("LOGS") {
		return "LOGS", nil
	}
	if c.Accept("RELAY", "LOGS") {
		if !c.Accept("FOR", "CHANNEL") {
			return "RELAY", nil
		}
		t := c.Next()
		name, ok := t.Value()
		if t.Kind != lex.String || !ok {
			return "", lex.Error(c.Source(), t.Pos)
		}
		return "", mysqlerr.New(mysqlerr.NoSuchChannel, name)
	}
	for _, what := range flushable {
		if !c.Accept(what) {
			continue
		}
		c.Accept("LOGS")
		if !c.AtEnd() && !c.Peek().Is(",") {
			return "", mysqlerr.New(mysqlerr.NotSupportedYet, "FLUSH "+what+" with options")
		}
		return what, nil
	}
	return "", c.Fail()
}
