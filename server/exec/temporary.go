package exec

import (
	"context"
	"slices"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/rows"
)

// Temporary reports whether a statement makes or drops temporary tables by its
// words: it is in no binlog and ends no transaction.
func (t *Tree) Temporary() bool {
	d, ok := t.Statement.(*sqlparser.DDL)
	if !ok {
		return false
	}
	if d.Action == sqlparser.CreateStr {
		return d.Temporary
	}
	l := lex.New(t.Text)
	return d.Action == sqlparser.DropStr && l.Next().Is("DROP") && l.Next().Is("TEMPORARY")
}

// Temporary finds a session's temporary table. None may be used in an XA branch,
// which would outlive it.
func (e Env) Temporary(db, name string) (*catalog.Table, bool, error) {
	t, ok := e.Temporaries.Find(db, name)
	if ok && e.InBranch {
		return nil, false, mysqlerr.New(mysqlerr.XATempTable)
	}
	return t, ok, nil
}

// AddTemporary makes a definition one of the session's temporary tables.
func (e *Executor) AddTemporary(ctx context.Context, env Env, t *catalog.Table) error {
	switch _, exists, err := env.Temporary(t.DB, t.Name); {
	case err != nil:
		return err
	case env.InBranch:
		return mysqlerr.New(mysqlerr.XATempTable)
	case exists:
		return mysqlerr.New(mysqlerr.TableExists, t.Name)
	case len(t.ForeignKeys) > 0:
		return mysqlerr.New(mysqlerr.CannotAddForeign)
	case slices.ContainsFunc(t.Indexes, func(ix catalog.Index) bool { return ix.Fulltext }):
		return mysqlerr.New(mysqlerr.FulltextTemporary)
	case env.Temporaries == nil || e.opts.Autonomous == nil:
		return unsupported("TEMPORARY table")
	}
	return e.reserve(ctx, env, t)
}

// reserve gives the definition IDs that Purge leaves alone while the session
// lives.
func (e *Executor) reserve(ctx context.Context, env Env, t *catalog.Table) error {
	e.live.Lock()
	defer e.live.Unlock()
	err := e.autonomous()(ctx, func(txn rows.Txn) error { return e.catalog.Reserve(ctx, txn, t) })
	if err != nil {
		return err
	}
	for _, id := range t.IDs() {
		e.live.ids[id] = struct{}{}
	}
	return env.Temporaries.Set(t)
}

// EndTemporaries gives back what a session's temporary tables took.
func (e *Executor) EndTemporaries(ctx context.Context, t *catalog.Temporaries) error {
	if len(t.IDs()) == 0 {
		return nil
	}
	e.live.Lock()
	for _, id := range t.IDs() {
		delete(e.live.ids, id)
	}
	e.live.Unlock()
	return e.Purge(ctx)
}

func (e *Executor) isLive(id uint32) bool {
	e.live.Lock()
	defer e.live.Unlock()
	_, ok := e.live.ids[id]
	return ok
}

// dropTemporaries drops those of the tables named that are temporary; left are
// the others.
func (c *call) dropTemporaries(list sqlparser.TableNames) (left sqlparser.TableNames, err error) {
	for _, name := range list {
		db, err := c.database(name)
		if err != nil {
			return nil, err
		}
		_, ok, err := c.env.Temporary(db, name.Name.String())
		if err != nil {
			return nil, err
		}
		if !ok {
			left = append(left, name)
			continue
		}
		c.env.Temporaries.Drop(db, name.Name.String())
	}
	return left, nil
}

// renewTemporary empties a temporary table: it gets other IDs.
func (c *call) renewTemporary(t *catalog.Table) error {
	return c.reserve(c.ctx, c.env, t.Copy())
}
