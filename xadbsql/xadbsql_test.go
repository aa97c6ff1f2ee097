package xadbsql_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	_ "github.com/xadb/xadb/xadbsql"
)

func open(t *testing.T, dir, params string) *sql.DB {
	t.Helper()
	db, err := sql.Open("xadb", dir+params)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func mustExec(t *testing.T, db interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}, statements ...string,
) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.ExecContext(context.Background(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// count is the one number of a query.
func count(t *testing.T, db interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}, query string,
) (n int) {
	t.Helper()
	if err := db.QueryRowContext(context.Background(), query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// One goes through what a program does with database/sql.
func TestTypesAndTransactions(t *testing.T) {
	ctx := context.Background()
	db := open(t, filepath.Join(t.TempDir(), "s"), "?parseTime=true&multiStatements=true")
	mustExec(t, db, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY AUTO_INCREMENT, at DATETIME(6), n DECIMAL(20,4), f DOUBLE, b BLOB, s TEXT)")
	insert, err := db.PrepareContext(ctx, "INSERT INTO d.t (at, n, f, b, s) VALUES (?, ?, ?, ?, ?)")
	if err != nil {
		t.Fatal(err)
	}
	defer insert.Close()
	at := time.Date(2024, 5, 6, 7, 8, 9, 123456000, time.UTC)
	res, err := insert.ExecContext(ctx, at, "1234567890123456.7891", 0.5, []byte{0, 255}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if id, err := res.LastInsertId(); id != 1 || err != nil {
		t.Errorf("id %d, %v", id, err)
	}
	var (
		gotAt time.Time
		n     string
		f     float64
		b     []byte
		s     sql.NullString
	)
	if err := db.QueryRowContext(ctx, "SELECT at, n, f, b, s FROM d.t WHERE id = ?", 1).Scan(&gotAt, &n, &f, &b, &s); err != nil {
		t.Fatal(err)
	}
	if !gotAt.Equal(at) || n != "1234567890123456.7891" || f != 0.5 || string(b) != "\x00\xff" || s.Valid {
		t.Errorf("%v, %s, %v, %v, %v", gotAt, n, f, b, s)
	}

	tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, tx, "INSERT INTO d.t (f) VALUES (2)")
	if n := count(t, tx, "SELECT count(*) FROM d.t"); n != 2 {
		t.Errorf("the transaction sees %d rows", n)
	}
	if err := tx.Rollback(); err != nil {
		t.Error(err)
	}
	if tx, err = db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}); err != nil {
		t.Fatal(err)
	}
	var refused *mysql.MySQLError
	if _, err := tx.ExecContext(ctx, "DELETE FROM d.t"); !errors.As(err, &refused) || refused.Number != 1792 {
		t.Errorf("a change in a read-only transaction: %v", err)
	}
	_ = tx.Rollback()

	rows, err := db.QueryContext(ctx, "SELECT 1; SELECT 2")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for want := 1; want <= 2; want++ {
		var got int
		if !rows.Next() || rows.Scan(&got) != nil || got != want || rows.Next() {
			t.Errorf("result set %d: %d", want, got)
		}
		if rows.NextResultSet() != (want == 1) {
			t.Errorf("after result set %d", want)
		}
	}
}

// A branch outlives the DB it was prepared with, and is finished by the next.
func TestXA(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "s")
	db := open(t, dir, "")
	c, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, c, "CREATE DATABASE d", "CREATE TABLE d.t (k INT PRIMARY KEY)",
		"XA START 'x'", "INSERT INTO d.t VALUES (1)", "XA END 'x'", "XA PREPARE 'x'")
	if err := errors.Join(c.Close(), db.Close()); err != nil {
		t.Fatal(err)
	}
	db = open(t, dir, "?database=d&binlog=true")
	if n := count(t, db, "SELECT count(*) FROM information_schema.xadb_xa_transactions"); n != 1 {
		t.Errorf("%d branches", n)
	}
	mustExec(t, db, "XA COMMIT 'x'")
	if n := count(t, db, "SELECT count(*) FROM t"); n != 1 {
		t.Errorf("%d rows", n)
	}
}

// A context that ends kills its statement: what it had locked is free.
func TestContextKills(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "s"), "")
	mustExec(t, db, "CREATE DATABASE d", "CREATE TABLE d.t (k INT PRIMARY KEY, v INT)", "INSERT INTO d.t VALUES (1, 1)")
	tx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, tx, "UPDATE d.t SET v = 2")
	ctx, cancel := context.WithCancel(context.Background())
	waits := make(chan error, 1)
	go func() {
		_, err := db.ExecContext(ctx, "UPDATE d.t SET v = 3")
		waits <- err
	}()
	until := time.Now().Add(20 * time.Second) // innodb_lock_wait_timeout is 50
	waitFor := func(want int) {
		for count(t, db, "SELECT count(*) FROM information_schema.xadb_lock_waits") != want {
			if time.Now().After(until) {
				t.Fatalf("there are not %d waits", want)
			}
		}
	}
	waitFor(1)
	cancel()
	if err := <-waits; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	waitFor(0) // though what it waited for was not let go
	if err := tx.Commit(); err != nil {
		t.Error(err)
	}
	if v := count(t, db, "SELECT v FROM d.t"); v != 2 {
		t.Errorf("v = %d", v)
	}
}

func TestMoreThanAPacket(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "s"), "?maxAllowedPacket=0")
	var n int
	if err := db.QueryRow("SELECT length(?)", strings.Repeat("x", 17<<20)).Scan(&n); err != nil || n != 17<<20 {
		t.Errorf("%d, %v", n, err)
	}
}

func TestSources(t *testing.T) {
	dir := t.TempDir()
	for name, wants := range map[string]string{
		"":                        "names no folder",
		"?parseTime=true":         "names no folder",
		dir + "/s?binlog=perhaps": "binlog",
		dir + "/s?parseTime=yes":  "parseTime",
		dir + "/s?a=%zz":          "parameters",
	} {
		if _, err := sql.Open("xadb", name); err == nil || !strings.Contains(err.Error(), wants) {
			t.Errorf("%q: %v", name, err)
		}
	}
	first := open(t, dir+"/s", "")
	if err := first.Ping(); err != nil {
		t.Fatal(err)
	}
	second := open(t, dir+"/s", "")
	if err := second.Ping(); err == nil || !strings.Contains(err.Error(), "process") {
		t.Errorf("a second of the same store: %v", err)
	}
	for params, number := range map[string]uint16{"?user=nobody": 1045, "?database=none": 1049} {
		var refused *mysql.MySQLError
		if err := open(t, dir+"/"+params[1:2], params).Ping(); !errors.As(err, &refused) || refused.Number != number {
			t.Errorf("%s: %v", params, err)
		}
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if err := second.Ping(); err != nil {
		t.Errorf("after the first was closed: %v", err)
	}
}
