package server

import (
	"context"
	"strings"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A tableShow is a SHOW about a table's parts that the executor answers whole:
// what LIKE and WHERE leave of it is found here.
type tableShow struct {
	words []string // of the statement
	whole string   // of the executor's
}

var tableShows = []tableShow{
	{[]string{"COLUMNS"}, "COLUMNS"},
	{[]string{"FIELDS"}, "COLUMNS"},
	{[]string{"INDEX"}, "INDEX"},
	{[]string{"INDEXES"}, "INDEX"},
	{[]string{"KEYS"}, "INDEX"},
}

// tableStatus is what SHOW TABLE STATUS selects.
const tableStatus = "SELECT TABLE_NAME AS `Name`, ENGINE AS `Engine`, VERSION AS `Version`, ROW_FORMAT AS `Row_format`, " +
	"TABLE_ROWS AS `Rows`, AVG_ROW_LENGTH AS `Avg_row_length`, DATA_LENGTH AS `Data_length`, MAX_DATA_LENGTH AS `Max_data_length`, " +
	"INDEX_LENGTH AS `Index_length`, DATA_FREE AS `Data_free`, AUTO_INCREMENT AS `Auto_increment`, CREATE_TIME AS `Create_time`, " +
	"UPDATE_TIME AS `Update_time`, CHECK_TIME AS `Check_time`, TABLE_COLLATION AS `Collation`, CHECKSUM AS `Checksum`, " +
	"CREATE_OPTIONS AS `Create_options`, TABLE_COMMENT AS `Comment` FROM information_schema.TABLES WHERE TABLE_SCHEMA = "

var textEscapes = strings.NewReplacer("'", "''", `\`, `\\`)

// showTable is SHOW [FULL] {COLUMNS | FIELDS | INDEX | INDEXES | KEYS} {FROM | IN}
// table [{FROM | IN} database] [LIKE 'pattern' | WHERE …]; mine is false for
// other SHOWs.
func (s *session) showTable(ctx context.Context, c *lex.Cursor, full bool) (_ *Result, mine bool, err error) {
	for _, sh := range tableShows {
		if !c.Accept(sh.words...) {
			continue
		}
		sql := "SHOW "
		if full {
			sql += "FULL "
		}
		if !acceptFrom(c) {
			return nil, true, c.Fail()
		}
		name, err := shownTable(c)
		if err != nil {
			return nil, true, err
		}
		res, err := s.whole(ctx, sql+sh.whole+" FROM "+name)
		if err != nil {
			return nil, true, err
		}
		res, err = filtered(c, res, 0)
		return res, true, err
	}
	return nil, false, nil
}

// shownTable is what stands for a table, database.table [{FROM | IN} database], as
// the executor reads it.
func shownTable(c *lex.Cursor) (string, error) {
	name, err := c.Name()
	if err != nil {
		return "", err
	}
	out := quoteName(name)
	for _, more := range []struct {
		accept func() bool
		before string
	}{
		{func() bool { return c.Accept(".") }, "."},
		{func() bool { return acceptFrom(c) }, " FROM "},
	} {
		if !more.accept() {
			continue
		}
		if name, err = c.Name(); err != nil {
			return "", err
		}
		out += more.before + quoteName(name)
	}
	return out, nil
}

func acceptFrom(c *lex.Cursor) bool { return c.Accept("FROM") || c.Accept("IN") }

// showTableStatus is SHOW TABLE STATUS [{FROM | IN} database] [LIKE 'pattern' | WHERE …].
func (s *session) showTableStatus(ctx context.Context, c *lex.Cursor) (*Result, error) {
	db := s.db
	if acceptFrom(c) {
		var err error
		if db, err = c.Name(); err != nil {
			return nil, err
		}
	}
	if db == "" {
		return nil, mysqlerr.New(mysqlerr.NoDB)
	}
	if _, err := s.whole(ctx, "SHOW CREATE DATABASE "+quoteName(db)); err != nil { // 1049
		return nil, err
	}
	res, err := s.whole(ctx, tableStatus+"'"+textEscapes.Replace(db)+"' ORDER BY TABLE_NAME")
	if err != nil {
		return nil, err
	}
	return filtered(c, res, 0)
}

// showMadeTables is SHOW [FULL] TABLES of a database that is made up: the executor has the others.
func (s *session) showMadeTables(ctx context.Context, c *lex.Cursor, full bool) (*Result, error) {
	db := s.db
	if acceptFrom(c) {
		var err error
		if db, err = c.Name(); err != nil {
			return nil, err
		}
	}
	if !auth.IsMadeUp(db) {
		return nil, errNotMine
	}
	columns, heading := "TABLE_NAME", "Tables_in_"+db
	if full {
		columns += ", TABLE_TYPE AS Table_type"
	}
	res, err := s.whole(ctx, "SELECT "+columns+" FROM information_schema.TABLES WHERE TABLE_SCHEMA = '"+strings.ToLower(db)+"' ORDER BY TABLE_NAME")
	if err != nil {
		return nil, err
	}
	if pattern, ok := c.PeekAt(1).Value(); ok && c.Peek().Is("LIKE") {
		heading += " (" + pattern + ")"
	}
	res.Columns[0].Name = heading
	return filtered(c, res, 0)
}

// whole is the executor's answer to a statement, or its columns alone.
func (s *session) whole(ctx context.Context, sql string) (*Result, error) {
	stmt, err := s.srv.exec.Parse(sql)
	if err != nil {
		return nil, err
	}
	if s.describing {
		columns, err := s.describeStmt(ctx, stmt)
		return &Result{Columns: columns}, err
	}
	return s.execute(ctx, statement{sql: sql, stmt: stmt})
}
