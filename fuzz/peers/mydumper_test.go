package peers

import (
	"testing"
	"time"
)

// mydumped has neither ` in names, which mydumper does not escape, nor what its age does
// not know.
var mydumped = []string{
	"CREATE TABLE p (id INT PRIMARY KEY AUTO_INCREMENT, a VARCHAR(50), b BLOB, c DATETIME(3), j JSON, d DECIMAL(10,2), g INT AS (d + 1), KEY (a))",
	`INSERT INTO p (a, b, c, j, d) VALUES ('x''\\', x'00ff27', '2024-01-02 03:04:05.678', '{"a": [1, "ü"]}', 1.5), ('ü', NULL, NULL, NULL, NULL)`,
	"INSERT INTO p (a, d) SELECT a, d FROM p",
	"INSERT INTO p (a, d) SELECT a, d FROM p",
	"CREATE TABLE c (id INT PRIMARY KEY, pid INT, f DOUBLE, t TIME, FOREIGN KEY (pid) REFERENCES p (id))",
	"INSERT INTO c VALUES (1, 1, 0.1, '-10:00:00')",
	sets, setsRows,
	"CREATE VIEW v AS SELECT p.a, c.f FROM p JOIN c ON c.pid = p.id",
	"CREATE TABLE `odd name` (`sel ect` INT)",
	"INSERT INTO `odd name` VALUES (1)",
	"CREATE TRIGGER tr BEFORE INSERT ON c FOR EACH ROW SET NEW.f = NEW.f + 1",
}

// sets has texts of several character sets, which mydumper asks for as they are.
const (
	sets = "CREATE TABLE sets (id INT PRIMARY KEY, l VARCHAR(40) CHARACTER SET latin1, g CHAR(10) CHARACTER SET gbk, w VARCHAR(10) CHARACTER SET utf16, u TEXT, " +
		"s VARCHAR(10) CHARACTER SET sjis, e ENUM('é', 'ü'), b VARBINARY(10), d DATETIME, n DECIMAL(5,2), KEY (l)) DEFAULT CHARSET utf8mb4"
	setsRows = `INSERT INTO sets VALUES (1, 'é''\\"\nü', '中文', 'é中', 'é中😀', '日本ソ', 'ü', x'00e9ff27', '2024-01-02 03:04:05', 1.5), ` +
		`(2, 'plain', 'a', 'N-', '', '', 'é', 'N-', NULL, NULL), (3, NULL, NULL, _utf16 x'4e2d00270027', NULL, NULL, NULL, NULL, NULL, -1)`
)

// What mydumper dumps of xadb, in one snapshot and by several connections, myloader
// loads into another database of it: the same rows.
func TestMydumper(t *testing.T) {
	if !need(t, "mariadb", "mydumper", "myloader") {
		return
	}
	ours := serve(t).Addr
	mustExec(t, dial(t, ours, ""), "CREATE DATABASE shop")
	mustExec(t, dial(t, ours, "shop"), mydumped...)
	want := sums(t, ours, "shop")
	for name, args := range map[string][]string{
		"whole":  {"--triggers", "--trx-consistency-only"},
		"pieces": {"--triggers", "--rows", "3", "--compress", "--threads", "3"},
	} {
		dir := t.TempDir()
		where := mydumperReach(ours)
		run := func(program string, args ...string) {
			t.Helper()
			if out, err := runFor(t, time.Minute, program, append(where, args...)...); err != nil {
				t.Fatalf("%s: %s: %v\n%s", name, program, err, out)
			}
		}
		run("mydumper", append(args, "--database", "shop", "--outputdir", dir)...)
		run("myloader", "--directory", dir, "--database", "loaded", "--overwrite-tables")
		sameRows(t, name, sums(t, ours, "loaded"), want)
		mustExec(t, dial(t, ours, ""), "DROP DATABASE loaded")
	}
}
