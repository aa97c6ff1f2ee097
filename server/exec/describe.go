package exec

import (
	"context"
	"time"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/types"
)

// paramType is what a result's column is if only its parameter's value will
// say: text, as in MySQL (manual, PREPARE Statement).
var paramType = types.Type{Kind: types.VarChar, Length: varCharMax, Collation: types.CollationGeneralCI}

// Describe is the columns that a statement would answer with now, nil if it
// answers with none. Its errors are those of a statement that names what does
// not exist, or that this version does not run. It reads the newest committed
// definition, locks nothing and looks at no row: when the statement is
// executed, the definition and so the columns may be others.
func (e *Executor) Describe(ctx context.Context, env Env, s *Stmt) ([]Column, error) {
	c, err := e.describing(ctx, env, s)
	if err != nil {
		return nil, err
	}
	return c.describe()
}

// describing is a call that looks at a statement and does not run it.
func (e *Executor) describing(ctx context.Context, env Env, s *Stmt) (*call, error) {
	if err := ctx.Err(); err != nil {
		return nil, interrupted(err)
	}
	if err := e.mayRun(env, s); err != nil {
		return nil, err
	}
	if env.Location == nil {
		env.Location = time.UTC
	}
	return &call{Executor: e, ctx: ctx, env: env, stmt: s, describing: true}, nil
}

func (c *call) describe() ([]Column, error) {
	var err error
	switch s := c.stmt.tree.(type) {
	case *sqlparser.Select:
		sel, err := c.planSelect(s)
		if err != nil {
			return nil, err
		}
		return sel.columns, nil
	case *sqlparser.Show:
		r, err := c.show(s)
		if err != nil {
			return nil, err
		}
		return r.Columns, nil
	case *sqlparser.Insert:
		err = c.describeInsert(s)
	case *sqlparser.Update:
		_, _, err = c.planUpdate(s)
	case *sqlparser.Delete:
		_, err = c.planDelete(s)
	}
	return nil, err
}

func (c *call) describeInsert(s *sqlparser.Insert) error {
	ins, err := c.planInsert(s)
	if err != nil {
		return err
	}
	for i := range ins.list {
		if _, err := ins.compile(i); err != nil {
			return err
		}
	}
	return nil
}
