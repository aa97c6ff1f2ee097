package server

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/dump"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/wire"
)

// A conn is one connection: it reads commands and writes answers. Its
// goroutine owns everything but what mu guards.
type conn struct {
	srv *Server
	nc  net.Conn
	// mariaDB: the client takes the server for a MariaDB (Options.MariaDBListener).
	mariaDB bool
	wire    *wire.Conn // set by login, before ready
	sess    *session

	answer        answer // of the running statement
	prepared      map[uint32]*prepared
	preparedID    uint32
	preparedBytes int       // text and long parameters of prepared
	cursorBytes   int       // rows of open cursors
	began         time.Time // of the running statement
	quit          bool      // the connection ends as it should

	admitted auth.Name // whom admitOne has let in; guarded by Server.mu

	mu       sync.Mutex
	ready    bool // logged in
	stopping bool // end when the running command has its answer
	killed   bool // end without it
	command  string
	info     string
	db       string // of the session, for other goroutines
	since    time.Time
	running  bool
	// pipelined: the client has sent its next command with the running one.
	pipelined bool
	// attributes is what the client has said about its program.
	attributes []wire.Attribute
	txn        openTxn         // after the last statement
	lastTxn    uint64          // number of the last transaction then
	done       func()          // finished
	ctx        context.Context // of statements; one that was cancelled is replaced
	cancel     context.CancelFunc
}

// sleeping is the command of a connection between two commands.
const sleeping = "Sleep"

// login takes the connection through the handshake and makes its session.
func (c *conn) login() error {
	w, err := c.srv.wire.Login(c.nc, c.srv.versionFor(c.mariaDB), gate{c.srv, c})
	if err != nil {
		return err
	}
	c.wire = w
	c.sess = newSession(c.srv, w.ID())
	c.sess.mariaDB = c.mariaDB
	w.OnRest(c.sess.rest)
	c.sess.foundRows, c.sess.tracker.on = w.Has(mysql.CLIENT_FOUND_ROWS), w.Has(mysql.CLIENT_SESSION_TRACK)
	c.sess.tlsVersion, c.sess.cipher = w.TLS()
	c.sess.interactive = w.Has(mysql.CLIENT_INTERACTIVE)
	c.sess.reset()
	w.SetMaxPacket(c.sess.maxPacket())
	c.sess.loginCharset(w.Login().Collation)
	c.setIdentity()
	c.mu.Lock()
	c.ready, c.command, c.since = true, "Connect", c.srv.clock.Now()
	c.mu.Unlock()
	return nil
}

func (c *conn) id() uint32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ready {
		return 0
	}
	return c.wire.ID()
}

// close ends the session and the connection, even after a panic that left the
// session in pieces.
func (c *conn) close() {
	defer func() {
		if r := recover(); r != nil {
			c.srv.log.Error("a session could not be closed; the next start of the store undoes its transaction",
				"connection", c.id(), "panic", r)
		}
	}()
	_ = c.nc.Close() // it may be closed by either side
	if c.cancel != nil {
		c.cancel()
	}
	if c.sess != nil {
		c.sess.close()
	}
}

// loop serves commands until the client leaves. An error is why it left.
func (c *conn) loop() error {
	for {
		set := &c.sess.settings
		c.wire.SetTimeouts(set.idleTimeout, set.readTimeout, set.writeTimeout)
		payload, err := c.wire.ReadCommand(c.idle)
		if err != nil {
			return c.readFailed(err)
		}
		if payload[0] == mysql.COM_QUIT {
			c.quit = true
			return c.wire.Flush()
		}
		err = c.serveCommand(payload[0], payload[1:])
		if c.isKilled() {
			return cmp.Or(err, errKilled)
		}
		if err != nil {
			_ = c.wire.Flush() // the error matters more
			return err
		}
		if c.sess.quit {
			c.quit = true
			return c.wire.Flush()
		}
	}
}

// readFailed tells the client why its packet was not taken, and ends.
func (c *conn) readFailed(err error) error {
	var known *mysqlerr.Error
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded) && !c.isStopping():
		c.wire.Restart() // it answers no command
		known = mysqlerr.New(mysqlerr.ClientInteractionTimeout)
	case errors.Is(err, wire.ErrTooLarge):
		known = mysqlerr.New(mysqlerr.NetPacketTooLarge)
	case errors.Is(err, wire.ErrSequence):
		known = mysqlerr.New(mysqlerr.PacketsOutOfOrder)
	case !errors.As(err, &known):
		return err
	}
	if werr := c.wire.WriteError(known); werr != nil {
		return werr
	}
	return errors.Join(err, c.wire.Flush())
}

// errKilled is why a connection ends that somebody has killed.
var errKilled = errors.New("server: the connection was killed")

func (c *conn) isKilled() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.killed
}

func (c *conn) isStopping() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stopping
}

// idle notes that the connection waits, or stops waiting, for a command; false
// ends it.
func (c *conn) idle(waiting bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if waiting {
		c.command, c.info, c.since = sleeping, "", c.srv.clock.Now()
	}
	return !c.stopping
}

// interrupt ends the connection once it has answered what it runs. Safe from
// other goroutines.
func (c *conn) interrupt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopping = true
	if c.ready {
		c.wire.Interrupt()
		return
	}
	_ = c.nc.Close() // it is not logged in yet
}

// kill ends the running statement and the connection, even one whose client
// does not read its answer. The client hears nothing more: what it is told of a
// statement could be taken for the whole answer. Safe from other goroutines.
func (c *conn) kill() {
	c.mu.Lock()
	c.killed = true
	c.mu.Unlock()
	c.cancelStatement()
	c.interrupt()
	c.wire.LimitWrites()
}

// cancelStatement ends the running statement. Safe from other goroutines.
func (c *conn) cancelStatement() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running {
		c.cancel()
	}
}

// process is the connection's row of SHOW PROCESSLIST.
func (c *conn) process() (process, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ready {
		return process{}, false
	}
	p := process{
		id: c.wire.ID(), user: c.sess.user, account: c.sess.account, host: c.nc.RemoteAddr().String(), db: c.db,
		command: c.command, info: c.info, since: c.since, txn: c.sess.txnID.Load(),
		open: c.openTxnLocked(), attributes: c.attributes,
	}
	if c.running {
		p.state = stateNames[c.sess.state.Load()]
	}
	return p, true
}

// started begins a statement: its context ends with KILL, and with a Shutdown
// that waits no longer. done must be called when it is over. A context serves
// until it is cancelled: to make one for each statement would be most of a
// short one's allocations.
func (c *conn) started(command, info string) (ctx context.Context, done func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx == nil || c.ctx.Err() != nil {
		c.ctx, c.cancel = context.WithCancel(c.srv.ctx)
		c.done = c.finished
	}
	c.command, c.info, c.since, c.running = command, info, c.srv.clock.Now(), true
	c.pipelined = c.wire.Buffered()
	c.began = c.since
	return c.ctx, c.done
}

func (c *conn) finished() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running, c.db = false, c.sess.db
	c.noteTxn()
}

// serveCommand answers one command. Its error ends the connection.
func (c *conn) serveCommand(command byte, data []byte) error {
	c.srv.traffic.command(command)
	if c.sess.expired && !takenExpired(command) {
		return c.fail(mysqlerr.New(mysqlerr.MustChangePassword))
	}
	switch command {
	case mysql.COM_QUERY:
		return c.query(string(data))
	case mysql.COM_PING:
		return c.ok()
	case mysql.COM_INIT_DB:
		ctx, done := c.started("Init DB", "")
		defer done()
		return c.okOrError(c.sess.use(ctx, string(data)))
	case mysql.COM_FIELD_LIST:
		return c.fieldList(data)
	case mysql.COM_STATISTICS:
		return c.wire.WriteString(c.statistics())
	case mysql.COM_STMT_PREPARE:
		return c.prepare(string(data))
	case mysql.COM_STMT_EXECUTE:
		return c.executePrepared(data)
	case mysql.COM_STMT_SEND_LONG_DATA:
		return c.longData(data)
	case mysql.COM_STMT_FETCH:
		return c.fetch(data)
	case mysql.COM_STMT_RESET:
		return c.resetPrepared(data)
	case mysql.COM_STMT_CLOSE:
		return c.closePrepared(data)
	case mysql.COM_SET_OPTION:
		return c.setOption(data)
	case mysql.COM_RESET_CONNECTION:
		c.resetSession()
		return c.ok()
	case mysql.COM_PROCESS_KILL:
		return c.processKill(data)
	case mysql.COM_CHANGE_USER:
		return c.changeUser(data)
	case mysql.COM_REGISTER_SLAVE:
		return c.registerReplica(data)
	case mysql.COM_BINLOG_DUMP:
		return c.dumpBinlog(dump.ParsePlace, "Binlog Dump", data)
	case mysql.COM_BINLOG_DUMP_GTID:
		return c.dumpBinlog(dump.ParseGTIDs, "Binlog Dump GTID", data)
	case mysql.COM_REFRESH:
		return c.refresh(data)
	case mysql.COM_SHUTDOWN:
		return c.stopServer()
	case mysql.COM_DEBUG:
		return c.debug()
	}
	return c.fail(mysqlerr.New(mysqlerr.UnknownCommand))
}

// setIdentity takes over who has logged in, and where to.
func (c *conn) setIdentity() {
	l := c.wire.Login()
	c.mu.Lock()
	c.sess.user, c.sess.host, c.db, c.attributes = l.User, auth.HostOf(l.Peer), l.DB, l.Attributes
	c.sess.account, c.sess.known = c.wire.Account().Account().Name, auth.Known{}
	c.sess.known.SetRoles(c.srv.defaultRoles(c.sess.account))
	c.sess.expired = c.srv.expired(c.wire.Account().Account())
	c.mu.Unlock()
	c.sess.db = l.DB // admit has looked for it
}

// trimmed is a text without the semicolons behind it: nobody means empty
// statements by them.
func trimmed(sql string) string { return strings.TrimRight(sql, "; \t\r\n\v\f") }

// query answers COM_QUERY: one statement, or several if the client can take
// several answers. The first error ends the list.
func (c *conn) query(sql string) error {
	written := c.sess.settings.charset
	sql = trimmed(written.decode(sql))
	ctx, done := c.started("Query", sql)
	defer done()
	for {
		first, rest, err := c.sess.read(sql)
		if err != nil {
			return c.failText(sql, err)
		}
		if rest != "" && !c.wire.Has(mysql.CLIENT_MULTI_STATEMENTS) {
			return c.failText(sql, lex.Error(sql, len(sql)-len(rest)))
		}
		sql = first
		out := c.newAnswer((*wire.Conn).WriteTextRow)
		if rest != "" {
			out.more = mysql.SERVER_MORE_RESULTS_EXISTS
		}
		failed, err := c.serveStatement(ctx, statement{sql: sql, out: out})
		if failed != nil || err != nil {
			return err
		}
		if rest == "" {
			return nil
		}
		sql = rest
		if now := c.sess.settings.charset; now != written { // SET NAMES counts for what is behind it
			sql, written = now.decode(written.encode(rest)), now
		}
	}
}

// serveStatement runs a statement, answers it and counts it. failed is what the
// client was told, err an error of the connection.
func (c *conn) serveStatement(ctx context.Context, st statement) (failed, err error) {
	c.sess.lockWait, c.sess.rowsRead = 0, 0
	res, failed := c.sess.run(ctx, st)
	err = st.out.end(res, failed)
	now := c.srv.clock.Now()
	c.sess.ran(ran{
		statement: st, took: now.Sub(c.began), lockWait: c.sess.lockWait,
		rowsSent: st.out.rows, rowsRead: c.sess.rowsRead, err: failed,
	})
	c.began = now // of the next of several
	return failed, err
}

func (c *conn) ok() error {
	c.wire.Track(c.sess.tracker.take(c.sess))
	return c.wire.WriteOK(wire.OK{Status: c.sess.status()})
}

func (c *conn) okOrError(err error) error {
	if err != nil {
		return c.fail(err)
	}
	return c.ok()
}

// failText is fail for an error that may repeat a piece of a statement.
func (c *conn) failText(sql string, err error) error {
	return c.fail(hideSecrets(sql, c.sess.toClient(err)))
}

// fail answers with an error; the connection goes on.
func (c *conn) fail(err error) error {
	e := c.sess.toClient(err)
	c.srv.recorder.failed(e.Code)
	if set := c.sess.settings.charset.results; set.Recodes() {
		told := *e
		told.Message = string(set.Told([]byte(e.Message)))
		e = &told
	}
	return c.wire.WriteError(e)
}
