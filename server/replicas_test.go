package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/client"
	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// source is a server with a table to follow.
func source(t testing.TB) *Server {
	t.Helper()
	srv := secured(t, vfs.NewMem(), nil)
	mustExec(t, dialAs(t, srv, "root", ""), "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(20))")
	return srv
}

// syncer is go-mysql's replica.
func syncer(t testing.TB, srv *Server, id uint32, change func(*replication.BinlogSyncerConfig)) *replication.BinlogSyncer {
	t.Helper()
	host, port, err := net.SplitHostPort(srv.Addr().String())
	must(t, err)
	n, err := strconv.ParseUint(port, 10, 16)
	must(t, err)
	conf := replication.BinlogSyncerConfig{
		ServerID: id, Flavor: mysql.MySQLFlavor, Host: host, Port: uint16(n), User: "root",
		VerifyChecksum: true, MaxReconnectAttempts: 1, Logger: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&conf)
	}
	s := replication.NewBinlogSyncer(conf)
	t.Cleanup(s.Close)
	return s
}

// rowsOf reads a stream until it has seen n rows of d.t, and returns their ids.
func rowsOf(t testing.TB, st *replication.BinlogStreamer, n int) (ids []int32) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for len(ids) < n {
		ev, err := st.GetEvent(ctx)
		if err != nil {
			t.Fatalf("behind %v: %v", ids, err)
		}
		if rows, ok := ev.Event.(*replication.RowsEvent); ok {
			for _, r := range rows.Rows {
				ids = append(ids, r[0].(int32))
			}
		}
	}
	return ids
}

// A replica by place and one by GTIDs get the rows as they come, over changes of
// the file; one that comes back goes on where it was.
func TestFollow(t *testing.T) {
	srv := source(t)
	root := dialAs(t, srv, "root", "")
	mustExec(t, root, "INSERT INTO d.t VALUES (1, 'one'), (2, 'two')")
	gtids := func(set string) mysql.GTIDSet {
		s, err := mysql.ParseMysqlGTIDSet(set)
		must(t, err)
		return s
	}
	byPlace, err := syncer(t, srv, 11, nil).StartSync(mysql.Position{Name: "binlog.000001", Pos: 4})
	must(t, err)
	byGTID, err := syncer(t, srv, 12, nil).StartSyncGTID(gtids(""))
	must(t, err)
	mustExec(t, root, "FLUSH BINARY LOGS", "INSERT INTO d.t VALUES (3, 'three')")
	for name, st := range map[string]*replication.BinlogStreamer{"place": byPlace, "GTIDs": byGTID} {
		if got := rowsOf(t, st, 3); fmt.Sprint(got) != "[1 2 3]" {
			t.Errorf("by %s: %v", name, got)
		}
	}
	executed := srv.store.Binlog().ExecutedGTIDs().String()
	mustExec(t, root, "INSERT INTO d.t VALUES (4, 'four')")
	again, err := syncer(t, srv, 13, nil).StartSyncGTID(gtids(executed))
	must(t, err)
	if got := rowsOf(t, again, 1); got[0] != 4 {
		t.Errorf("behind %s: %v", executed, got)
	}
	pos := srv.store.Binlog().DurablePos()
	mustExec(t, root, "INSERT INTO d.t VALUES (5, 'five')")
	fromEnd, err := syncer(t, srv, 14, nil).StartSync(mysql.Position{Name: binlog.FileName("binlog", pos.File), Pos: uint32(pos.Offset)})
	must(t, err)
	if got := rowsOf(t, fromEnd, 1); got[0] != 5 {
		t.Errorf("from %v: %v", pos, got)
	}
	var id, host, port, sourceID, uuid string
	seen := 0
	rows, err := root.Query("SHOW REPLICAS")
	must(t, err)
	for ; rows.Next(); seen++ {
		must(t, rows.Scan(&id, &host, &port, &sourceID, &uuid))
	}
	must(t, rows.Err())
	if seen != 4 || id != "14" || uuid == "" {
		t.Errorf("%d replicas, the last %s %s", seen, id, uuid)
	}
}

// Whoever cannot be served is told why, with 1236, and may ask again (D4).
func TestFollowRefused(t *testing.T) {
	srv := source(t)
	root := dialAs(t, srv, "root", "")
	mustExec(t, root, "CREATE USER ann IDENTIFIED BY 'a'", "INSERT INTO d.t VALUES (1, 'one')")
	uuid := srv.store.UUID().String()
	place := func(name string, pos uint32) []byte {
		return append([]byte{mysql.COM_BINLOG_DUMP, byte(pos), byte(pos >> 8), byte(pos >> 16), byte(pos >> 24), 1, 0, 9, 0, 0, 0}, name...)
	}
	behind := func(set string) []byte {
		s, err := binlog.ParseGTIDSet(set)
		must(t, err)
		body := s.Encode(nil)
		b := append([]byte{mysql.COM_BINLOG_DUMP_GTID, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0}, byte(len(body)), byte(len(body)>>8), 0, 0)
		return append(b, body...)
	}
	c, err := client.Connect(srv.Addr().String(), "root", "", "")
	must(t, err)
	defer func() { _ = c.Close() }()
	ask := func(command []byte) (uint16, string) {
		t.Helper()
		c.ResetSequence()
		must(t, c.WritePacket(append(make([]byte, 4), command...)))
		for {
			b, err := c.ReadPacket()
			must(t, err)
			switch b[0] {
			case mysql.ERR_HEADER:
				e := c.HandleErrorPacket(b)
				var known *mysql.MyError
				if !errors.As(e, &known) {
					t.Fatal(e)
				}
				return known.Code, known.Message
			case mysql.EOF_HEADER:
				return 0, ""
			}
		}
	}
	if n, text := ask(place("binlog.000001", 4)); n != mysqlerr.MasterFatalReadingBinlog {
		t.Errorf("without a checksum: %d %s", n, text)
	}
	_, err = c.Execute("SET @master_binlog_checksum = @@global.binlog_checksum, @source_binlog_checksum = @@global.binlog_checksum")
	must(t, err)
	for _, tt := range []struct {
		command []byte
		want    uint16
	}{
		{place("binlog.000001", 4), 0},
		{place("", 4), 0},
		{place("binlog.000001", 3), 1236},
		{place("binlog.000001", 100), 1236}, // within an event
		{place("binlog.000001", 1e6), 1236}, // behind the end
		{place("binlog.000009", 4), 1236},
		{place("../CTRL", 4), 1236},
		{place("", 4)[:9], mysqlerr.MalformedPacket},
		{behind(""), 0},
		{behind(uuid + ":1-2"), 0},
		{behind(uuid + ":1-200"), 1236}, // of another life
		{behind("11111111-1111-1111-1111-111111111111:1-9"), 0},
		{behind("")[:20], mysqlerr.MalformedPacket},
		{append(behind(uuid + ":1-2")[:30], 7), mysqlerr.MalformedPacket},
		{[]byte{mysql.COM_REGISTER_SLAVE, 1, 0, 0}, mysqlerr.MalformedPacket},
	} {
		if n, text := ask(tt.command); n != tt.want || strings.HasPrefix(text, "Got fatal error") { // what a replica says in front of it
			t.Errorf("% x: %d %s, want %d", tt.command, n, text, tt.want)
		}
	}
	ann, err := client.Connect(srv.Addr().String(), "ann", "a", "")
	must(t, err)
	defer func() { _ = ann.Close() }()
	c = ann
	for _, command := range [][]byte{place("", 4), behind(""), {mysql.COM_REGISTER_SLAVE}} {
		if n, text := ask(command); n != mysqlerr.SpecificAccessDenied {
			t.Errorf("% x without the privilege: %d %s", command, n, text)
		}
	}
}

// At the listener for MariaDB's programs the server is a MariaDB, and nowhere else.
func TestMariaDBListener(t *testing.T) {
	l, err := Listen("127.0.0.1:0")
	must(t, err)
	srv := secured(t, vfs.NewMem(), func(o *Options) { o.MariaDBListener = l })
	for addr, want := range map[string]string{srv.Addr().String(): Version + "-xadb-", l.Addr().String(): MariaDBVersion + "-MariaDB-xadb-"} {
		c, err := client.Connect(addr, "root", "", "")
		must(t, err)
		for _, query := range []string{"SELECT VERSION()", "SELECT @@version"} {
			r, err := c.Execute(query)
			must(t, err)
			if got, _ := r.GetString(0, 0); !strings.HasPrefix(got, want) || !strings.HasPrefix(c.GetServerVersion(), want) {
				t.Errorf("%s at %s: %s and %s", query, addr, got, c.GetServerVersion())
			}
		}
		_, err = c.Execute("SELECT @@GLOBAL.gtid_domain_id")
		if known := addr == l.Addr().String(); (err == nil) != known {
			t.Errorf("gtid_domain_id at %s: %v", addr, err)
		}
		must(t, c.Close())
	}
}

// A replica gets signs of life where nothing happens.
func TestFollowHeartbeat(t *testing.T) {
	srv := source(t)
	st, err := syncer(t, srv, 21, func(c *replication.BinlogSyncerConfig) { c.HeartbeatPeriod = 20 * time.Millisecond }).
		StartSync(mysql.Position{Name: "binlog.000001", Pos: 4})
	must(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	end := uint32(srv.store.Binlog().DurablePos().Offset)
	for beats := 0; beats < 3; {
		ev, err := st.GetEvent(ctx)
		must(t, err)
		if ev.Header.EventType == replication.HEARTBEAT_EVENT {
			if beats++; ev.Header.LogPos != end {
				t.Fatalf("heartbeat at %d of %d (D3)", ev.Header.LogPos, end)
			}
		}
	}
}

// A replica's older connection ends when it comes back, by its UUID or else its
// server id; that of another goes on. A client that goes is noticed at once.
func TestFollowAgain(t *testing.T) {
	srv := source(t)
	follow := func(uuid string, id byte) *client.Conn {
		c, err := client.Connect(srv.Addr().String(), "root", "", "")
		must(t, err)
		_, err = c.Execute("SET @source_binlog_checksum = 'CRC32'")
		must(t, err)
		if uuid != "" {
			_, err = c.Execute("SET @replica_uuid = '" + uuid + "'")
			must(t, err)
		}
		c.ResetSequence()
		must(t, c.WritePacket([]byte{0, 0, 0, 0, mysql.COM_BINLOG_DUMP, 4, 0, 0, 0, 0, 0, id, 0, 0, 0}))
		_, err = c.ReadPacket()
		must(t, err)
		return c
	}
	ends := func(c *client.Conn) {
		t.Helper()
		must(t, c.SetReadDeadline(time.Now().Add(10*time.Second)))
		for {
			if _, err := c.ReadPacket(); err != nil {
				if errors.Is(err, os.ErrDeadlineExceeded) {
					t.Fatal("it lives on")
				}
				return
			}
		}
	}
	count := func(want int) {
		t.Helper()
		for began := time.Now(); ; time.Sleep(time.Millisecond) {
			srv.replicas.mu.Lock()
			n := len(srv.replicas.followers)
			srv.replicas.mu.Unlock()
			if n == want {
				return
			}
			if time.Since(began) > 10*time.Second {
				t.Fatalf("%d followers, want %d", n, want)
			}
		}
	}
	first, other, nameless := follow("u-1", 7), follow("u-2", 7), follow("", 8)
	second := follow("u-1", 9)
	ends(first)
	again := follow("", 8)
	ends(nameless)
	count(3)
	for _, c := range []*client.Conn{other, second, again} {
		must(t, c.Conn.Conn.Close())
	}
	count(0)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
