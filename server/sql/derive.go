package sql

import (
	"context"
	"fmt"
	"reflect"

	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/sql/expr"
)

// A deriver makes the hidden columns of indexes on expressions, for package exec.
type deriver struct {
	e       *Engine
	session func() *Session
}

// Deriver is for Env; the session is asked for when it is needed.
func (e *Engine) Deriver(session func() *Session) exec.Deriver { return deriver{e, session} }

// within runs f as a statement of its own within the session's, if there is one.
func (d deriver) within(ctx context.Context, env exec.Env, f func(c *call) error) (err error) {
	s := d.session()
	outer := s.call
	defer func() {
		s.call = outer
		if p := recover(); p != nil {
			err = fmt.Errorf("sql: the library gave up: %v", p)
		}
	}()
	tree, err := exec.ParseTree("ALTER TABLE t ENGINE=InnoDB") // DDL of no table
	if err != nil {
		return err
	}
	c := d.e.newCall(ctx, env, s, &Stmt{Kind: ddlKind, tree: tree, lock: catalog.Exclusive})
	if err := f(c); err != nil {
		return c.translate(err)
	}
	return nil
}

// Derive implements exec.Deriver.
func (d deriver) Derive(ctx context.Context, env exec.Env, t *catalog.Table, exprs []string) (list []catalog.Column, err error) {
	err = d.within(ctx, env, func(c *call) error {
		list, err = c.keyColumns(t, exprs)
		return err
	})
	return list, err
}

// unborn is the ID of a table that there is not yet.
const unborn = 1<<32 - 1

func (c *call) keyColumns(t *catalog.Table, exprs []string) ([]catalog.Column, error) {
	def := t.Copy()
	def.ID, def.Schema, def.Indexes, def.PrimaryKey, def.ForeignKeys, def.ReferencedBy, def.Triggers = unborn, 1, nil, nil, nil, nil, nil
	if err := def.Prepare(); err != nil {
		return nil, err
	}
	of, err := c.newTable(def)
	if err != nil {
		return nil, err
	}
	ctx := c.context()
	tree, text, done, err := c.select1(of, exprs)
	if err != nil {
		return nil, err
	}
	defer done()
	node, _, err := c.bindKept(ctx, tree, text)
	if err != nil {
		return nil, err
	}
	for _, change := range []func(gms.Node) (gms.Node, error){c.divisions, c.likes, nameEnums, expr.Casts, expr.Replace} {
		if node, err = change(node); err != nil {
			return nil, err
		}
	}
	list := c.choosing(ctx, node)
	if len(list) != len(exprs)+1 {
		return nil, unsupported("index on this expression")
	}
	out := make([]catalog.Column, len(exprs))
	for i := range out {
		out[i] = list[i+1].Column
	}
	return out, nil
}

// Rewrite implements exec.Deriver.
func (d deriver) Rewrite(ctx context.Context, env exec.Env, old, t *catalog.Table) (leftover bool, err error) {
	err = d.within(ctx, env, func(c *call) error {
		origin := make([]int, len(t.Columns))
		for i := range t.Columns {
			at, ok := old.Column(t.Columns[i].Name)
			if origin[i] = at; !ok {
				origin[i] = -1
			}
		}
		a := &alteration{call: c, ctx: c.context(), id: tableID{old.DB, old.Name}}
		err := a.rebuild(old, t, origin)
		leftover = c.leftover
		return err
	})
	return leftover, err
}

// deriveAgain gives hidden columns the types that their expressions have by now.
func (a *alteration) deriveAgain() error {
	t, err := a.open()
	if err != nil || !t.HasHidden() {
		return err
	}
	def, changed := t.Copy(), false
	for i := range def.Columns {
		col := &def.Columns[i]
		if !col.Hidden || col.Array {
			continue
		}
		list, err := a.keyColumns(t, []string{col.Generated})
		if err != nil {
			return err
		}
		was := col.Type
		if col.Type, err = exec.Retype(col, list[0].Type); err != nil {
			return err
		}
		changed = changed || !reflect.DeepEqual(was, col.Type) || col.Nullable != list[0].Nullable
		col.Nullable = list[0].Nullable
	}
	if !changed {
		return nil
	}
	return a.rebuild(t, def, identity(len(def.Columns)))
}
