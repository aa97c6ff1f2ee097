package xadb_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
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
