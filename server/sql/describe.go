package sql

import (
	"context"
	"fmt"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/exec"
)

// Describe is the columns that a statement would answer with now, nil if it
// answers with none. It reads the newest definitions and locks nothing.
func (e *Engine) Describe(ctx context.Context, env exec.Env, s *Session, stmt *Stmt) ([]exec.Column, error) {
	c := e.newCall(ctx, env, s, stmt)
	c.describing = true
	defer c.end()
	if err := c.checkRights(); err != nil {
		return nil, err
	}
	if err := c.throughViews(); err != nil {
		return nil, err
	}
	columns, err := c.describe()
	if err == nil {
		err = c.failed
	}
	if err != nil {
		return nil, c.translate(err)
	}
	return columns, nil
}

func (c *call) describe() (columns []exec.Column, err error) {
	if c.stmt.Kind == ddlKind {
		return nil, nil // binding may look for what is not there yet
	}
	defer func() {
		if p := recover(); p != nil {
			columns, err = nil, fmt.Errorf("sql: the library gave up: %v", p)
		}
	}()
	ctx := c.context()
	s, err := c.plain()
	if err != nil {
		return nil, err
	}
	node, _, err := c.bind(ctx, s, c.stmt.tree.Text, nil)
	if err != nil {
		return nil, err
	}
	schema := node.Schema()
	if gtypes.IsOkResultSchema(schema) || len(schema) == 0 || c.stmt.Kind == writeKind {
		return nil, nil
	}
	list := c.columns(node, schema, c.queryColumns(ctx, node))
	for i := range list {
		if _, open := schema[i].Type.(gms.DeferredType); open {
			list[i].from = gtypes.LongText
			list[i] = computed(list[i])
		}
	}
	return wireOf(list), nil
}
