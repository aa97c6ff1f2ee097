package server

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-sql-driver/mysql"

	"github.com/xadb/xadb/server/mysqlerr"
)

// What xadb does not have says so, by MySQL's number.
func TestUnsupported(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	db := dialAs(t, srv, "root", "")
	mustExec(t, db, "CREATE DATABASE d", "USE d", "CREATE TABLE t (id INT PRIMARY KEY)")
	const none = mysqlerr.NotSupportedYet
	for _, tt := range []struct {
		sql  string
		code uint16
		text string
	}{
		{"CALL p()", mysqlerr.SPDoesNotExist, "PROCEDURE d.p does not exist"},
		{"CREATE PROCEDURE p() SELECT 1", none, "stored procedures"},
		{"CREATE PROCEDURE p(IN x INT) BEGIN DECLARE y INT; SELECT 1; END", none, "stored procedures"},
		{"CREATE DEFINER = root@localhost PROCEDURE p() BEGIN SELECT 1; SELECT 2; END", none, "stored procedures"},
		{"/*!50003 CREATE*/ /*!50020 DEFINER=`root`@`localhost`*/ /*!50003 PROCEDURE `p`() BEGIN SELECT 1; END */", none, "PROCEDURE"},
		{"ALTER PROCEDURE p COMMENT 'x'", none, "stored procedures"},
		{"DROP PROCEDURE p", mysqlerr.SPDoesNotExist, "PROCEDURE d.p does not exist"},
		{"DROP PROCEDURE e.p", mysqlerr.SPDoesNotExist, "PROCEDURE e.p does not exist"},
		{"DROP PROCEDURE IF EXISTS p", 0, ""},
		{"CREATE FUNCTION f(x INT) RETURNS INT DETERMINISTIC RETURN x", none, "stored functions"},
		{"CREATE FUNCTION f RETURNS INTEGER SONAME 'f.so'", none, "stored functions"},
		{"CREATE AGGREGATE FUNCTION f RETURNS INTEGER SONAME 'f.so'", none, "stored functions"},
		{"DROP FUNCTION f", mysqlerr.SPDoesNotExist, "FUNCTION d.f does not exist"},
		{"DROP FUNCTION IF EXISTS d.f", 0, ""},
		{"CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN SELECT 1; END", none, "events"},
		{"DROP EVENT e", mysqlerr.EventDoesNotExist, "Unknown event 'e'"},
		{"DROP EVENT IF EXISTS e", 0, ""},
		{"SET ROLE NONE", 0, ""},
		{"CREATE TABLE g (id INT, SPATIAL INDEX (id))", mysqlerr.SpatialMustHaveGeometry, "SPATIAL"},
		{"CREATE TABLE f (a TEXT, FULLTEXT (a) WITH PARSER ngram)", none, "WITH PARSER"},
		{"HANDLER t OPEN", none, "HANDLER"},
		{"ALTER INSTANCE ROTATE INNODB MASTER KEY", none, "ALTER INSTANCE"},
		{"ALTER INSTANCE RELOAD TLS FOR CHANNEL mysql_admin", none, "another channel"},
		{"ALTER INSTANCE RELOAD TLS NO ROLLBACK ON ERROR", none, "NO ROLLBACK"},
		{"ALTER INSTANCE RELOAD TLS", mysqlerr.TLSSetup, "no TLS is offered"},
	} {
		_, err := db.Exec(tt.sql)
		if tt.code == 0 && err != nil || tt.code != 0 && (code(err) != tt.code || !strings.Contains(err.Error(), tt.text)) {
			t.Errorf("%s: %v, want %d %s", tt.sql, err, tt.code, tt.text)
		}
	}
	mustExec(t, db, "DROP PROCEDURE IF EXISTS p")
	if got := listed(t, db, "SHOW WARNINGS"); !strings.Contains(got, "Note") || !strings.Contains(got, "PROCEDURE d.p does not exist") {
		t.Error(got)
	}
}

// Texts without a statement, and with more semicolons than statements.
func TestEmptyStatements(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	for _, params := range []string{"", "?multiStatements=true"} {
		db := dialAs(t, srv, "root", params)
		for _, sql := range []string{"", " ", ";", ";;", " ; \n;"} {
			if _, err := db.Exec(sql); code(err) != mysqlerr.EmptyQuery {
				t.Errorf("%q: %v", sql, err)
			}
		}
		for _, sql := range []string{"--", "-- ", "-- text", "--\ttext", "# text", "#", "/* text */", "/*text*/;", "/*!99999 text */", "/*! */", "-- a\n# b\n/* c */ ;"} {
			if _, err := db.Exec(sql); err != nil { // MySQL 9 answers OK
				t.Errorf("%q: %v", sql, err)
			}
		}
		for _, sql := range []string{"SELECT 1;", "SELECT 1;;", "SELECT 1 ; ;\n", "/* a */ SELECT /* b */ 1 -- c", "SELECT 1 # c;", "SELECT 1--\n"} {
			var n int
			if err := db.QueryRow(sql).Scan(&n); err != nil || n != 1 {
				t.Errorf("%q: %d, %v", sql, n, err)
			}
		}
	}
}

// A TIME literal has the digits that it is written with, whoever computes it and
// however it is sent.
func TestTimeLiteral(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	db := dialAs(t, srv, "root", "")
	mustExec(t, db, "CREATE DATABASE d", "USE d", "CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1)")
	for _, literal := range []string{"10:11:12", "10:11:12.5", "10:11:12.500", "-10:11:12.000001", "838:59:58.99"} {
		for _, sql := range []string{
			"SELECT TIME '%'", "SELECT TIME '%' FROM t", "SELECT TIME '%' FROM t a JOIN t b GROUP BY a.id",
			"SELECT TIME '%' FROM t WHERE id = ?", "SELECT TIME '%' FROM t a JOIN t b ON a.id = b.id WHERE a.id = ?",
		} {
			sql = strings.Replace(sql, "%", literal, 1)
			var args []any
			if strings.Contains(sql, "?") {
				args = append(args, 1)
			}
			var got string
			if err := db.QueryRow(sql, args...).Scan(&got); err != nil || got != literal {
				t.Errorf("%s: %s, %v", sql, got, err)
			}
		}
	}
}

// What a client's collation sets when it logs in, and when it changes its user.
func TestLoginCollation(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	const q = "SELECT CONCAT_WS(' ', @@character_set_client, @@character_set_connection, @@character_set_results, @@collation_connection)"
	for collation, want := range map[string]string{
		"utf8mb4_general_ci": "utf8mb4 utf8mb4 utf8mb4 utf8mb4_general_ci",
		"utf8mb4_0900_ai_ci": "utf8mb4 utf8mb4 utf8mb4 utf8mb4_0900_ai_ci",
		"utf8mb4_bin":        "utf8mb4 utf8mb4 utf8mb4 utf8mb4_bin",
		"utf8mb4_unicode_ci": "utf8mb4 utf8mb4 utf8mb4 utf8mb4_unicode_ci",
		"utf8_general_ci":    "utf8mb3 utf8mb3 utf8mb3 utf8mb3_general_ci",
		"latin1_swedish_ci":  "latin1 latin1 latin1 latin1_swedish_ci",
		"ascii_general_ci":   "ascii ascii ascii ascii_general_ci",
		"binary":             "binary binary binary binary",
		"gbk_chinese_ci":     "gbk gbk gbk gbk_chinese_ci",
	} {
		cfg := mysql.NewConfig()
		cfg.User, cfg.Net, cfg.Addr, cfg.Collation = "root", "tcp", srv.Addr().String(), collation
		connector, err := mysql.NewConnector(cfg)
		if err != nil {
			t.Fatal(err)
		}
		db := sql.OpenDB(connector)
		var got string
		if err := db.QueryRow(q).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %s, %v", collation, got, err)
		}
		_ = db.Close()
	}
	nc := loggedIn(t, srv)
	if got := ask(t, nc, 0x11, "root\x00\x00\x00\x08\x00mysql_native_password\x00"); got[0] == 0xfe {
		write(t, nc, framed(2, nil))
		packet(t, nc)
	}
	answer := ask(t, nc, 3, q)
	for !strings.Contains(string(answer), "latin1_swedish_ci") && answer[0] != 0xff {
		_, answer = packet(t, nc)
		if strings.Contains(string(answer), "utf8mb4_general_ci") {
			t.Fatalf("after a change of user: %q", answer)
		}
	}
}
