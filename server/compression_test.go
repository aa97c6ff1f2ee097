package server

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/client"
	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/wire"
)

// dumpedTypes is the types of the events that a client is sent which has said that
// about its program, up to the end.
func dumpedTypes(t testing.TB, srv *Server, attributes map[string]string) string {
	t.Helper()
	c, err := client.Connect(srv.Addr().String(), "root", "", "", func(c *client.Conn) error {
		c.SetAttributes(attributes)
		return nil
	})
	must(t, err)
	defer func() { _ = c.Close() }()
	_, err = c.Execute("SET @source_binlog_checksum = 'CRC32'")
	must(t, err)
	c.ResetSequence()
	must(t, c.WritePacket(append(make([]byte, 4), append([]byte{mysql.COM_BINLOG_DUMP, 4, 0, 0, 0, 1, 0, 9, 0, 0, 0}, "binlog.000001"...)...)))
	var types []string
	for {
		b, err := c.ReadPacket()
		must(t, err)
		if b[0] != mysql.OK_HEADER {
			return strings.Join(types, " ")
		}
		types = append(types, replication.EventType(b[5]).String())
	}
}

// Compressed transactions are sent as they are to a MySQL that knows them, and else
// what is in them; SHOW BINLOG EVENTS, the next start and replicas read them.
func TestCompressedTransactions(t *testing.T) {
	fs := vfs.NewMem()
	srv := secured(t, fs, nil)
	root := dialAs(t, srv, "root", "")
	mustExec(t, root, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(200))", "SET SESSION binlog_transaction_compression = ON")
	fill := "INSERT INTO d.t VALUES (%d, REPEAT('a', 200)), (%d, REPEAT('b', 200)), (%d, REPEAT('c', 200))"
	mustExec(t, root, fmt.Sprintf(fill, 1, 2, 3), "SET SESSION binlog_transaction_compression = OFF", fmt.Sprintf(fill, 4, 5, 6))

	mysql8 := map[string]string{"_client_name": "libmysql", "_client_version": "8.0.40", "_client_role": "binary_log_listener"}
	const head, ddl = "RotateEvent FormatDescriptionEvent PreviousGTIDsEvent ", "GTIDEvent QueryEvent GTIDEvent QueryEvent "
	const rows = "GTIDEvent QueryEvent TableMapEvent WriteRowsEventV2 XIDEvent"
	if got := dumpedTypes(t, srv, mysql8); !strings.HasSuffix(got, ddl+"GTIDEvent TransactionPayloadEvent "+rows) || !strings.HasPrefix(got, head) {
		t.Errorf("a MySQL gets %s", got)
	}
	for name, attributes := range map[string]map[string]string{
		"nothing": nil, "MySQL 8.0.19": {"_client_name": "libmysql", "_client_version": "8.0.19"}, "MariaDB": {"_client_name": "libmysql", "_client_version": "10.11.19"},
	} {
		if got := dumpedTypes(t, srv, attributes); !strings.HasSuffix(got, ddl+rows+" "+rows) {
			t.Errorf("%s gets %s", name, got)
		}
	}

	var events []string
	for _, line := range lines(t, root, "SHOW BINLOG EVENTS") {
		f := strings.Split(line, "|")
		events = append(events, f[2])
		if f[2] == "Transaction_payload" && !strings.HasPrefix(f[5], "compression='ZSTD', decompressed_size=") {
			t.Error(line)
		}
	}
	if got := strings.Join(events, " "); !strings.Contains(got, "Gtid Transaction_payload Query Table_map Write_rows Xid Gtid Query Table_map Write_rows Xid") {
		t.Errorf("SHOW BINLOG EVENTS: %s", got)
	}

	// A replica by place goes on in the middle of what was compressed.
	st, err := syncer(t, srv, 41, nil).StartSync(mysql.Position{Name: "binlog.000001", Pos: 4})
	must(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	at := uint32(0) // the first TABLE_MAP, inside
	for at == 0 {
		ev, err := st.GetEvent(ctx)
		must(t, err)
		if ev.Header.EventType == replication.TABLE_MAP_EVENT {
			at = ev.Header.LogPos - 1
		}
	}
	again, err := syncer(t, srv, 42, nil).StartSync(mysql.Position{Name: "binlog.000001", Pos: at})
	must(t, err)
	if got := rowsOf(t, again, 6); fmt.Sprint(got) != "[1 2 3 4 5 6]" {
		t.Errorf("from %d: %v", at, got)
	}

	for statement, want := range map[string]uint16{
		"SET binlog_transaction_compression_level_zstd = 'x'": mysqlerr.WrongTypeForVar, "SET binlog_transaction_compression = 2": mysqlerr.WrongValueForVar,
	} {
		if _, err := root.Exec(statement); code(err) != want {
			t.Errorf("%s: %v", statement, err)
		}
	}
	mustExec(t, root, "SET GLOBAL binlog_transaction_compression = ON", "SET GLOBAL binlog_transaction_compression_level_zstd = 99", "CREATE USER ann IDENTIFIED BY ''")
	ann := dialAs(t, srv, "ann", "")
	if got := lines(t, ann, "SELECT @@binlog_transaction_compression, @@binlog_transaction_compression_level_zstd"); got[0] != "1|22" {
		t.Error(got)
	}
	if _, err := ann.Exec("SET binlog_transaction_compression = OFF"); code(err) != mysqlerr.SpecificAccessDenied {
		t.Error(err)
	}
}

// A replica by place adds up the lengths of what it is sent, as MySQL's and MariaDB's
// do: whatever was unpacked or made text for it, it knows the place behind each
// transaction.
func TestPlacesAddUp(t *testing.T) {
	srv := source(t)
	root := dialAs(t, srv, "root", "d")
	mustExec(t, root, "CREATE TABLE j (id INT PRIMARY KEY, j JSON, v VARCHAR(300))", "SET SESSION binlog_transaction_compression = ON",
		`INSERT INTO j VALUES (1, '{"a": [1, 2.5, null]}', REPEAT('x', 300))`, "SET SESSION binlog_transaction_compression = OFF",
		`INSERT INTO j VALUES (2, '[true, "text"]', NULL)`, "XA START 'x'", `INSERT INTO j VALUES (3, '[3]', NULL)`, "XA END 'x'", "XA PREPARE 'x'", "XA COMMIT 'x'",
		"FLUSH BINARY LOGS", `INSERT INTO j VALUES (4, '[4]', NULL)`)
	c, err := client.Connect(srv.Addr().String(), "root", "", "")
	must(t, err)
	defer func() { _ = c.Close() }()
	_, err = c.Execute("SET @source_binlog_checksum = 'CRC32', @mariadb_slave_capability = 4")
	must(t, err)
	c.ResetSequence()
	must(t, c.WritePacket(append(make([]byte, 4), append([]byte{mysql.COM_BINLOG_DUMP, 4, 0, 0, 0, 0, 0, 9, 0, 0, 0}, "binlog.000001"...)...)))
	p := replication.NewBinlogParser()
	p.SetVerifyChecksum(true)
	place, described, groups := uint64(0), false, int64(0)
	must(t, c.SetReadDeadline(time.Now().Add(10*time.Second)))
	log := srv.store.Binlog()
	for end := log.DurablePos().Offset; groups < log.ExecutedGTIDs().Count() || place != end; {
		b, err := c.ReadPacket()
		must(t, err)
		ev, err := p.Parse(b[1:])
		must(t, err)
		if described && ev.Header.LogPos != 0 {
			place += uint64(len(ev.RawData))
		}
		switch e := ev.Event.(type) {
		case *replication.RotateEvent:
			if ev.Header.LogPos == 0 {
				place, described = e.Position, false // the next FORMAT_DESCRIPTION counts
			}
		case *replication.FormatDescriptionEvent:
			if ev.Header.LogPos != 0 {
				place = uint64(ev.Header.LogPos)
			}
			described = true
		case *replication.GTIDEvent:
			if at := uint64(ev.Header.LogPos); place != at {
				t.Fatalf("behind the GTID of number %d it is at %d, and would be at %d", e.GNO, at, place)
			}
			groups++
		}
	}
}

// Only what a MySQL says of itself that knows payloads counts.
func TestReadsPayloads(t *testing.T) {
	for _, c := range []struct {
		name, version string
		want          bool
	}{
		{"libmysql", "8.0.20", true}, {"libmysql", "8.0.40-debug", true}, {"libmysql", "8.4.0", true}, {"libmysql", "9.1.0", true},
		{"libmysql", "8.0.19", false}, {"libmysql", "5.7.44-log", false}, {"libmysql", "8", false}, {"libmysql", "8.0", false}, {"libmysql", "x", false},
		{"libmysql", "", false}, {"libmysql", "8.0.x", false}, {"libmysql", "10.11.19", false}, {"libmysql", "12.0.1", false}, {"libmariadb", "11.4.2", false}, {"", "9.1.0", false},
	} {
		got := readsPayloads([]wire.Attribute{{Name: "_client_name", Value: c.name}, {Name: "_client_version", Value: c.version}})
		if got != c.want {
			t.Errorf("%s %s: %t", c.name, c.version, got)
		}
	}
	if readsPayloads(nil) {
		t.Error("nobody said anything")
	}
}
