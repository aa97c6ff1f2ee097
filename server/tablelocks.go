package server

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/xa"
)

// Tables that LOCK TABLES has locked belong to a transaction that does nothing
// else (holder). The session's own transactions run under it: what it has locked
// does not stand in their way.
//
//	READ     the rows are locked Shared: others read, and nobody writes
//	WRITE    the definition and the table are locked Exclusive: others wait
type tableLocks struct {
	holder Txn
	modes  map[tableKey]bool // of those that are locked; true: WRITE
	writes bool              // one is locked for writing: see session.change
}

type tableKey struct{ db, table string }

// A lockWish is one table of LOCK TABLES.
type lockWish struct {
	tableKey
	write bool
}

// runLock is LOCK TABLES. It ends the transaction and the locks before it, as
// MySQL's does. LOCK INSTANCE locks nothing, and warns.
func (s *session) runLock(ctx context.Context, c *lex.Cursor) (*Result, error) {
	c.Next()
	if err := s.machine.Allow(xa.Boundary); err != nil {
		return nil, err
	}
	instance := c.Accept("INSTANCE")
	var list []lockWish
	var err error
	if instance {
		err = copiers.Check(s.rights(), s.db)
	} else {
		list, err = s.lockWishes(c)
	}
	if err != nil {
		return nil, err
	}
	if err := s.commit(ctx); err != nil {
		return nil, err
	}
	if instance {
		e := mysqlerr.New(mysqlerr.NotSupportedYet, "LOCK INSTANCE: nothing is locked")
		return &Result{Warnings: 1, Diagnostics: []Diagnostic{{Level: "Warning", Code: e.Code, Message: e.Message}}}, nil
	}
	s.unlockTables()
	return &Result{}, s.lockTables(ctx, list)
}

// lockWishes reads what is to be locked, and asks for the privileges.
func (s *session) lockWishes(c *lex.Cursor) (list []lockWish, err error) {
	if !c.Accept("TABLES") && !c.Accept("TABLE") {
		return nil, c.Fail()
	}
	for more := true; more; more = c.Accept(",") {
		db, table, err := tableName(c)
		if err != nil {
			return nil, err
		}
		w := lockWish{tableKey: tableKey{cmp.Or(db, s.db), table}}
		if w.db == "" {
			return nil, mysqlerr.New(mysqlerr.NoDB)
		}
		if err := s.mayLock([]lockWish{w}); err != nil {
			return nil, err
		}
		if w.write, err = lockMode(c); err != nil {
			return nil, err
		}
		list = append(list, w)
	}
	return list, c.End()
}

// mayLock asks for the privileges.
func (s *session) mayLock(list []lockWish) error {
	for _, w := range list {
		read := auth.Need{Level: auth.AtTable, DB: w.db, Table: w.table, All: auth.Select}
		if s.rights().OnSome(cmp.Or(w.db, s.db), w.table)&auth.Select != 0 {
			read.All = 0 // some columns will do
		}
		need := auth.NeedsOf(
			read,
			auth.Need{Level: auth.AtDatabase, DB: w.db, All: auth.LockTables},
		)
		if err := need.Check(s.rights(), s.db); err != nil {
			return err
		}
	}
	return nil
}

// lockMode is [[AS] alias] {READ [LOCAL] | [LOW_PRIORITY] WRITE}. Aliases are not
// told apart from their tables.
func lockMode(c *lex.Cursor) (write bool, err error) {
	if c.Accept("AS") || !c.Peek().Is("READ") && !c.Peek().Is("WRITE") && !c.Peek().Is("LOW_PRIORITY") {
		if _, err := c.Name(); err != nil {
			return false, err
		}
	}
	if c.Accept("READ") {
		c.Accept("LOCAL")
		return false, nil
	}
	c.Accept("LOW_PRIORITY")
	return true, c.Expect("WRITE")
}

// tableName reads [database.]table.
func tableName(c *lex.Cursor) (db, table string, err error) {
	if table, err = c.Name(); err != nil || !c.Accept(".") {
		return "", table, err
	}
	db = table
	table, err = c.Name()
	return db, table, err
}

// lockTables locks in the order of names: two who lock the same tables do not
// wait for each other.
func (s *session) lockTables(ctx context.Context, list []lockWish) error {
	slices.SortFunc(list, func(a, b lockWish) int {
		return cmp.Or(strings.Compare(a.db, b.db), strings.Compare(a.table, b.table))
	})
	l := &tableLocks{modes: map[tableKey]bool{}}
	for _, w := range list {
		l.modes[w.tableKey] = w.write || l.modes[w.tableKey]
		l.writes = l.writes || w.write && !s.srv.exec.IsTemporary(s.kept, w.db, w.table)
	}
	if l.writes {
		if _, err := s.change(ctx); err != nil { // until unlockTables
			return err
		}
	}
	l.holder = s.srv.store.Begin(s.id, engine.TxnOptions{})
	l.holder.SetLockTimeout(s.settings.ddlTimeout)
	for _, w := range list {
		if s.srv.exec.IsTemporary(s.kept, w.db, w.table) {
			continue // nobody else has it
		}
		if err := s.srv.exec.LockTable(ctx, l.holder, w.db, w.table, l.modes[w.tableKey]); err != nil {
			s.endLocks(l)
			return err
		}
	}
	s.locked = l
	s.srv.tablesLocked.Add(1)
	return nil
}

// unlockTables ends LOCK TABLES. The session's transaction must have ended.
func (s *session) unlockTables() {
	if s.locked != nil {
		s.endLocks(s.locked)
		s.locked = nil
		s.srv.tablesLocked.Add(-1)
	}
}

func (s *session) endLocks(l *tableLocks) {
	s.drop(l.holder)
	if l.writes {
		s.srv.readLock.statements.leave()
	}
}

// runUnlock is UNLOCK TABLES; it ends the transaction if tables are locked by LOCK
// TABLES, and not if all are by FLUSH TABLES WITH READ LOCK.
func (s *session) runUnlock(ctx context.Context, c *lex.Cursor) (*Result, error) {
	c.Next()
	instance := c.Accept("INSTANCE")
	if !instance && !c.Accept("TABLES") && !c.Accept("TABLE") {
		return nil, c.Fail()
	}
	if err := c.End(); err != nil || instance {
		return &Result{}, err
	}
	s.unlockReads()
	if s.locked == nil {
		return &Result{}, nil
	}
	if err := s.commit(ctx); err != nil {
		return nil, err
	}
	s.unlockTables()
	return &Result{}, nil
}

// mayUse refuses what a session does that has tables locked: to use others, to
// change those that it has locked for reading, and to make or drop databases.
func (s *session) mayUse(needs auth.Needs) error {
	if s.locked == nil {
		return nil
	}
	for _, n := range needs.List() {
		switch {
		case n.Seen:
			continue // SHOW
		case n.Level == auth.AtDatabase && n.All&(auth.Create|auth.Drop) != 0:
			return mysqlerr.New(mysqlerr.LockOrActiveTransaction)
		case n.Level != auth.AtTable || auth.IsMadeUp(n.DB) || n.Table == "":
			continue
		}
		if err := s.mayUseTable(cmp.Or(n.DB, s.db), n.Table, changesTable(n)); err != nil {
			return err
		}
	}
	return nil
}

// mayUseTable is mayUse of one table.
func (s *session) mayUseTable(db, table string, write bool) error {
	if s.locked == nil || s.srv.exec.IsTemporary(s.kept, db, table) {
		return nil
	}
	writable, ok := s.locked.modes[tableKey{db, table}]
	switch {
	case !ok:
		return mysqlerr.New(mysqlerr.TableNotLocked, table)
	case write && !writable:
		return mysqlerr.New(mysqlerr.TableNotLockedForWrite, table)
	}
	return nil
}
