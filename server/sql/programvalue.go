package sql

import (
	"strconv"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/server/updatable"
)

// A block is what BEGIN ... END declares.
type block struct {
	handling   bool // a handler of it runs, whose own errors are those around the block
	outer      *block
	variables  map[string]*variable
	cursors    map[string]*cursor
	conditions map[string]*sqlparser.DeclareCondition
	handlers   []*sqlparser.DeclareHandler
}

// A variable is a local one.
type variable struct {
	name  string
	typ   types.Type
	as    gms.Type
	value any
}

// variable finds one; nil if there is none.
func (p *program) variable(name string) *variable {
	for b := p.scope; b != nil; b = b.outer {
		if v := b.variables[strings.ToLower(name)]; v != nil {
			return v
		}
	}
	return nil
}

func (p *program) declare(ctx *gms.Context, s *sqlparser.Declare) error {
	b := p.scope
	switch {
	case s.Variables != nil:
		for _, name := range s.Variables.Names {
			typ, err := exec.ColumnType(p.t.def, &sqlparser.ColumnDefinition{Name: name, Type: s.Variables.VarType})
			if err != nil {
				return err
			}
			v := &variable{name: name.String(), typ: typ}
			if v.as, err = convert.ToType(typ); err != nil {
				return err
			}
			if d := s.Variables.VarType.Default; d != nil {
				if err := p.assignExpr(ctx, d, v.set(p)); err != nil {
					return err
				}
			}
			b.variables[name.Lowered()] = v
		}
	case s.Cursor != nil:
		b.cursors[strings.ToLower(s.Cursor.Name)] = &cursor{query: s.Cursor.SelectStmt}
	case s.Condition != nil:
		b.conditions[strings.ToLower(s.Condition.Name)] = s.Condition
	case s.Handler != nil:
		b.handlers = append(b.handlers, s.Handler)
	}
	return nil
}

// An assigner puts a value of the library into its place.
type assigner func(ctx *gms.Context, v any, from gms.Type) error

func (p *program) assignExpr(ctx *gms.Context, e sqlparser.Expr, to assigner) error {
	v, from, err := p.value(ctx, e)
	if err != nil {
		return err
	}
	return to(ctx, v, from)
}

// set is the variable's assigner.
func (v *variable) set(p *program) assigner {
	return func(ctx *gms.Context, value any, from gms.Type) (err error) {
		v.value, err = p.stored(ctx, value, from, types.Target{Name: v.name, Type: v.typ, Row: 1})
		return err
	}
}

// stored is a value as something of a type keeps it.
func (p *program) stored(ctx *gms.Context, v any, from gms.Type, to types.Target) (any, error) {
	if v == nil {
		return nil, nil
	}
	value, t, err := convert.DownAny(ctx, v, from)
	if err != nil {
		return nil, err
	}
	c := p.t.c
	if value, err = c.storeOrCut(value, t, to); err != nil {
		return nil, err
	}
	return convert.Up(value, to.Type, c.env.Location)
}

// column is NEW.name's assigner.
func (p *program) column(at int) assigner {
	return func(ctx *gms.Context, v any, from gms.Type) (err error) {
		c := &p.t.def.Columns[at]
		p.row[at], err = p.stored(ctx, v, from, types.Target{Name: c.Name, Table: p.t.def.Name, Type: c.Type, Row: p.t.c.changes + 1})
		return err
	}
}

// set is SET of columns of NEW, local variables and user variables.
func (p *program) set(ctx *gms.Context, s *sqlparser.Set) error {
	for _, e := range s.Exprs {
		to, err := p.target(e)
		if err != nil {
			return err
		}
		if err := p.assignExpr(ctx, e.Expr, to); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) target(e *sqlparser.SetVarExpr) (assigner, error) {
	name := e.Name.Name.String()
	if row := e.Name.Qualifier.Name.String(); strings.EqualFold(row, "new") && p.row != nil {
		at, ok := p.t.def.Column(name)
		if !ok {
			return nil, mysqlerr.New(mysqlerr.BadField, name, "NEW")
		}
		return p.column(at), nil
	}
	if e.Scope == sqlparser.SetScope_User || strings.HasPrefix(name, "@") {
		return p.user(strings.TrimPrefix(name, "@")), nil
	}
	if v := p.variable(name); v != nil && e.Name.Qualifier.IsEmpty() {
		return v.set(p), nil
	}
	return nil, mysqlerr.New(mysqlerr.UnknownSystemVariable, name)
}

// user is the assigner of a user variable.
func (p *program) user(name string) assigner {
	return func(ctx *gms.Context, v any, from gms.Type) error {
		return p.t.c.s.SetUserVariable(ctx, name, v, from)
	}
}

// bind is a copy of a part of the trigger in which its rows and variables are
// parameters.
func (p *program) bind(s sqlparser.Statement) (sqlparser.Statement, map[string]gms.Expression) {
	bound := map[string]gms.Expression{}
	return updatable.Replace(s, p.replacer(bound)), bound
}

func (p *program) replacer(bound map[string]gms.Expression) func(*sqlparser.ColName) sqlparser.Expr {
	return func(n *sqlparser.ColName) sqlparser.Expr {
		slot := p.slot(n)
		if slot == nil {
			return n
		}
		name := "v" + strconv.Itoa(len(bound)+1)
		bound[name] = slot
		return sqlparser.NewValArg([]byte(":" + name))
	}
}

// slot is what a name stands for; nil if it is a column of another table.
func (p *program) slot(n *sqlparser.ColName) gms.Expression {
	if n == nil {
		return nil
	}
	row := strings.ToLower(n.Qualifier.Name.String())
	if row == "new" || row == "old" {
		at, ok := p.t.def.Column(n.Name.String())
		if !ok {
			return nil
		}
		typ := p.t.schema[at].Type
		if row == "new" {
			return &slot{n.Name.String(), typ, func() any { return p.row[at] }}
		}
		return &slot{n.Name.String(), typ, func() any { return p.old[at] }}
	}
	if v := p.variable(n.Name.String()); v != nil && n.Qualifier.IsEmpty() {
		return &slot{v.name, v.as, func() any { return p.variable(v.name).value }}
	}
	return nil
}

// A slot is a value of the trigger among the library's expressions.
type slot struct {
	name string
	typ  gms.Type
	get  func() any
}

var _ gms.CollationCoercible = (*slot)(nil)

// Resolved implements gms.Expression.
func (*slot) Resolved() bool { return true }

// IsNullable implements gms.Expression.
func (*slot) IsNullable() bool { return true }

// Children implements gms.Expression.
func (*slot) Children() []gms.Expression { return nil }

// String implements gms.Expression.
func (s *slot) String() string { return s.name }

// Type implements gms.Expression.
func (s *slot) Type() gms.Type { return s.typ }

// Eval implements gms.Expression.
func (s *slot) Eval(*gms.Context, gms.Row) (any, error) { return s.get(), nil }

// WithChildren implements gms.Expression.
func (s *slot) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 0 {
		return nil, gms.ErrInvalidChildrenNumber.New(s, len(children), 0)
	}
	return s, nil
}

// CollationCoercibility implements gms.CollationCoercible: that of a column.
func (s *slot) CollationCoercibility(ctx *gms.Context) (gms.CollationID, byte) {
	if t, is := s.typ.(gms.StringType); is {
		return t.Collation(), 2
	}
	return gms.Collation_binary, 5
}

// A formula is an expression of the trigger, made once a statement.
type formula struct{ e gms.Expression }

// value is that of an expression, and its type.
func (p *program) value(ctx *gms.Context, e sqlparser.Expr) (any, gms.Type, error) {
	if c, is := e.(*caseOf); is {
		e = c.ComparisonExpr
	}
	f := p.made[e]
	if f == nil {
		query := &sqlparser.Select{SelectExprs: sqlparser.SelectExprs{&sqlparser.AliasedExpr{Expr: e}}}
		if varies(e) {
			rows, schema, err := p.query(query)
			if err != nil || len(rows) == 0 {
				return nil, nil, err
			}
			return rows[0][0], schema[0].Type, nil
		}
		var err error
		if f, err = p.formula(query); err != nil {
			return nil, nil, err
		}
		p.made[e] = f
	}
	v, err := f.e.Eval(ctx, nil)
	if err != nil {
		err = p.t.c.translate(err)
	}
	return v, f.e.Type(), err
}

// varies reports whether what an expression is made into is not always the same: it
// has a subquery, or a variable whose type comes and goes.
func varies(e sqlparser.Expr) (found bool) {
	_ = exec.Walk(func(n sqlparser.SQLNode) (bool, error) { // fails never
		switch n := n.(type) {
		case *sqlparser.Subquery:
			found = true
		case *sqlparser.ColName:
			found = found || strings.HasPrefix(n.Name.String(), "@")
		}
		return !found, nil
	}, e)
	return found
}

func (p *program) formula(query *sqlparser.Select) (*formula, error) {
	s, bound := p.bind(query)
	c, err := p.call(s, bound)
	if err != nil {
		return nil, err
	}
	p.t.c.s.call = c
	defer func() { p.t.c.s.call = p.t.c }()
	node, _, err := c.planned(c.context(), s, c.stmt.tree.Text, nil)
	if err != nil {
		return nil, c.translate(err)
	}
	f := &formula{}
	transform.Inspect(node, func(n gms.Node) bool {
		if project, is := n.(*plan.Project); is && f.e == nil {
			f.e = project.Projections[0]
		}
		return f.e == nil
	})
	if f.e == nil {
		return nil, unsupported("such an expression in a trigger")
	}
	return f, nil
}

func (p *program) truth(ctx *gms.Context, e sqlparser.Expr) (bool, error) {
	v, _, err := p.value(ctx, e)
	if err != nil || v == nil {
		return false, err
	}
	return gms.ConvertToBool(ctx, v)
}
