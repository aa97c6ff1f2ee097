package server

import (
	"context"
	"slices"
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// A namedStatement is one prepared by PREPARE in SQL text. stmt is nil for a
// statement that the router answers.
type namedStatement struct {
	sql    string
	stmt   Stmt
	params int
}

// namedBytesMax bounds the text of a session's named statements together;
// preparedMax bounds their number.
const namedBytesMax = 16 << 20

// neverPrepared are the statements, by their first words, that neither PREPARE nor the
// protocol's prepared statements take, in MySQL either, and BACKUP STORE. notMySQL are
// those that MariaDB's clients may prepare.
var (
	neverPrepared = firstWords(`PREPARE, EXECUTE, DEALLOCATE, DROP PREPARE, LOAD DATA, LOAD XML, LOAD LOCAL, BACKUP, HANDLER, HELP, SIGNAL,
		RESIGNAL, GET, SHOW WARNINGS, SHOW ERRORS, SHOW COUNT, CREATE TRIGGER, DROP TRIGGER, CREATE FUNCTION, DROP FUNCTION,
		CREATE PROCEDURE, DROP PROCEDURE, ALTER PROCEDURE, ALTER FUNCTION, CLONE, IMPORT, CREATE SERVER, ALTER SERVER, DROP SERVER,
		CREATE TABLESPACE, ALTER TABLESPACE, DROP TABLESPACE, CREATE RESOURCE, CREATE SPATIAL REFERENCE, SHUTDOWN, RESTART`)
	notMySQL = firstWords(`BEGIN, START TRANSACTION, START GROUP_REPLICATION, STOP GROUP_REPLICATION, ROLLBACK TO, ROLLBACK WORK TO,
		SAVEPOINT, RELEASE, LOCK, UNLOCK, USE, XA, PURGE, CHECK, INSTALL COMPONENT, UNINSTALL COMPONENT, ALTER DATABASE, ALTER SCHEMA,
		ALTER VIEW, ALTER ALGORITHM, ALTER SQL, CREATE ROLE, CREATE UNDO, ALTER UNDO, DROP UNDO, DROP SPATIAL REFERENCE, EXPLAIN FOR`)
)

// firstWords are beginnings of statements, in words.
func firstWords(list string) (out [][]string) {
	for _, words := range strings.Split(list, ",") {
		out = append(out, strings.Fields(words))
	}
	return out
}

// begins reports whether a statement begins with one of these.
func begins(sql string, list [][]string) bool {
	l := lex.New(sql)
	var first [3]lex.Token
	for i := range first {
		first[i] = l.Next()
	}
	return slices.ContainsFunc(list, func(words []string) bool {
		for i, word := range words {
			if !first[i].Is(word) {
				return false
			}
		}
		return true
	})
}

// isPreparable reports whether the client may prepare a statement.
func (s *session) isPreparable(sql string) bool {
	return !begins(sql, neverPrepared) && (s.mariaDB || !begins(sql, notMySQL))
}

// runPrepare is PREPARE name FROM {'text' | @variable}. One of that name is
// gone in any case.
func (s *session) runPrepare(ctx context.Context, c *lex.Cursor) (*Result, error) {
	c.Next()
	name, err := c.Name()
	if err != nil {
		return nil, err
	}
	if err := c.Expect("FROM"); err != nil {
		return nil, err
	}
	t := c.Next()
	text, ok := t.Value()
	switch {
	case t.Kind == lex.UserVar:
		text = valueText(s.userVars[strings.ToLower(text)])
	case t.Kind != lex.String || !ok:
		return nil, lex.Error(c.Source(), t.Pos)
	}
	if err := c.End(); err != nil {
		return nil, err
	}
	name = strings.ToLower(name)
	s.forget(name)
	p, err := s.prepareText(ctx, strings.Clone(text))
	if err != nil {
		return nil, hideSecrets(text, s.toClient(err))
	}
	if len(s.named) >= preparedMax || s.namedBytes+len(p.sql) > namedBytesMax {
		return nil, mysqlerr.New(mysqlerr.MaxPreparedStmt, preparedMax)
	}
	if s.named == nil {
		s.named = map[string]namedStatement{}
	}
	s.named[strings.Clone(name)] = p
	s.namedBytes += len(p.sql)
	s.tracker.changed()
	res := &Result{Info: "Statement prepared"}
	if p.stmt != nil {
		return withNotes(res, nil, p.stmt.TakeNotes())
	}
	return res, nil
}

func (s *session) prepareText(ctx context.Context, sql string) (p namedStatement, err error) {
	if sql, err = s.readOne(sql); err != nil {
		return p, err
	}
	if !s.isPreparable(sql) || begins(sql, notMySQL) {
		return p, mysqlerr.New(mysqlerr.UnsupportedPS)
	}
	first := lex.New(sql).Next()
	p.sql = sql
	params, mine := routed(sql)
	if mine && first.Is("SELECT") {
		// The router answers some of these, of which only the values tell.
		_, mine, err = s.route(ctx, first, sql, make([]binlog.Value, params))
	} else if mine {
		_, mine, err = s.describe(ctx, sql, params)
	}
	if mine || err != nil {
		p.params = params
		return p, err
	}
	if p.stmt, err = s.srv.exec.Parse(sql); err == nil {
		p.params = p.stmt.NumParams()
		err = s.mayPrepare(ctx, p.stmt)
	}
	return p, err
}

func (s *session) forget(name string) {
	s.namedBytes -= len(s.named[name].sql)
	delete(s.named, name)
}

// runExecute is EXECUTE name [USING @variable, …].
func (s *session) runExecute(ctx context.Context, st statement) (*Result, error) {
	c, err := lex.NewCursor(st.sql)
	if err != nil {
		return nil, err
	}
	c.Next()
	name, err := c.Name()
	if err != nil {
		return nil, err
	}
	var args []binlog.Value
	var raw []bool // which are bytes
	for more := c.Accept("USING"); more; more = c.Accept(",") {
		t := c.Next()
		if t.Kind != lex.UserVar {
			return nil, lex.Error(c.Source(), t.Pos)
		}
		v, _ := t.Value()
		v = strings.ToLower(v)
		args = append(args, s.userVars[v])
		if b, is := s.userVars[v].([]byte); is && s.userTexts[v] == types.CollationBinary && !types.CharsetASCII.Holds(b) {
			raw = append(append(raw, make([]bool, len(args)-1-len(raw))...), true)
		}
	}
	if err := c.End(); err != nil {
		return nil, err
	}
	if raw != nil {
		raw = append(raw, make([]bool, len(args)-len(raw))...)
	}
	p, ok := s.named[strings.ToLower(name)]
	switch {
	case !ok:
		return nil, mysqlerr.New(mysqlerr.UnknownStmtHandler, name, "EXECUTE")
	case len(args) != p.params:
		return nil, mysqlerr.New(mysqlerr.WrongArguments, "EXECUTE")
	}
	return s.hinted(ctx, statement{sql: p.sql, stmt: p.stmt, args: args, bytes: raw, out: st.out})
}

// runDeallocate is {DEALLOCATE | DROP} PREPARE name.
func (s *session) runDeallocate(_ context.Context, c *lex.Cursor) (*Result, error) {
	c.Next()
	if err := c.Expect("PREPARE"); err != nil {
		return nil, err
	}
	name, err := c.Name()
	if err != nil {
		return nil, err
	}
	if err := c.End(); err != nil {
		return nil, err
	}
	if _, ok := s.named[strings.ToLower(name)]; !ok {
		return nil, mysqlerr.New(mysqlerr.UnknownStmtHandler, name, "DEALLOCATE PREPARE")
	}
	s.forget(strings.ToLower(name))
	return &Result{}, nil
}
