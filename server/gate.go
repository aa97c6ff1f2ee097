package server

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"strconv"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/wire"
)

// openAccounts reads who may log in, and makes root in a new store.
func (srv *Server) openAccounts(ctx context.Context) error {
	srv.accounts = auth.New(rand.Reader)
	t := srv.store.Begin(0, engine.TxnOptions{})
	made, err := srv.accounts.Init(ctx, over(t))
	switch {
	case err == nil && made:
		err = srv.store.Commit(ctx, t)
		if err != nil {
			_ = srv.store.Rollback(t) // the first error matters
		}
	default:
		_ = srv.store.Rollback(t) // it has changed nothing
	}
	if err != nil {
		return fmt.Errorf("server: make the first account: %w", err)
	}
	if err := srv.loadAccounts(); err != nil {
		return fmt.Errorf("server: read the accounts: %w", err)
	}
	return srv.firstPassword(ctx)
}

func (srv *Server) loadAccounts() error {
	t := srv.store.Begin(0, engine.TxnOptions{})
	defer func() { _ = srv.store.Rollback(t) }() // it has only read
	return srv.accounts.Load(over(t))
}

// A gate is how the server decides about the logins of a connection.
type gate struct {
	srv *Server
	c   *conn
}

// Begin implements wire.Gate. An attempt after failures waits; one that would
// wait for too long is refused.
func (g gate) Begin(l wire.Login) (*auth.Login, *mysqlerr.Error) {
	host := auth.HostOf(l.Peer)
	if g.srv.opts.RequireSecure && !l.Secure && host != auth.Localhost {
		return nil, mysqlerr.New(mysqlerr.SecureTransportRequired)
	}
	wait, ok := g.srv.damper.Wait(host, l.User, g.srv.clock.Now())
	if !ok {
		return nil, mysqlerr.New(mysqlerr.HostIsBlocked, host)
	}
	if wait > 0 && !g.srv.pause(g.srv.open, wait) {
		return nil, mysqlerr.New(mysqlerr.ServerShutdown)
	}
	return g.srv.accounts.Login(l.User, host), nil
}

// End implements wire.Gate.
func (g gate) End(l wire.Login, a *auth.Login, right bool) *mysqlerr.Error {
	host := auth.HostOf(l.Peer)
	acc, now := a.Account(), g.srv.clock.Now()
	g.srv.damper.Done(host, l.User, right, now)
	if acc != nil {
		if refused := acc.Tried(right, host, now); refused != nil {
			return refused
		}
	}
	if !right || acc.RequireTLS && !l.Secure {
		using := "NO"
		if l.HasPassword {
			using = "YES"
		}
		return mysqlerr.New(mysqlerr.AccessDenied, l.User, host, using)
	}
	if acc.Locked {
		return mysqlerr.New(mysqlerr.AccountLocked, l.User, host)
	}
	if l.Capabilities&mysql.CLIENT_CAN_HANDLE_EXPIRED_PASSWORDS == 0 && g.srv.expired(acc) {
		return mysqlerr.New(mysqlerr.MustChangePasswordLogin)
	}
	return g.admit(acc, l.DB)
}

// admit lets an account in, into a database that exists and that it may use.
func (g gate) admit(a *auth.Account, db string) *mysqlerr.Error {
	if e := g.srv.admitOne(g.c, a); e != nil {
		return e
	}
	if db == "" {
		return nil
	}
	s := newSession(g.srv, 0)
	s.account, s.user = a.Name, a.User
	s.known.SetRoles(g.srv.defaultRoles(a.Name))
	if err := s.use(g.srv.ctx, db); err != nil {
		return s.toClient(err)
	}
	return nil
}

// admitOne keeps an account within its number of connections, and the last
// connection of the server for those who can mend it. Whom it lets in counts from
// then on until the connection has gone: there is nobody between two who log in at
// once.
func (srv *Server) admitOne(c *conn, a *auth.Account) *mysqlerr.Error {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	if len(srv.conns) > srv.maxConnections() && a.Grants.Global&(auth.ConnectionAdmin|auth.Super) == 0 {
		srv.traffic.refused.Add(1)
		return mysqlerr.New(mysqlerr.ConCount)
	}
	if a.MaxConnections > 0 && srv.othersLocked(c, a.Name) >= a.MaxConnections {
		return mysqlerr.New(mysqlerr.UserLimitReached, a.User, "max_user_connections", a.MaxConnections)
	}
	if limit := srv.maxUserConnections(); a.MaxConnections == 0 && limit > 0 && srv.othersLocked(c, a.Name) >= limit {
		return mysqlerr.New(mysqlerr.TooManyUserConnections, a.User)
	}
	if e := a.LogIn(srv.clock.Now()); e != nil {
		return e
	}
	c.admitted = a.Name
	return nil
}

// othersLocked is how many connections an account has besides c.
func (srv *Server) othersLocked(c *conn, name auth.Name) (n int) {
	for other := range srv.conns {
		if other != c && other.admitted == name {
			n++
		}
	}
	return n
}

// maxUserConnections is the global variable; 0: no limit.
func (srv *Server) maxUserConnections() int { return srv.globalNumber("max_user_connections", 0) }

func (srv *Server) maxConnections() int {
	return srv.globalNumber("max_connections", srv.opts.MaxConnections)
}

// globalNumber is a global variable, if it has been set.
func (srv *Server) globalNumber(name string, otherwise int) int {
	n, err := strconv.Atoi((*srv.globals.Load())[name])
	if err != nil {
		return otherwise
	}
	return n
}

// checkListener refuses to let other machines in without TLS, or while an
// account can be used without a password.
func (srv *Server) checkListener(listen string) error {
	if isLoopback(listen) {
		return nil
	}
	var what string
	name, open := srv.accounts.Unprotected()
	switch {
	case srv.opts.TLS == nil:
		what = "connections have no TLS: give --tls-cert and --tls-key, or leave --tls on"
	case open:
		what = fmt.Sprintf("%s has no password: start with --init-root-password-file FILE, or listen on %s first and give it "+
			"one (ALTER USER ... IDENTIFIED BY ...), lock it (ACCOUNT LOCK) or drop it", name, ListenDefault)
	default:
		return nil
	}
	return fmt.Errorf("server: refusing to listen on %s, where other machines can connect: %s", listen, what)
}

func isLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	ip := net.ParseIP(host)
	return err == nil && (host == auth.Localhost || ip != nil && ip.IsLoopback())
}
