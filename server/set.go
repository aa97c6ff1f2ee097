package server

import (
	"bytes"
	"context"
	"strings"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/server/wire"
	"github.com/xadb/xadb/server/xa"
)

// assignContext is where an assignment of SET goes.
type assignContext struct {
	context.Context
	global  bool
	named   *bool         // what the last GLOBAL or SESSION of the statement has said; nil: it is no list
	remarks *[]Diagnostic // of the statement
}

// oldCharset warns of a character set of three bytes, and of its collations.
func (c assignContext) oldCharset(name string) {
	*c.remarks = append(*c.remarks, exec.WarningsOf(reword.DeprecatedCharset(name))...)
}

// userVarsMax bounds the user variables of a session, userVarValueMax each one's
// value in bytes, and userVarBytesMax all their values.
const (
	userVarsMax     = 1000
	userVarValueMax = 16 << 20
	userVarBytesMax = 64 << 20
)

// defaultValue stands for the word DEFAULT.
var defaultValue = binlog.Value(binlog.Decimal("DEFAULT"))

// An assignment is one of SET that has been checked: all of a statement's are, ahead of the
// first that is carried out.
type assignment func() error

// runSet is SET of variables, of names and of transactions. Of its values none sees what
// another one of the statement sets.
func (s *session) runSet(ctx context.Context, c *lex.Cursor) (*Result, error) {
	switch t := c.PeekAt(1); {
	case t.Is("DEFAULT"):
		return s.setDefaultRole(ctx, c)
	case c.Accept("SET", "ROLE"):
		return s.setRole(c)
	case t.Is("RESOURCE"):
		return nil, mysqlerr.New(mysqlerr.NotSupportedYet, "SET RESOURCE")
	}
	if c.Next(); c.Accept("STATEMENT") {
		return nil, mysqlerr.New(mysqlerr.NotSupportedYet, "SET STATEMENT")
	}
	res := &Result{}
	to := assignContext{Context: ctx, remarks: &res.Diagnostics, named: new(bool)}
	list, err := s.setAlone(to, c)
	for more := list == nil && err == nil; more; more = err == nil && c.Accept(",") {
		var one assignment
		one, err = s.setOne(to, c)
		list = append(list, one)
	}
	if err == nil {
		err = c.End()
	}
	for i := 0; i < len(list) && err == nil; i++ {
		err = list[i]()
	}
	if err != nil {
		return nil, err
	}
	res.Warnings = uint16(len(res.Diagnostics))
	return res, nil
}

// setAlone is what stands alone in its SET: a password, or what transactions are like.
func (s *session) setAlone(ctx assignContext, c *lex.Cursor) ([]assignment, error) {
	switch {
	case c.Peek().Is("PASSWORD"):
		st, err := auth.Parse(c)
		list := []assignment{func() error {
			_, err := s.changeAccounts(ctx, st)
			return err
		}}
		if err == nil && c.Accept(",") { // mariadb-admin has variables behind it
			one, err := s.setOne(ctx, c)
			return append(list, one), err
		}
		return list, err
	case c.Peek().Is("TRANSACTION"):
		return s.setTransaction(ctx, c, nextScope)
	case c.PeekAt(1).Is("TRANSACTION") && (c.Accept("SESSION") || c.Accept("LOCAL")):
		return s.setTransaction(ctx, c, sessionScope)
	case c.PeekAt(1).Is("TRANSACTION") && c.Accept("GLOBAL"):
		return s.setTransaction(ctx, c, globalScope)
	}
	return nil, nil
}

func (s *session) setOne(ctx assignContext, c *lex.Cursor) (assignment, error) {
	switch {
	case c.Accept("NAMES"):
		return s.setNames(ctx, c)
	case c.Accept("CHARACTER", "SET"), c.Accept("CHARSET"):
		return s.setCharset(ctx, c)
	case c.Peek().Kind == lex.UserVar:
		return s.setUserVar(ctx, c)
	}
	return s.setSysVar(ctx, c)
}

func (s *session) setUserVar(ctx context.Context, c *lex.Cursor) (assignment, error) {
	name, _ := c.Next().Value()
	if !c.Accept(":=") && !c.Accept("=") {
		return nil, c.Fail()
	}
	first := c.Peek().Kind
	var of types.Collation
	if other, _ := c.Peek().Value(); first == lex.UserVar && endsValue(c.PeekAt(1)) {
		of = s.userTexts[strings.ToLower(other)]
	}
	it, err := s.setItem(ctx, c)
	if isBytes(it.column, it.value) {
		of = types.CollationBinary
	}
	return func() error { return s.keepUserVar(strings.ToLower(name), temporalText(it.column, it.value), of) }, err
}

// isBytes reports whether a result's value is bytes, and no text.
func isBytes(c wire.Column, v binlog.Value) bool {
	_, is := v.([]byte)
	return is && c.Charset == charsetBinary && c.Type != mysql.MYSQL_TYPE_JSON
}

// keepUserVar sets a user variable; its name is in lower case. A text is of the connection's
// collation if none is given.
func (s *session) keepUserVar(name string, v binlog.Value, of types.Collation) error {
	if _, old := s.userVars[name]; !old && len(s.userVars) >= userVarsMax {
		return mysqlerr.New(mysqlerr.UnknownError, "too many user variables in one session")
	}
	if b, ok := v.([]byte); ok && len(b) > userVarValueMax {
		return mysqlerr.New(mysqlerr.UnknownError, "value too long for a user variable")
	} else if ok && len(b)+s.userVarBytes(name) > userVarBytesMax {
		return mysqlerr.New(mysqlerr.UnknownError, "too long values of user variables in one session")
	}
	if s.userVars == nil {
		s.userVars = map[string]binlog.Value{}
	}
	name = strings.Clone(name)
	s.userVars[name] = v
	if _, text := v.([]byte); !text {
		delete(s.userTexts, name)
		return nil
	}
	if s.userTexts == nil {
		s.userTexts = map[string]types.Collation{}
	}
	if of == 0 {
		of, _ = types.CollationByName(s.value(sysVars["collation_connection"], false))
	}
	s.userTexts[name] = of
	return nil
}

// userVarBytes is what the session's user variables but one hold.
func (s *session) userVarBytes(but string) (sum int) {
	for name, v := range s.userVars {
		if b, ok := v.([]byte); ok && name != but {
			sum += len(b)
		}
	}
	return sum
}

// setSysVar is [GLOBAL | SESSION | LOCAL | PERSIST] name = value, and the
// forms with @@.
func (s *session) setSysVar(to assignContext, c *lex.Cursor) (assignment, error) {
	var name string
	var err error
	if t := c.Peek(); t.Kind == lex.SysVar {
		c.Next()
		full, _ := t.Value()
		to.global, name = splitScope(full)
	} else {
		if c.PeekAt(1).Kind == lex.Word || c.PeekAt(1).Kind == lex.Quoted {
			switch {
			case c.Accept("GLOBAL"), c.Accept("PERSIST"):
				*to.named = true
			case c.Accept("SESSION"), c.Accept("LOCAL"):
				*to.named = false
			case c.Peek().Is("PERSIST_ONLY"):
				return nil, mysqlerr.New(mysqlerr.NotSupportedYet, "SET PERSIST_ONLY")
			default:
				return nil, c.Fail()
			}
		}
		if name, err = c.Name(); err != nil {
			return nil, err
		}
		to.global = *to.named // the word counts for the names behind it, too
	}
	if !c.Accept(":=") && !c.Accept("=") {
		return nil, c.Fail()
	}
	value, err := s.setValue(to, c)
	if err != nil {
		return nil, err
	}
	v, err := lookupVar(name)
	if err != nil {
		return nil, err
	}
	if text, is := value.([]byte); is && (strings.HasPrefix(v.name, "character_set_") || strings.HasPrefix(v.name, "collation_")) {
		to.oldCharset(string(text))
	}
	return s.assign(to, v, value)
}

// splitScope takes the scope off the name behind @@.
func splitScope(full string) (global bool, name string) {
	scope, rest, ok := strings.Cut(full, ".")
	if !ok {
		return false, full
	}
	switch strings.ToUpper(scope) {
	case "GLOBAL", "PERSIST":
		return true, rest
	case "SESSION", "LOCAL":
		return false, rest
	}
	return false, full
}

// setValue is the right side of an assignment: a value, a bare word such as ON
// or utf8mb4, DEFAULT, or any expression that the executor can compute.
func (s *session) setValue(ctx context.Context, c *lex.Cursor) (binlog.Value, error) {
	if t := c.Peek(); endsValue(c.PeekAt(1)) {
		if t.Is("DEFAULT") {
			c.Next()
			return defaultValue, nil
		}
		if t.Kind == lex.Word && !isValueWord(t) {
			c.Next()
			return []byte(t.Text), nil
		}
	}
	it, err := s.setItem(ctx, c)
	return temporalText(it.column, it.value), err
}

// setItem is the value of an expression, and the column that it might have come from.
func (s *session) setItem(ctx context.Context, c *lex.Cursor) (item, error) {
	start, args := *c, s.args
	it, mine, err := s.expression(c, &s.args)
	if err != nil {
		return item{}, err
	}
	for text, ok := it.value.([]byte); ok && mine && c.Peek().Kind == lex.String; { // strings side by side are one
		more, _ := c.Next().Value()
		text = append(text, more...)
		it.value = text
	}
	if mine && endsValue(c.Peek()) {
		return it, nil
	}
	*c, s.args = start, args
	begin := c.Peek().Pos
	return s.computed(ctx, c.Source()[begin:skipValue(c)])
}

func endsValue(t lex.Token) bool { return t.Kind == lex.EOF || t.Is(",") || t.Is(";") }

// isValueWord: words that are values of their own.
func isValueWord(t lex.Token) bool {
	return t.Is("NULL") || t.Is("TRUE") || t.Is("FALSE") || t.Is("CURRENT_TIMESTAMP") || t.Is("CURRENT_USER")
}

// skipValue moves to the comma or the end behind an expression, and returns
// the offset there.
func skipValue(c *lex.Cursor) int {
	for depth := 0; ; c.Next() {
		t := c.Peek()
		switch {
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
		case t.Kind == lex.EOF, depth <= 0 && endsValue(t):
			return t.Pos
		}
	}
}

// computed asks the executor for the value of an expression, of which the
// parameters come next.
func (s *session) computed(ctx context.Context, expr string) (it item, err error) {
	res, err := s.selected(ctx, expr)
	if err != nil {
		return it, err
	}
	return valueIn(res)
}

// valueIn is the one value of a result; NULL if it has no row.
func valueIn(res *Result) (it item, err error) {
	switch {
	case len(res.Columns) != 1 || len(res.Rows) > 1:
		return it, mysqlerr.New(mysqlerr.UnknownError, "the expression gives more than one value")
	case len(res.Rows) == 0:
		return it, nil
	}
	it = item{res.Columns[0], res.Rows[0][0]}
	if b, is := it.value.([]byte); is {
		it.value = bytes.Clone(b)
	}
	return it, nil
}

// selected is what a SELECT of these expressions answers, of which the parameters
// come next.
func (s *session) selected(ctx context.Context, expr string) (*Result, error) {
	sql := "SELECT " + strings.TrimSpace(expr)
	stmt, err := s.srv.exec.Parse(sql)
	if err != nil {
		return nil, err
	}
	n := stmt.NumParams()
	if stmt.Kind() != Read || n > len(s.args) {
		return nil, mysqlerr.New(mysqlerr.NotSupportedYet, "SET to this expression")
	}
	args := s.args[:n:n]
	s.args = s.args[n:]
	return s.execute(ctx, statement{sql: sql, stmt: stmt, args: args})
}

// autocommitOn commits what autocommit=0 had opened. A branch ends only by an
// XA statement.
func (s *session) autocommitOn(ctx context.Context) error {
	if err := s.machine.Allow(xa.Boundary); err != nil {
		return err
	}
	return s.commit(ctx)
}

// together is several assignments as one.
func together(list []assignment) assignment {
	return func() error {
		for _, one := range list {
			if err := one(); err != nil {
				return err
			}
		}
		return nil
	}
}
