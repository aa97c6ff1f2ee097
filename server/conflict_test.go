package server

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/server/mysqlerr"
)

// TestC16_Conflicts: under REPEATABLE READ a statement that writes or locks sees
// what others have committed since the snapshot, or is refused with 1020 if the
// session asks for that: in both tiers, as text and prepared.
func TestC16_Conflicts(t *testing.T) {
	for _, params := range []string{"d?interpolateParams=true", "d"} {
		for _, statement := range []string{
			"UPDATE t SET v = v + ? WHERE id = 1",
			"UPDATE t SET v = v + ? WHERE id BETWEEN 1 AND 2",
			"UPDATE t SET v = v + ? WHERE id = (SELECT MIN(id) FROM u)",
			"UPDATE t JOIN u ON t.id = u.id SET t.v = t.v + ?",
			"INSERT INTO t VALUES (1, 0) ON DUPLICATE KEY UPDATE v = v + ?",
			"SELECT v + 1 FROM t WHERE id = ? FOR UPDATE",
			"SELECT MAX(t.v) + 1 FROM t JOIN u ON t.id = u.id WHERE t.id = ? FOR UPDATE",
		} {
			for _, refuses := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/%t", params, statement, refuses), func(t *testing.T) {
					conflict(t, params, statement, refuses)
				})
			}
		}
	}
}

func conflict(t *testing.T, params, statement string, refuses bool) {
	ctx := context.Background()
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v INT)", "CREATE TABLE d.u (id INT PRIMARY KEY)",
		"INSERT INTO d.t VALUES (1, 10), (2, 20)", "INSERT INTO d.u VALUES (1)")
	db := dial(t, srv, params)
	conn, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if refuses {
		mustExec(t, conn, "SET xadb_snapshot_isolation = ON")
	}
	mustExec(t, conn, "BEGIN")
	read := func() (v int) {
		t.Helper()
		if err := conn.QueryRowContext(ctx, "SELECT v FROM t WHERE id = ?", 1).Scan(&v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	if v := read(); v != 10 {
		t.Fatal(v)
	}
	mustExec(t, db, "UPDATE t SET v = 50 WHERE id = 1")
	if v := read(); v != 10 {
		t.Errorf("the snapshot has %d", v)
	}
	reads := strings.HasPrefix(statement, "SELECT")
	saw := 0
	if reads {
		err = conn.QueryRowContext(ctx, statement, 1).Scan(&saw)
	} else if _, err = conn.ExecContext(ctx, statement, 1); err == nil {
		saw = read()
	}
	if refuses {
		if code(err) != mysqlerr.CheckRead {
			t.Errorf("%v", err)
		}
		mustExec(t, conn, "ROLLBACK")
	} else {
		if err != nil || saw != 51 {
			t.Errorf("%d, %v", saw, err)
		}
		mustExec(t, conn, "COMMIT")
	}
	want := 51
	if refuses || reads {
		want = 50
	}
	if v := read(); v != want {
		t.Errorf("in the end %d, want %d", v, want)
	}
}
