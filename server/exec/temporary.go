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

// Altered is the table of an ALTER TABLE, CREATE INDEX, DROP INDEX or TRUNCATE.
func (t *Tree) Altered() (name sqlparser.TableName, ok bool) {
	switch s := t.Statement.(type) {
	case *sqlparser.AlterTable:
		return s.Table, true
	case *sqlparser.DDL:
		return s.Table, s.Action == sqlparser.TruncateStr
	}
	return name, false
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

// reserve gives the definition IDs of reserveIDs, and makes it known.
func (e *Executor) reserve(ctx context.Context, env Env, t *catalog.Table) error {
	first, err := e.reserveIDs(ctx, env, 1+len(t.Indexes))
	if err != nil {
		return err
	}
	t.Number(first)
	return env.Temporaries.Set(t)
}

// reserveIDs takes n IDs that Purge leaves alone while the session lives.
func (e *Executor) reserveIDs(ctx context.Context, env Env, n int) (first uint32, err error) {
	e.live.Lock()
	defer e.live.Unlock()
	err = e.autonomous()(ctx, func(txn rows.Txn) (err error) {
		first, err = e.catalog.Reserve(ctx, txn, n)
		return err
	})
	if err != nil {
		return 0, err
	}
	for i := range n {
		e.live.ids[first+uint32(i)] = struct{}{}
	}
	env.Temporaries.Reserved(first, n)
	return first, nil
}

// Renumber gives a definition that is to replace another IDs of its own, under which
// a Batch may write.
func (e *Executor) Renumber(ctx context.Context, env Env, t *catalog.Table) (err error) {
	n, first := 1+len(t.Indexes), uint32(0)
	if t.Temporary {
		first, err = e.reserveIDs(ctx, env, n)
	} else {
		first, err = rows.TakeIDs(ctx, e.catalog, env.Txn, e.autonomous(), n)
	}
	if err != nil {
		return err
	}
	t.Number(first)
	return t.Prepare()
}

// Define writes the definition of a table opened exclusively anew.
func (e *Executor) Define(ctx context.Context, env Env, t *catalog.Table) error {
	if t.Temporary {
		return env.Temporaries.Set(t)
	}
	return e.catalog.Alter(ctx, env.Txn, t)
}

// Fill gives new indexes their entries.
func (e *Executor) Fill(ctx context.Context, env Env, b *rows.Build) error {
	if !b.Table.Temporary || len(b.Indexes) == 0 {
		return b.Run(ctx)
	}
	first, err := e.reserveIDs(ctx, env, len(b.Indexes))
	if err != nil {
		return err
	}
	for i, ix := range b.Indexes {
		ix.ID = first + uint32(i)
	}
	b.Numbered, b.Autonomous = true, nil
	return b.Run(ctx)
}

// AlterTemporary lets f change the session's temporary tables in a transaction of its
// own: they are as they were if it fails, and their rows, too. The session's own
// transaction must have ended, so that no row is in it.
func (e *Executor) AlterTemporary(ctx context.Context, env Env, f func(Env) (*Result, error)) (r *Result, err error) {
	kept, draft := env.Temporaries, env.Temporaries.Draft()
	err = e.Apart(ctx, func(t Txn) error {
		env.Txn, env.Temporaries = t, draft
		r, err = f(env)
		return err
	})
	e.live.Lock()
	for _, id := range kept.Settle(draft, err == nil) {
		delete(e.live.ids, id)
	}
	e.live.Unlock()
	if err != nil {
		return nil, err
	}
	r.Leftover = e.Purge
	return r, nil
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
