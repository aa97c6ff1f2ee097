package xadb_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	_ "github.com/go-sql-driver/mysql"

	"github.com/xadb/xadb"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/server"
	"github.com/xadb/xadb/tclog"
)

// zeros stands for randomness.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); b[0] = 1; return len(b), nil }

// serveSQL carries out statements on the store in fs, through a server.
func serveSQL(t *testing.T, fs vfs.FS, statements ...string) {
	t.Helper()
	ctx := context.Background()
	l, err := tclog.Open(ctx, "store", tclog.Options{
		Engine: engine.Options{FS: fs, Clock: clock.Real, Rand: zeros{}, Logger: slog.New(slog.DiscardHandler)},
		Binlog: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := server.New(server.Options{Store: server.NewStore(l), Executor: server.NewExecutor(l), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx) }()
	db, err := sql.Open("mysql", "root@tcp("+srv.Addr().String()+")/")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1) // a branch belongs to its session
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	for _, end := range []func() error{
		db.Close, func() error { return srv.Shutdown(ctx) }, func() error { return <-served }, func() error { return l.Close(ctx) },
	} {
		if err := end(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFeedOfSQLTables: a table made with SQL comes with its columns, also from
// a branch.
func TestFeedOfSQLTables(t *testing.T) {
	fs := vfs.NewMem()
	serveSQL(t, fs,
		"CREATE DATABASE shop",
		"CREATE TABLE shop.item (id BIGINT PRIMARY KEY, name VARCHAR(20), price DECIMAL(8,2))",
		"INSERT INTO shop.item VALUES (1, 'pen', 1.5), (2, NULL, 20)",
		"XA START 'order'", "UPDATE shop.item SET price = 2 WHERE id = 1", "DELETE FROM shop.item WHERE id = 2",
		"XA END 'order'", "XA PREPARE 'order'", "XA COMMIT 'order'",
	)
	ctx := context.Background()
	db, err := xadb.Open(ctx, "store", xadb.Options{FS: fs, Binlog: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(ctx)
	var got []string
	for ev, err := range db.Changes(ctx, xadb.UntilNow()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%d %v %s %q", ev.Index, ev.Kind, ev.Database, ev.SQL))
		for _, c := range ev.Changes {
			got = append(got, fmt.Sprintf("%s.%s %q %s -> %s", c.Database, c.Table, c.Columns, c.Old, c.New))
		}
	}
	want := []string{
		`1 ddl shop "CREATE DATABASE shop"`,
		`2 ddl  "CREATE TABLE shop.item (id BIGINT PRIMARY KEY, name VARCHAR(20), price DECIMAL(8,2))"`,
		`3 commit  ""`,
		`shop.item ["id" "name" "price"] [] -> [%!s(int64=1) pen 1.50]`,
		`shop.item ["id" "name" "price"] [] -> [%!s(int64=2) <nil> 20.00]`,
		`5 commit  ""`,
		`shop.item ["id" "name" "price"] [%!s(int64=1) pen 1.50] -> [%!s(int64=1) pen 2.00]`,
		`shop.item ["id" "name" "price"] [%!s(int64=2) <nil> 20.00] -> []`,
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("%q", got)
	}
}

// changesIn is all that the feed of the store in fs has, a string each.
func changesIn(t *testing.T, fs vfs.FS, text func(xadb.Change) string) (list []string) {
	t.Helper()
	ctx := context.Background()
	db, err := xadb.Open(ctx, "store", xadb.Options{FS: fs, Binlog: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(ctx)
	for ev, err := range db.Changes(ctx, xadb.UntilNow()) {
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range ev.Changes {
			list = append(list, text(c))
		}
	}
	return list
}

// TestFeedOfSmallImages: what a session leaves out of its rows is absent, and its
// columns are there all the same.
func TestFeedOfSmallImages(t *testing.T) {
	fs := vfs.NewMem()
	serveSQL(t, fs,
		"CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, a INT, b VARCHAR(9))", "SET SESSION binlog_row_image = MINIMAL",
		"INSERT INTO d.t VALUES (1, 2, 'x')", "XA START 'x'", "UPDATE d.t SET a = NULL", "XA END 'x'", "XA PREPARE 'x'", "XA COMMIT 'x'", "DELETE FROM d.t",
	)
	got := changesIn(t, fs, func(c xadb.Change) string { return fmt.Sprintf("%q %s -> %s", c.Columns, c.Old, c.New) })
	want := []string{
		`["id" "a" "b"] [] -> [%!s(int64=1) %!s(int64=2) x]`,
		`["id" "a" "b"] [%!s(int64=1) absent absent] -> [absent <nil> absent]`,
		`["id" "a" "b"] [%!s(int64=1) absent absent] -> []`,
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("%q", got)
	}
}

// TestFeedOfCompressed: what is compressed in the binlog comes out as it went in.
func TestFeedOfCompressed(t *testing.T) {
	fs := vfs.NewMem()
	serveSQL(t, fs,
		"CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(500))", "SET SESSION binlog_transaction_compression = ON",
		"INSERT INTO d.t VALUES (1, REPEAT('x', 500)), (2, REPEAT('x', 500))", "UPDATE d.t SET v = '' WHERE id = 1",
	)
	got := changesIn(t, fs, func(c xadb.Change) string { return fmt.Sprintf("%s -> %s", c.Old, c.New) })
	x := strings.Repeat("x", 500)
	want := []string{"[] -> [%!s(int64=1) " + x + "]", "[] -> [%!s(int64=2) " + x + "]", "[%!s(int64=1) " + x + "] -> [%!s(int64=1) ]"}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("%q", got)
	}
}

// TestFeedOfCascades: what foreign keys and triggers change is logged, in the
// order in which it is changed and with the statement that asked for it; what
// happens in temporary tables is not.
func TestFeedOfCascades(t *testing.T) {
	fs := vfs.NewMem()
	serveSQL(t, fs,
		"CREATE DATABASE d", "CREATE TABLE d.p (id INT PRIMARY KEY)",
		"CREATE TABLE d.c (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES d.p (id) ON DELETE CASCADE ON UPDATE CASCADE)",
		"CREATE TABLE d.log (n INT)", "USE d", "CREATE TRIGGER g AFTER DELETE ON p FOR EACH ROW INSERT INTO log VALUES (OLD.id)",
		"CREATE TEMPORARY TABLE d.temp (id INT)", "INSERT INTO d.temp VALUES (7)",
		"INSERT INTO d.p SELECT 1 UNION SELECT 2", "INSERT INTO d.c VALUES (10, 1), (11, 1), (12, 2)",
		"UPDATE d.p SET id = 3 WHERE id = 1", "DELETE FROM d.p", "DROP TEMPORARY TABLE d.temp",
	)
	ctx := context.Background()
	db, err := xadb.Open(ctx, "store", xadb.Options{FS: fs, Binlog: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(ctx)
	var got []string
	for ev, err := range db.Changes(ctx, xadb.UntilNow()) {
		if err != nil {
			t.Fatal(err)
		}
		if len(ev.Changes) == 0 && strings.Contains(ev.SQL, "TEMP") {
			t.Errorf("logged: %s", ev.SQL)
		}
		line := ""
		for _, c := range ev.Changes {
			line += fmt.Sprintf("%s%v%v ", c.Table, c.Old, c.New)
		}
		if line != "" {
			got = append(got, strings.TrimSpace(line))
		}
	}
	want := []string{
		"p[][1] p[][2]", "c[][10 1] c[][11 1] c[][12 2]",
		"c[10 1][10 3] c[11 1][11 3] p[1][3]",
		"c[12 2][] p[2][] log[][2] c[10 3][] c[11 3][] p[3][] log[][3]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
