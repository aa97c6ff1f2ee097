package server

import (
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/tclog"
)

// ALTER TABLE of a temporary table gives back the IDs under which the table was, and the
// session's end those under which it is (G5).
func TestTemporaryIDs(t *testing.T) {
	l := openLog(t, vfs.NewMem())
	srv := startSQL(t, l)
	db := dialAs(t, srv, "root", "") // of one connection
	noted := func() int { return abandoned(t, l) }
	mustExec(t, db, "CREATE DATABASE d", "CREATE TEMPORARY TABLE d.t (a INT PRIMARY KEY, b INT)", "INSERT INTO d.t VALUES (1, 1), (2, 1)")
	for _, step := range []struct {
		statement string
		want      int
	}{
		{"ALTER TABLE d.t ADD KEY (b)", 2},
		{"ALTER TABLE d.t MODIFY b BIGINT, ADD KEY (b, a)", 3},
		{"CREATE INDEX i ON d.t (b)", 4},
		{"DROP INDEX i ON d.t", 3},
		{"ALTER TABLE d.t RENAME TO d.u", 3},
	} {
		mustExec(t, db, step.statement)
		if got := noted(); got != step.want {
			t.Errorf("%s: %d IDs, want %d", step.statement, got, step.want)
		}
	}
	if _, err := db.Exec("ALTER TABLE d.u ADD c INT, ADD UNIQUE (b)"); code(err) != mysqlerr.DupEntry {
		t.Fatal(err)
	}
	mustExec(t, db, "ALTER TABLE d.u COMMENT 'x'") // with which goes what the other one left
	if got := noted(); got != 3 {
		t.Errorf("%d IDs behind a statement that failed", got)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); noted() > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d IDs behind the session", noted())
		}
	}
}

// abandoned is how many IDs the catalog has that no definition names.
func abandoned(t *testing.T, l *tclog.Log) int {
	t.Helper()
	txn := l.Begin()
	defer func() { _ = l.Rollback(txn) }()
	ids, err := catalog.New().Orphans(exec.Over(txn))
	if err != nil {
		t.Fatal(err)
	}
	return len(ids)
}
