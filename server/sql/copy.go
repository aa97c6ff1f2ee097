package sql

import (
	"context"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
)

// CREATE TABLE ... SELECT is two transactions, because replicas cannot be told of it in
// one: a definition, with the columns' types spelled out, and rows. Its text would
// find other rows there: those of RAND(), of user variables, of temporary tables.
// A crash in between leaves an empty table, here and there.

// takeCopy makes of CREATE TABLE ... SELECT the INSERT that fills the table.
func (s *Stmt) takeCopy(d *sqlparser.DDL) {
	if d.OptSelect == nil || s.Temporary {
		return
	}
	rows, ok := d.OptSelect.Select.(sqlparser.InsertRows)
	if !ok {
		return
	}
	tree := *s.tree
	tree.Statement = &sqlparser.Insert{Action: sqlparser.InsertStr, Table: d.Table, Rows: rows}
	s.fill = &Stmt{NumParams: s.NumParams, Kind: writeKind, tree: &tree, lock: catalog.Exclusive, targets: []sqlparser.TableName{d.Table}}
}

// copyTable runs CREATE TABLE ... SELECT.
func (e *Engine) copyTable(ctx context.Context, env exec.Env, s *Session, stmt *Stmt, args []binlog.Value) (*exec.Result, error) {
	var made bool
	r, err := e.apart(ctx, env, func(env exec.Env) (*exec.Result, error) {
		c := e.newCall(ctx, env, s, stmt)
		defer func() { made = c.defined }()
		return c.execute(args)
	})
	if err != nil || !made {
		return r, err
	}
	if r, err = e.newCall(ctx, env, s, stmt.fill).execute(args); err == nil {
		return r, nil
	}
	return nil, &exec.Unfinished{Err: err, Undo: func(ctx context.Context) error {
		_, err := e.apart(ctx, env, func(env exec.Env) (*exec.Result, error) {
			return e.newCall(ctx, env, s, stmt.undo()).execute(nil)
		})
		return err
	}}
}

// apart runs a statement in a transaction of its own.
func (e *Engine) apart(ctx context.Context, env exec.Env, f func(exec.Env) (*exec.Result, error)) (r *exec.Result, err error) {
	err = e.exec.Apart(ctx, func(t exec.Txn) error {
		env.Txn = t
		r, err = f(env)
		return err
	})
	return r, err
}

// undo is the DROP TABLE of a table that could not be filled.
func (s *Stmt) undo() *Stmt {
	d := s.tree.Statement.(*sqlparser.DDL)
	tree := *s.tree
	tree.Statement = &sqlparser.DDL{Action: sqlparser.DropStr, FromTables: sqlparser.TableNames{d.Table}}
	tree.SQL = sqlparser.String(tree.Statement)
	return &Stmt{Kind: ddlKind, tree: &tree, lock: catalog.Exclusive, targets: []sqlparser.TableName{d.Table}}
}

// withoutRows leaves of CREATE TABLE ... SELECT the first half.
func withoutRows(node gms.Node) (gms.Node, error) {
	node, _, err := transform.Node(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		if copier, is := n.(*plan.TableCopier); is {
			return copier.Destination, transform.NewTree, nil
		}
		return n, transform.SameTree, nil
	})
	return node, err
}

// logMade logs the definition of the table that the statement has made.
func (c *call) logMade(name sqlparser.TableName) error {
	db := name.DbQualifier.String()
	if db == "" {
		db = c.env.DB
	}
	t, ok, err := c.catalog().Find(c.env.Txn, db, name.Name.String())
	if err != nil || !ok {
		return err
	}
	text, err := exec.CreateText(t, 1, c.env.Location)
	if err != nil {
		return err
	}
	return c.env.Txn.LogQuery(db, text)
}
