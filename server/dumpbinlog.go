package server

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/dump"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/wire"
)

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
	if last > logged.Count() {
		return mysqlerr.New(mysqlerr.MasterFatalReadingBinlog, fmt.Sprintf("the replica has the groups up to number %d, "+
			"the source only those up to %d; the source may have been restored from a backup, or its log reset", last, logged.Count()))
	}
	has, err := s.Log.FirstGTIDs(last)
	if gone := (*binlog.IndexError)(nil); errors.As(err, &gone) {
		has, err = binlog.GTIDSet{}, nil // what is wanted first was purged: as it is told to who has nothing
	}
	if err != nil {
		return err
	}
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
