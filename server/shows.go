package server

import (
	"context"
	"slices"
	"strings"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A show is a statement that begins with SHOW and these words, behind GLOBAL,
// SESSION and FULL.
type show struct {
	words []string
	needs auth.Needs
	run   func(s *session, c *lex.Cursor, o showOptions) (*Result, error)
}

type showOptions struct{ global, full bool }

var (
	eventColumns = []string{
		"Db", "Name", "Definer", "Time zone", "Type", "Execute at", "Interval value", "Interval field", "Starts", "Ends", "Status",
		"Originator", "character_set_client", "collation_connection", "Database Collation",
	}
	routineColumns = []string{
		"Db", "Name", "Type", "Language", "Definer", "Modified", "Created", "Security_type", "Comment",
		"character_set_client", "collation_connection", "Database Collation",
	}
)

// shows are the SHOW statements about the server, the longest words first.
// Those about tables are the executor's.
var shows []show

func init() {
	shows = []show{
		{[]string{"VARIABLES"}, anyone, func(s *session, c *lex.Cursor, o showOptions) (*Result, error) {
			return filtered(c, s.showVariables(o.global), 0)
		}},
		{[]string{"STATUS"}, anyone, func(s *session, c *lex.Cursor, _ showOptions) (*Result, error) {
			return filtered(c, s.showStatus(), 0)
		}},
		{[]string{"WARNINGS"}, anyone, showing((*session).showDiagnostics)},
		{[]string{"ERRORS"}, anyone, showing((*session).showDiagnostics)},
		{[]string{"COUNT", "(", "*", ")"}, anyone, showing((*session).showCount)},
		{[]string{"ENGINES"}, anyone, fixed(showEngines)},
		{[]string{"STORAGE", "ENGINES"}, anyone, fixed(showEngines)},
		{[]string{"COLLATION"}, anyone, filteredBy(showCollation)},
		{[]string{"CHARACTER", "SET"}, anyone, filteredBy(showCharset)},
		{[]string{"CHARSET"}, anyone, filteredBy(showCharset)},
		{[]string{"PROCESSLIST"}, anyone, func(s *session, c *lex.Cursor, o showOptions) (*Result, error) {
			return ended(c, s.showProcesslist(o.full))
		}},
		{[]string{"ENGINE"}, monitors, showing((*session).showEngine)},
		{[]string{"GRANTS"}, anyone, showing((*session).showGrants)},
		{[]string{"CREATE", "USER"}, anyone, showing((*session).showCreateUser)},
		{[]string{"BINARY", "LOGS"}, replicas, showing((*session).showBinaryLogs)},
		{[]string{"MASTER", "LOGS"}, replicas, showing((*session).showBinaryLogs)},
		{[]string{"MASTER", "STATUS"}, replicas, showing((*session).showBinaryLogStatus)},
		{[]string{"BINARY", "LOG", "STATUS"}, replicas, showing((*session).showBinaryLogStatus)},
		{[]string{"REPLICA", "STATUS"}, replicas, replicaStatus(false)},
		{[]string{"SLAVE", "STATUS"}, replicas, replicaStatus(true)},
		{[]string{"REPLICAS"}, oneOf(auth.ReplicationSlave), listReplicas(false)},
		{[]string{"SLAVE", "HOSTS"}, oneOf(auth.ReplicationSlave), listReplicas(true)},
		{[]string{"PRIVILEGES"}, anyone, fixed(showPrivileges)},
		{[]string{"PLUGINS"}, anyone, noRows("Name", "Status", "Type", "Library", "License")},
		{[]string{"OPEN", "TABLES"}, anyone, noRows("Database", "Table", "In_use", "Name_locked")},
		{[]string{"PROFILES"}, anyone, noRows("Query_ID", "Duration", "Query")},
		{[]string{"PROFILE"}, anyone, noRows("Status", "Duration")},
		{[]string{"EVENTS"}, anyone, noRows(eventColumns...)},
		{[]string{"PROCEDURE", "STATUS"}, anyone, noRows(routineColumns...)},
		{[]string{"FUNCTION", "STATUS"}, anyone, noRows(routineColumns...)},
		{[]string{"PROCEDURE", "CODE"}, anyone, noCode},
		{[]string{"FUNCTION", "CODE"}, anyone, noCode},
		{[]string{"CREATE", "PROCEDURE"}, anyone, noRoutine("PROCEDURE", mysqlerr.SPDoesNotExist)},
		{[]string{"CREATE", "FUNCTION"}, anyone, noRoutine("FUNCTION", mysqlerr.SPDoesNotExist)},
		{[]string{"CREATE", "LIBRARY"}, anyone, noRoutine("LIBRARY", mysqlerr.SPDoesNotExist)},
		{[]string{"CREATE", "EVENT"}, anyone, noRoutine("", mysqlerr.EventDoesNotExist)},
		{[]string{"LIBRARY", "STATUS"}, anyone, noRows("Db", "Name", "Type")},
		{[]string{"PACKAGE"}, anyone, noRows("Db", "Name", "Type")},
	}
	for _, l := range listings {
		if l.words == nil {
			continue
		}
		shows = append(shows, show{l.words, l.needs, func(s *session, c *lex.Cursor, _ showOptions) (*Result, error) {
			if err := c.End(); err != nil {
				return nil, err
			}
			return l.list(s)
		}})
	}
	for _, word := range []string{"BINARY", "MASTER", "BINLOG", "RELAYLOG"} {
		shows = append(shows, show{[]string{word}, anyone, func(_ *session, c *lex.Cursor, _ showOptions) (*Result, error) {
			return nil, mysqlerr.New(mysqlerr.NotSupportedYet, "SHOW "+word+" "+strings.ToUpper(c.Peek().Text))
		}})
	}
	slices.SortStableFunc(shows, func(a, b show) int { return len(b.words) - len(a.words) })
}

func showing(f func(*session, *lex.Cursor) (*Result, error)) func(*session, *lex.Cursor, showOptions) (*Result, error) {
	return func(s *session, c *lex.Cursor, _ showOptions) (*Result, error) { return f(s, c) }
}

func fixed(f func() *Result) func(*session, *lex.Cursor, showOptions) (*Result, error) {
	return func(_ *session, c *lex.Cursor, _ showOptions) (*Result, error) { return ended(c, f()) }
}

func filteredBy(f func() *Result) func(*session, *lex.Cursor, showOptions) (*Result, error) {
	return func(_ *session, c *lex.Cursor, _ showOptions) (*Result, error) { return filtered(c, f(), 0) }
}

// noRows is about what xadb does not have, with the columns that tools look for.
func noRows(columns ...string) func(*session, *lex.Cursor, showOptions) (*Result, error) {
	return func(*session, *lex.Cursor, showOptions) (*Result, error) {
		return &Result{Columns: textColumns(columns...)}, nil
	}
}

// noCode is SHOW {PROCEDURE | FUNCTION} CODE, which MySQL has for its own tests.
func noCode(*session, *lex.Cursor, showOptions) (*Result, error) {
	return nil, mysqlerr.New(mysqlerr.FeatureDisabled, "SHOW PROCEDURE|FUNCTION CODE", "--with-debug")
}

// noRoutine is SHOW CREATE of what there never is one of.
func noRoutine(kind string, code uint16) func(*session, *lex.Cursor, showOptions) (*Result, error) {
	return func(s *session, c *lex.Cursor, _ showOptions) (*Result, error) {
		db, name, err := tableName(c)
		if err != nil {
			return nil, err
		}
		if err := c.End(); err != nil {
			return nil, err
		}
		if db == "" && s.db == "" {
			return nil, mysqlerr.New(mysqlerr.NoDB)
		}
		if kind == "" {
			return nil, mysqlerr.New(code, name)
		}
		return nil, mysqlerr.New(code, kind, name)
	}
}

// runShow answers one of shows, and leaves the rest to the executor.
func (s *session) runShow(ctx context.Context, c *lex.Cursor) (*Result, error) {
	c.Next()
	if c.Accept("BINLOG", "EVENTS") {
		if err := oneOf(auth.ReplicationSlave).Check(s.rights(), s.db); err != nil {
			return nil, err
		}
		return s.showBinlogEvents(ctx, c)
	}
	o := showOptions{global: c.Accept("GLOBAL")}
	if !o.global && !c.Accept("SESSION") {
		c.Accept("LOCAL")
	}
	o.full = c.Accept("FULL")
	if c.Accept("TABLE", "STATUS") {
		return s.showTableStatus(ctx, c)
	}
	if c.Accept("TABLES") {
		return s.showMadeTables(ctx, c, o.full)
	}
	if res, mine, err := s.showTable(ctx, c, o.full); mine {
		return res, err
	}
	for i := range shows {
		sh := &shows[i]
		if !c.Accept(sh.words...) {
			continue
		}
		if err := sh.needs.Check(s.rights(), s.db); err != nil {
			return nil, err
		}
		return sh.run(s, c, o)
	}
	return nil, errNotMine
}

// showCount is SHOW COUNT(*) WARNINGS or ERRORS.
func (s *session) showCount(c *lex.Cursor) (*Result, error) {
	name := "@@session.error_count"
	if c.Accept("WARNINGS") {
		name = "@@session.warning_count"
	} else if !c.Accept("ERRORS") {
		return nil, c.Fail()
	}
	return oneRow(c, intColumn(name), int64(len(s.diagnostics)))
}
