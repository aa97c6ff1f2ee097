package sql

import (
	"errors"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A program is a trigger as it runs, for one statement. Its own statements run as calls
// inside of that of the statement, in the same transaction, with the rights of the
// server: who made the trigger could do what it does.
type program struct {
	t           *table
	time, event string
	mode        string // sql_mode
	body        sqlparser.Statement
	made        map[sqlparser.Expr]*formula
	old, row    gms.Row // of the row that it runs for
	scope       *block
	handled     []*mysqlerr.Error // whose handlers run, the innermost the last
}

func (t *table) newProgram(g *catalog.Trigger) (*program, error) {
	tree, err := triggerTree(g)
	if err != nil {
		return nil, err
	}
	s := tree.TriggerSpec
	return &program{
		t: t, time: s.Time, event: s.Event, mode: g.SQLMode, body: t.c.keptText(s.Body),
		made: map[sqlparser.Expr]*formula{},
	}, nil
}

// run runs it for a row; it may change the new one.
func (p *program) run(ctx *gms.Context, old, row gms.Row) error {
	p.old, p.row, p.scope = old, row, nil
	s := p.t.c.s
	db, id := s.GetCurrentDatabase(), s.lastInsert
	s.SetCurrentDatabase(p.t.def.DB)
	err := p.statement(ctx, p.body)
	s.SetCurrentDatabase(db)
	s.lastInsert, s.call = id, p.t.c
	var jump *jump
	if errors.As(err, &jump) {
		return mysqlerr.New(mysqlerr.LabelMismatch, "LEAVE", jump.label)
	}
	return err
}

// A jump is LEAVE or ITERATE on its way to its label, or an EXIT handler's to its block.
type jump struct {
	label string
	again bool
	block *block
}

// Error implements error.
func (j *jump) Error() string { return "sql: no label " + j.label }

func (p *program) statements(ctx *gms.Context, list sqlparser.Statements) error {
	for _, s := range list {
		if err := p.statement(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// statement runs one, and the handler of its error.
func (p *program) statement(ctx *gms.Context, s sqlparser.Statement) error {
	err := p.do(ctx, s)
	var jumping *jump
	if err == nil || errors.As(err, &jumping) {
		return err
	}
	return p.handle(ctx, s, err)
}

func (p *program) do(ctx *gms.Context, s sqlparser.Statement) error {
	if err := p.t.c.ctx.Err(); err != nil {
		return err
	}
	switch s := s.(type) {
	case *sqlparser.BeginEndBlock:
		return p.block(ctx, s)
	case *sqlparser.Set:
		return p.set(ctx, s)
	case *sqlparser.IfStatement:
		return p.choose(ctx, s)
	case *sqlparser.CaseStatement:
		return p.cases(ctx, s)
	case *sqlparser.While:
		return p.loop(ctx, s.Label, s.Statements, s.Condition, nil)
	case *sqlparser.Repeat:
		return p.loop(ctx, s.Label, s.Statements, nil, s.Condition)
	case *sqlparser.Loop:
		return p.loop(ctx, s.Label, s.Statements, nil, nil)
	case *sqlparser.Leave:
		return &jump{label: s.Label}
	case *sqlparser.Iterate:
		return &jump{label: s.Label, again: true}
	case *sqlparser.Declare:
		return p.declare(ctx, s)
	case *sqlparser.Signal:
		return p.signal(ctx, s)
	case *sqlparser.Resignal:
		return p.resignal(ctx, s)
	case *sqlparser.OpenCursor:
		return p.open(ctx, s)
	case *sqlparser.FetchCursor:
		return p.fetch(s)
	case *sqlparser.CloseCursor:
		return p.close(s)
	case *sqlparser.Insert, *sqlparser.Update, *sqlparser.Delete:
		return p.change(ctx, s)
	case sqlparser.SelectStatement:
		return p.selectInto(ctx, s)
	}
	word, _, _ := strings.Cut(strings.TrimSpace(sqlparser.String(s)), " ")
	return unsupported(strings.ToUpper(word) + " in a trigger")
}

// block is BEGIN ... END, with what is declared in it.
func (p *program) block(ctx *gms.Context, s *sqlparser.BeginEndBlock) error {
	b := &block{outer: p.scope, variables: map[string]*variable{}, cursors: map[string]*cursor{}, conditions: map[string]*sqlparser.DeclareCondition{}}
	p.scope = b
	err := p.statements(ctx, s.Statements)
	p.scope = b.outer
	var jump *jump
	if errors.As(err, &jump) && (jump.block == b || jump.block == nil && !jump.again && s.Label != "" && strings.EqualFold(jump.label, s.Label)) {
		return nil
	}
	return err
}

func (p *program) choose(ctx *gms.Context, s *sqlparser.IfStatement) error {
	for _, c := range s.Conditions {
		if is, err := p.truth(ctx, c.Expr); err != nil || is {
			if err != nil {
				return err
			}
			return p.statements(ctx, c.Statements)
		}
	}
	return p.statements(ctx, s.Else)
}

func (p *program) cases(ctx *gms.Context, s *sqlparser.CaseStatement) error {
	for i := range s.Cases {
		c := &s.Cases[i]
		if s.Expr != nil {
			if _, compares := c.Case.(*caseOf); !compares {
				c.Case = &caseOf{&sqlparser.ComparisonExpr{Operator: sqlparser.EqualStr, Left: s.Expr, Right: c.Case}}
			}
		}
		if is, err := p.truth(ctx, c.Case); err != nil || is {
			if err != nil {
				return err
			}
			return p.statements(ctx, c.Statements)
		}
	}
	if s.Else == nil {
		return mysqlerr.New(mysqlerr.CaseNotFound)
	}
	return p.statements(ctx, s.Else)
}

// A caseOf is the comparison that WHEN of a CASE with a value is.
type caseOf struct{ *sqlparser.ComparisonExpr }

// loop runs statements while a condition holds, or until one does.
func (p *program) loop(ctx *gms.Context, label string, list sqlparser.Statements, while, until sqlparser.Expr) error {
	for {
		if err := p.t.c.ctx.Err(); err != nil {
			return err
		}
		if while != nil {
			if is, err := p.truth(ctx, while); err != nil || !is {
				return err
			}
		}
		err := p.statements(ctx, list)
		var jump *jump
		switch {
		case errors.As(err, &jump) && jump.block == nil && label != "" && strings.EqualFold(jump.label, label):
			if !jump.again {
				return nil
			}
		case err != nil:
			return err
		}
		if until != nil {
			if is, err := p.truth(ctx, until); err != nil || is {
				return err
			}
		}
	}
}

// call is one of the trigger's own statements.
func (p *program) call(s sqlparser.Statement, bound map[string]gms.Expression) (*call, error) {
	outer := p.t.c
	text := sqlparser.String(s)
	stmt, err := outer.Engine.Take(&exec.Tree{Statement: s, Text: text, SQL: text})
	if err != nil {
		return nil, err
	}
	env := outer.env
	env.DB, env.SQLMode, env.Sink = p.t.def.DB, p.mode, nil
	return &call{
		Engine: outer.Engine, ctx: outer.ctx, env: env, s: outer.s, stmt: stmt,
		tables: map[tableID]*table{}, log: outer.log, triggered: true, outer: outer, bound: bound,
	}, nil
}

// change is an INSERT, an UPDATE or a DELETE. A table that the statement uses which
// fired the trigger must stay as it is.
func (p *program) change(ctx *gms.Context, s sqlparser.Statement) error {
	s, bound := p.bind(s)
	c, err := p.call(s, bound)
	if err != nil {
		return err
	}
	p.t.c.s.call = c
	defer func() { p.t.c.s.call = p.t.c }()
	if err := c.throughViews(); err != nil {
		return err
	}
	for _, name := range c.stmt.targets {
		id := tableID{name.DbQualifier.String(), name.Name.String()}
		if id.db == "" {
			id.db = c.env.DB
		}
		for o := c.outer; o != nil; o = o.outer {
			if _, used := o.tables[id]; used {
				return mysqlerr.New(mysqlerr.CantUpdateUsedTable, id.name)
			}
		}
	}
	sub := c.context()
	if s, err = c.plain(); err != nil {
		return err
	}
	if _, err = c.perform(sub, s, c.stmt.tree.Text, nil); err != nil {
		return c.ofView(c.translate(err))
	}
	if c.failed == nil && c.generated != 0 {
		p.t.c.s.lastInsert = &c.generated
	}
	return c.failed
}

// query runs a SELECT of the trigger.
func (p *program) query(s sqlparser.Statement) ([]gms.Row, gms.Schema, error) {
	s, bound := p.bind(s)
	c, err := p.call(s, bound)
	if err != nil {
		return nil, nil, err
	}
	p.t.c.s.call = c
	defer func() { p.t.c.s.call = p.t.c }()
	if s, err = c.plain(); err != nil {
		return nil, nil, err
	}
	rows, schema, err := c.collect(c.context(), s)
	if err != nil {
		err = c.translate(err)
	}
	return rows, schema, err
}
