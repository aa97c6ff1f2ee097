package server

import (
	"context"
	"errors"
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/xa"
)

// A maintaining is a CHECK, ANALYZE, OPTIMIZE or REPAIR TABLE, which answers a line
// or two for each table: what is wrong with one does not fail the statement.
type maintaining struct {
	*session
	op   string // in lower case
	note string // what it answers, beyond OK; then there is nothing to do
	out  *Result
}

// maintenance is what the statements need, and what they say that do nothing: the store
// compacts its files by itself.
var maintenance = map[string]struct {
	needs auth.Privilege
	note  string
}{
	"check": {auth.Select, ""}, "analyze": {auth.Select | auth.Insert, ""},
	"optimize": {auth.Select | auth.Insert, "Table does not support optimize, doing recreate + analyze instead"},
	"repair":   {auth.Select | auth.Insert, "The storage engine for the table doesn't support repair"},
}

// runMaintain is CHECK, ANALYZE, OPTIMIZE or REPAIR TABLE list [options].
func (s *session) runMaintain(ctx context.Context, c *lex.Cursor) (*Result, error) {
	m := maintaining{session: s, op: strings.ToLower(c.Next().Text)}
	m.note = maintenance[m.op].note
	if !c.Accept("NO_WRITE_TO_BINLOG") {
		c.Accept("LOCAL")
	}
	if !c.Accept("TABLE") && !c.Accept("TABLES") {
		return nil, c.Fail()
	}
	names, err := s.maintained(c, maintenance[m.op].needs)
	if err != nil {
		return nil, err
	}
	if m.op == "analyze" && (c.Accept("UPDATE", "HISTOGRAM") || c.Accept("DROP", "HISTOGRAM")) {
		m.op, m.note = "histogram", "Histograms are not kept"
	}
	for !c.AtEnd() { // QUICK, EXTENDED, FOR UPGRADE: less, or more, of the same
		c.Next()
	}
	if err := s.machine.Allow(xa.Boundary); err != nil {
		return nil, err
	}
	if err := s.commit(ctx); err != nil {
		return nil, err
	}
	m.out = &Result{Columns: textColumns("Table", "Op", "Msg_type", "Msg_text")}
	t, done := s.peek()
	defer done()
	for _, name := range names {
		if err := m.table(ctx, t, name); err != nil {
			return nil, err
		}
	}
	return m.out, nil
}

// maintained reads the tables' names, and asks for the privileges.
func (s *session) maintained(c *lex.Cursor, p auth.Privilege) (names []TableName, err error) {
	for more := true; more; more = c.Accept(",") {
		db, table, err := tableName(c)
		if err != nil {
			return nil, err
		}
		if db == "" {
			db = s.db
		}
		if db == "" {
			return nil, mysqlerr.New(mysqlerr.NoDB)
		}
		if err := s.on(db, table, p); err != nil {
			return nil, err
		}
		names = append(names, TableName{DB: db, Table: table})
	}
	return names, nil
}

// unfit is why a name is none of a table that the statement is about, or "".
func (m *maintaining) unfit(ctx context.Context, t Txn, name TableName) (string, error) {
	there, err := m.srv.exec.HasTable(ctx, t, name.DB, name.Table)
	switch {
	case err != nil:
		return "", err
	case !there:
		return mysqlerr.New(mysqlerr.NoSuchTable, name.DB, name.Table).Message, nil
	case m.op != "check":
		if _, err := m.srv.exec.TableColumns(ctx, t, name.DB, name.Table); err != nil {
			return mysqlerr.New(mysqlerr.WrongObject, name.DB+"."+name.Table, "BASE TABLE").Message, nil
		}
	}
	return "", nil
}

// table answers for one.
func (m *maintaining) table(ctx context.Context, t Txn, name TableName) error {
	line := func(kind, text string) {
		m.out.Rows = append(m.out.Rows, []binlog.Value{
			[]byte(name.DB + "." + name.Table), []byte(m.op), []byte(kind), []byte(text),
		})
	}
	own := m.srv.exec.IsTemporary(m.kept, name.DB, name.Table)
	why, err := m.unfit(ctx, t, name)
	if err != nil {
		return err
	}
	if why != "" && !own {
		line("Error", why)
		line("status", "Operation failed")
		return nil
	}
	if m.note != "" {
		line("note", m.note)
	}
	if m.note != "" && m.op != "optimize" {
		return nil
	}
	if own {
		line("status", "OK") // nobody else has it
		return nil
	}
	if m.op == "analyze" {
		if err := m.srv.exec.AnalyzeTable(ctx, t, name.DB, name.Table, m.srv.clock.Now()); err != nil {
			return err
		}
	}
	if m.op == "check" {
		if err := m.srv.exec.CheckTable(ctx, t, name.DB, name.Table); err != nil {
			if !errors.Is(err, catalog.ErrCorrupt) {
				return err
			}
			line("Error", err.Error())
			line("error", "Corrupt")
			return nil
		}
	}
	line("status", "OK")
	return nil
}
