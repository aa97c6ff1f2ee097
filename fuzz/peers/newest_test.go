package peers

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// newestChanges make tables with what MariaDB does not know, vectors and indexes on
// expressions, and change their rows.
var newestChanges = []string{
	"CREATE DATABASE d",
	"CREATE TABLE d.t (id INT PRIMARY KEY, v VECTOR(3), s VARCHAR(10) COLLATE utf8mb4_bin, b BLOB, w VECTOR NOT NULL, e ENUM('a','b'), g POINT)",
	"CREATE TABLE d.nokey (v VECTOR(2), n INT)",
	"INSERT INTO d.t (id, v, s, b, w, g) VALUES (1, TO_VECTOR('[1,2,3]'), 'a', 'x', TO_VECTOR('[4e10]'), POINT(1,2)), (2, NULL, NULL, NULL, TO_VECTOR('[5,-6]'), NULL), (3, _binary'abcd', 'ä', '', 0x000000FF, NULL)",
	"INSERT INTO d.nokey VALUES (TO_VECTOR('[1]'), 1), (TO_VECTOR('[1]'), 2), (NULL, 3)",
	"UPDATE d.t SET v = 0x0000803F, s = 'q' WHERE id = 2",
	"UPDATE d.nokey SET v = TO_VECTOR('[2,-0]') WHERE n < 3",
	"DELETE FROM d.t WHERE id = 1",
	"ALTER TABLE d.t ADD x VECTOR(2) AFTER id, MODIFY v VECTOR(5), CHANGE w u VECTOR(1000) NOT NULL",
	"CREATE TABLE d.copied AS SELECT COALESCE(v, u) c, TO_VECTOR('[1,2]') l, VECTOR_DIM(u) n FROM d.t",
	"CREATE TABLE d.likewise LIKE d.t",
	"REPLACE INTO d.t (id, v, u) VALUES (2, 0x00000000, 0x0000803F), (9, NULL, 0x0000803F)",
	"INSERT INTO d.likewise SELECT * FROM d.t",
	"SET binlog_row_image = 'MINIMAL'", "UPDATE d.t SET x = TO_VECTOR('[8]') WHERE id = 9",
	"SET binlog_row_image = 'NOBLOB'", "UPDATE d.t SET x = TO_VECTOR('[9]') WHERE id = 9", "DELETE FROM d.nokey WHERE n = 1",
	"SET binlog_row_image = 'FULL'", "SET binlog_transaction_compression = 1", "UPDATE d.t SET v = x",
	"CREATE TABLE d.f (id INT PRIMARY KEY, a INT, s VARCHAR(20), UNIQUE KEY u ((a * 2), s(3)), KEY k ((lower(s)) DESC, a))",
	"INSERT INTO d.f VALUES (1, 1, 'One'), (2, 2, 'Two'), (3, NULL, NULL)",
	"UPDATE d.f SET a = a + 10, s = CONCAT(s, 'x') WHERE LOWER(s) = 'two'",
	"ALTER TABLE d.f ADD b INT DEFAULT 7 AFTER id, DROP KEY k, ADD KEY k2 ((b + a)), MODIFY a BIGINT",
	"DELETE FROM d.f WHERE b + a = 8", "INSERT INTO d.f (id, a, s) VALUES (4, 5, 'four'), (5, 6, 'five')",
	"CREATE INDEX j ON d.f ((abs(a)))", "DROP INDEX u ON d.f", "UPDATE d.f SET a = -a WHERE a > 0",
}

// TestNewest: what they have made is there behind a kill of the server; and a MySQL 9 that
// follows, if it is asked for, has it, too.
func TestNewest(t *testing.T) {
	source := newSource(t)
	db := dial(t, source.addr(), "")
	db.SetMaxOpenConns(1)
	mustExec(t, db, newestChanges...)
	want := contents(t, db)
	source.kill()
	source.start()
	if got := contents(t, dial(t, source.addr(), "")); got != want || !strings.Contains(want, "d.nokey") {
		t.Errorf("behind a kill\n%s\nbefore\n%s", got, want)
	}
	if *replicasMySQL {
		followNewest(t, source, want)
	}
}

// followNewest lets a MySQL 9 follow; what its mysqldump says of either server is the same
// in the other.
func followNewest(t *testing.T, source *sourceServer, want string) {
	my := newMySQL(t, replicaOptions...)
	r := follower{my, dial(t, my.addr(), ""), nil}
	r.follow(r.db, source)
	r.reached(r.db, statusOf(t, dial(t, source.addr(), ""), "SELECT @@GLOBAL.gtid_executed g")["g"])
	r.healthy(r.db)
	if got := contents(t, r.db); got != want {
		t.Errorf("the replica has\n%s\nthe source\n%s", got, want)
	}
	for _, way := range [][]string{{"--hex-blob"}, {"--skip-extended-insert", "--complete-insert"}} {
		for _, from := range []string{source.addr(), my.addr()} {
			dump := mysqlDump(from).run(t, append(way, "--set-gtid-purged=OFF", "--no-tablespaces", "--databases", "d")...)
			file := filepath.Join(t.TempDir(), "dump.sql")
			if err := os.WriteFile(file, dump, 0o600); err != nil {
				t.Fatal(err)
			}
			other := serveDir(t, filepath.Join(t.TempDir(), "data"))
			mariadb(t, other.Addr, file, "")
			if got := contents(t, dial(t, other.Addr, "")); got != want {
				t.Errorf("%v from %s: loaded\n%s\nwant\n%s", way, from, got, want)
			}
		}
	}
}
