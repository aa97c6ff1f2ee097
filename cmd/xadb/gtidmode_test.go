package main

import "testing"

// A store without GTIDs survives kill -9 with a prepared branch, and is refused by
// a server that would give its transactions some.
func TestGTIDModeOff(t *testing.T) {
	d := &disaster{t: t, binary: self(t), dir: t.TempDir()}
	data := d.path("data")
	for round := range 3 {
		p, db := d.serve(data, "--gtid-mode=off")
		execute(t, db, "CREATE DATABASE IF NOT EXISTS d", "CREATE TABLE IF NOT EXISTS d.t (id INT PRIMARY KEY)")
		if round > 0 {
			execute(t, db, "XA COMMIT 'x'")
		}
		execute(t, db, "XA START 'x'", "INSERT INTO d.t SELECT COUNT(*) FROM d.t", "XA END 'x'", "XA PREPARE 'x'")
		var rows int
		if err := db.QueryRow("SELECT COUNT(*) FROM d.t").Scan(&rows); err != nil || rows != round {
			t.Errorf("round %d: %d rows, %v", round, rows, err)
		}
		p.Kill()
	}
	d.xadb("check", "--data", data).wants(t, 0)
	d.xadb("serve", "--listen", "127.0.0.1:0", "--data", data).wants(t, 1, "gtid_mode=OFF")
	for _, args := range [][]string{{"--gtid-mode=maybe"}, {"--gtid-mode=OFF", "--listen-mariadb=127.0.0.1:0"}, {"--gtid-mode=OFF", "--archive=" + d.path("a")}} {
		d.xadb(append([]string{"serve", "--listen", "127.0.0.1:0", "--data", d.path("none")}, args...)...).wants(t, exitUsage, "gtid-mode")
	}
}
