package server

import (
	"io"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/mysql"
)

// One client over loopback: what a statement costs, both ends together.
func BenchmarkStatements(b *testing.B) {
	srv := startSQL(b, openLog(b, vfs.NewMem()))
	db := dial(b, srv, "?interpolateParams=true")
	db.SetMaxOpenConns(1)
	mustExec(b, db, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, n INT)", "INSERT INTO d.t VALUES (1, 1)")
	b.Run("select 1", func(b *testing.B) {
		for b.Loop() {
			one[int](b, db, "SELECT 1")
		}
	})
	b.Run("point select", func(b *testing.B) {
		for b.Loop() {
			one[int](b, db, "SELECT n FROM d.t WHERE id = ?", 1)
		}
	})
	b.Run("point select, prepared", func(b *testing.B) {
		st, err := db.Prepare("SELECT n FROM d.t WHERE id = ?")
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			var n int
			if err := st.QueryRow(1).Scan(&n); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("update", func(b *testing.B) {
		for b.Loop() {
			mustExec(b, db, "UPDATE d.t SET n = n + 1 WHERE id = 1")
		}
	})
	b.Run("xa, two phases", func(b *testing.B) {
		for b.Loop() {
			mustExec(b, db, "XA START 'x'", "UPDATE d.t SET n = n + 1 WHERE id = 1", "XA END 'x'", "XA PREPARE 'x'", "XA COMMIT 'x'")
		}
	})
}

// What the protocol alone costs: one row that was there before, and a client
// that only counts bytes. Both ends are in one process.
func BenchmarkProtocol(b *testing.B) {
	statements := map[string][]byte{
		"text":     framed(0, append([]byte{mysql.COM_QUERY}, "SELECT a FROM t"...)),
		"prepared": framed(0, []byte{mysql.COM_STMT_EXECUTE, 1, 0, 0, 0, 0, 1, 0, 0, 0}),
		"ping":     framed(0, []byte{mysql.COM_PING}),
	}
	for _, name := range slices.Sorted(maps.Keys(statements)) {
		b.Run(name, func(b *testing.B) {
			nc := loggedIn(b, start(b, nil))
			if err := nc.SetDeadline(time.Time{}); err != nil {
				b.Fatal(err)
			}
			if head := ask(b, nc, mysql.COM_STMT_PREPARE, "SELECT a FROM t"); head[0] != mysql.OK_HEADER {
				b.Fatalf("%q", head)
			}
			answer := make([]byte, 1024)
			size := 0
			for b.Loop() {
				if _, err := nc.Write(statements[name]); err != nil {
					b.Fatal(err)
				}
				n, err := io.ReadAtLeast(nc, answer, max(size, 1))
				if err != nil {
					b.Fatal(err)
				}
				size = max(size, n)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "statements/s")
		})
	}
}
