package server

import (
	"context"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/server/wire"
)

// runShow answers the SHOW statements about the server. Those about tables go
// to the executor.
func (s *session) runShow(_ context.Context, c *lex.Cursor) (*Result, error) {
	c.Next()
	global := c.Accept("GLOBAL")
	if !global && !c.Accept("SESSION") {
		c.Accept("LOCAL")
	}
	full := c.Accept("FULL")
	switch {
	case c.Accept("VARIABLES"):
		return filtered(c, s.showVariables(global), 0)
	case c.Accept("STATUS"):
		return filtered(c, s.showStatus(), 0)
	case c.Accept("WARNINGS"), c.Accept("ERRORS"):
		return s.showDiagnostics(c)
	case c.Accept("COUNT", "(", "*", ")"):
		name := "@@session.error_count"
		if c.Accept("WARNINGS") {
			name = "@@session.warning_count"
		} else if !c.Accept("ERRORS") {
			return nil, c.Fail()
		}
		return oneRow(c, intColumn(name), int64(len(s.diagnostics)))
	case c.Accept("ENGINES"), c.Accept("STORAGE", "ENGINES"):
		return ended(c, showEngines())
	case c.Accept("COLLATION"):
		return filtered(c, showCollation(), 0)
	case c.Accept("CHARACTER", "SET"), c.Accept("CHARSET"):
		return filtered(c, showCharset(), 0)
	case c.Accept("PROCESSLIST"):
		return ended(c, s.showProcesslist(full))
	case c.Accept("ENGINE"):
		return s.showEngine(c)
	case c.Accept("GRANTS"):
		return s.showGrants(c)
	case c.Accept("BINARY", "LOGS"), c.Accept("MASTER", "LOGS"):
		return s.showBinaryLogs(c)
	case c.Accept("MASTER", "STATUS"), c.Accept("BINARY", "LOG", "STATUS"):
		return s.showBinaryLogStatus(c)
	}
	for i := range listings {
		if l := &listings[i]; l.words != nil && c.Accept(l.words...) {
			if err := c.End(); err != nil {
				return nil, err
			}
			return l.list(s)
		}
	}
	return s.showEmpty(c)
}

// emptyShows are SHOW statements about what xadb does not have, with the
// columns that tools look for.
var emptyShows = []struct {
	words   []string
	columns []string
}{
	{[]string{"PLUGINS"}, []string{"Name", "Status", "Type", "Library", "License"}},
	{[]string{"REPLICA", "STATUS"}, []string{"Replica_IO_State"}},
	{[]string{"SLAVE", "STATUS"}, []string{"Slave_IO_State"}},
	{[]string{"REPLICAS"}, []string{"Server_Id", "Host", "Port", "Source_Id", "Replica_UUID"}},
	{[]string{"SLAVE", "HOSTS"}, []string{"Server_id", "Host", "Port", "Master_id", "Slave_UUID"}},
	{[]string{"OPEN", "TABLES"}, []string{"Database", "Table", "In_use", "Name_locked"}},
	{[]string{"PROFILES"}, []string{"Query_ID", "Duration", "Query"}},
	{[]string{"PROFILE"}, []string{"Status", "Duration"}},
	{[]string{"EVENTS"}, []string{"Db", "Name", "Definer"}},
	{[]string{"TRIGGERS"}, []string{"Trigger", "Event", "Table", "Statement", "Timing", "Created"}},
	{[]string{"PROCEDURE", "STATUS"}, []string{"Db", "Name", "Type"}},
	{[]string{"FUNCTION", "STATUS"}, []string{"Db", "Name", "Type"}},
	{[]string{"PACKAGE"}, []string{"Db", "Name", "Type"}},
}

func (s *session) showEmpty(c *lex.Cursor) (*Result, error) {
	for _, e := range emptyShows {
		if c.Accept(e.words...) {
			return &Result{Columns: textColumns(e.columns...)}, nil
		}
	}
	for _, words := range [][]string{{"BINARY"}, {"MASTER"}, {"BINLOG"}, {"RELAYLOG"}, {"PRIVILEGES"}} {
		if c.Accept(words...) {
			return nil, mysqlerr.New(mysqlerr.NotSupportedYet, "SHOW "+words[0]+" "+strings.ToUpper(c.Peek().Text))
		}
	}
	return nil, errNotMine
}

func (s *session) showBinaryLogs(c *lex.Cursor) (*Result, error) {
	log := s.srv.store.Binlog()
	if log == nil {
		return nil, mysqlerr.New(mysqlerr.NoBinaryLogging)
	}
	res := &Result{Columns: []wire.Column{textColumn("Log_name"), intColumn("File_size"), textColumn("Encrypted")}}
	for _, f := range log.Files() {
		res.Rows = append(res.Rows, []binlog.Value{[]byte(f.Name), f.Size, []byte("No")})
	}
	return ended(c, res)
}

// showBinaryLogStatus is the position behind the last durable event.
func (s *session) showBinaryLogStatus(c *lex.Cursor) (*Result, error) {
	res := &Result{Columns: textColumns("File", "Position", "Binlog_Do_DB", "Binlog_Ignore_DB", "Executed_Gtid_Set")}
	res.Columns[1] = intColumn("Position")
	log := s.srv.store.Binlog()
	if log == nil {
		return ended(c, res)
	}
	pos := log.DurablePos()
	for _, f := range log.Files() {
		if f.Number == pos.File {
			res.Rows = append(res.Rows, []binlog.Value{
				[]byte(f.Name), pos.Offset, []byte{}, []byte{}, []byte(log.ExecutedGTIDs().String()),
			})
		}
	}
	return ended(c, res)
}

// ended returns res if the statement ends here.
func ended(c *lex.Cursor, res *Result) (*Result, error) {
	if err := c.End(); err != nil {
		return nil, err
	}
	return res, nil
}

func oneRow(c *lex.Cursor, col wire.Column, v binlog.Value) (*Result, error) {
	return ended(c, &Result{Columns: []wire.Column{col}, Rows: [][]binlog.Value{{v}}})
}

var variableColumns = textColumns("Variable_name", "Value")

func (s *session) showVariables(global bool) *Result {
	res := &Result{Columns: variableColumns}
	names := make([]string, 0, len(sysVars))
	for name, v := range sysVars {
		if !global || v.scope != sessionOnly {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	for _, name := range names {
		v := sysVars[name]
		res.Rows = append(res.Rows, textRow(name, v.shown(s.value(v, global))))
	}
	return res
}

func (s *session) listGlobalVariables() ([][]binlog.Value, error) {
	return s.showVariables(true).Rows, nil
}

func (s *session) listSessionVariables() ([][]binlog.Value, error) {
	return s.showVariables(false).Rows, nil
}

func (s *session) listStatus() ([][]binlog.Value, error) { return s.showStatus().Rows, nil }

func (s *session) showDiagnostics(c *lex.Cursor) (*Result, error) {
	res := &Result{Columns: []wire.Column{textColumn("Level"), intColumn("Code"), textColumn("Message")}}
	for _, d := range s.diagnostics {
		res.Rows = append(res.Rows, []binlog.Value{[]byte(d.Level), int64(d.Code), []byte(d.Message)})
	}
	if c.Accept("LIMIT") {
		for c.Peek().Kind == lex.Number || c.Peek().Is(",") {
			c.Next()
		}
	}
	return ended(c, res)
}

func (s *session) showGrants(c *lex.Cursor) (*Result, error) {
	for !c.AtEnd() {
		c.Next() // FOR any form of the one user there is
	}
	account := fmt.Sprintf("`%s`@`%s`", s.user, s.host)
	return &Result{
		Columns: textColumns("Grants for " + s.user + "@" + s.host),
		Rows:    [][]binlog.Value{textRow("GRANT ALL PRIVILEGES ON *.* TO " + account + " WITH GRANT OPTION")},
	}, nil
}

func showEngines() *Result {
	return &Result{
		Columns: textColumns("Engine", "Support", "Comment", "Transactions", "XA", "Savepoints"),
		Rows: [][]binlog.Value{
			textRow("xadb", "DEFAULT", "Transactions that can be prepared, over an LSM tree", "YES", "YES", "YES"),
			textRow("InnoDB", "YES", "Another name for xadb", "YES", "YES", "YES"),
		},
	}
}

func showCollation() *Result {
	res := &Result{Columns: textColumns("Collation", "Charset", "Id", "Default", "Compiled", "Sortlen", "Pad_attribute")}
	res.Columns[2], res.Columns[5] = intColumn("Id"), intColumn("Sortlen")
	for _, c := range sortedCollations() {
		def, pad := "", "NO PAD"
		if c.IsDefault() {
			def = "Yes"
		}
		if c.Pads() {
			pad = "PAD SPACE"
		}
		res.Rows = append(res.Rows, []binlog.Value{
			[]byte(c.Name()), []byte(c.Charset()), int64(c), []byte(def), []byte("Yes"), int64(1), []byte(pad),
		})
	}
	return res
}

func showCharset() *Result {
	res := &Result{Columns: textColumns("Charset", "Description", "Default collation", "Maxlen")}
	res.Columns[3] = intColumn("Maxlen")
	for _, c := range charsets {
		_, collation, _ := types.CharsetByName(string(c.name))
		res.Rows = append(res.Rows, []binlog.Value{
			[]byte(c.name), []byte(c.description), []byte(collation.Name()), int64(collation.BytesPerChar()),
		})
	}
	return res
}

// showStatus is the counters of the server, and what TLS the session has.
func (s *session) showStatus() *Result {
	srv := s.srv
	res := &Result{Columns: variableColumns}
	for _, c := range append(srv.counters(), srv.storeCounters()...) {
		res.Rows = append(res.Rows, textRow(c.name, strconv.FormatInt(c.value, 10)))
	}
	res.Rows = append(res.Rows, textRow("Ssl_cipher", s.cipher), textRow("Ssl_version", s.tlsVersion))
	return res
}
