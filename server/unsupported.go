package server

import (
	"cmp"
	"context"
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// What xadb does not have, by MySQL's number for that: 1235, and for what can
// only be missing 1305.
var (
	noProcedures = unsupported("stored procedures")
	noFunctions  = unsupported("stored functions")
	noEvents     = unsupported("events")
)

func unsupported(what string) handler {
	return func(*session, context.Context, *lex.Cursor) (*Result, error) {
		return nil, mysqlerr.New(mysqlerr.NotSupportedYet, what)
	}
}

// runDefiner is CREATE DEFINER = user of something; triggers and views are the
// executor's.
func (s *session) runDefiner(ctx context.Context, c *lex.Cursor) (*Result, error) {
	for t := c.Next(); t.Kind != lex.EOF; t = c.Next() {
		switch {
		case t.Is("PROCEDURE"):
			return noProcedures(s, ctx, c)
		case t.Is("FUNCTION"), t.Is("AGGREGATE"):
			return noFunctions(s, ctx, c)
		case t.Is("EVENT"):
			return noEvents(s, ctx, c)
		case t.Is("TRIGGER"), t.Is("VIEW"), t.Is("SQL"):
			return nil, errNotMine
		}
	}
	return nil, errNotMine
}

// runStop is STOP REPLICA, which mysqldump --dump-replica says: the server is none.
func (s *session) runStop(_ context.Context, c *lex.Cursor) (*Result, error) {
	c.Next()
	if !c.Accept("REPLICA") && !c.Accept("SLAVE") {
		return nil, mysqlerr.New(mysqlerr.NotSupportedYet, "STOP "+strings.ToUpper(c.Peek().Text))
	}
	for more := true; more; more = c.Accept(",") {
		_ = c.Accept("SQL_THREAD") || c.Accept("IO_THREAD")
	}
	if c.Accept("FOR", "CHANNEL") {
		c.Next()
	}
	return noted(mysqlerr.New(mysqlerr.ReplicaStopped, "")), c.End()
}

// runSpatial is {CREATE | DROP} SPATIAL REFERENCE SYSTEM; CREATE SPATIAL INDEX is the
// executor's.
func (s *session) runSpatial(_ context.Context, c *lex.Cursor) (*Result, error) {
	if c.PeekAt(2).Is("REFERENCE") {
		return nil, mysqlerr.New(mysqlerr.NotSupportedYet, "SPATIAL REFERENCE SYSTEM")
	}
	return nil, errNotMine
}

// runCall is CALL name: there never is a procedure.
func (s *session) runCall(_ context.Context, c *lex.Cursor) (*Result, error) {
	c.Next()
	db, name, err := tableName(c)
	if err != nil {
		return nil, err
	}
	if db = cmp.Or(db, s.db); db == "" {
		return nil, mysqlerr.New(mysqlerr.NoDB)
	}
	return nil, mysqlerr.New(mysqlerr.SPDoesNotExist, "PROCEDURE", db+"."+name)
}

// runDropEvent is DROP EVENT [IF EXISTS]: there never is one.
func (s *session) runDropEvent(_ context.Context, c *lex.Cursor) (*Result, error) {
	_, _, name, ifExists, err := s.dropped(c)
	switch {
	case err != nil:
		return nil, err
	case !ifExists:
		return nil, mysqlerr.New(mysqlerr.EventDoesNotExist, name)
	}
	return noted(mysqlerr.New(mysqlerr.SPDoesNotExist, "Event", name)), nil
}

// dropped reads DROP kind [IF EXISTS] name; the kind is in capitals.
func (s *session) dropped(c *lex.Cursor) (kind, db, name string, ifExists bool, err error) {
	c.Next()
	kind = strings.ToUpper(c.Next().Text)
	ifExists = c.Accept("IF", "EXISTS")
	if db, name, err = tableName(c); err == nil {
		err = c.End()
	}
	if db = cmp.Or(db, s.db); err == nil && db == "" {
		err = mysqlerr.New(mysqlerr.NoDB)
	}
	return kind, db, name, ifExists, err
}

// noted is a result with a note.
func noted(e *mysqlerr.Error) *Result {
	return &Result{Warnings: 1, Diagnostics: []Diagnostic{{Level: "Note", Code: e.Code, Message: e.Message}}}
}

// runDropRoutine is DROP {PROCEDURE | FUNCTION} [IF EXISTS]: there never is one.
func (s *session) runDropRoutine(_ context.Context, c *lex.Cursor) (*Result, error) {
	kind, db, name, ifExists, err := s.dropped(c)
	if err != nil {
		return nil, err
	}
	missing := mysqlerr.New(mysqlerr.SPDoesNotExist, kind, db+"."+name)
	if !ifExists {
		return nil, missing
	}
	return noted(missing), nil
}
