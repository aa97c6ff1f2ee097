package server

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/server/wire"
	"github.com/xadb/xadb/server/xa"
)

// An item is one computed value with its description.
type item struct {
	column wire.Column
	value  binlog.Value
}

// selectValues answers a SELECT without a table, as connectors send them when
// they connect: variables, a few functions, literals. mine is false for
// expressions that only the executor can compute.
func (s *session) selectValues(_ context.Context, c *lex.Cursor, args []binlog.Value) (*Result, bool, error) {
	c.Next()
	res, row := &Result{}, []binlog.Value{}
	for {
		start := c.Peek().Pos
		it, mine, err := s.expression(c, &args)
		if err != nil || !mine {
			return nil, mine, err
		}
		it.column.Name = nameOf(c.Source()[start:c.Peek().Pos])
		if alias, ok := acceptAlias(c); ok {
			it.column.Name = alias
		}
		res.Columns, row = append(res.Columns, it.column), append(row, it.value)
		if !c.Accept(",") {
			break
		}
	}
	c.Accept("FROM", "DUAL")
	none := false
	if c.PeekAt(1).Kind == lex.Number && c.Accept("LIMIT") {
		none = strings.Trim(c.Next().Text, "0") == ""
	}
	if !c.AtEnd() || len(args) != 0 {
		return nil, false, nil
	}
	if err := s.machine.Allow(xa.Other); err != nil {
		return nil, true, err
	}
	if res.Rows = [][]binlog.Value{}; !none {
		res.Rows = append(res.Rows, row)
	}
	return res, true, nil
}

// nameOf is the name of a column without an alias: its text.
func nameOf(text string) string {
	text = strings.TrimSpace(text)
	if c, err := lex.NewCursor(text); err == nil && c.PeekAt(1).Kind == lex.EOF {
		switch t := c.Peek(); {
		case t.Kind == lex.String:
			text, _ = t.Value()
		case t.Kind == lex.Word && t.Is("NULL"):
			return "NULL"
		}
	}
	return strings.Clone(text)
}

// aliasStops are words that follow a value without being its alias.
var aliasStops = []string{"FROM", "LIMIT", "WHERE", "GROUP", "HAVING", "ORDER", "UNION", "INTO", "FOR", "LOCK", "PROCEDURE",
	"AND", "OR", "XOR", "DIV", "MOD", "IS", "LIKE", "IN", "BETWEEN", "REGEXP", "RLIKE", "NOT", "COLLATE", "EXCEPT",
	"INTERSECT", "WINDOW", "MEMBER", "SOUNDS"}

func acceptAlias(c *lex.Cursor) (string, bool) {
	as := c.Accept("AS")
	t := c.Peek()
	if t.Kind != lex.Word && t.Kind != lex.Quoted && t.Kind != lex.String {
		return "", false
	}
	for _, stop := range aliasStops {
		if !as && t.Is(stop) {
			return "", false
		}
	}
	c.Next()
	s, _ := t.Value()
	return strings.Clone(s), true
}

// expression computes one value. args gives the values of question marks, and
// loses those that were used; nil allows none.
func (s *session) expression(c *lex.Cursor, args *[]binlog.Value) (it item, mine bool, err error) {
	t := c.Peek()
	switch t.Kind {
	case lex.SysVar:
		c.Next()
		it, err = s.sysVarItem(t)
		return it, true, err
	case lex.UserVar:
		c.Next()
		name, _ := t.Value()
		if c.Peek().Is(":=") {
			return item{}, false, nil
		}
		v, of := s.userVars[strings.ToLower(name)], s.userTexts[strings.ToLower(name)]
		if text, is := v.([]byte); is && !s.describing && of.Charset().Recodes() { // without what is no text of its set
			v = of.Charset().Decode(of.Charset().Encode(text))
		}
		return item{userVarColumn(v, of), v}, true, nil
	case lex.Param:
		if args == nil || len(*args) == 0 {
			return item{}, true, c.Fail()
		}
		c.Next()
		it = valueItem((*args)[0])
		*args = (*args)[1:]
		return it, true, nil
	case lex.Word:
		return s.function(c)
	}
	v, ok := literal(c)
	it = valueItem(v)
	if v != nil {
		it.column.Flags |= mysql.NOT_NULL_FLAG
	}
	if _, text := v.([]byte); text && t.Kind != lex.String { // such as X'41'
		it.column.Charset, it.column.Decimals = charsetBinary, 0
		it.column.Flags |= mysql.BINARY_FLAG | mysql.UNSIGNED_FLAG
	}
	return it, ok, nil
}

func valueItem(v binlog.Value) item { return item{columnFor("", v), v} }

// literal reads a number, a string, or a hex or bit literal, which is a binary
// string.
func literal(c *lex.Cursor) (binlog.Value, bool) {
	sign := ""
	if c.Peek().Is("-") && c.PeekAt(1).Kind == lex.Number {
		c.Next()
		sign = "-"
	}
	t := c.Peek()
	switch t.Kind {
	case lex.Number:
		v, ok := number(sign + t.Text)
		if ok {
			c.Next()
		}
		return v, ok
	case lex.String, lex.Hex, lex.Bits:
		s, ok := t.Value()
		if ok {
			c.Next()
		}
		for ok && t.Kind == lex.String && c.Peek().Kind == lex.String { // 'a' 'b' is 'ab'
			more, _ := c.Next().Value()
			s += more
		}
		return []byte(s), ok
	}
	return nil, false
}

func number(text string) (binlog.Value, bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		return n, true
	}
	if strings.ContainsAny(text, "eE") {
		f, err := strconv.ParseFloat(text, 64)
		return f, err == nil
	}
	if digits := strings.TrimPrefix(text, "-"); len(digits) <= 65 {
		if strings.HasPrefix(digits, ".") {
			text = strings.Replace(text, ".", "0.", 1)
		}
		return binlog.Decimal(strings.TrimSuffix(text, ".")), true
	}
	return nil, false
}

// readInSessions are set globally alone, and have a value in sessions, too.
var readInSessions = wordSet("gtid_owned max_user_connections")

func (s *session) sysVarItem(t lex.Token) (item, error) {
	full, _ := t.Value()
	global, name := splitScope(full)
	v, err := lookupVar(name)
	if err == nil && v.mariaDB && !s.mariaDB {
		err = mysqlerr.New(mysqlerr.UnknownSystemVariable, name)
	}
	if err != nil {
		return item{}, err
	}
	switch {
	case global && v.scope == sessionOnly:
		return item{}, mysqlerr.New(mysqlerr.IncorrectGlobalLocal, v.name, "SESSION")
	case !global && name != full && v.scope == globalOnly && !readInSessions[v.name]:
		return item{}, mysqlerr.New(mysqlerr.IncorrectGlobalLocal, v.name, "GLOBAL")
	}
	col, val := v.typed(s.value(v, global))
	return item{col, val}, nil
}

// function computes the functions that connectors ask for, and the constants
// that are words.
func (s *session) function(c *lex.Cursor) (item, bool, error) {
	word := strings.ToUpper(c.Peek().Text)
	call := c.PeekAt(1).Is("(")
	if call && word == "CONCAT" {
		return s.concat(c)
	}
	var v binlog.Value
	switch {
	case !call && word == "NULL":
	case !call && word == "TRUE":
		v = int64(1)
	case !call && word == "FALSE":
		v = int64(0)
	case word == "CURRENT_USER", call:
		var ok bool
		if v, ok = s.functionValue(word); !ok || call && !c.PeekAt(2).Is(")") {
			return item{}, false, nil
		}
	default:
		return item{}, false, nil
	}
	c.Next()
	if call {
		c.Next()
		c.Next()
	}
	it := valueItem(v)
	describeFunction(&it.column, word)
	return it, true, nil
}

// functionLengths are the characters of functions' texts.
var functionLengths = map[string]uint32{
	"VERSION": 7, "DATABASE": 64, "SCHEMA": 64, "CURRENT_USER": 288, "USER": 288, "SESSION_USER": 288, "SYSTEM_USER": 288,
}

// describeFunction says of a function's value what does not depend on the value.
func describeFunction(col *wire.Column, name string) {
	switch name {
	case "NULL":
	case "TRUE", "FALSE":
		col.Length = 1
		col.Flags |= mysql.NOT_NULL_FLAG
	case "CONNECTION_ID", "LAST_INSERT_ID", "ROW_COUNT", "FOUND_ROWS":
		col.Length = intColumn("").Length
		col.Flags |= mysql.NOT_NULL_FLAG
		if name == "FOUND_ROWS" {
			col.Flags &^= mysql.UNSIGNED_FLAG
		}
	case "CURRENT_ROLE":
		*col = textColumn("")
		col.Type, col.Length = mysql.MYSQL_TYPE_LONG_BLOB, rolesLength
	default:
		*col = textColumn("")
		col.Length = functionLengths[name] * bytesPerChar
		if name == "VERSION" {
			col.Flags |= mysql.NOT_NULL_FLAG
		}
	}
}

// rolesLength is the length of a list of roles.
const rolesLength = 192 << 20

func (s *session) functionValue(name string) (binlog.Value, bool) {
	switch name {
	case "VERSION":
		return []byte(s.srv.versionFor(s.mariaDB)), true
	case "DATABASE", "SCHEMA":
		if s.db == "" {
			return nil, true
		}
		return []byte(s.db), true
	case "CURRENT_USER":
		return []byte(s.account.User + "@" + s.account.Host), true
	case "CURRENT_ROLE":
		return []byte(s.rights().CurrentRole()), true
	case "USER", "SESSION_USER", "SYSTEM_USER":
		return []byte(s.user + "@" + s.host), true
	case "CONNECTION_ID":
		return uint64(s.id), true
	case "LAST_INSERT_ID":
		return s.lastInsert, true
	case "ROW_COUNT":
		return s.rowCount, true
	case "FOUND_ROWS":
		return s.foundCount, true
	}
	return nil, false
}

// concat computes CONCAT, with which clients extend variables such as sql_mode.
func (s *session) concat(c *lex.Cursor) (item, bool, error) {
	c.Next()
	c.Next()
	var text strings.Builder
	null := false
	for {
		if c.Peek().Kind == lex.Param {
			return item{}, false, nil
		}
		var of types.Collation
		if name, _ := c.Peek().Value(); c.Peek().Kind == lex.UserVar {
			of = s.userTexts[strings.ToLower(name)]
		}
		it, mine, err := s.expression(c, nil)
		if err != nil || !mine {
			return item{}, mine, err
		}
		if isBytes(it.column, it.value) || s.settings.charset.literals != of.Charset() && of.Charset().Recodes() {
			return item{}, false, nil // of bytes, or of texts of two sets
		}
		null = null || it.value == nil
		text.WriteString(valueText(it.value))
		if text.Len() > userVarValueMax {
			return item{}, true, mysqlerr.New(mysqlerr.UnknownError, fmt.Sprintf("CONCAT of more than %d bytes", userVarValueMax))
		}
		if c.Accept(")") {
			break
		}
		if !c.Accept(",") {
			return item{}, false, nil
		}
	}
	if null {
		return valueItem(nil), true, nil
	}
	return valueItem([]byte(text.String())), true, nil
}

// runDo is DO expression, expression: computed for their effects.
func (s *session) runDo(ctx context.Context, c *lex.Cursor) (*Result, error) {
	c.Next()
	res, err := s.selected(ctx, c.Source()[c.Peek().Pos:])
	if err != nil {
		return nil, err
	}
	return &Result{Warnings: res.Warnings, Diagnostics: res.Diagnostics}, nil
}

// describe is the columns that a statement of the router will give, for the
// answer to COM_STMT_PREPARE; mine is false if it is the executor's after all.
// Only statements without effects are tried.
func (s *session) describe(ctx context.Context, sql string, params int) (columns []wire.Column, mine bool, err error) {
	first := lex.New(sql).Next()
	if !first.Is("SELECT") && !first.Is("SHOW") {
		return nil, true, s.mayRoute(first, sql)
	}
	s.describing = true
	res, mine, err := s.route(ctx, first, sql, make([]binlog.Value, params))
	s.describing = false
	if !mine || err != nil {
		if !isDenied(err) {
			err = nil // what else is wrong the execution says
		}
		return nil, mine, err
	}
	for i := range res.Columns {
		if params > 0 && res.Columns[i].Type == mysql.MYSQL_TYPE_NULL {
			res.Columns[i] = paramColumn(res.Columns[i].Name)
		}
	}
	return res.Columns, true, nil
}

// paramColumn describes a column that is a parameter before it has a value:
// the longest VARCHAR.
func paramColumn(name string) wire.Column {
	c := textColumn(name)
	c.Length = 65532
	return c
}
