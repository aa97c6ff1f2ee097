package server

import (
	"context"
	"database/sql"
	"os/exec"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/server/mysqlerr"
)

func TestFullViews(t *testing.T) {
	db := shop(t)
	mustExec(t, db, "CREATE VIEW v AS SELECT c.id, UPPER(name) AS n, SUM(amount) AS s FROM c JOIN o ON o.cid = c.id GROUP BY c.id, name")
	if got := listed(t, db, "SELECT * FROM v ORDER BY id"); got != "1,ANN,3.75 2,BOB,7.00" {
		t.Error(got)
	}
	if got := listed(t, db, "SELECT v.n FROM v JOIN c USING (id) WHERE c.id = 2"); got != "BOB" {
		t.Error(got)
	}
	if got := listed(t, db, "SHOW FULL TABLES"); got != "c,BASE TABLE o,BASE TABLE v,VIEW" {
		t.Error(got)
	}
	for statement, want := range map[string]uint16{
		"CREATE VIEW v AS SELECT 1":    mysqlerr.TableExists,
		"CREATE VIEW c AS SELECT 1":    mysqlerr.TableExists,
		"CREATE TABLE v (id INT)":      mysqlerr.TableExists,
		"DROP VIEW nope":               mysqlerr.BadTable,
		"CREATE VIEW w AS SELECT nope": mysqlerr.BadField,
	} {
		if _, err := db.Exec(statement); code(err) != want {
			t.Errorf("%s: %v, want %d", statement, err, want)
		}
	}
	mustExec(t, db, "CREATE OR REPLACE VIEW v AS SELECT 1 AS one")
	if got := listed(t, db, "SELECT * FROM v"); got != "1" {
		t.Error(got)
	}
	mustExec(t, db, "DROP VIEW v")
	if _, err := db.Exec("SELECT * FROM v"); code(err) != mysqlerr.NoSuchTable {
		t.Error(err)
	}
}

func TestFullAlter(t *testing.T) {
	db := shop(t)
	for _, step := range []struct{ sql, query, want string }{
		{"ALTER TABLE c ADD COLUMN age INT NOT NULL DEFAULT 7 AFTER id", "SELECT * FROM c", "1,7,ann 2,7,bob 3,7,cy"},
		{"ALTER TABLE c MODIFY COLUMN age BIGINT, ADD INDEX ix (age)", "SELECT id FROM c WHERE age = 7 AND LENGTH(name) = 2", "3"},
		{"ALTER TABLE c RENAME COLUMN age TO years", "SELECT years FROM c WHERE id = 1", "7"},
		{"ALTER TABLE c CHANGE COLUMN years y SMALLINT NULL FIRST", "SELECT * FROM c WHERE id = 2", "7,2,bob"},
		{"ALTER TABLE c ADD COLUMN note TEXT, DROP COLUMN y", "SELECT * FROM c", "1,ann,NULL 2,bob,NULL 3,cy,NULL"},
		{"ALTER TABLE c ALTER COLUMN name SET DEFAULT 'none'", "SELECT column_default FROM information_schema.columns WHERE table_name = 'c' AND column_name = 'name'", "none"},
		{"ALTER TABLE c RENAME TO e", "SELECT COUNT(*) FROM e", "3"},
		{"RENAME TABLE e TO c", "SELECT COUNT(*) FROM c", "3"},
		{"ALTER TABLE c DROP PRIMARY KEY", "SELECT id FROM c ORDER BY id", "1 2 3"},
		{"ALTER TABLE c ADD PRIMARY KEY (name, id)", "SELECT id FROM c WHERE name = 'bob'", "2"},
		{"CREATE TABLE l LIKE c", "SELECT COUNT(*) FROM l", "0"},
		{"CREATE TABLE s AS SELECT id, name, id * 1.5 AS z FROM c WHERE id < 3", "SELECT * FROM s ORDER BY id", "1,ann,1.5 2,bob,3.0"},
		{"TRUNCATE TABLE s", "SELECT COUNT(*) FROM s", "0"},
	} {
		mustExec(t, db, step.sql)
		if got := listed(t, db, step.query); got != step.want {
			t.Errorf("after %s: %s, want %s", step.sql, got, step.want)
		}
	}
	if got := listed(t, db, "SHOW INDEX FROM l"); !strings.HasPrefix(got, "l,0,PRIMARY,1,name") {
		t.Error(got)
	}
	for statement, want := range map[string]uint16{
		"ALTER TABLE nope ADD COLUMN x INT":    mysqlerr.NoSuchTable,
		"ALTER TABLE c ADD COLUMN name INT":    mysqlerr.DupFieldName,
		"ALTER TABLE c DROP COLUMN nope":       mysqlerr.CantDropFieldOrKey,
		"ALTER TABLE c ADD FULLTEXT (id)":      mysqlerr.BadFulltextColumn,
		"ALTER TABLE c MODIFY COLUMN name INT": mysqlerr.IncorrectFieldValue,
		"RENAME TABLE c TO o":                  mysqlerr.TableExists,
		"CREATE TABLE o AS SELECT 1":           mysqlerr.TableExists,
	} {
		if _, err := db.Exec(statement); code(err) != want {
			t.Errorf("%s: %v, want %d", statement, err, want)
		}
	}
	if got := listed(t, db, "SELECT id FROM c ORDER BY id"); got != "1 2 3" {
		t.Errorf("after statements that failed: %s", got)
	}
}

func TestFullAutoIncrement(t *testing.T) {
	db := shop(t)
	mustExec(t, db, "CREATE TABLE a (id INT AUTO_INCREMENT PRIMARY KEY, u INT, UNIQUE KEY (u))")
	res, err := db.Exec("INSERT INTO a (u) SELECT id FROM c ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	if id, _ := res.LastInsertId(); id != 1 {
		t.Errorf("LAST_INSERT_ID is %d", id)
	}
	if got := listed(t, db, "SELECT LAST_INSERT_ID(), MAX(id), COUNT(DISTINCT u) FROM a"); got != "1,3,3" {
		t.Error(got)
	}
	mustExec(t, db, "INSERT INTO a (u) VALUES (2) ON DUPLICATE KEY UPDATE u = 20", "REPLACE INTO a (u) VALUES (3)")
	if got := listed(t, db, "SELECT u FROM a ORDER BY u"); got != "1 3 20" {
		t.Error(got)
	}
	if _, err := db.Exec("INSERT INTO a (u) SELECT 1"); code(err) != mysqlerr.DupEntry || !strings.Contains(err.Error(), "for key 'a.u'") {
		t.Error(err)
	}
	mustExec(t, db, "ALTER TABLE a ADD COLUMN x INT", "INSERT INTO a (u) VALUES (50)")
	if got := listed(t, db, "SELECT id > 4 FROM a WHERE u = 50"); got != "1" {
		t.Error("the counter began anew")
	}
}

// What an object-relational mapper asks before and while it migrates.
func TestFullMigration(t *testing.T) {
	db := shop(t)
	mustExec(t, db, "CREATE TABLE `users` (`id` bigint unsigned AUTO_INCREMENT, `created_at` datetime(3) NULL, `deleted_at` datetime(3) NULL, "+
		"`name` longtext, `email` varchar(191), PRIMARY KEY (`id`), INDEX `idx_users_deleted_at` (`deleted_at`), UNIQUE INDEX `idx_email` (`email`))")
	for _, tt := range []struct {
		query string
		args  []any
		want  string
	}{
		{"SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE ? ORDER BY SCHEMA_NAME = ? DESC, SCHEMA_NAME LIMIT 1", []any{"d%", "d"}, "d"},
		{"SELECT count(*) FROM information_schema.tables WHERE table_schema = ? AND table_name = ? AND table_type = ?", []any{"d", "users", "BASE TABLE"}, "1"},
		{"SELECT column_name, is_nullable = 'YES', data_type, column_type, column_key, extra FROM information_schema.columns WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position LIMIT 2", []any{"d", "users"},
			"id,0,bigint,bigint unsigned,PRI,auto_increment created_at,1,datetime,datetime(3),,"},
		{"SELECT index_name, non_unique FROM information_schema.statistics WHERE table_schema = ? AND table_name = ? ORDER BY index_name, seq_in_index", []any{"d", "users"},
			"idx_email,0 idx_users_deleted_at,1 PRIMARY,0"},
		{"SELECT count(*) FROM information_schema.table_constraints WHERE constraint_schema = ? AND table_name = ? AND constraint_name = ?", []any{"d", "users", "fk"}, "0"},
	} {
		if got := listed(t, db, tt.query, tt.args...); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.query, got, tt.want)
		}
	}
	mustExec(t, db, "ALTER TABLE `users` ADD `phone` varchar(20)", "ALTER TABLE `users` MODIFY COLUMN `name` varchar(100)")
	if _, err := db.Exec("INSERT INTO `users` (`created_at`, `name`, `email`) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE `name` = VALUES(`name`)", "2024-01-01 10:00:00.123", "ann", "a@b"); err != nil {
		t.Fatal(err)
	}
	if got := listed(t, db, "SELECT `id`, `created_at`, `name`, `phone` FROM `users` WHERE `users`.`deleted_at` IS NULL ORDER BY `users`.`id` LIMIT 1"); got != "1,2024-01-01 10:00:00.123,ann,NULL" {
		t.Error(got)
	}
}

// A row without a primary key is found again by what it holds.
func TestFullWithoutKey(t *testing.T) {
	db := shop(t)
	mustExec(t, db, "CREATE TABLE n (a INT, b INT)", "INSERT INTO n VALUES (1, 1), (1, 1), (2, 2)")
	res, err := db.Exec("DELETE n FROM n JOIN c ON c.id = n.a WHERE c.name = 'ann'")
	if err != nil {
		t.Fatal(err)
	}
	if count, _ := res.RowsAffected(); count != 2 {
		t.Errorf("%d rows", count)
	}
	mustExec(t, db, "INSERT INTO n SELECT a, b FROM n", "UPDATE n SET b = CASE WHEN b = 2 THEN 9 END")
	if got := listed(t, db, "SELECT * FROM n"); got != "2,9 2,9" {
		t.Error(got)
	}
}

// What statements lock: SELECT ... FOR UPDATE its own tables, a change the
// tables it reads, and plain reads nothing.
func TestFullLocks(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d")
	db := dial(t, srv, "d?innodb_lock_wait_timeout=1")
	mustExec(t, db, "CREATE TABLE a (id INT PRIMARY KEY, v INT)", "CREATE TABLE b (id INT PRIMARY KEY, v INT)",
		"INSERT INTO a VALUES (1, 1), (2, 2)", "INSERT INTO b VALUES (1, 1), (2, 2)")
	blocks := func(first, second string) bool {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		mustExec(t, tx, first)
		other, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = other.Rollback() }()
		_, err = other.Exec(second)
		if err != nil && code(err) != mysqlerr.LockWaitTimeout && code(err) != mysqlerr.LockNowait {
			t.Fatalf("%s: %v", second, err)
		}
		return err != nil
	}
	for _, tt := range []struct {
		first, second string
		want          bool
	}{
		{"SELECT * FROM a JOIN b USING (id) WHERE a.id = 1 FOR UPDATE", "SELECT * FROM b WHERE id = 1 FOR UPDATE NOWAIT", true},
		{"SELECT * FROM a JOIN b USING (id) WHERE a.id = 1 FOR UPDATE", "SELECT * FROM b WHERE id = 2 FOR UPDATE NOWAIT", false},
		{"SELECT * FROM a JOIN b USING (id) WHERE a.id = 1 FOR SHARE", "SELECT * FROM a WHERE id = 1 FOR SHARE NOWAIT", false},
		{"SELECT * FROM a JOIN b USING (id) WHERE a.id = 1 FOR UPDATE OF a", "SELECT * FROM b WHERE id = 1 FOR UPDATE NOWAIT", false},
		{"SELECT * FROM a JOIN b USING (id)", "SELECT * FROM a FOR UPDATE NOWAIT", false},
		{"SELECT * FROM a WHERE id IN (SELECT id FROM b WHERE v = 1) FOR UPDATE", "SELECT * FROM b FOR UPDATE NOWAIT", false},
		{"INSERT INTO a SELECT id + 10, v FROM b", "SELECT * FROM b WHERE id = 1 FOR UPDATE NOWAIT", true},
		{"INSERT INTO a SELECT id + 10, v FROM b", "SELECT * FROM b WHERE id = 1 FOR SHARE NOWAIT", false},
		{"UPDATE a JOIN b USING (id) SET a.v = 7 WHERE b.id = 1", "SELECT * FROM a WHERE id = 1 FOR SHARE NOWAIT", true},
	} {
		if got := blocks(tt.first, tt.second); got != tt.want {
			t.Errorf("%s, then %s: blocked is %v", tt.first, tt.second, got)
		}
	}
}

// Plain reads see the snapshot, changes the newest rows.
func TestFullSnapshot(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d")
	db := dial(t, srv, "d")
	mustExec(t, db, "CREATE TABLE a (id INT PRIMARY KEY, v INT)", "CREATE TABLE b (id INT PRIMARY KEY)", "INSERT INTO a VALUES (1, 1)", "INSERT INTO b VALUES (1)")
	tx, err := db.BeginTx(context.Background(), &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	read := "SELECT v FROM a JOIN b USING (id)"
	if got := listed(t, tx, read); got != "1" {
		t.Fatal(got)
	}
	mustExec(t, db, "UPDATE a SET v = 10")
	if got := listed(t, tx, read); got != "1" {
		t.Errorf("the snapshot shows %s", got)
	}
	if got := listed(t, tx, read+" FOR UPDATE"); got != "10" {
		t.Errorf("a locking read shows %s", got)
	}
	mustExec(t, tx, "UPDATE a JOIN b USING (id) SET v = v + 1")
	if got := listed(t, tx, read); got != "11" {
		t.Errorf("after the change: %s", got)
	}
}

// mariadb-dump's output loads, and dumps to the same.
func TestFullDump(t *testing.T) {
	dump, client := peer(t, "mariadb-dump"), peer(t, "mariadb")
	if dump == "" || client == "" {
		return
	}
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	root := dial(t, srv, "")
	mustExec(t, root, "CREATE DATABASE d", "CREATE DATABASE e")
	db := dial(t, srv, "d")
	mustExec(t, db, wideTable, "CREATE TABLE a (id INT AUTO_INCREMENT PRIMARY KEY, s VARCHAR(20) NOT NULL DEFAULT 'x', KEY (s))",
		`INSERT INTO a (s) VALUES ('plain'), ('it\'s \\ here'), ('two\nlines')`,
		"INSERT INTO wide VALUES (1, -128, 255, -32768, 8388607, 4294967295, 18446744073709551615, 1.5, 2.25, 12345.67890, 'ab', 'héllo', X'00FF', 'text', X'626C6F62', '2024-02-29', '2024-02-29 23:59:59.999999', '-12:34:56.789', 2024)",
		`CREATE TABLE n (id INT PRIMARY KEY, e ENUM('it''s','b') NOT NULL DEFAULT 'b', f SET('x','y') CHARACTER SET latin1, b BIT(9) DEFAULT b'101',
			j JSON, z INT(6) ZEROFILL, g FLOAT(8,2), l VARCHAR(9) CHARACTER SET latin1, m VARCHAR(9) COLLATE utf8mb4_0900_ai_ci,
			w NCHAR(3), u TIMESTAMP(3) NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3), s SERIAL)`,
		`INSERT INTO n VALUES (1, 'it''s', 'x,y', b'111111111', '{"b": [1, 2.50, "é"], "a": null}', 42, 1.25, 'é€', 'ß', 'é', '2024-01-01 00:00:00.123', 7), (2, 'b', '', 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 8)`,
		"INSERT INTO wide (id) VALUES (2)", "CREATE VIEW v AS SELECT id, UPPER(s) AS u FROM a")
	host, port, _ := strings.Cut(srv.Addr().String(), ":")
	args := []string{"--no-defaults", "-h", host, "-P", port, "-u", "root"}
	dumped := func(name string) string {
		t.Helper()
		out, err := exec.Command(dump, append(args[:len(args):len(args)], "--single-transaction", "--skip-comments", "--hex-blob", name)...).Output()
		if err != nil {
			t.Fatalf("mariadb-dump: %v", err)
		}
		return string(out)
	}
	first := dumped("d")
	load := exec.Command(client, append(args[:len(args):len(args)], "e")...)
	load.Stdin = strings.NewReader(first)
	if out, err := load.CombinedOutput(); err != nil {
		t.Fatalf("loading the dump: %v\n%s", err, out)
	}
	if second := dumped("e"); second != first {
		t.Errorf("the dump of a loaded dump differs:\n%s\n%s", first, second)
	}
}
