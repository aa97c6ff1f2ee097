package sql

import (
	"context"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
)

// changeView runs ALTER VIEW and CREATE VIEW IF NOT EXISTS, which look first at what
// is there.
func (e *Engine) changeView(ctx context.Context, env exec.Env, s *Session, stmt *Stmt, args []binlog.Value) (*exec.Result, error) {
	d, is := stmt.tree.Statement.(*sqlparser.DDL)
	if !is || d.ViewSpec == nil {
		return nil, unsupported("ALTER VIEW of this form")
	}
	names := exec.TableNames{Catalog: e.exec.Catalog(), Env: env}
	if err := stmt.tree.Needs.CheckIn(env.Rights, env.DB, names); err != nil {
		return nil, err
	}
	db, name := d.ViewSpec.ViewName.DbQualifier.String(), d.ViewSpec.ViewName.Name.String()
	if db == "" {
		db = env.DB
	}
	if db == "" {
		return nil, mysqlerr.New(mysqlerr.NoDB)
	}
	v, isView, err := e.exec.Catalog().View(env.Txn, db, name)
	if err != nil {
		return nil, err
	}
	_, isTable, err := e.exec.Catalog().Find(env.Txn, db, name)
	if err != nil {
		return nil, err
	}
	plain := *stmt.tree
	if plain.View.IfNotExists {
		if isView || isTable {
			note := mysqlerr.New(mysqlerr.TableExists, name)
			return &exec.Result{Warnings: 1, Diagnostics: []exec.Diagnostic{{Level: "Note", Code: note.Code, Message: note.Message}}}, nil
		}
		plain.SQL, plain.View = plain.Text, reword.ViewChange{}
	} else {
		switch {
		case isTable:
			return nil, mysqlerr.New(mysqlerr.WrongObject, db+"."+name, "VIEW")
		case !isView:
			return nil, mysqlerr.New(mysqlerr.NoSuchTable, db, name)
		}
		tree, err := exec.ParseTree(alterText(&plain, d.ViewSpec, v))
		if err != nil {
			return nil, err
		}
		plain = *tree
	}
	taken, err := e.Take(&plain)
	if err != nil {
		return nil, err
	}
	return e.Execute(ctx, env, s, taken, args)
}

// alterText is CREATE OR REPLACE VIEW with what the statement leaves as it was.
func alterText(tree *exec.Tree, spec *sqlparser.ViewSpec, v catalog.View) string {
	const create = "CREATE OR REPLACE"
	algorithm, definer, security := spec.Algorithm, spec.Definer, ""
	if old, err := exec.ReadKept(v.Create); err == nil && algorithm == "" {
		if d, is := old.(*sqlparser.DDL); is && d.ViewSpec != nil {
			algorithm = d.ViewSpec.Algorithm
		}
	}
	if algorithm != "" {
		algorithm = " ALGORITHM = " + strings.ToUpper(algorithm)
	}
	if definer == "" && !tree.View.OwnDefiner && v.Definer != (catalog.Definer{}) {
		definer = quoteName(v.Definer.User) + "@" + quoteName(v.Definer.Host)
	}
	if definer != "" {
		definer = " DEFINER = " + definer
	}
	switch {
	case spec.Security != "":
		security = " SQL SECURITY " + strings.ToUpper(spec.Security)
	case v.Invoker:
		security = " SQL SECURITY INVOKER"
	}
	l := lex.New(tree.Text)
	t := l.Next()
	for !t.Is("VIEW") {
		t = l.Next()
	}
	return create + algorithm + definer + security + " " + tree.Text[t.Pos:]
}
