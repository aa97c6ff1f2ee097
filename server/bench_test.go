package server

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
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
