package server

import (
	"context"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestAutoIncrement: what a driver and LAST_INSERT_ID() are told of generated
// values, as text and prepared.
func TestAutoIncrement(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d")
	conn, err := dial(t, srv, "d").Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	mustExec(t, conn, "CREATE TABLE t (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, v INT, UNIQUE KEY (v))")
	for _, c := range []struct {
		sql        string
		args       []any
		told, last int64
	}{
		{"INSERT INTO t (v) VALUES (1)", nil, 1, 1},
		{"INSERT INTO t (v) VALUES (2), (3)", nil, 2, 2},
		{"INSERT INTO t (v) VALUES (?)", []any{4}, 4, 4},
		{"INSERT INTO t VALUES (100, 5)", nil, 100, 4}, // a given value is told, but not generated
		{"INSERT INTO t VALUES (?, ?)", []any{nil, 6}, 101, 101},
		{"UPDATE t SET v = 7 WHERE id = 1", nil, 0, 101},
		{"SET sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO')", nil, 0, 101},
		{"INSERT INTO t VALUES (0, 8)", nil, 0, 101},
		{"INSERT INTO t VALUES (NULL, 9)", nil, 102, 102},
		// What another row has is changed, or left: no value is generated then.
		{"INSERT INTO t (v) VALUES (4) ON DUPLICATE KEY UPDATE v = 40", nil, 4, 102},
		{"INSERT INTO t (v) VALUES (40) ON DUPLICATE KEY UPDATE v = 40", nil, 0, 102},
		{"INSERT INTO t (v) VALUES (40) ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id), v = 4", nil, 4, 4},
		{"INSERT IGNORE INTO t (v) VALUES (4)", nil, 0, 4},
		{"INSERT IGNORE INTO t (v) VALUES (4), (300)", nil, 107, 107},
		{"INSERT INTO t (v) VALUES (4), (301) ON DUPLICATE KEY UPDATE v = 41", nil, 109, 109},
		{"INSERT INTO t (v) VALUES (302), (41) ON DUPLICATE KEY UPDATE v = 4", nil, 111, 111},
		{"REPLACE INTO t (v) VALUES (4)", nil, 113, 113},
	} {
		r, err := conn.ExecContext(context.Background(), c.sql, c.args...)
		if err != nil {
			t.Fatalf("%s: %v", c.sql, err)
		}
		var last int64
		if err := conn.QueryRowContext(context.Background(), "SELECT LAST_INSERT_ID()").Scan(&last); err != nil {
			t.Fatal(err)
		}
		if told, err := r.LastInsertId(); err != nil || told != c.told || last != c.last {
			t.Errorf("%s: told %d (%v), LAST_INSERT_ID() %d; want %d, %d", c.sql, told, err, last, c.told, c.last)
		}
	}
}

// TestLastQuery: what functions say of the statement before.
func TestLastQuery(t *testing.T) {
	db := shop(t)
	for _, c := range []struct{ before, query, want string }{
		{"SELECT SQL_CALC_FOUND_ROWS id FROM c LIMIT 1", "SELECT FOUND_ROWS()", "3"},
		{"SELECT SQL_CALC_FOUND_ROWS id FROM c WHERE id > 1 ORDER BY name LIMIT 0", "SELECT FOUND_ROWS()", "2"},
		{"SELECT SQL_CALC_FOUND_ROWS o.id FROM o JOIN c ON c.id = o.cid ORDER BY o.id LIMIT 1, 1", "SELECT FOUND_ROWS()", "3"},
		{"SELECT id FROM c LIMIT 2", "SELECT FOUND_ROWS()", "2"},
		{"SELECT LAST_INSERT_ID(77)", "SELECT LAST_INSERT_ID()", "77"},
		{"UPDATE c SET id = LAST_INSERT_ID(id + 10) WHERE id = 3", "SELECT LAST_INSERT_ID()", "13"},
	} {
		listed(t, db, c.before)
		if got := listed(t, db, c.query); got != c.want {
			t.Errorf("%s: %s is %s, want %s", c.before, c.query, got, c.want)
		}
	}
}

// TestUserVariablesCompare: text in a variable, or given as a parameter, has the
// connection's collation, and LIMIT holds where there is no table, too.
func TestUserVariablesCompare(t *testing.T) {
	db := shop(t)
	mustExec(t, db, "SET @t = 'ABC', @e = 'É'")
	for query, want := range map[string]string{
		"SELECT @t = 'abc', @t LIKE 'a%', 'abc' = @t, @t IN ('x', 'abc'), @e = 'e'": "1,1,1,1,1",
		"SELECT @t COLLATE utf8mb4_bin = 'abc'":                                     "0",
		"SELECT id FROM c WHERE CONCAT(name) = UPPER('ANN') AND @t = 'abc'":         "1",
		"SELECT 3 LIMIT 0": "", "SELECT 3 LIMIT 00": "", "SELECT 3 FROM DUAL LIMIT 0": "", "SELECT 3 LIMIT 1": "3",
	} {
		if got := listed(t, db, query); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	var same int
	if err := db.QueryRow("SELECT ? = ?", "abc", "ABC").Scan(&same); err != nil || same != 1 {
		t.Errorf("parameters: %d, %v", same, err)
	}
}

// TestInsertSelectValues: ON DUPLICATE KEY UPDATE reads what a SELECT brings, by
// VALUES(), too.
func TestInsertSelectValues(t *testing.T) {
	db := shop(t)
	mustExec(t, db, "CREATE TABLE a (id INT PRIMARY KEY AUTO_INCREMENT, k INT UNIQUE, n INT, v VARCHAR(10))", "CREATE TABLE src (k INT, n INT, v VARCHAR(10))",
		"INSERT INTO src VALUES (1, 10, 'x'), (2, 20, 'y')", "INSERT INTO a VALUES (1, 1, 1, 'a')")
	for _, c := range []struct{ insert, want string }{
		{"INSERT INTO a (k, n, v) SELECT k, n, v FROM src ON DUPLICATE KEY UPDATE n = VALUES(n), v = CONCAT(a.v, VALUES(v))", "1,10,ax 2,20,y"},
		{"INSERT INTO a (k, n) SELECT k, SUM(n) FROM src GROUP BY k ON DUPLICATE KEY UPDATE n = n + VALUES(n)", "1,20,ax 2,40,y"},
		{"INSERT INTO a SELECT 9, k, n, v FROM src WHERE k = 1 ON DUPLICATE KEY UPDATE n = VALUES(n), v = VALUES(v)", "1,10,x 2,40,y"},
		{"INSERT INTO a (k, n) SELECT 2, 3 UNION SELECT 3, 4 ON DUPLICATE KEY UPDATE n = VALUES(n)", "1,10,x 2,3,y 3,4,NULL"},
		{"INSERT INTO a (k, n) WITH c AS (SELECT 3 AS k, 8 AS n) SELECT * FROM c ON DUPLICATE KEY UPDATE n = VALUES(n) * 2", "1,10,x 2,3,y 3,16,NULL"},
		{"PREPARE p FROM 'INSERT INTO a (k, n) SELECT k, n + ? FROM src ON DUPLICATE KEY UPDATE n = VALUES(n)'; SET @x = 5; EXECUTE p USING @x; SET @x = 7; EXECUTE p USING @x", "1,17,x 2,27,y 3,16,NULL"},
	} {
		mustExec(t, db, c.insert)
		if got := listed(t, db, "SELECT k, n, v FROM a ORDER BY k"); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.insert, got, c.want)
		}
	}
	if _, err := db.Exec("INSERT INTO a (k) SELECT k FROM src ON DUPLICATE KEY UPDATE n = VALUES(nope)"); code(err) != 1054 {
		t.Error(err)
	}
}
