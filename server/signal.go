package server

import (
	"context"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A signal is the error of SIGNAL, with what it says of itself.
type signal struct {
	err   *mysqlerr.Error
	items map[string]string // by their names in capitals
}

// Error implements error.
func (s *signal) Error() string { return s.err.Error() }

// Unwrap is the error itself.
func (s *signal) Unwrap() error { return s.err }

// signalItems is how many characters the items of a condition may have.
var signalItems = map[string]int{
	"CLASS_ORIGIN": 64, "SUBCLASS_ORIGIN": 64, "CONSTRAINT_CATALOG": 64, "CONSTRAINT_SCHEMA": 64, "CONSTRAINT_NAME": 64,
	"CATALOG_NAME": 64, "SCHEMA_NAME": 64, "TABLE_NAME": 64, "COLUMN_NAME": 64, "CURSOR_NAME": 64, "MESSAGE_TEXT": 128,
	"MYSQL_ERRNO": math.MaxUint16,
}

// runSignal is SIGNAL SQLSTATE [VALUE] 'state' [SET item = value, ...].
func (s *session) runSignal(ctx context.Context, c *lex.Cursor) (*Result, error) {
	c.Next()
	if c.Peek().Kind != lex.EOF && !c.Peek().Is("SQLSTATE") {
		name, err := c.Name()
		if err != nil {
			return nil, err
		}
		return nil, mysqlerr.New(mysqlerr.UndeclaredCondition, name)
	}
	if err := c.Expect("SQLSTATE"); err != nil {
		return nil, err
	}
	c.Accept("VALUE")
	t := c.Next()
	state, _ := t.Value()
	if t.Kind != lex.String {
		return nil, lex.Error(c.Source(), t.Pos)
	}
	if !isState(state) {
		return nil, mysqlerr.New(mysqlerr.BadSQLState, state)
	}
	items := map[string]string{}
	for more := c.Accept("SET"); more; more = c.Accept(",") {
		if err := s.signalItem(ctx, c, items); err != nil {
			return nil, err
		}
	}
	if err := c.End(); err != nil {
		return nil, err
	}
	return signaled(state, items)
}

// isState reports whether a text is a state that can be signaled.
func isState(state string) bool {
	notState := func(r rune) bool { return (r < '0' || '9' < r) && (r < 'A' || 'Z' < r) }
	return len(state) == len("45000") && strings.IndexFunc(state, notState) < 0 && !strings.HasPrefix(state, "00")
}

// signalItem reads item = value, where the value is a literal or a variable.
func (s *session) signalItem(ctx context.Context, c *lex.Cursor, items map[string]string) error {
	name := strings.ToUpper(c.Peek().Text)
	limit, known := signalItems[name]
	if !known {
		return c.Fail()
	}
	c.Next()
	if err := c.Expect("="); err != nil {
		return err
	}
	if _, twice := items[name]; twice {
		return mysqlerr.New(mysqlerr.DuplicateSignalItem, name)
	}
	if t := c.Peek(); t.Kind == lex.Word && !t.Is("NULL") && !t.Is("TRUE") && !t.Is("FALSE") || !endsValue(c.PeekAt(1)) {
		c.Next()
		return c.Fail()
	}
	v, err := s.setValue(ctx, c)
	if err != nil {
		return err
	}
	text := valueText(v)
	switch {
	case v == nil:
		return mysqlerr.New(mysqlerr.WrongValueForVar, name, "NULL")
	case name == "MYSQL_ERRNO":
		n, err := strconv.ParseFloat(text, 64)
		if n = math.Round(n); err != nil || n < 1 || n > math.MaxUint16 {
			return mysqlerr.New(mysqlerr.WrongValueForVar, name, text)
		}
		text = strconv.Itoa(int(n))
	case utf8.RuneCountInString(text) > limit:
		return mysqlerr.New(mysqlerr.ConditionItemTooLong, name)
	}
	items[name] = text
	return nil
}

// signaled is a warning, or an error: its state says which.
func signaled(state string, items map[string]string) (*Result, error) {
	code := uint16(mysqlerr.SignalException)
	switch state[:2] {
	case "01":
		code = mysqlerr.SignalWarning
	case "02":
		code = mysqlerr.SignalNotFound
	}
	e := mysqlerr.New(code)
	e.State = state
	if text, is := items["MESSAGE_TEXT"]; is {
		e.Message = text
	}
	if n, err := strconv.Atoi(items["MYSQL_ERRNO"]); err == nil {
		e.Code = uint16(n)
	}
	if code == mysqlerr.SignalWarning {
		return &Result{Warnings: 1, Diagnostics: []Diagnostic{{Level: "Warning", Code: e.Code, Message: e.Message}}}, nil
	}
	return nil, &signal{e, items}
}

// runResignal is RESIGNAL, which belongs into handlers.
func (s *session) runResignal(context.Context, *lex.Cursor) (*Result, error) {
	return nil, mysqlerr.New(mysqlerr.ResignalWithoutHandler)
}
