package peers

import (
	"strings"
	"testing"
)

// contextual are statements whose text alone does not say what they do. Each line
// begins in a session of its own.
var contextual = []string{
	"SET sql_mode=''; CREATE TABLE d.zero (a INT PRIMARY KEY, d DATETIME DEFAULT '0000-00-00 00:00:00', ts TIMESTAMP, ts2 TIMESTAMP);" +
		"INSERT INTO d.zero (a) VALUES (1)",
	"SET foreign_key_checks=0; CREATE TABLE d.child (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES d.parent (id) ON DELETE CASCADE ON UPDATE CASCADE);" +
		"CREATE TABLE d.parent (id INT PRIMARY KEY); INSERT INTO d.child VALUES (1, 99); SET foreign_key_checks=1;" +
		"INSERT INTO d.parent VALUES (1), (2); INSERT INTO d.child VALUES (2, 1), (3, 2); DELETE FROM d.parent WHERE id=1; UPDATE d.parent SET id=20 WHERE id=2",
	"SET foreign_key_checks=0; DROP TABLE d.parent",
	"SET time_zone='+05:00'; CREATE TABLE d.zone (a INT PRIMARY KEY, ts TIMESTAMP DEFAULT '2020-01-01 00:00:00', dt DATETIME);" +
		"INSERT INTO d.zone (a, dt) VALUES (1, '2021-01-01 00:00:00'); ALTER TABLE d.zone MODIFY dt TIMESTAMP NULL",
	"SET time_zone='UTC'; CREATE TABLE d.utc (a INT PRIMARY KEY, dt DATETIME); INSERT INTO d.utc VALUES (1, '2021-01-01 00:00:00'); ALTER TABLE d.utc MODIFY dt TIMESTAMP NULL",
	"CREATE TABLE d.zone2 (a INT PRIMARY KEY, dt DATETIME); INSERT INTO d.zone2 VALUES (1, '2021-01-01 00:00:00'); ALTER TABLE d.zone2 MODIFY dt TIMESTAMP NULL",
	"CREATE TABLE d.late (a INT PRIMARY KEY); INSERT INTO d.late VALUES (1), (2); DO SLEEP(0.3);" +
		"ALTER TABLE d.late ADD COLUMN b DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6), ADD COLUMN c DATETIME DEFAULT CURRENT_TIMESTAMP",
	"CREATE VIEW d.v AS SELECT a FROM d.late; CREATE OR REPLACE SQL SECURITY INVOKER VIEW d.w AS SELECT a FROM d.late",
	"CREATE TRIGGER d.tr BEFORE INSERT ON d.late FOR EACH ROW SET NEW.b = '2000-01-01'; INSERT INTO d.late (a) VALUES (3); DROP TRIGGER d.tr",
	"CREATE TEMPORARY TABLE d.tmp (a INT PRIMARY KEY, v VARCHAR(9) DEFAULT 'x'); INSERT INTO d.tmp (a) VALUES (1), (2);" +
		"CREATE TABLE d.oftmp AS SELECT * FROM d.tmp; CREATE TABLE d.liketmp LIKE d.tmp; INSERT INTO d.liketmp SELECT * FROM d.tmp;" +
		"CREATE TABLE d.gone (a INT); DROP TABLE d.tmp, d.gone",
	"USE d; SET @x=5; CREATE TABLE chance SELECT RAND() r, UUID() u, NOW(6) n, @x x, CONNECTION_ID() c, a FROM late; CREATE TABLE none SELECT a FROM late WHERE a > 99",
	"CREATE TABLE d.loose (id INT PRIMARY KEY, p INT REFERENCES d.late (a)); INSERT INTO d.loose VALUES (1, 1)",
	"SET time_zone='-03:00'; ALTER TABLE d.zone ADD COLUMN n INT; INSERT INTO d.zone (a) VALUES (2); INSERT INTO d.zone (a) SELECT a+100 FROM d.zone",
	"CREATE USER ann@localhost IDENTIFIED BY 'secret'; GRANT SELECT ON d.* TO ann@localhost; ALTER USER ann@localhost ACCOUNT LOCK; DROP USER ann@localhost",
	"CREATE TABLE d.hid (a INT PRIMARY KEY, b INT INVISIBLE DEFAULT 3); INSERT INTO d.hid (a) VALUES (1); UPDATE d.hid SET b = 4",
	"CREATE ROLE reader, writer@localhost; GRANT SELECT ON d.* TO reader; CREATE USER bob@localhost IDENTIFIED BY 'secret' DEFAULT ROLE reader;" +
		"GRANT reader, writer@localhost TO bob@localhost; SET DEFAULT ROLE ALL TO bob@localhost; REVOKE reader FROM bob@localhost; DROP ROLE reader, writer@localhost; DROP USER bob@localhost",
	"CREATE TABLE d.base (id INT PRIMARY KEY AUTO_INCREMENT, a INT, b VARCHAR(20)); CREATE TABLE d.side (id INT PRIMARY KEY, x INT); INSERT INTO d.side VALUES (1, 5), (2, 6);" +
		"CREATE VIEW d.vb (i, n) AS SELECT id, a FROM d.base WHERE a < 100 WITH CHECK OPTION; CREATE VIEW d.vvb AS SELECT i FROM d.vb WHERE i > 0 WITH LOCAL CHECK OPTION;" +
		"CREATE VIEW d.vj AS SELECT base.id, a, x FROM d.base JOIN d.side ON base.id = side.id; INSERT INTO d.vb (n) VALUES (1), (2), (3); UPDATE d.vb SET n = n + 10 WHERE i = 2;" +
		"REPLACE INTO d.vb VALUES (3, 33); INSERT INTO d.vb VALUES (3, 1) ON DUPLICATE KEY UPDATE n = n + 1; DELETE FROM d.vvb WHERE i = 1; INSERT INTO d.vb VALUES (9, 9); UPDATE d.vvb SET i = 10 WHERE i = 9;" +
		"UPDATE d.vj SET x = a; INSERT INTO d.vj (id, a) VALUES (20, 20)",
	"CREATE TABLE d.fired (n INT PRIMARY KEY AUTO_INCREMENT, m VARCHAR(80)); CREATE TRIGGER d.f1 BEFORE INSERT ON d.base FOR EACH ROW SET NEW.b = CONCAT(COALESCE(NEW.b, ''), '1');" +
		"CREATE TRIGGER IF NOT EXISTS d.f2 BEFORE INSERT ON d.base FOR EACH ROW PRECEDES f1 SET NEW.b = '2'; CREATE TRIGGER d.f3 AFTER DELETE ON d.base FOR EACH ROW INSERT INTO d.fired (m) VALUES (CONCAT('del ', OLD.id));" +
		"CREATE TRIGGER d.f4 AFTER UPDATE ON d.base FOR EACH ROW INSERT INTO d.fired (m) SELECT CONCAT('upd ', NEW.id, ' ', COUNT(*)) FROM d.base; INSERT INTO d.base VALUES (50, 50, 'x');" +
		"REPLACE INTO d.base VALUES (50, 51, 'y'); INSERT INTO d.base VALUES (50, 0, '') ON DUPLICATE KEY UPDATE a = a + 1; UPDATE d.base JOIN d.side ON base.id = side.id SET a = x + 1, x = 77;" +
		"DELETE d.base FROM d.base JOIN d.side ON base.id = side.id; UPDATE d.vb SET n = 7; DROP TRIGGER d.f2; INSERT INTO d.vb (n) VALUES (8)",
	"CREATE TABLE IF NOT EXISTS d.late SELECT 7 a, NULL b, NULL c",
}

// What a data definition does to a replica is what it did to the source, whatever
// the session was set to.
func TestReplicatedDefinitions(t *testing.T) {
	source := newSource(t)
	db := dial(t, source.addr(), "?multiStatements=true")
	mustExec(t, db, "CREATE DATABASE d")
	var replicas []follower
	if maria := newMariaDB(t); maria != nil {
		replicas = append(replicas, follower{maria, dial(t, maria.addr(), ""), nil})
	}
	if *replicasMySQL {
		my := newMySQL(t, replicaOptions...)
		replicas = append(replicas, follower{my, dial(t, my.addr(), ""), nil})
	}
	for _, r := range replicas {
		r.follow(r.db, source)
	}
	for _, line := range contextual {
		conn := dial(t, source.addr(), "?multiStatements=true")
		conn.SetMaxOpenConns(1)
		mustExec(t, conn, strings.Split(line, ";")...)
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
	executed := statusOf(t, db, "SELECT @@GLOBAL.gtid_executed g")["g"]
	want := contents(t, db)
	for _, r := range replicas {
		r.reached(r.db, executed)
		r.healthy(r.db)
		if got := contents(t, r.db); got != want {
			t.Errorf("%s has other rows:\n%s\nthe source:\n%s", r.addr(), got, want)
		}
	}
}
