package server

import (
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/server/mysqlerr"
)

// TestG5_LargeAlter: ALTER TABLE writes more rows anew than one transaction may have. One
// that fails behind the first of them leaves the table as it was, and nothing else.
func TestG5_LargeAlter(t *testing.T) {
	l := openLog(t, vfs.NewMem())
	db := dialAs(t, startSQL(t, l), "root", "")
	rows := func(want string) {
		t.Helper()
		var got string
		if err := db.QueryRow("SELECT CONCAT(COUNT(*), ' ', SUM(a), ' ', SUM(LENGTH(s))) FROM d.t USE INDEX (u)").Scan(&got); err != nil || got != want {
			t.Errorf("rows %q, want %q (%v)", got, want, err)
		}
	}
	mustExec(t, db, "CREATE DATABASE d", "CREATE TABLE d.t (a INT, s MEDIUMTEXT, g INT AS (a + 1), UNIQUE KEY u (a))")
	for a := 1; a <= 40; a++ {
		mustExec(t, db, fmt.Sprintf("INSERT INTO d.t (a, s) VALUES (%d, REPEAT('x', 1 << 20))", a))
	}
	mustExec(t, db, "INSERT INTO d.t (a, s) VALUES (NULL, 'short'), (70000, REPEAT('y', 12 << 20))")
	const content = "42 70820 54525957"
	mustExec(t, db, "ALTER TABLE d.t MODIFY a BIGINT, ADD z INT NOT NULL DEFAULT 5 FIRST")
	rows(content)
	if _, err := db.Exec("ALTER TABLE d.t MODIFY a SMALLINT"); code(err) != mysqlerr.OutOfRange {
		t.Error(err)
	}
	rows(content)
	if n := abandoned(t, l); n != 0 {
		t.Errorf("%d IDs are abandoned", n)
	}
}
