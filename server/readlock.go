package server

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/mysqlerr"
)

// The global read lock, of FLUSH TABLES WITH READ LOCK, holds changes off at two
// doors, which are closed in this order:
//
//	statements  those that change tables, definitions or accounts, until they end
//	commits     COMMIT of changes, XA PREPARE and the decisions of branches
//
// Whoever closes the first waits for the statements inside, and these may wait for
// rows of transactions that are about to commit: those still can. Nobody who is in
// commits waits for anybody else. A wait ends with lock_wait_timeout, a KILL or the
// server's end; the lock with UNLOCK TABLES and with its session.
type readLock struct {
	statements, commits door
}

// A door is passed by many, or kept closed by many.
type door struct {
	clock   clock.Clock
	mu      sync.Mutex
	inside  int
	closed  int           // by how many: those who wait for the ones inside, too
	changed chan struct{} // closed when either becomes 0; nil: nobody waits
}

// tryEnter enters if the door is open.
func (d *door) tryEnter() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed > 0 {
		return false
	}
	d.inside++
	return true
}

// enter waits until the door is open. Then leave must follow.
func (d *door) enter(ctx context.Context, limit time.Duration) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.waitLocked(ctx, limit, &d.closed); err != nil {
		return err
	}
	d.inside++
	return nil
}

func (d *door) leave() { d.less(&d.inside) }

// shut lets nobody in any more, and waits until nobody is inside. Then open must
// follow; after an error it is as if nothing had been asked.
func (d *door) shut(ctx context.Context, limit time.Duration) error {
	d.mu.Lock()
	d.closed++
	err := d.waitLocked(ctx, limit, &d.inside)
	d.mu.Unlock()
	if err != nil {
		d.open()
	}
	return err
}

func (d *door) open() { d.less(&d.closed) }

func (d *door) less(n *int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	*n--
	if *n == 0 && d.changed != nil {
		close(d.changed)
		d.changed = nil
	}
}

// waitLocked waits, with the lock given back, until n is 0.
func (d *door) waitLocked(ctx context.Context, limit time.Duration, n *int) error {
	if *n == 0 {
		return nil
	}
	timer := d.clock.NewTimer(limit)
	defer timer.Stop()
	for *n > 0 {
		if d.changed == nil {
			d.changed = make(chan struct{})
		}
		changed := d.changed
		d.mu.Unlock()
		var err error
		select {
		case <-changed:
		case <-ctx.Done():
			err = ctx.Err()
		case <-timer.C():
			err = mysqlerr.New(mysqlerr.LockWaitTimeout)
		}
		d.mu.Lock()
		if err != nil {
			return err
		}
	}
	return nil
}

// lockReads is FLUSH TABLES WITH READ LOCK. The session's transaction must have
// ended.
func (s *session) lockReads(ctx context.Context) error {
	if s.readLocked {
		return nil
	}
	if s.locked != nil && s.locked.writes {
		return mysqlerr.New(mysqlerr.LockOrActiveTransaction)
	}
	l := &s.srv.readLock
	defer s.state.Store(stateExecuting)
	s.state.Store(stateReadLock)
	if err := l.statements.shut(ctx, s.settings.globalTimeout); err != nil {
		return err
	}
	s.state.Store(stateCommitLock)
	if err := l.commits.shut(ctx, s.settings.globalTimeout); err != nil {
		l.statements.open()
		return err
	}
	s.readLocked = true
	return nil
}

func (s *session) unlockReads() {
	if s.readLocked {
		s.readLocked = false
		s.srv.readLock.commits.open()
		s.srv.readLock.statements.open()
	}
}

// change waits until statements may change something; done must be called when
// this one has. Under LOCK TABLES ... WRITE the session is inside already.
func (s *session) change(ctx context.Context) (done func(), err error) {
	switch d := &s.srv.readLock.statements; {
	case s.readLocked:
		return nil, mysqlerr.New(mysqlerr.CantUpdateWithReadLock)
	case s.locked != nil && s.locked.writes:
		return func() {}, nil
	default:
		return d.leave, s.pass(ctx, d, stateReadLock)
	}
}

// pass enters a door; if that takes time, PROCESSLIST says for what.
func (s *session) pass(ctx context.Context, d *door, state int32) error {
	if d.tryEnter() {
		return nil
	}
	defer s.state.Store(stateExecuting)
	s.state.Store(state)
	return d.enter(ctx, s.settings.globalTimeout)
}

// decide is change of COMMIT, XA PREPARE and the decision of a branch. The two of
// branches go on in the session that has the lock, as in MySQL.
func (s *session) decide(ctx context.Context) (done func(), err error) {
	if s.readLocked {
		return nil, mysqlerr.New(mysqlerr.CantUpdateWithReadLock)
	}
	d := &s.srv.readLock.commits
	return d.leave, s.pass(ctx, d, stateCommitLock)
}

// changes reports whether a statement changes what others can see: not only the
// session's temporary tables.
func (s *session) changes(st Stmt) bool {
	switch st.Kind() {
	case DDL:
		return !s.altersOwn(st)
	case Read, Listing:
		return false
	}
	if len(st.Needs().List()) == 0 {
		return true // of whatever tables: Executor.Replay
	}
	for _, n := range st.Needs().List() {
		if n.Level != auth.AtTable || !changesTable(n) {
			continue
		}
		if n.Table == "" || !s.srv.exec.IsTemporary(s.kept, cmp.Or(n.DB, s.db), n.Table) {
			return true
		}
	}
	return false
}

// altersOwn reports whether a statement changes, or empties, one of the session's
// temporary tables.
func (s *session) altersOwn(st Stmt) bool {
	full, is := st.(*sqlStmt)
	if !is {
		return false
	}
	name, is := full.tree.Altered()
	return is && s.srv.exec.IsTemporary(s.kept, cmp.Or(name.DbQualifier.String(), s.db), name.Name.String())
}

// changesTable reports whether it takes more than reading a table.
func changesTable(n auth.Need) bool { return n.Any != 0 || n.All&^(auth.Select|auth.ShowView) != 0 }
