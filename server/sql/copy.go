package sql

import (
	"context"
	"slices"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// CREATE TABLE ... SELECT is a CREATE TABLE with the query's columns spelled out, and an
// INSERT. They are two transactions, because replicas cannot be told of it in one. Its
// text would find other rows there: those of RAND(), of user variables, of temporary
// tables. A crash in between leaves an empty table, here and there.

// takeCopy makes of CREATE TABLE ... SELECT the query.
func (s *Stmt) takeCopy(d *sqlparser.DDL) {
	if d.OptSelect == nil {
		return
	}
	tree := *s.tree
	tree.Statement = d.OptSelect.Select
	s.query = &Stmt{NumParams: s.NumParams, Kind: readKind, tree: &tree, named: s.named}
}

// copyTable runs CREATE TABLE ... SELECT.
func (e *Engine) copyTable(ctx context.Context, env exec.Env, s *Session, stmt *Stmt, args []binlog.Value) (*exec.Result, error) {
	if _, hidden := env.Temporaries.Find(stmt.made(env)); hidden && !stmt.Temporary {
		return nil, unsupported("CREATE TABLE ... SELECT of a name that a temporary table has") // which the INSERT would fill
	}
	columns, err := e.chosen(ctx, env, s, stmt.query, args)
	if err != nil {
		return nil, err
	}
	definition, err := e.definition(stmt, columns, env)
	if err != nil {
		return nil, err
	}
	var r *exec.Result
	if define := func(env exec.Env) (*exec.Result, error) {
		if env.Literals == types.CharsetBinary {
			env.Literals = "" // the members that the definition has are text
		}
		return e.exec.Execute(ctx, env, definition, nil)
	}; stmt.Temporary {
		r, err = define(env)
	} else {
		r, err = e.apart(ctx, env, define)
	}
	if err != nil || slices.ContainsFunc(r.Diagnostics, func(d exec.Diagnostic) bool { return d.Code == mysqlerr.TableExists }) {
		return r, err
	}
	remarks := r.Diagnostics
	if r, err = e.newCall(ctx, env, s, stmt.filling(columns)).execute(args); err == nil {
		r.Diagnostics = append(remarks, r.Diagnostics...)
		r.Warnings += uint16(len(remarks))
		return r, nil
	}
	return nil, e.unfilled(err, env, s, stmt)
}

// made is the table that the statement makes.
func (s *Stmt) made(env exec.Env) (db, name string) {
	table := s.tree.Statement.(*sqlparser.DDL).Table
	if db = table.DbQualifier.String(); db == "" {
		db = env.DB
	}
	return db, table.Name.String()
}

// unfilled is the error of a table that could not be filled, which goes.
func (e *Engine) unfilled(err error, env exec.Env, s *Session, stmt *Stmt) error {
	if stmt.Temporary {
		env.Temporaries.Drop(stmt.made(env))
		return err
	}
	return &exec.Unfinished{Err: err, Undo: func(ctx context.Context) error {
		_, err := e.apart(ctx, env, func(env exec.Env) (*exec.Result, error) {
			return e.newCall(ctx, env, s, stmt.undo()).execute(nil)
		})
		return err
	}}
}

// definition is the CREATE TABLE: columns that are only listed come first, then the
// query's, those that are listed as they are there.
func (e *Engine) definition(stmt *Stmt, columns []catalog.Column, env exec.Env) (*exec.Stmt, error) {
	chosen, err := exec.Definitions(columns, env.Location)
	if err != nil {
		return nil, err
	}
	d := *stmt.tree.Statement.(*sqlparser.DDL)
	spec := *d.TableSpec
	for _, c := range spec.Constraints {
		if _, is := c.Details.(*sqlparser.ForeignKeyDefinition); is {
			return nil, mysqlerr.New(mysqlerr.FKWithSelect)
		}
	}
	spec.Columns = nil
	for _, def := range d.TableSpec.Columns {
		at := slices.IndexFunc(chosen, func(c *sqlparser.ColumnDefinition) bool { return c.Name.Equal(def.Name) })
		if at < 0 {
			spec.Columns = append(spec.Columns, def)
		} else {
			chosen[at] = def
		}
	}
	spec.Columns = append(spec.Columns, chosen...)
	d.TableSpec, d.OptSelect = &spec, nil
	tree := *stmt.tree
	tree.Statement, tree.NumParams, tree.Filled = &d, 0, true
	return e.exec.Take(&tree)
}

// filling is the INSERT.
func (s *Stmt) filling(columns []catalog.Column) *Stmt {
	d := s.tree.Statement.(*sqlparser.DDL)
	insert := &sqlparser.Insert{Action: sqlparser.InsertStr, Table: d.Table, Rows: d.OptSelect.Select.(sqlparser.InsertRows)}
	switch s.tree.FillMode() {
	case "ignore":
		insert.Ignore = sqlparser.IgnoreStr
	case "replace":
		insert.Action = sqlparser.ReplaceStr
	}
	for _, c := range columns {
		insert.Columns = append(insert.Columns, sqlparser.NewColIdent(c.Name))
	}
	tree := *s.tree
	tree.Statement = insert
	return &Stmt{NumParams: s.NumParams, Kind: writeKind, tree: &tree, lock: catalog.Exclusive, targets: []sqlparser.TableName{d.Table}, named: s.named}
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
