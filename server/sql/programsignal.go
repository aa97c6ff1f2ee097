package sql

import (
	"errors"
	"strconv"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// signal is SIGNAL. A warning is nobody's: those of triggers are not shown.
func (p *program) signal(ctx *gms.Context, s *sqlparser.Signal) error {
	out, err := p.signalled(s)
	if out == nil {
		return err
	}
	return p.withItems(ctx, out, s.Info)
}

// resignal is RESIGNAL: the error that is handled, with other items, or another one, behind
// which that one is told of.
func (p *program) resignal(ctx *gms.Context, s *sqlparser.Resignal) error {
	if len(p.handled) == 0 {
		return mysqlerr.New(mysqlerr.ResignalWithoutHandler)
	}
	was := p.handled[len(p.handled)-1]
	if s.ConditionName == "" && s.SqlStateValue == "" {
		again := *was
		return p.withItems(ctx, &again, s.Info)
	}
	out, err := p.signalled(&s.Signal)
	if out == nil {
		return err
	}
	out.Message = was.Message
	return &exec.Remarked{
		Err: p.withItems(ctx, out, s.Info), Remarks: []exec.Diagnostic{{Level: "Error", Code: was.Code, Message: was.Message}},
	}
}

// signalled is the error of a condition; nil if it is none.
func (p *program) signalled(s *sqlparser.Signal) (*mysqlerr.Error, error) {
	state := s.SqlStateValue
	if s.ConditionName != "" {
		c := p.condition(s.ConditionName)
		if c == nil {
			return nil, mysqlerr.New(mysqlerr.UndeclaredCondition, s.ConditionName)
		}
		if state = c.SqlStateValue; state == "" {
			return nil, mysqlerr.New(mysqlerr.SignalBadCondition)
		}
	}
	if strings.HasPrefix(state, "01") {
		return nil, nil
	}
	out := mysqlerr.New(mysqlerr.SignalException)
	if strings.HasPrefix(state, "02") {
		out = mysqlerr.New(mysqlerr.SignalNotFound)
	}
	out.State = state
	return out, nil
}

// withItems is an error with what SET says of it.
func (p *program) withItems(ctx *gms.Context, out *mysqlerr.Error, items []sqlparser.SignalInfo) error {
	for _, item := range items {
		v, from, err := p.value(ctx, item.Value)
		if err != nil {
			return err
		}
		text, err := p.text(ctx, v, from)
		if err != nil {
			return err
		}
		switch item.ConditionItemName {
		case sqlparser.SignalConditionItemName_MessageText:
			out.Message = text
		case sqlparser.SignalConditionItemName_MysqlErrno:
			n, err := strconv.ParseUint(text, 10, 16)
			if err != nil || n == 0 {
				return mysqlerr.New(mysqlerr.WrongValueForVar, "MYSQL_ERRNO", text)
			}
			out.Code = uint16(n)
		}
	}
	return out
}

// text is a value as SIGNAL says it.
func (p *program) text(ctx *gms.Context, v any, from gms.Type) (string, error) {
	if v == nil {
		return "", mysqlerr.New(mysqlerr.WrongValueForVar, "MESSAGE_TEXT", "NULL")
	}
	value, t, err := convert.DownAny(ctx, v, from)
	if err != nil {
		return "", err
	}
	return string(types.Text(value, t)), nil
}

func (p *program) condition(name string) *sqlparser.DeclareCondition {
	for b := p.scope; b != nil; b = b.outer {
		if c := b.conditions[strings.ToLower(name)]; c != nil {
			return c
		}
	}
	return nil
}

// handle runs the handler that is declared for an error, or gives the error back.
func (p *program) handle(ctx *gms.Context, s sqlparser.Statement, err error) error {
	var known *mysqlerr.Error
	if !errors.As(err, &known) || known.Code == mysqlerr.NotSupportedYet || p.t.c.ctx.Err() != nil {
		return err
	}
	for b := p.scope; b != nil; b = b.outer {
		h := p.handler(b, known)
		if h == nil || b.handling {
			continue
		}
		switch s.(type) {
		case *sqlparser.Insert, *sqlparser.Update, *sqlparser.Delete:
			// What it has done until then would have to be undone by itself.
			return unsupported("handler of an error of a statement that changes rows")
		}
		inner := p.scope
		p.scope, p.handled, b.handling = b, append(p.handled, known), true
		err := p.statement(ctx, h.Statement)
		p.scope, p.handled, b.handling = inner, p.handled[:len(p.handled)-1], false
		if err != nil || h.Action == sqlparser.DeclareHandlerAction_Continue {
			return err
		}
		return &jump{block: b}
	}
	return err
}

// handler is the block's for an error: the more it says about it, the better.
func (p *program) handler(b *block, err *mysqlerr.Error) (best *sqlparser.DeclareHandler) {
	rank := 0
	for _, h := range b.handlers {
		for _, c := range h.ConditionValues {
			if r := p.matches(c, err); r > rank {
				best, rank = h, r
			}
		}
	}
	return best
}

// matches is 0 for what is not meant.
func (p *program) matches(c sqlparser.DeclareHandlerCondition, err *mysqlerr.Error) int {
	byCode := func(v *sqlparser.SQLVal) bool { return v != nil && string(v.Val) == strconv.Itoa(int(err.Code)) }
	class := err.State[:2]
	switch c.ValueType {
	case sqlparser.DeclareHandlerCondition_MysqlErrorCode:
		if byCode(c.MysqlErrorCode) {
			return 3
		}
	case sqlparser.DeclareHandlerCondition_SqlState:
		if c.String == err.State {
			return 2
		}
	case sqlparser.DeclareHandlerCondition_ConditionName:
		d := p.condition(c.String)
		switch {
		case d != nil && byCode(d.MysqlErrorCode):
			return 3
		case d != nil && d.SqlStateValue != "" && d.SqlStateValue == err.State:
			return 2
		}
	case sqlparser.DeclareHandlerCondition_NotFound:
		if class == "02" {
			return 1
		}
	case sqlparser.DeclareHandlerCondition_SqlException:
		if class != "00" && class != "01" && class != "02" {
			return 1
		}
	}
	return 0
}

// A cursor is a query of the trigger, and where it stands.
type cursor struct {
	query  sqlparser.SelectStatement
	isOpen bool
	rows   []gms.Row
	schema gms.Schema
}

func (p *program) cursor(name string) (*cursor, error) {
	for b := p.scope; b != nil; b = b.outer {
		if c := b.cursors[strings.ToLower(name)]; c != nil {
			return c, nil
		}
	}
	return nil, mysqlerr.New(mysqlerr.UndefinedCursor, name)
}

func (p *program) open(_ *gms.Context, s *sqlparser.OpenCursor) error {
	c, err := p.cursor(s.Name)
	if err != nil {
		return err
	}
	if c.isOpen {
		return mysqlerr.New(mysqlerr.CursorAlreadyOpen)
	}
	c.rows, c.schema, err = p.query(c.query)
	c.isOpen = err == nil
	return err
}

func (p *program) close(s *sqlparser.CloseCursor) error {
	c, err := p.cursor(s.Name)
	if err == nil && !c.isOpen {
		err = mysqlerr.New(mysqlerr.CursorNotOpen)
	}
	if err == nil {
		c.isOpen, c.rows = false, nil
	}
	return err
}

func (p *program) fetch(s *sqlparser.FetchCursor) error {
	c, err := p.cursor(s.Name)
	switch {
	case err != nil:
		return err
	case !c.isOpen:
		return mysqlerr.New(mysqlerr.CursorNotOpen)
	case len(c.rows) == 0:
		return mysqlerr.New(mysqlerr.SPFetchNoData)
	}
	row := c.rows[0]
	c.rows = c.rows[1:]
	return p.assignRow(s.Variables, row, c.schema)
}

// selectInto is SELECT ... INTO.
func (p *program) selectInto(_ *gms.Context, s sqlparser.SelectStatement) error {
	into := s.GetInto()
	if into == nil {
		return mysqlerr.New(mysqlerr.NoResultSet, "a trigger")
	}
	bare, is := s.(*sqlparser.Select)
	if !is {
		return unsupported("INTO of such a query in a trigger")
	}
	query := *bare
	query.Into = nil
	rows, schema, err := p.query(&query)
	switch {
	case err != nil:
		return err
	case len(rows) == 0:
		return mysqlerr.New(mysqlerr.SPFetchNoData)
	case len(rows) > 1:
		return mysqlerr.New(mysqlerr.TooManyRows)
	}
	var names []string
	for _, v := range into.Variables {
		names = append(names, v.String())
	}
	return p.assignRow(names, rows[0], schema)
}

func (p *program) assignRow(names []string, row gms.Row, schema gms.Schema) error {
	if len(names) != len(row) {
		return mysqlerr.New(mysqlerr.WrongNumberOfColumnsInSelect)
	}
	ctx := p.t.c.context()
	for i, name := range names {
		var to assigner
		if v := p.variable(name); v != nil {
			to = v.set(p)
		} else if user, is := strings.CutPrefix(name, "@"); is {
			to = p.user(user)
		} else {
			return mysqlerr.New(mysqlerr.SPUndeclaredVar, name)
		}
		if err := to(ctx, row[i], schema[i].Type); err != nil {
			return err
		}
	}
	return nil
}
