package server

import (
	"context"
	"strconv"
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// runGet is GET [CURRENT] DIAGNOSTICS: what is known of the last statement goes to user
// variables. What is wrong with it is said behind the diagnostics, which stay.
func (s *session) runGet(_ context.Context, c *lex.Cursor) (*Result, error) {
	c.Next()
	if !isDiagnostic(c.Source()) {
		return nil, errNotMine
	}
	if c.Accept("STACKED") {
		return nil, mysqlerr.New(mysqlerr.StackedWithoutHandler)
	}
	c.Accept("CURRENT")
	if err := c.Expect("DIAGNOSTICS"); err != nil {
		return nil, err
	}
	item := s.statementItem
	known := true
	if c.Accept("CONDITION") {
		n, mine, err := s.expression(c, &s.args)
		if err != nil {
			return nil, err
		}
		if !mine {
			return nil, c.Fail()
		}
		number, err := strconv.Atoi(valueText(n.value))
		known = err == nil && 1 <= number && number <= len(s.diagnostics)
		item = func(name string) (binlog.Value, bool) {
			if !known {
				_, is := conditionItems[name]
				return nil, is
			}
			return s.conditionItem(number-1, name)
		}
	}
	values := map[string]binlog.Value{}
	for more := true; more; more = c.Accept(",") {
		if err := target(c, item, values); err != nil {
			return nil, err
		}
	}
	if err := c.End(); err != nil {
		return nil, err
	}
	if !known {
		e := mysqlerr.New(mysqlerr.InvalidConditionNumber)
		s.diagnostics = append(s.diagnostics, Diagnostic{Level: "Error", Code: e.Code, Message: e.Message})
		return &Result{}, nil
	}
	for name, v := range values {
		if err := s.keepUserVar(name, v, 0); err != nil {
			return nil, err
		}
	}
	return &Result{}, nil
}

// target reads @variable = item.
func target(c *lex.Cursor, item func(string) (binlog.Value, bool), values map[string]binlog.Value) error {
	t := c.Next()
	name, _ := t.Value()
	switch {
	case t.Kind == lex.Word && c.Peek().Is("="), t.Kind == lex.Quoted:
		return mysqlerr.New(mysqlerr.SPUndeclaredVar, name)
	case t.Kind != lex.UserVar:
		return lex.Error(c.Source(), t.Pos)
	}
	if err := c.Expect("="); err != nil {
		return err
	}
	v, ok := item(strings.ToUpper(c.Peek().Text))
	if !ok {
		return c.Fail()
	}
	c.Next()
	values[strings.ToLower(name)] = v
	return nil
}

// statementItem is what is known of the whole statement.
func (s *session) statementItem(name string) (binlog.Value, bool) {
	switch name {
	case "NUMBER":
		return int64(len(s.diagnostics)), true
	case "ROW_COUNT":
		return s.rowCount, true
	}
	return nil, false
}

// conditionItems are the items of a condition: those of SIGNAL, and its state.
var conditionItems = func() map[string]bool {
	out := map[string]bool{"RETURNED_SQLSTATE": true}
	for name := range signalItems {
		out[name] = true
	}
	return out
}()

// conditionItem is an item of a condition; false if there is none of that name.
func (s *session) conditionItem(n int, name string) (binlog.Value, bool) {
	d := s.diagnostics[n]
	state, signaled := mysqlerr.StateOf(d.Code), map[string]string(nil)
	if d.Level == "Error" && s.failure != nil && s.failure.err.Code == d.Code {
		state, signaled = s.failure.err.State, s.failure.items
	}
	switch name {
	case "MESSAGE_TEXT":
		return []byte(d.Message), true
	case "MYSQL_ERRNO":
		return int64(d.Code), true
	case "RETURNED_SQLSTATE":
		return []byte(state), true
	case "CLASS_ORIGIN", "SUBCLASS_ORIGIN":
		if signaled == nil {
			return []byte(origin(state)), true
		}
	}
	return []byte(signaled[name]), conditionItems[name]
}

// origin is who has defined the class of a state.
func origin(state string) string {
	if c := state[0]; '0' <= c && c <= '4' || 'A' <= c && c <= 'H' {
		return "ISO 9075"
	}
	return "MySQL"
}
