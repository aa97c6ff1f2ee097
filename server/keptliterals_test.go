package server

import (
	"database/sql"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestKeptLiterals: what definitions keep of a client's text has its bytes after a restart, and
// where a dump has made them anew, as dumps do: in the character set that they were written in.
func TestKeptLiterals(t *testing.T) {
	disk := vfs.NewCrashableMem()
	srv := startSQL(t, openLog(t, disk))
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d", "CREATE DATABASE e")
	mustExec(t, dial(t, srv, "d?charset=gbk"),
		"CREATE TABLE c (id INT PRIMARY KEY, b VARBINARY(9) DEFAULT ('\xd6\xd0'), g VARBINARY(9) AS (CONCAT('\xb9\\', '\\\\', b)), CHECK (b <> '\xb9\xfa'))",
		"CREATE TRIGGER r BEFORE UPDATE ON c FOR EACH ROW SET NEW.b = CONCAT('\xb9\xfa', OLD.b)",
		"CREATE VIEW v AS SELECT id, CONCAT(b, '\xd6\xd0') x FROM c WHERE b <> '\xb9\xfa'")
	srv = startSQL(t, openLog(t, disk.CrashClone(vfs.CrashCloneCfg{})))
	answersOfKept(t, dial(t, srv, "d?charset=utf8mb4"))

	from, to := dial(t, srv, "d?charset=utf8mb4"), dial(t, srv, "e?charset=utf8mb4")
	from.SetMaxOpenConns(1)
	to.SetMaxOpenConns(1)
	mustExec(t, to, columnOf(t, from, "SHOW CREATE TABLE c", 1))
	mustExec(t, from, "SET character_set_results = binary")
	trigger, view := columnOf(t, from, "SHOW CREATE TRIGGER r", 2), columnOf(t, from, "SHOW CREATE VIEW v", 1)
	mustExec(t, to, "SET character_set_client = "+columnOf(t, from, "SHOW CREATE TRIGGER r", 3)+
		", collation_connection = "+columnOf(t, from, "SHOW CREATE VIEW v", 3), trigger, view)
	answersOfKept(t, dial(t, srv, "e?charset=latin1"))
}

func answersOfKept(t *testing.T, db *sql.DB) {
	t.Helper()
	mustExec(t, db, "INSERT INTO c (id) VALUES (1)", "INSERT INTO c (id, b) VALUES (2, X'E4B8AD')", "UPDATE c SET b = 1 WHERE id = 2")
	if got := listed(t, db, "SELECT id, HEX(b), HEX(g) FROM c ORDER BY id"); got != "1,D6D0,B95C5CD6D0 2,B9FAE4B8AD,B95C5CB9FAE4B8AD" {
		t.Error(got)
	}
	if got := listed(t, db, "SELECT id, HEX(x) FROM v ORDER BY id"); got != "1,D6D0D6D0 2,B9FAE4B8ADD6D0" {
		t.Error(got)
	}
	if _, err := db.Exec("INSERT INTO c (id, b) VALUES (3, X'B9FA')"); code(err) != 3819 {
		t.Error(err)
	}
	mustExec(t, db, "DELETE FROM c")
}

// columnOf is a column of a result's only row.
func columnOf(t *testing.T, db *sql.DB, query string, at int) string {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values := make([]sql.RawBytes, len(names))
	into := make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	if !rows.Next() {
		t.Fatal(query, rows.Err())
	}
	if err := rows.Scan(into...); err != nil {
		t.Fatal(err)
	}
	return string(values[at])
}
