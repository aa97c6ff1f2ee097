// Package server is xadb's MySQL front end: it accepts connections, keeps
// their sessions, answers XA, transaction control, SET and SHOW itself, and
// hands every other statement to an Executor.
//
//	client -> wire.Conn -> conn (commands) -> session (router)
//	                                             |        \
//	                                           Store    Executor
//
// # What holds
//
//   - V1: a connection is one goroutine. A panic in it ends the connection,
//     not the server.
//   - V2: a statement that was acknowledged as committed is durable; one whose
//     outcome nobody knows says so.
//   - V3: a connection that ends rolls back its transaction and its branch
//     unless the branch is prepared.
//   - V4: Shutdown returns after every goroutine of the server has ended.
//   - V5: rows go to the client while the statement runs. What a connection
//     keeps is bounded: a packet, the rows of cursors, the text of statements.
//   - V6: KILL ends a statement that waits for a lock or reads, and a commit
//     that is not in a log yet; behind that the client gets the true outcome. A
//     client that is gone is as good as a KILL of its statement (watch).
//
// # Read views
//
// A read view is what is committed at one moment, under a name:
//
//	CREATE READ VIEW n               what is committed now
//	SHOW READ VIEWS                  name, age in seconds, index of its last commit, identity, readers
//	DROP READ VIEW n                 who reads from it goes on
//	SET xadb_read_view = 'n'         transactions that begin from now on read from it, with their
//	                                 own writes; '' ends that; not inside of a transaction
//	SELECT /*+ READVIEW(n) */ ...    this statement alone, without the transaction's writes
//
// An identity may stand for the name in the last two. Views need REPEATABLE
// READ. They end after an hour (51002) and with the server's life (C18): the
// identity of a view of an earlier life is 51003, a name that means nothing
// 51001.
//
// # Accounts
//
// What a statement needs is asked in three places, each of which fails closed
// (package auth): by the router, whose routes and SHOWs say what they need; by the
// executors, of a statement's tables, when it is prepared and when it is run; and by
// package sql again, of each table that the library opens. Statements about accounts commit what is open, as DDL does,
// and are refused inside of a branch. A dropped account's open sessions can do
// nothing more.
//
// # Looking inside
//
//	SHOW ENGINE XADB STATUS     transactions, locks, the last deadlock, logs, commit groups, as text
//	SHOW XA TRANSACTIONS        XADB_XA_TRANSACTIONS   branches: name, state, age, tables, keys
//	SHOW LOCKS                  XADB_LOCKS             who has what
//	SHOW LOCK WAITS             XADB_LOCK_WAITS        who waits for whom
//	SHOW WAL SEGMENTS           XADB_WAL_SEGMENTS      files of the redo log
//	SHOW GROUP COMMIT           XADB_GROUP_COMMIT      groups by stage
//	SHOW READ VIEWS             XADB_READ_VIEWS        name, age, readers
//	SHOW STATUS                 counters; those of the server, whether GLOBAL or SESSION is asked for
//
// The names on the right are tables of information_schema, which also has
// PROCESSLIST and INNODB_TRX; performance_schema has data_locks,
// data_lock_waits, session_connect_attrs, and variables and status as tables.
//
// Statements that take long_query_time seconds go to Options.SlowLog, without
// the values in their text. Package status shows the same over HTTP.
//
// Lock order: Server.mu before conn.mu. Neither is held during I/O.
package server

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/dump"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/wire"
)

// Version is the MySQL version that clients are told, before "-xadb-" and
// Options.Version.
const Version = "8.0.36"

// MariaDBVersion is the version that clients of Options.MariaDBListener are told,
// before "-MariaDB-xadb-" and Options.Version.
const MariaDBVersion = "10.11.6"

// Options configure a Server. Store and Executor are required.
type Options struct {
	Store    Store
	Executor Executor
	Listen   string // host:port; default 127.0.0.1:3366; others need TLS and a password of each account
	// Listener, if there is one, listens on Listen already: see Listen. It is
	// the server's from now on.
	Listener net.Listener
	// MariaDBListener, if there is one, is for MariaDB's replicas and programs:
	// its clients meet a server that says it is a MariaDB, and that sends them
	// the binary log as one. It is the server's from now on.
	MariaDBListener net.Listener
	// InProcess: nobody listens, and clients come by Connect alone.
	InProcess bool
	Version   string       // xadb's own version; default "dev"
	DataDir   string       // shown as @@datadir
	Logger    *slog.Logger // default: discarded
	SlowLog   *slog.Logger // statements that take long_query_time; default: discarded
	Clock     clock.Clock  // default: clock.Real
	// MaxConnections is the number of clients served at a time, and one more for
	// an administrator; default 1000.
	MaxConnections int
	// TLS is what clients are offered; nil: none.
	TLS *tls.Config
	// RequireSecure refuses clients on other machines that come without TLS.
	RequireSecure bool
	// Wire are the limits of one connection; its TLS is the one above.
	Wire wire.Options
	// RootPassword is given to root@localhost if that has none.
	RootPassword string
	// OnShutdown is called, perhaps more than once, when a client that may asks the
	// server to end. It returns at once. Nil: clients are refused.
	OnShutdown func()
	// ReloadTLS reads the certificate of TLS anew, for connections to come; an error
	// leaves it as it was. Nil: clients are refused.
	ReloadTLS func() error
	// Variables sets global system variables at the start, by name.
	Variables map[string]string
}

// ListenDefault is where a server listens unless told otherwise.
const ListenDefault = "127.0.0.1:3366"

// A Server serves MySQL clients. Make one with New.
type Server struct {
	store  Store
	exec   Executor
	log    *slog.Logger
	clock  clock.Clock
	wire   *wire.Server
	opts   Options
	damper auth.Damper

	accounts *auth.Accounts

	version string
	started time.Time

	globals   atomic.Pointer[values]
	fixedVars map[string]string
	listener  net.Listener
	maria     net.Listener // of Options.MariaDBListener; may be nil

	ctx  context.Context // ends running statements
	stop context.CancelFunc
	open context.Context // ends logins that wait
	shut context.CancelFunc
	wg   sync.WaitGroup

	mu      sync.Mutex
	closing bool
	conns   map[*conn]struct{}

	replicas followers
	semiSync dump.SemiSync
	gtids    owners

	// tablesLocked is how many sessions have locked tables: reads without a
	// transaction would not wait for them.
	tablesLocked atomic.Int32
	readLock     readLock

	traffic  traffic
	recorder *recorder
	slow     slowLog
}

// New listens, but accepts nobody before Serve.
func New(o Options) (*Server, error) {
	o = o.withDefaults()
	srv := &Server{
		store: o.Store, exec: o.Executor, log: o.Logger, clock: o.Clock, opts: o, listener: o.Listener, maria: o.MariaDBListener,
		version: Version + "-xadb-" + o.Version, started: o.Clock.Now(), conns: map[*conn]struct{}{},
		recorder: newRecorder(), slow: slowLog{out: o.SlowLog},
	}
	srv.readLock.statements.clock, srv.readLock.commits.clock = srv.clock, srv.clock
	o.Wire.TLS = o.TLS
	srv.wire = wire.NewServer(o.Wire)
	if err := srv.init(); err != nil {
		srv.closeListener()
		return nil, err
	}
	srv.fixedVars = srv.makeFixedVars()
	srv.semiSync = dump.SemiSync{Clock: o.Clock, Changed: func(waiting bool, reason string) {
		srv.log.Warn("semi-synchronous replication", "commits_wait", waiting, "reason", reason)
	}}
	srv.configureSemiSync()
	srv.ctx, srv.stop = context.WithCancel(context.Background())
	srv.open, srv.shut = context.WithCancel(srv.ctx)
	return srv, nil
}

// init is what may fail in New.
func (srv *Server) init() error {
	if err := srv.initVariables(srv.opts.Variables); err != nil {
		return err
	}
	if err := srv.openAccounts(context.Background()); err != nil {
		return err
	}
	if srv.opts.InProcess {
		return nil
	}
	if err := srv.checkListener(srv.opts.Listen); err != nil {
		return err
	}
	if srv.maria != nil {
		if err := srv.checkListener(srv.maria.Addr().String()); err != nil {
			return err
		}
	}
	if srv.listener != nil {
		return nil
	}
	var err error
	srv.listener, err = Listen(srv.opts.Listen)
	return err
}

func (o Options) withDefaults() Options {
	if o.Listen == "" {
		o.Listen = ListenDefault
	}
	if o.Version == "" {
		o.Version = "dev"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = clock.Real
	}
	if o.MaxConnections == 0 {
		o.MaxConnections = 1000
	}
	if o.Wire.MaxPacket == 0 {
		o.Wire.MaxPacket = wire.PacketMax
	}
	if o.Wire.LoginTimeout == 0 {
		o.Wire.LoginTimeout = wire.LoginTimeout
	}
	return o
}

func (srv *Server) initVariables(set map[string]string) error {
	srv.globals.Store(&values{})
	for name, value := range set {
		if err := srv.initVariable(name, value); err != nil {
			return fmt.Errorf("server: system variable %s: %w", name, err)
		}
	}
	return nil
}

// initVariable is SET GLOBAL before there are sessions.
func (srv *Server) initVariable(name, value string) error {
	v, err := lookupVar(name)
	if err == nil {
		err = assignContext{global: true}.check(v)
	}
	if err != nil {
		return err
	}
	typed := binlog.Value([]byte(value))
	if n, err := strconv.ParseInt(value, 10, 64); err == nil && v.typ == intVar {
		typed = n
	}
	stored, err := v.normalize(typed)
	if err != nil {
		return err
	}
	if v.name == "gtid_purged" || v.constant && !sameValue(stored, v.def) {
		return mysqlerr.New(mysqlerr.IncorrectGlobalLocal, v.name, "read only")
	}
	if err := srv.setBinlogVariable(v.name, stored); err != nil {
		return err
	}
	if err := srv.setMandatoryRoles(v.name, stored); err != nil {
		return err
	}
	srv.setGlobal(v.name, stored)
	return srv.setTracking(v, stored)
}

// setMandatoryRoles takes over the variable of that name; others are not its own.
func (srv *Server) setMandatoryRoles(name, value string) error {
	if name != mandatoryRoles {
		return nil
	}
	return srv.accounts.SetMandatory(value)
}

// makeFixedVars are the variables that follow from how the server runs.
func (srv *Server) makeFixedVars() map[string]string {
	logBin, gtids := "0", "OFF"
	if bl := srv.store.Binlog(); bl != nil {
		logBin = "1"
		if !bl.Anonymous() {
			gtids = "ON"
		}
	}
	host, port := "", "0"
	if !srv.opts.InProcess {
		host, port, _ = net.SplitHostPort(srv.Addr().String()) // the listener's own
	}
	zone, _ := srv.started.In(time.Local).Zone()
	return map[string]string{
		"server_id": strconv.FormatUint(uint64(srv.store.ServerID()), 10), "server_uuid": srv.store.UUID().String(),
		"system_time_zone": zone, "version_compile_os": runtime.GOOS, "version_compile_machine": runtime.GOARCH,
		"port": port, "bind_address": host, "hostname": "localhost", "skip_networking": flag(srv.opts.InProcess),
		"datadir": srv.opts.DataDir, "log_bin": logBin, "gtid_mode": gtids, "enforce_gtid_consistency": gtids,
		"max_connections":          strconv.Itoa(srv.opts.MaxConnections),
		"require_secure_transport": flag(srv.opts.RequireSecure),
		"connect_timeout":          strconv.Itoa(int(srv.opts.Wire.LoginTimeout / time.Second)),
		"have_ssl":                 enabled(srv.opts.TLS != nil), "have_openssl": enabled(srv.opts.TLS != nil),
		"max_allowed_packet":      strconv.Itoa(srv.opts.Wire.MaxPacket),
		slowQueryLog:              flag(srv.slow.out != nil),
		"max_prepared_stmt_count": strconv.Itoa(preparedMax),
	}
}

func flag(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

func enabled(on bool) string {
	if on {
		return "YES"
	}
	return "DISABLED"
}

// versionFor is the server's version as a client is told it.
func (srv *Server) versionFor(mariaDB bool) string {
	if mariaDB {
		return MariaDBVersion + "-MariaDB-xadb-" + srv.opts.Version
	}
	return srv.version
}

// setGlobal replaces one global value. Sessions that run keep theirs.
func (srv *Server) setGlobal(name, value string) {
	for {
		old := srv.globals.Load()
		next := maps.Clone(*old)
		next[name] = value
		if srv.globals.CompareAndSwap(old, &next) {
			break
		}
	}
	if strings.HasPrefix(name, "rpl_semi_sync_") {
		srv.configureSemiSync()
	}
}

// configureSemiSync takes over the variables.
func (srv *Server) configureSemiSync() {
	if srv.store.Binlog() == nil {
		return
	}
	get := func(name string) int {
		v := sysVars["rpl_semi_sync_source_"+name]
		text := v.def
		if g, ok := (*srv.globals.Load())[v.name]; ok {
			text = g
		}
		n, _ := strconv.Atoi(text) // it is a number: normalize has seen to that
		return n
	}
	on := get("enabled") == 1
	srv.semiSync.Configure(on, time.Duration(get("timeout"))*time.Millisecond, get("wait_for_replica_count"))
	if on {
		srv.store.AfterSync(srv.semiSync.Wait)
	} else {
		srv.store.AfterSync(nil)
	}
}

// serve is a connection's goroutine. Most of them wait for a command, and what
// lies below them on the stack then should be little: see wire's rest.
func (srv *Server) serve(c *conn) {
	defer srv.wg.Done()
	defer srv.end(c)
	if srv.loggedIn(c) {
		srv.left(c, c.loop())
	}
}

// end is deferred by a connection's goroutine.
func (srv *Server) end(c *conn) {
	if r := recover(); r != nil {
		srv.log.Error("connection ended by a panic", "connection", c.id(), "panic", r, "stack", string(debug.Stack()))
	}
	c.close()
	srv.mu.Lock()
	delete(srv.conns, c)
	srv.mu.Unlock()
	srv.replicas.forget(c)
}

func (srv *Server) loggedIn(c *conn) bool {
	err := c.login()
	if err != nil {
		srv.traffic.failedLogins.Add(1)
		srv.log.Debug("login failed", "error", err)
	}
	return err == nil
}

// left notes why a connection has ended.
func (srv *Server) left(c *conn, err error) {
	if !c.quit && !c.isStopping() {
		srv.traffic.vanished.Add(1)
	}
	if err != nil {
		srv.log.Debug("connection ended", "connection", c.id(), "error", err)
	}
}

// Shutdown stops accepting, lets running statements finish, rolls back what
// is open and closes every connection. When ctx ends first it cancels the
// statements and closes the connections under them; it still waits for their
// goroutines, and returns ctx's error.
func (srv *Server) Shutdown(ctx context.Context) error {
	srv.closeListener()
	srv.shut()
	srv.semiSync.Configure(false, 0, 0) // what waits for replicas is committed
	srv.mu.Lock()
	srv.closing = true
	for c := range srv.conns {
		c.interrupt()
	}
	srv.mu.Unlock()

	done := make(chan struct{})
	go func() {
		srv.wg.Wait()
		close(done)
	}()
	var err error
	select {
	case <-done:
	case <-ctx.Done():
		err = ctx.Err()
		srv.stop()
		srv.mu.Lock()
		for c := range srv.conns {
			_ = c.nc.Close()
		}
		srv.mu.Unlock()
		<-done
	}
	srv.stop()
	return err
}
