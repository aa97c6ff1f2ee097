package server

import (
	"context"
	"errors"
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/xa"
)

// A handler answers one kind of statement; the cursor is at its first word.
type handler func(s *session, ctx context.Context, c *lex.Cursor) (*Result, error)

// A route is a handler, and what its statements need. Where that is anyone the
// handler asks for more, if there is more to ask for.
type route struct {
	run   handler
	needs auth.Needs
}

// routes are the statements that the router answers by their first word. All
// others go to the executor.
var routes map[string]route

func init() {
	routes = map[string]route{
		"BEGIN": {(*session).runBegin, anyone}, "START": {(*session).runStart, anyone},
		"COMMIT": {(*session).runCommit, anyone}, "ROLLBACK": {(*session).runRollback, anyone},
		"SAVEPOINT": {(*session).runSavepoint, anyone}, "RELEASE": {(*session).runRelease, anyone},
		"SET": {(*session).runSet, anyone}, "USE": {(*session).runUse, anyone}, "SHOW": {(*session).runShow, anyone},
		"SELECT": {nil, anyone}, // selectValues
		"DO":     {(*session).runDo, anyone},
		"KILL":   {(*session).runKill, anyone}, "FLUSH": {(*session).runFlush, reloaders},
		"CHECK": {(*session).runMaintain, anyone}, "ANALYZE": {(*session).runMaintain, anyone},
		"OPTIMIZE": {(*session).runMaintain, anyone}, "REPAIR": {(*session).runMaintain, anyone},
		"SHUTDOWN": {(*session).runShutdown, anyone},
		"LOCK":     {(*session).runLock, anyone}, "UNLOCK": {(*session).runUnlock, anyone},
		"PREPARE": {(*session).runPrepare, anyone}, "DEALLOCATE": {(*session).runDeallocate, anyone},
		"DROP PREPARE": {(*session).runDeallocate, anyone},
		"CREATE READ":  {(*session).runCreateView, copiers}, "DROP READ": {(*session).runDropView, copiers},
		"CREATE USER": {(*session).runAccounts, anyone}, "ALTER USER": {(*session).runAccounts, anyone},
		"DROP USER": {(*session).runAccounts, anyone}, "RENAME USER": {(*session).runAccounts, anyone},
		"GRANT": {(*session).runAccounts, anyone}, "REVOKE": {(*session).runAccounts, anyone},
		"CREATE ROLE": {(*session).runAccounts, anyone}, "DROP ROLE": {(*session).runAccounts, anyone},
		"CHANGE": {unsupported("CHANGE REPLICATION SOURCE"), operators}, "STOP": {(*session).runStop, operators},
		"RESET": {(*session).runReset, reloaders}, "PURGE": {(*session).runPurge, binlogAdmins},
		"CREATE PROCEDURE": {noProcedures, anyone}, "ALTER PROCEDURE": {noProcedures, anyone}, "CALL": {(*session).runCall, anyone},
		"CREATE FUNCTION": {noFunctions, anyone}, "ALTER FUNCTION": {noFunctions, anyone}, "CREATE AGGREGATE": {noFunctions, anyone},
		"CREATE EVENT": {noEvents, anyone}, "ALTER EVENT": {noEvents, anyone}, "DROP EVENT": {(*session).runDropEvent, anyone},
		"CREATE DEFINER": {(*session).runDefiner, anyone},
		"DROP PROCEDURE": {(*session).runDropRoutine, anyone}, "DROP FUNCTION": {(*session).runDropRoutine, anyone},
		"SIGNAL": {(*session).runSignal, anyone}, "RESIGNAL": {(*session).runResignal, anyone}, "GET": {(*session).runGet, anyone},
		"HANDLER":        {unsupported("HANDLER"), anyone},
		"ALTER INSTANCE": {(*session).runInstance, connAdmins},
		"CREATE SPATIAL": {(*session).runSpatial, anyone}, "DROP SPATIAL": {(*session).runSpatial, anyone},
		"CHECKSUM": {(*session).runChecksum, anyone}, "BINLOG": {(*session).runBinlog, repliers},
		"INSTALL": {unsupported("INSTALL"), operators}, "UNINSTALL": {unsupported("UNINSTALL"), operators},
	}
	for _, words := range absent {
		routes[words] = route{unsupported(words), operators}
	}
}

// absent are statements of MySQL about what is not here.
var absent = []string{
	"ALTER LIBRARY", "ALTER LOGFILE", "ALTER RESOURCE", "ALTER SERVER", "ALTER TABLESPACE", "ALTER UNDO", "CACHE", "CLONE",
	"CREATE LIBRARY", "CREATE LOGFILE", "CREATE RESOURCE", "CREATE SERVER", "CREATE TABLESPACE", "CREATE UNDO", "DROP LIBRARY",
	"DROP LOGFILE", "DROP RESOURCE", "DROP SERVER", "DROP TABLESPACE", "DROP UNDO", "HELP", "IMPORT", "RESTART",
}

// routeMax bounds the SELECTs that the router looks at beyond their first word,
// in bytes; longer ones can only be for the executor. Other words are either
// the router's or not, however much follows.
const routeMax = 64 << 10

// listMax bounds the tokens of statements that name tables one by one, as
// mysqldump locks and mysqlcheck checks all those of a database.
const listMax = 1 << 20

// tokensOf is a statement of the router in tokens.
func tokensOf(first lex.Token, sql string) (*lex.Cursor, error) {
	for _, word := range [...]string{"LOCK", "CHECK", "ANALYZE", "OPTIMIZE", "REPAIR", "CHECKSUM", "FLUSH"} {
		if first.Is(word) {
			return lex.NewCursorOf(sql, listMax)
		}
	}
	return lex.NewCursor(sql)
}

// isLong reports whether a SELECT is too long for the router.
func isLong(first lex.Token, sql string) bool { return first.Is("SELECT") && len(sql) > routeMax }

// dispatch finds out who answers a statement.
func (s *session) dispatch(ctx context.Context, st statement) (*Result, error) {
	if st.stmt != nil {
		return s.execute(ctx, st)
	}
	if st.args == nil {
		if st.stmt, st.args = s.srv.exec.Recall(s.db, st.sql, &s.digest); st.stmt != nil {
			st.recalled = true
			defer s.digest.Forget()
			return s.execute(ctx, st)
		}
	}
	first := lex.New(st.sql).Next()
	switch {
	case first.Kind == lex.EOF, first.Is(";") && lex.New(st.sql[first.End:]).Next().Kind == lex.EOF:
		if strings.Trim(st.sql, "; \t\r\n") == "" {
			return nil, mysqlerr.New(mysqlerr.EmptyQuery)
		}
		return &Result{}, nil // a comment alone
	case first.Is("XA"):
		return s.runXA(ctx, st.sql)
	case first.Is("EXECUTE"):
		return s.runExecute(ctx, st)
	case first.Is("LOAD"):
		return s.runLoad(ctx, st)
	case first.Is("BACKUP") && st.out != nil:
		return s.runBackup(ctx, st)
	}
	s.out, s.args = st.out, st.args
	res, mine, err := s.route(ctx, first, st.sql, st.args)
	s.out, s.args = nil, nil
	if mine {
		return res, err
	}
	begins := false
	if first.Is("CREATE") {
		st.sql, begins = cutStart(st.sql)
	}
	if st.stmt, err = s.srv.exec.Parse(st.sql); err != nil {
		return nil, err
	}
	if n := st.stmt.NumParams(); n != len(st.args) {
		return nil, lex.Error(st.sql, max(strings.IndexByte(st.sql, '?'), 0))
	}
	if begins {
		return s.createAndBegin(ctx, st)
	}
	return s.execute(ctx, st)
}

// route lets the router answer; mine is false for the executor's statements.
func (s *session) route(ctx context.Context, first lex.Token, sql string, args []binlog.Value) (
	res *Result, mine bool, err error,
) {
	if first.Kind != lex.Word || isLong(first, sql) {
		return nil, false, nil
	}
	r, ok := routeOf(first, lex.New(sql[first.End:]))
	if !ok || first.Is("SELECT") && readsTable(sql) {
		return nil, false, nil
	}
	if err := r.needs.Check(s.rights(), s.db); err != nil {
		return nil, true, err
	}
	c, err := tokensOf(first, sql)
	if err != nil {
		return nil, !first.Is("SELECT") || !errors.Is(err, lex.ErrTooMany), err // the executor reads as many as there are
	}
	if first.Is("SELECT") {
		res, mine, err = s.selectValues(ctx, c, args)
	} else {
		res, err = r.run(s, ctx, c)
		mine = err != errNotMine
	}
	if !mine {
		return nil, false, err
	}
	if res != nil && (first.Is("SELECT") || first.Is("FLUSH") || first.Is("SHOW")) {
		res, err = withNotes(res, err, exec.WarningsOf(reword.Deprecated(sql)))
	}
	return res, true, err
}

// routeOf is the route by the first word, or the first two of CREATE, ALTER,
// DROP and RENAME; rest gives the second one.
func routeOf(first lex.Token, rest *lex.Lexer) (route, bool) {
	word := strings.ToUpper(first.Text)
	switch word {
	case "CREATE", "ALTER", "DROP", "RENAME":
		word += " " + strings.ToUpper(rest.Next().Text)
	}
	r, ok := routes[word]
	return r, ok
}

// mayRoute refuses what the session could not run, before it is prepared.
func (s *session) mayRoute(first lex.Token, sql string) error {
	if first.Is("XA") {
		return nil // asked for when it is run: only XA RECOVER needs something
	}
	r, _ := routeOf(first, lex.New(sql[first.End:]))
	return r.needs.Check(s.rights(), s.db)
}

// errNotMine: the handler leaves the statement to the executor.
var errNotMine = mysqlerr.New(mysqlerr.UnknownError, "statement is not the router's")

// readsTable reports whether a SELECT has a FROM that is not FROM DUAL. A FROM
// inside a function, as in TRIM(x FROM y), says yes, too: the executor can
// answer that.
func readsTable(sql string) bool {
	l := lex.New(sql)
	for t := l.Next(); t.Kind != lex.EOF; t = l.Next() {
		if t.Is("FROM") {
			return !l.Next().Is("DUAL")
		}
	}
	return false
}

// isConstant reports whether a statement is a SELECT without a table.
func isConstant(sql string) bool { return lex.New(sql).Next().Is("SELECT") && !readsTable(sql) }

func (s *session) runBegin(ctx context.Context, c *lex.Cursor) (*Result, error) {
	c.Next()
	c.Accept("WORK")
	return s.startTransaction(ctx, c, s.nextModeKept(), false)
}

// runStart is START TRANSACTION; other STARTs are about replicas.
func (s *session) runStart(ctx context.Context, c *lex.Cursor) (*Result, error) {
	c.Next()
	if !c.Accept("TRANSACTION") {
		if c.Accept("REPLICA") || c.Accept("SLAVE") || c.Accept("GROUP_REPLICATION") {
			return nil, mysqlerr.New(mysqlerr.NotReplica)
		}
		return nil, c.Fail()
	}
	m, snapshot := s.nextModeKept(), false
	for more := !c.AtEnd(); more; more = c.Accept(",") {
		switch {
		case c.Accept("WITH", "CONSISTENT", "SNAPSHOT"):
			snapshot = true
		case c.Accept("READ", "ONLY"):
			m.readOnly = true
		case c.Accept("READ", "WRITE"):
			m.readOnly = false
		default:
			return nil, c.Fail()
		}
	}
	return s.startTransaction(ctx, c, m, snapshot)
}

// nextModeKept is nextMode for a statement that may still fail to parse.
func (s *session) nextModeKept() mode {
	kept := s.next
	m := s.nextMode()
	s.next = kept
	return m
}

func (s *session) startTransaction(ctx context.Context, c *lex.Cursor, m mode, snapshot bool) (*Result, error) {
	if err := c.End(); err != nil {
		return nil, err
	}
	if err := s.machine.Allow(xa.Boundary); err != nil {
		return nil, err
	}
	if err := s.commit(ctx); err != nil {
		return nil, err
	}
	s.unlockTables()
	s.next = nil
	var err error
	if s.txn, err = s.begin(m, true); err != nil {
		return nil, err
	}
	if snapshot && m.isolation >= repeatableRead {
		if err := s.txn.t.TakeSnapshot(); err != nil {
			return nil, err
		}
	}
	return &Result{}, nil
}

func (s *session) runCommit(ctx context.Context, c *lex.Cursor) (*Result, error) {
	return s.endTransaction(ctx, c, s.commitNamed)
}

// runRollback is ROLLBACK and ROLLBACK TO.
func (s *session) runRollback(ctx context.Context, c *lex.Cursor) (*Result, error) {
	if to := c.PeekAt(1); to.Is("TO") || to.Is("WORK") && c.PeekAt(2).Is("TO") {
		c.Next()
		c.Accept("WORK")
		c.Next()
		c.Accept("SAVEPOINT")
		name, err := c.Name()
		if err != nil {
			return nil, err
		}
		if err := c.End(); err != nil {
			return nil, err
		}
		return &Result{}, s.rollbackTo(name)
	}
	return s.endTransaction(ctx, c, func(context.Context) error { return s.rollback() })
}

// endTransaction is COMMIT or ROLLBACK [WORK] [AND [NO] CHAIN] [[NO] RELEASE].
func (s *session) endTransaction(ctx context.Context, c *lex.Cursor, end func(context.Context) error) (*Result, error) {
	c.Next()
	c.Accept("WORK")
	kind := s.value(sysVars["completion_type"], false)
	chain, noChain := c.Accept("AND", "CHAIN"), c.Accept("AND", "NO", "CHAIN")
	release := !chain && c.Accept("RELEASE")
	noRelease := !release && c.Accept("NO", "RELEASE")
	if !chain && !release { // what is not said follows completion_type
		chain = kind == "CHAIN" && !noChain
		release = kind == "RELEASE" && !noRelease
	}
	if err := c.End(); err != nil {
		return nil, err
	}
	if err := s.machine.Allow(xa.Boundary); err != nil {
		return nil, err
	}
	m := s.nextModeKept()
	if s.txn != nil {
		m = s.txn.mode
	}
	if err := end(ctx); err != nil {
		return nil, err
	}
	if chain {
		var err error
		if s.txn, err = s.begin(m, true); err != nil {
			return nil, err
		}
	}
	s.quit = release
	return &Result{}, nil
}

func (s *session) runSavepoint(_ context.Context, c *lex.Cursor) (*Result, error) {
	c.Next()
	name, err := c.Name()
	if err != nil {
		return nil, err
	}
	if err := c.End(); err != nil {
		return nil, err
	}
	return &Result{}, s.setSavepoint(name)
}

func (s *session) runRelease(_ context.Context, c *lex.Cursor) (*Result, error) {
	c.Next()
	if err := c.Expect("SAVEPOINT"); err != nil {
		return nil, err
	}
	name, err := c.Name()
	if err != nil {
		return nil, err
	}
	if err := c.End(); err != nil {
		return nil, err
	}
	return &Result{}, s.releaseSavepoint(name)
}
