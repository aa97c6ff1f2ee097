package main

import (
	"context"
	"database/sql"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xadb/xadb/fuzz/kill"
)

// TestStormInRecovery: many clients come while the server, killed before, still
// recovers. They wait or are refused; whoever is answered sees all that was
// acknowledged, and the branch that was prepared.
func TestStormInRecovery(t *testing.T) {
	const rows, clients = 100, 40
	dir, binary := t.TempDir(), self(t)
	p := startServe(t, dir)
	db, err := sql.Open("mysql", "root@tcp("+p.Addr+")/")
	must(t, err)
	db.SetMaxOpenConns(1)
	run := func(statements ...string) {
		for _, s := range statements {
			_, err := db.Exec(s)
			must(t, err)
		}
	}
	run("CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY AUTO_INCREMENT)")
	for range rows {
		run("INSERT INTO d.t VALUES ()")
	}
	run("XA START 'b'", "INSERT INTO d.t VALUES ()", "XA END 'b'", "XA PREPARE 'b'")
	must(t, db.Close())
	p.Kill()

	addr := freeAddr(t)
	var ready, early atomic.Bool
	var second *kill.Process
	var all sync.WaitGroup
	all.Go(func() {
		second, err = kill.Start(t.Context(), kill.Command{
			Binary: binary, Dir: dir, Args: []string{"--listen", addr},
			Failpoints: "rec.after_prepared_set_built=sleep(400ms);rec.before_open_for_traffic=sleep(400ms)",
		})
		ready.Store(true)
	})
	for range clients {
		all.Go(func() {
			for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
				early.Store(early.Load() || !ready.Load())
				n, branches, err := firstLook(addr)
				if err != nil {
					time.Sleep(10 * time.Millisecond) // refused, or given up
					continue
				}
				if n != rows || branches != 1 {
					t.Errorf("%d rows and %d branches, want %d and 1", n, branches, rows)
				}
				return
			}
			t.Error("no answer")
		})
	}
	all.Wait()
	must(t, err)
	if !early.Load() {
		t.Error("nobody came before the server was ready")
	}
	must(t, second.Stop())
}

// firstLook is what a new client sees.
func firstLook(addr string) (rows, branches int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	db, err := sql.Open("mysql", "root@tcp("+addr+")/?timeout=200ms")
	if err != nil {
		return 0, 0, err
	}
	defer db.Close()
	if err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM d.t").Scan(&rows); err != nil {
		return 0, 0, err
	}
	list, err := db.QueryContext(ctx, "XA RECOVER")
	if err != nil {
		return 0, 0, err
	}
	defer list.Close()
	for list.Next() {
		branches++
	}
	return rows, branches, list.Err()
}

// freeAddr is a loopback address where nobody listens.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, l.Close())
	return l.Addr().String()
}
