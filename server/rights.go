package server

import (
	"context"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/mysqlerr"
)

// rights are what the session may do as of now (A3). For an account that is
// gone they are none.
func (s *session) rights() auth.Rights { return s.srv.accounts.Rights(s.account, s.host, &s.known) }

// Who may run the statements of a route. A route without needs is for those who
// may do everything.
var (
	anyone       = auth.NeedsOf()
	monitors     = oneOf(auth.Process)
	replicas     = oneOf(auth.Super | auth.ReplicationClient)
	operators    = oneOf(auth.Super)
	reloaders    = oneOf(auth.Reload)
	binlogAdmins = oneOf(auth.Super | auth.BinlogAdmin)
	connAdmins   = oneOf(auth.Super | auth.ConnectionAdmin)
	copiers      = oneOf(auth.Super | auth.BackupAdmin)
	recoverers   = oneOf(auth.XARecoverAdmin)
	repliers     = oneOf(auth.Super | auth.BinlogAdmin | auth.ReplicationApplier)
)

func oneOf(p auth.Privilege) auth.Needs { return auth.NeedsOf(auth.Need{Any: p}) }

// seesOthers refuses what tells about an account that is not the session's own.
func (s *session) seesOthers(n auth.Name) error {
	if r := s.rights(); n != s.account && r.OnTable(mysqlDB, "user")&auth.Select == 0 {
		return mysqlerr.New(mysqlerr.DBAccessDenied, s.account.User, s.account.Host, mysqlDB)
	}
	return nil
}

// mysqlDB is the database of MySQL's own tables.
const mysqlDB = "mysql"

// on asks for privileges on one table.
func (s *session) on(db, table string, p auth.Privilege) error {
	n := auth.NeedsOf(auth.Need{Level: auth.AtTable, DB: db, Table: table, All: p, Seen: true})
	return n.Check(s.rights(), s.db)
}

// kill is KILL and COM_PROCESS_KILL: of the account's own connections, or by an
// administrator; of one with SUPER, by another with SUPER.
func (s *session) kill(id uint32, queryOnly bool) error {
	if id == s.id { // it hears of it, as any statement that is killed
		s.quit = !queryOnly
		return mysqlerr.New(mysqlerr.QueryInterrupted)
	}
	owner, ok := s.srv.ownerOf(id)
	if !ok {
		return mysqlerr.New(mysqlerr.NoSuchThread, id)
	}
	if owner != s.account {
		r := s.rights()
		if !r.HasAny(auth.ConnectionAdmin | auth.Super) {
			return mysqlerr.New(mysqlerr.KillDenied, id)
		}
		if acc, ok := s.srv.accounts.Get(owner); ok && s.srv.accounts.Powerful(acc) {
			if err := r.Require(auth.Super); err != nil {
				return err
			}
		}
	}
	if !s.srv.kill(id, queryOnly) {
		return mysqlerr.New(mysqlerr.NoSuchThread, id)
	}
	return nil
}

// ownerOf is the account of a connection.
func (srv *Server) ownerOf(id uint32) (auth.Name, bool) {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	for c := range srv.conns {
		if p, ok := c.process(); ok && p.id == id {
			return p.account, true
		}
	}
	return auth.Name{}, false
}

// mayPrepare refuses a statement that its session could not run; one of the
// executor's is asked when it is described.
func (s *session) mayPrepare(ctx context.Context, stmt Stmt) error {
	if stmt == nil {
		return nil
	}
	_, err := s.describeStmt(ctx, stmt)
	if isDenied(err) {
		return err
	}
	return nil // what else is wrong its execution says
}

// isDenied: the session lacks a privilege.
func isDenied(err error) bool {
	for _, code := range []uint16{
		mysqlerr.DBAccessDenied, mysqlerr.AccessDenied, mysqlerr.TableAccessDenied, mysqlerr.ColumnAccessDenied, mysqlerr.SpecificAccessDenied,
		mysqlerr.XAerRMErr, mysqlerr.KillDenied,
	} {
		if mysqlerr.Is(err, code) {
			return true
		}
	}
	return false
}
