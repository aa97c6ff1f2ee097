package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/dump"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/wire"
)

// followers are those that follow the binary log, or have said that they will.
type followers struct {
	mu         sync.Mutex
	registered map[*conn]replica
	followers  map[*conn]replica
}

// A replica is what is known of a follower. One without a server id is no server:
// mariadb-binlog, say.
type replica struct {
	dump.Registration
	uuid string
}

// same reports whether two connections are of one replica: MySQL's name
// themselves by UUID, others by their id.
func (r replica) same(o replica) bool {
	if r.uuid != "" || o.uuid != "" {
		return r.uuid == o.uuid
	}
	return r.ServerID != 0 && r.ServerID == o.ServerID
}

func (rs *followers) register(c *conn, r replica) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if rs.registered == nil {
		rs.registered = map[*conn]replica{}
	}
	rs.registered[c] = r
}

// follow notes a follower and returns the connections that it had before: a
// replica comes back before its old connection is known to be dead.
func (rs *followers) follow(c *conn, r replica) (before []*conn) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if rs.followers == nil {
		rs.followers = map[*conn]replica{}
	}
	for other, o := range rs.followers {
		if other != c && r.same(o) {
			before = append(before, other)
		}
	}
	rs.followers[c] = r
	return before
}

func (rs *followers) unfollow(c *conn) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	delete(rs.followers, c)
}

// forget is for a connection that ends.
func (rs *followers) forget(c *conn) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	delete(rs.registered, c)
	delete(rs.followers, c)
}

// list is the registered replicas, by server id.
func (rs *followers) list() (all []replica) {
	rs.mu.Lock()
	for _, r := range rs.registered {
		all = append(all, r)
	}
	rs.mu.Unlock()
	slices.SortFunc(all, func(a, b replica) int { return cmp.Compare(a.ServerID, b.ServerID) })
	return all
}

// registerReplica is COM_REGISTER_SLAVE.
func (c *conn) registerReplica(data []byte) error {
	if err := c.sess.rights().Require(auth.ReplicationSlave); err != nil {
		return c.fail(err)
	}
	r, err := dump.ParseRegistration(data)
	if err != nil {
		return c.fail(mysqlerr.Wrap(err, mysqlerr.MalformedPacket))
	}
	c.srv.replicas.register(c, replica{r, c.sess.userText("replica_uuid", "slave_uuid")})
	return c.ok()
}

// listReplicas is SHOW REPLICAS, and with old the older SHOW SLAVE HOSTS.
func listReplicas(old bool) func(*session, *lex.Cursor, showOptions) (*Result, error) {
	names := []string{"Server_Id", "Host", "Port", "Source_Id", "Replica_UUID"}
	if old {
		names = []string{"Server_id", "Host", "Port", "Master_id", "Slave_UUID"}
	}
	return func(s *session, c *lex.Cursor, _ showOptions) (*Result, error) {
		res := &Result{Columns: textColumns(names...)}
		for _, i := range []int{0, 2, 3} {
			res.Columns[i] = intColumn(names[i])
		}
		for _, r := range s.srv.replicas.list() {
			source := cmp.Or(r.SourceID, s.srv.store.ServerID())
			res.Rows = append(res.Rows, []binlog.Value{
				int64(r.ServerID), []byte(r.Host), int64(r.Port), int64(source), []byte(r.uuid),
			})
		}
		return ended(c, res)
	}
}

// userText is the text of the first of some user variables that is set.
func (s *session) userText(names ...string) string {
	for _, name := range names {
		if v, ok := s.userVars[name]; ok && v != nil {
			return valueText(v)
		}
	}
	return ""
}

// dumpBinlog is COM_BINLOG_DUMP and COM_BINLOG_DUMP_GTID: it sends the binary log
// until the client has gone. Without NonBlock the connection ends with it.
func (c *conn) dumpBinlog(parse func([]byte) (dump.Request, error), command string, data []byte) error {
	if err := c.sess.rights().Require(auth.ReplicationSlave); err != nil {
		return c.fail(err)
	}
	r, err := parse(data)
	if err != nil {
		return c.fail(mysqlerr.Wrap(err, mysqlerr.MalformedPacket))
	}
	log := c.srv.store.Binlog()
	if log == nil {
		return c.fail(mysqlerr.New(mysqlerr.MasterFatalReadingBinlog, "Binary log is not open"))
	}
	ctx, done := c.started(command, "")
	defer done()
	who := replica{dump.Registration{ServerID: r.ServerID}, c.sess.userText("replica_uuid", "slave_uuid")}
	for _, old := range c.srv.replicas.follow(c, who) {
		c.srv.log.Info("a replica has come back: its older connection ends", "server_id", r.ServerID, "connection", old.id())
		old.kill()
	}
	defer c.srv.replicas.unfollow(c)
	var acks *dump.Follower
	if c.readsHeads() && !c.wire.Compressed() && !r.NonBlock {
		acks = c.srv.semiSync.Join()
		defer acks.Leave()
	}
	if !r.NonBlock {
		c.sess.quit = true
		watched, stop, err := c.watchFollower(ctx, acks)
		if err != nil {
			return err
		}
		defer stop()
		ctx = watched
	}
	s, err := c.sender(log, acks)
	if err == nil && c.mariaDB {
		err = c.askMariaDB(s, &r)
	}
	if err != nil {
		return c.fail(err)
	}
	return c.endDump(ctx, s.Send(ctx, r))
}

// endDump tells the client how a dump has ended.
func (c *conn) endDump(ctx context.Context, err error) error {
	var refused *dump.Refusal
	switch {
	case err == nil:
		return c.wire.WriteOldEOF(c.sess.status(), 0)
	case errors.As(err, &refused):
		c.srv.log.Warn("a replica cannot be served", "connection", c.id(), "reason", refused.Reason)
		return c.fail(mysqlerr.New(mysqlerr.MasterFatalReadingBinlog, refused.Reason))
	case ctx.Err() != nil:
		return nil // the client has gone, or the connection was killed
	}
	return c.fail(err)
}

// sender makes what the client has asked for in its user variables.
func (c *conn) sender(log *binlog.Log, acks *dump.Follower) (*dump.Sender, error) {
	heads := c.readsHeads()
	out := eventWriter{c: c.wire, heads: heads, asks: func() bool { return acks != nil && c.srv.semiSync.Enabled() }}
	s := &dump.Sender{
		Log: log, ServerID: c.srv.store.ServerID(), UUID: c.srv.store.UUID(), Clock: c.srv.clock, Out: out, Acks: heads,
		JSONText: c.sess.userText("mariadb_slave_capability") != "",
	}
	s.Payloads = !s.JSONText && !c.mariaDB && readsPayloads(c.attributes)
	switch sum := c.sess.userText("source_binlog_checksum", "master_binlog_checksum"); sum {
	case "CRC32":
		s.Checksum = true
	case "NONE":
	default:
		return nil, mysqlerr.New(mysqlerr.MasterFatalReadingBinlog,
			"Replica can not handle replication events with the checksum that source is configured to log: it has not set @source_binlog_checksum")
	}
	if period := c.sess.userText("source_heartbeat_period", "master_heartbeat_period"); period != "" {
		ns, err := strconv.ParseFloat(period, 64)
		if err != nil || ns < 0 || ns > float64(1<<62) {
			return nil, mysqlerr.New(mysqlerr.WrongValueForVar, "source_heartbeat_period", period)
		}
		s.Heartbeat = time.Duration(ns)
	}
	return s, nil
}

// readsPayloads reports whether a client is known to know compressed transactions:
// it is a MySQL of 8.0.20 or later, which has said so when it logged in. A MariaDB
// has the same name, and versions from 10 on.
func readsPayloads(attributes []wire.Attribute) bool {
	mysql, recent := false, false
	for _, a := range attributes {
		switch a.Name {
		case "_client_name":
			mysql = a.Value == "libmysql"
		case "_client_version":
			recent = versionAtLeast(a.Value, 8, 0, 20) && !versionAtLeast(a.Value, 10)
		}
	}
	return mysql && recent
}

// versionAtLeast compares a version such as 8.0.40-debug, number by number.
func versionAtLeast(version string, least ...int) bool {
	parts := strings.Split(version, ".")
	for i, want := range least {
		if i >= len(parts) {
			return false
		}
		digits, _, _ := strings.Cut(parts[i], "-")
		n, err := strconv.Atoi(digits)
		if err != nil || n != want {
			return err == nil && n > want
		}
	}
	return true
}

// askMariaDB makes the request of a replica that takes the server for a MariaDB:
// it says which groups it has by a variable, and its command is that by place.
func (c *conn) askMariaDB(s *dump.Sender, r *dump.Request) error {
	s.MariaDB, s.JSONText = c.srv.versionFor(true), false
	if c.sess.userText("slave_until_gtid") != "" {
		return mysqlerr.New(mysqlerr.NotSupportedYet, "START SLAVE UNTIL master_gtid_pos")
	}
	state, ok := c.sess.userVars["slave_connect_state"]
	if !ok {
		return nil // by place
	}
	last, err := dump.ParseMariaDBState(valueText(state))
	if err != nil {
		return mysqlerr.Wrap(err, mysqlerr.MasterFatalReadingBinlog, err.Error())
	}
	logged := s.Log.LoggedGTIDs()
	if last > logged.Newest() {
		return mysqlerr.New(mysqlerr.MasterFatalReadingBinlog, fmt.Sprintf("the replica has the groups up to number %d, "+
			"the source only those up to %d; the source may have been restored from a backup, or its log reset", last, logged.Newest()))
	}
	has := logged.UpTo(last)
	r.GTIDs = &has
	return nil
}

// readsHeads reports whether the client says what it has got, once it is asked:
// then it takes the question for granted in front of each event, be semi-synchronous
// replication on or not. Over a compressed connection, whose frames are numbered for
// both sides, it is never asked.
func (c *conn) readsHeads() bool {
	return c.sess.userText("rpl_semi_sync_replica", "rpl_semi_sync_slave") == "1"
}

// watchFollower lets ctx end when the client says that it goes, or does go, and
// takes its acknowledgements, if it gives any.
func (c *conn) watchFollower(ctx context.Context, acks *dump.Follower) (context.Context, func(), error) {
	aside, err := c.wire.Aside()
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		defer cancel()
		for {
			packet, err := aside.Read()
			if err != nil || len(packet) > 0 && packet[0] == mysql.COM_QUIT {
				return
			}
			if file, offset, ok := dump.ParseAck(packet); ok && acks != nil {
				if number, ok := c.srv.store.Binlog().FileNumber(file); ok {
					acks.Ack(binlog.Pos{File: number, Offset: offset})
				}
			}
		}
	}()
	if c.isStopping() {
		cancel() // it was interrupted before anybody read
	}
	return ctx, func() { c.wire.Interrupt(); <-gone }, nil
}

// eventWriter sends events as a dump's packets.
type eventWriter struct {
	c     *wire.Conn
	heads bool        // each event has a head
	asks  func() bool // whether a head may ask for an acknowledgement now
}

// WriteEvent implements dump.Writer.
func (w eventWriter) WriteEvent(ev []byte, ack bool) error {
	if w.heads {
		return w.c.WriteParts(dump.AckHead(ack && w.asks()), ev)
	}
	return w.c.WriteParts(eventHead, ev)
}

// Flush implements dump.Writer.
func (w eventWriter) Flush() error { return w.c.Flush() }

// eventHead is in front of each event (MySQL Internals, Binlog Network Stream).
var eventHead = []byte{0}
