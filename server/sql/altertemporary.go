package sql

import (
	"context"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
)

// temporary is the session's table that an ALTER TABLE is about; nil: it is about
// another one. CREATE INDEX and DROP INDEX are such statements, too.
func (s *Stmt) temporary(env exec.Env) *catalog.Table {
	name, is := s.tree.Altered()
	if !is {
		return nil
	}
	id := tableID{name.DbQualifier.String(), name.Name.String()}
	if id.db == "" {
		id.db = env.DB
	}
	t, _ := env.Temporaries.Find(id.db, id.name)
	return t
}

// alterTemporary runs an ALTER TABLE of a session's table: a draft of it, until the
// rows are committed, which no log hears of.
func (e *Engine) alterTemporary(ctx context.Context, env exec.Env, s *Session, stmt *Stmt, args []binlog.Value) (*exec.Result, error) {
	if env.InBranch {
		return nil, mysqlerr.New(mysqlerr.XATempTable)
	}
	if how := stmt.tree.Method.Algorithm; how == "INPLACE" || how == "INSTANT" {
		return nil, mysqlerr.New(mysqlerr.AlterNotSupported, "ALGORITHM="+how, "ALGORITHM=COPY")
	}
	return e.exec.AlterTemporary(ctx, env, func(env exec.Env) (*exec.Result, error) {
		c := e.newCall(ctx, env, s, stmt)
		c.private = true
		return c.execute(args)
	})
}

// renameTemporary gives a session's table another name, which may be a table's that is
// none of the session's own, and so hidden from then on.
func (a *alteration) renameTemporary(t *catalog.Table) error {
	for _, c := range a.renames {
		to := tableID{c.ToTables[0].DbQualifier.String(), c.ToTables[0].Name.String()}
		if to.db == "" {
			to.db = a.env.DB
		}
		if to == a.id {
			continue
		}
		if _, ok, err := a.catalog().Database(a.env.Txn, to.db); err != nil || !ok {
			if err == nil {
				err = mysqlerr.New(mysqlerr.BadDB, to.db)
			}
			return err
		}
		if !catalog.ValidName(to.name) {
			return mysqlerr.New(mysqlerr.WrongTableName, to.name)
		}
		if _, taken := a.env.Temporaries.Find(to.db, to.name); taken {
			return mysqlerr.New(mysqlerr.TableExists, to.name)
		}
		def := t.Copy()
		def.DB, def.Name = to.db, to.name
		renameConstraints(def, t.Name)
		if err := a.env.Temporaries.Set(def); err != nil {
			return err
		}
		a.env.Temporaries.Drop(a.id.db, a.id.name)
		a.define(a.id)
		a.id, t = to, def
	}
	return nil
}

// refuseTemporaries keeps the session's tables out of a view's query.
func (c *call) refuseTemporaries() error {
	for _, n := range c.stmt.tree.Needs.List() {
		if n.Level != auth.AtTable || (n.All|n.Any)&auth.Select == 0 {
			continue
		}
		if n.DB == "" {
			n.DB = c.env.DB
		}
		if _, is := c.env.Temporaries.Find(n.DB, n.Table); is {
			return mysqlerr.New(mysqlerr.ViewOfTemporary, n.Table)
		}
	}
	return nil
}
