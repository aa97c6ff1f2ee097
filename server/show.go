package server

import (
	"sort"
	"strconv"
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/server/wire"
)

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

// schemaVariableColumns are the same in performance_schema, where programs ask for them.
var schemaVariableColumns = textColumns("VARIABLE_NAME", "VARIABLE_VALUE")

func (s *session) showVariables(global bool) *Result {
	res := &Result{Columns: variableColumns}
	names := make([]string, 0, len(sysVars))
	for name, v := range sysVars {
		if (!global || v.scope != sessionOnly) && (!v.mariaDB || s.mariaDB) {
			names = append(names, name)
		}
	}
	for old, name := range aliases { // replicas ask for these by name
		if strings.HasPrefix(old, "rpl_") && (!global || sysVars[name].scope != sessionOnly) {
			names = append(names, old)
		}
	}
	sort.Strings(names)
	for _, name := range names {
		v, err := lookupVar(name)
		if err != nil {
			continue // none is: they are from the table
		}
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
			[]byte(c.Name()), []byte(c.Charset()), int64(c), []byte(def), []byte("Yes"), int64(c.SortLength()), []byte(pad),
		})
	}
	return res
}

func showCharset() *Result {
	res := &Result{Columns: textColumns("Charset", "Description", "Default collation", "Maxlen")}
	res.Columns[3] = intColumn("Maxlen")
	for _, cs := range sortedCharsets() {
		_, collation, _ := types.CharsetByName(string(cs))
		res.Rows = append(res.Rows, []binlog.Value{
			[]byte(cs), []byte(cs.Description()), []byte(collation.Name()), int64(collation.BytesPerChar()),
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
