package server

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/server/mysqlerr"
)

func viewBank(t *testing.T) (*Server, *sql.DB, *sql.Conn) {
	t.Helper()
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	db := dial(t, srv, "")
	mustExec(t, db, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, n INT)", "INSERT INTO d.t VALUES (1, 10)",
		"CREATE READ VIEW before", "UPDATE d.t SET n = 20")
	c, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return srv, db, c
}

func readN(t *testing.T, c *sql.Conn, query string) int {
	t.Helper()
	var n int
	if err := c.QueryRowContext(context.Background(), query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// A session reads from a view until it leaves it, in transactions and branches
// too, and sees its own writes besides.
func TestReadView(t *testing.T) {
	_, _, c := viewBank(t)
	const read, sum = "SELECT n FROM d.t WHERE id = 1", "SELECT SUM(n) FROM d.t"
	steps := []struct {
		statements []string
		query      string
		want       int
	}{
		{nil, read, 20},
		{[]string{"SET xadb_read_view = 'before'"}, read, 10},
		{[]string{"BEGIN"}, read, 10},
		{[]string{"INSERT INTO d.t VALUES (2, 5)"}, sum, 15},
		{[]string{"ROLLBACK", "XA START 'x'", "INSERT INTO d.t VALUES (3, 7)"}, sum, 17},
		{[]string{"XA END 'x'", "XA ROLLBACK 'x'", "SET xadb_read_view = ''"}, sum, 20},
		{nil, "SELECT /*+ READVIEW(before) */ n FROM d.t", 10},
		{[]string{"BEGIN", "UPDATE d.t SET n = 30"}, "SELECT /*+ READVIEW(`before`) */ n FROM d.t", 10},
		{nil, read, 30},
		{[]string{"DROP READ VIEW before"}, read, 30},
	}
	for _, s := range steps {
		mustExec(t, c, s.statements...)
		if got := readN(t, c, s.query); got != s.want {
			t.Errorf("%v, %s: %d, want %d", s.statements, s.query, got, s.want)
		}
	}
}

func TestShowReadViews(t *testing.T) {
	_, db, c := viewBank(t)
	mustExec(t, db, "CREATE READ VIEW `after`")
	rows, err := c.QueryContext(context.Background(), "SHOW READ VIEWS")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var names []string
	var last int64
	for rows.Next() {
		var name, id string
		var age float64
		var index, readers int64
		if err := rows.Scan(&name, &age, &index, &id, &readers); err != nil {
			t.Fatal(err)
		}
		if index <= last || age < 0 || readers != 0 || id == "" {
			t.Errorf("%s: age %v, index %d behind %d, %d readers, %q", name, age, index, last, readers, id)
		}
		names, last = append(names, name), index
	}
	if fmt.Sprint(names) != "[before after]" {
		t.Error(names)
	}
}

func TestReadViewErrors(t *testing.T) {
	_, db, c := viewBank(t)
	tests := []struct {
		sql  string
		want uint16
	}{
		{"SET xadb_read_view = 'none'", mysqlerr.ReadViewUnknown},
		{"SELECT /*+ READVIEW(none) */ n FROM d.t", mysqlerr.ReadViewUnknown},
		{"SELECT /*+ READVIEW(before) */ n FROM d.t FOR UPDATE", mysqlerr.WrongUsage},
		{"CREATE READ VIEW before", mysqlerr.ReadViewExists},
		{"DROP READ VIEW none", mysqlerr.ReadViewUnknown},
		{"CREATE READ VIEW", mysqlerr.ParseError},
		{"SET GLOBAL xadb_read_view = 'before'", mysqlerr.LocalVariable},
		{"SET xadb_read_view = 'before', transaction_isolation = 'READ-COMMITTED'", 0},
		{"SELECT n FROM d.t", mysqlerr.WrongUsage},
		{"XA START 'x'", mysqlerr.WrongUsage},
		{"XA RECOVER", 0}, // the branch has not begun
		{"SET transaction_isolation = 'REPEATABLE-READ'", 0},
		{"XA START 'x'", 0},
		{"SET xadb_read_view = ''", mysqlerr.CantChangeTrx},
		{"XA END 'x'", 0},
		{"XA ROLLBACK 'x'", 0},
	}
	for _, tt := range tests {
		if _, err := c.ExecContext(context.Background(), tt.sql); code(err) != tt.want || (err == nil) != (tt.want == 0) {
			t.Errorf("%s: %v, want %d", tt.sql, err, tt.want)
		}
	}
	mustExec(t, db, "DROP READ VIEW before")
	if _, err := c.ExecContext(context.Background(), "SELECT n FROM d.t"); code(err) != mysqlerr.ReadViewUnknown {
		t.Errorf("a view that was dropped: %v", err)
	}
}

// C18: a view of an earlier life of the store is lost, an old one expired, and
// a client can tell.
func TestReadViewLost(t *testing.T) {
	fs, c := vfs.NewMem(), clock.NewManual(time.Unix(1e9, 0))
	l := openLogAt(t, fs, c)
	srv := startSQL(t, l)
	db := dial(t, srv, "")
	mustExec(t, db, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, n INT)", "CREATE READ VIEW v")
	id := srv.store.Views()[0].ID.String()
	mustExec(t, db, "SET xadb_read_view = '"+id+"'", "SET xadb_read_view = ''")
	c.Advance(2 * time.Hour)
	if _, err := db.Exec("SET xadb_read_view = 'v'"); code(err) != mysqlerr.ReadViewExpired {
		t.Errorf("old: %v", err)
	}
	if err := l.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	db = dial(t, startSQL(t, openLogAt(t, fs, c)), "")
	if _, err := db.Exec("SET xadb_read_view = '" + id + "'"); code(err) != mysqlerr.ReadViewLost {
		t.Errorf("lost: %v", err)
	}
	if _, err := db.Exec("SET xadb_read_view = 'v'"); code(err) != mysqlerr.ReadViewUnknown {
		t.Errorf("its name: %v", err)
	}
}
