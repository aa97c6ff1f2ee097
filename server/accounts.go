package server

import (
	"context"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/xa"
)

// runAccounts is CREATE, ALTER, DROP and RENAME USER, CREATE and DROP ROLE, GRANT and
// REVOKE.
func (s *session) runAccounts(ctx context.Context, c *lex.Cursor) (*Result, error) {
	st, err := auth.Parse(c)
	if err != nil {
		return nil, err
	}
	if err := c.End(); err != nil {
		return nil, err
	}
	return s.changeAccounts(ctx, st)
}

// changeAccounts commits what the session has open, as DDL does, and runs a
// statement about accounts in a transaction of its own.
func (s *session) changeAccounts(ctx context.Context, st auth.Statement) (*Result, error) {
	if err := s.machine.Allow(xa.Boundary); err != nil {
		return nil, err
	}
	if err := s.srv.store.Failed(); err != nil {
		return nil, err
	}
	if s.txn != nil && s.txn.readOnly {
		return nil, mysqlerr.New(mysqlerr.ReadOnlyTransaction)
	}
	if err := s.commit(ctx); err != nil {
		return nil, err
	}
	if over, err := s.passOver(); over || err != nil {
		return &Result{}, err
	}
	done, err := s.change(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	end, err := s.srv.accounts.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	d := s.srv.accounts.Draft(auth.Session{Rights: s.rights(), DB: s.db, Now: s.srv.clock.Now(), Defaults: s.srv.passwordDefaults(), Expired: s.expired, Exists: func(db, table string) (bool, error) {
		return s.hasTable(ctx, db, table)
	}, Columns: func(db, table string) ([]string, error) {
		return s.columnsOf(ctx, db, table)
	}})
	text, err := st.Run(d)
	if err != nil {
		s.spendGTID()
		return nil, err
	}
	if d.Changed() {
		if err := s.storeAccounts(ctx, d, text); err != nil {
			return nil, err
		}
	}
	if own := d.Own(); own.Renewed || own.Expired {
		s.expired = own.Expired
	}
	res := &Result{}
	for level, list := range map[string][]*mysqlerr.Error{"Note": d.Notes(), "Warning": d.Warnings()} { // never both
		for _, n := range list {
			res.Diagnostics = append(res.Diagnostics, Diagnostic{Level: level, Code: n.Code, Message: n.Message})
		}
	}
	res.Warnings = uint16(len(res.Diagnostics))
	return res, nil
}

// storeAccounts makes a draft durable, then known. Its commit is the commit
// point: a crash before it leaves the accounts as they were.
func (s *session) storeAccounts(ctx context.Context, d *auth.Draft, text string) error {
	t, err := s.begin(mode{isolation: repeatableRead}, false)
	if err != nil {
		return err
	}
	t.changed = true
	if err := writeAccounts(ctx, t.t, d, text); err != nil {
		s.drop(t.t)
		return err
	}
	if err := s.commitTxn(ctx, t); err != nil {
		return err
	}
	s.srv.accounts.PublishDraft(d)
	return nil
}

// hasTable reports whether there is a table or a view.
func (s *session) hasTable(ctx context.Context, db, table string) (bool, error) {
	t := s.srv.store.Begin(s.id, engine.TxnOptions{})
	defer s.drop(t)
	return s.srv.exec.HasTable(ctx, t, db, table)
}

// columnsOf are the columns of a table or a view, whoever asks.
func (s *session) columnsOf(ctx context.Context, db, table string) ([]string, error) {
	t := s.srv.store.Begin(s.id, engine.TxnOptions{})
	defer s.drop(t)
	e := s.env(&transaction{t: t}, &statement{})
	e.Rights = auth.Everything
	return s.srv.exec.ColumnsOf(ctx, e, db, table)
}

// setRole is SET ROLE.
func (s *session) setRole(c *lex.Cursor) (*Result, error) {
	choice, byDefault, err := auth.ReadChoice(c)
	if err == nil {
		err = c.End()
	}
	if err == nil {
		err = s.srv.accounts.Choose(s.account, choice.Named())
	}
	if err != nil {
		return nil, err
	}
	if byDefault {
		choice = s.srv.defaultRoles(s.account)
	}
	s.known.SetRoles(choice)
	return &Result{}, nil
}

// setDefaultRole is SET DEFAULT ROLE.
func (s *session) setDefaultRole(ctx context.Context, c *lex.Cursor) (*Result, error) {
	st, err := auth.Parse(c)
	if err == nil {
		err = c.End()
	}
	if err != nil {
		return nil, err
	}
	return s.changeAccounts(ctx, st)
}

// Variables about roles.
const (
	mandatoryRoles = "mandatory_roles"
	allRolesActive = "activate_all_roles_on_login"
)

// defaultRoles are those that are active when an account logs in.
func (srv *Server) defaultRoles(n auth.Name) auth.Choice {
	if (*srv.globals.Load())[allRolesActive] == "1" {
		return auth.ChooseAll()
	}
	acc, ok := srv.accounts.Get(n)
	if !ok {
		return auth.Choice{}
	}
	return auth.Choose(acc.DefaultRoles...)
}

// showGrants is SHOW GRANTS [FOR user [USING role, ...]]; without a user, of the
// session as it is.
func (s *session) showGrants(c *lex.Cursor) (*Result, error) {
	named := c.Accept("FOR")
	acc, err := s.namedAccount(c, named)
	if err != nil {
		return nil, err
	}
	using := s.rights().ActiveRoles()
	if named {
		using = nil
	}
	if c.Accept("USING") {
		if using, err = auth.RoleNames(c); err == nil {
			err = s.srv.accounts.Choose(acc.Name, using)
		}
		if err != nil {
			return nil, err
		}
	}
	res := &Result{Columns: textColumns("Grants for " + acc.User + "@" + acc.Host)}
	for _, line := range s.srv.accounts.ShowGrants(acc, using) {
		res.Rows = append(res.Rows, textRow(line))
	}
	return ended(c, res)
}

// showCreateUser is SHOW CREATE USER user.
func (s *session) showCreateUser(c *lex.Cursor) (*Result, error) {
	name, err := auth.ReadName(c, s.account)
	if err == nil {
		err = s.seesOthers(name)
	}
	if err != nil {
		return nil, err
	}
	acc, ok := s.srv.accounts.Get(name)
	if !ok {
		return nil, auth.Cannot("SHOW CREATE USER", []auth.Name{name}, auth.NotThere)
	}
	res := &Result{Columns: textColumns("CREATE USER for " + acc.User + "@" + acc.Host)}
	res.Rows = append(res.Rows, textRow(acc.ShowCreate(s.rights().OnTable(mysqlDB, "user")&auth.Select != 0)))
	return ended(c, res)
}

// namedAccount reads whom SHOW asks about: the session's own account unless
// there is a name.
func (s *session) namedAccount(c *lex.Cursor, named bool) (*auth.Account, error) {
	name := s.account
	if named {
		var err error
		if name, err = auth.ReadName(c, s.account); err != nil {
			return nil, err
		}
	}
	if err := s.seesOthers(name); err != nil {
		return nil, err
	}
	acc, ok := s.srv.accounts.Get(name)
	if !ok {
		return nil, mysqlerr.New(mysqlerr.NonexistingGrant, name.User, name.Host)
	}
	return acc, nil
}
