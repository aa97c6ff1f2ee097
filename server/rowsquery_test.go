package server

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/xadb/xadb/server/mysqlerr"
)

// binlog_rows_query_log_events puts the text of a statement in front of its rows, once,
// also in branches and where transactions are compressed. The log stays one that the
// store opens.
func TestRowsQuery(t *testing.T) {
	fs := vfs.NewMem()
	l := openLog(t, fs)
	srv := startSQL(t, l)
	root := dialAs(t, srv, "root", "")
	mustExec(t, root, "CREATE DATABASE d", "CREATE TABLE d.p (id INT PRIMARY KEY, v INT)",
		"CREATE TABLE d.c (id INT PRIMARY KEY, FOREIGN KEY (id) REFERENCES d.p (id) ON DELETE CASCADE)", "CREATE TABLE d.stop (id INT)")
	from := srv.store.Binlog().DurablePos()
	statements := []string{"INSERT INTO d.p VALUES (1, 1), (2, 2)", "INSERT INTO d.c SELECT id FROM d.p", "DELETE FROM d.p WHERE id = 1"}
	mustExec(t, root, "UPDATE d.p SET v = 0 WHERE id = 9", "SET binlog_rows_query_log_events = ON")
	mustExec(t, root, statements...)
	mustExec(t, root, "BEGIN", "SAVEPOINT s", "UPDATE d.p SET v = 7", "ROLLBACK TO s", "COMMIT",
		"XA START 'x'", "UPDATE d.p SET v = 3 WHERE id = 2", "XA END 'x'", "XA PREPARE 'x'", "XA COMMIT 'x'")
	long := "REPLACE INTO d.p VALUES (5, 5) -- " + strings.Repeat("and so on, ", 100) + "."
	mustExec(t, root, "SET SESSION binlog_transaction_compression = ON", long, "SET binlog_rows_query_log_events = OFF",
		"INSERT INTO d.stop VALUES (1)")
	want := append(statements, "UPDATE d.p SET v = 3 WHERE id = 2", long)

	st, err := syncer(t, srv, 31, nil).StartSync(mysql.Position{Name: srv.store.Binlog().FileName(from.File), Pos: uint32(from.Offset)})
	must(t, err)
	if got := textsOf(t, st); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if events := fmt.Sprint(lines(t, root, "SHOW BINLOG EVENTS")); !strings.Contains(events, "Transaction_payload") {
		t.Error("nothing was compressed")
	}
	var shown []string
	for _, line := range lines(t, root, "SHOW BINLOG EVENTS") {
		if cells := strings.Split(line, "|"); cells[2] == "Rows_query" {
			shown = append(shown, strings.TrimPrefix(cells[5], "# "))
		}
	}
	if !slices.Equal(shown, want) {
		t.Errorf("SHOW BINLOG EVENTS: %q", shown)
	}
	must(t, srv.Shutdown(context.Background()))
	l.Abandon()
	again := openLog(t, fs)
	if err := again.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// textsOf reads a stream until a row of d.stop: the texts of the statements before.
func textsOf(t testing.TB, st *replication.BinlogStreamer) (texts []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for {
		ev, err := st.GetEvent(ctx)
		must(t, err)
		events := []*replication.BinlogEvent{ev}
		if payload, ok := ev.Event.(*replication.TransactionPayloadEvent); ok {
			events = payload.Events
		}
		for _, ev := range events {
			switch e := ev.Event.(type) {
			case *replication.RowsQueryEvent:
				texts = append(texts, string(e.Query))
			case *replication.RowsEvent:
				if string(e.Table.Table) == "stop" {
					return texts
				}
			}
		}
	}
}

func TestGTIDNext(t *testing.T) {
	root := dialAs(t, source(t), "root", "d")
	mustExec(t, root, "SET gtid_next = 'AUTOMATIC'", "SET @@SESSION.GTID_NEXT= 'automatic' /* added by mysqlbinlog */")
	for statement, want := range map[string]uint16{
		"SET gtid_next = 'x'": mysqlerr.MalformedGTID, "SET gtid_next = '3e11fa47-71ca-11e1-9e33-c80aa9429562:0'": mysqlerr.MalformedGTID,
		"SET gtid_next = '3e11fa47-71ca-11e1-9e33-c80aa9429562:tag:1'": mysqlerr.NotSupportedYet, "SET gtid_next = 'ANONYMOUS'": mysqlerr.AnonymousNeedsMode,
		"SET GLOBAL gtid_next = 'AUTOMATIC'": mysqlerr.LocalVariable,
	} {
		if _, err := root.Exec(statement); code(err) != want {
			t.Errorf("%s: %v, want %d", statement, err, want)
		}
	}
}

// TRADITIONAL stands for other modes, and is strict.
func TestTraditional(t *testing.T) {
	root := dialAs(t, source(t), "root", "d")
	mustExec(t, root, "CREATE TABLE small (a TINYINT)", "SET sql_mode = 'no_engine_substitution , traditional'")
	want := "STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,TRADITIONAL,NO_ENGINE_SUBSTITUTION"
	if got := lines(t, root, "SELECT @@sql_mode"); got[0] != want {
		t.Error(got)
	}
	if _, err := root.Exec("INSERT INTO small VALUES (300)"); code(err) != mysqlerr.OutOfRange {
		t.Errorf("%v, want %d", err, mysqlerr.OutOfRange)
	}
}
