package server

import (
	"context"
	"database/sql"
	"testing"
)

// Each expression has the value that a MySQL 9 gave.
func TestFunctions(t *testing.T) {
	db := shop(t)
	c, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	mustExec(t, c, "SET time_zone = '+00:00'")
	for _, one := range functionAnswers {
		expr, want := one[0], one[1]
		var got sql.NullString
		err := c.QueryRowContext(context.Background(), "SELECT "+expr).Scan(&got)
		if !got.Valid {
			got.String = "NULL"
		}
		if err != nil || got.String != want {
			t.Errorf("%s: %q, %v; want %q", expr, got.String, err, want)
		}
	}
}

// Functions of columns: what is computed is found, sorted, stored and summed.
func TestFunctionsOfColumns(t *testing.T) {
	db := shop(t)
	mustExec(t, db, "CREATE TABLE v (id INT PRIMARY KEY, s VARCHAR(10), x DECIMAL(5,2), f DOUBLE, t TIME(2), g INT AS (CAST(CONCAT(id, '0') AS SIGNED)), KEY (x))",
		"INSERT INTO v (id, s, x, f, t) VALUES (1, '12abc', 1.25, 1.5, '10:00:00.12'), (2, '-7.5', -1.25, -1.5, '-01:00:00')")
	for query, want := range map[string]string{
		"SELECT DISTINCT UPPER(s) FROM v ORDER BY 1":                                                     "-7.5 12ABC",
		"SELECT DISTINCT CAST(s AS SIGNED) AS c, x FROM v ORDER BY 2 DESC, 1":                            "12,1.25 -7,-1.25",
		"SELECT id FROM v WHERE CAST(s AS SIGNED) = 12 AND ROUND(x) = 1":                                 "1",
		"SELECT ROUND(x, 1), TRUNCATE(x, 1), ROUND(f), GREATEST(x, 0), LEAST(x, f), g FROM v ORDER BY 1": "-1.3,-1.2,-2,0.00,-1.5,20 1.3,1.2,2,1.25,1.25,10",
		"SELECT SUM(CAST(f AS DECIMAL)), SUM(ROUND(x, 1)), MAX(ROUND(x, 1)), SUM(TRUNCATE(x, 0)) FROM v": "0,0.0,1.3,0",
		"SELECT d FROM (SELECT CAST(f AS DECIMAL) AS d FROM v) q ORDER BY d":                             "-2 2",
		"SELECT CAST(f AS DECIMAL(10)) FROM v UNION SELECT CAST(3 AS DECIMAL(12)) ORDER BY 1":            "-2 2 3",
		"SELECT NULL UNION SELECT 2.5":                                                                   "NULL 2.5",
		"SELECT HOUR(t), SECOND(t), TIME_TO_SEC(t), ADDTIME(t, '00:30:00') FROM v ORDER BY id":           "10,0,36000,10:30:00.12 1,0,-3600,-00:30:00.00",
	} {
		if got := listed(t, db, query); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", query, got, want)
		}
	}
	if _, err := db.Exec("UPDATE v SET id = CAST('5x' AS SIGNED) WHERE id = 1"); code(err) != 1292 {
		t.Errorf("a strict mode cuts: %v", err)
	}
	mustExec(t, db, "CREATE TABLE w (s VARCHAR(20))", "INSERT INTO w SELECT CAST(f AS DECIMAL) FROM v WHERE id = 1")
	if got := listed(t, db, "SELECT s FROM w"); got != "2" {
		t.Errorf("stored as text: %s", got)
	}
}

// Paths into documents: what is not there is NULL, also where a generated column
// looks, and a path that is none is 3143.
func TestDocumentPaths(t *testing.T) {
	db := shop(t)
	mustExec(t, db, "CREATE TABLE v (id INT PRIMARY KEY, d JSON, a INT AS (d->'$.a'), s VARCHAR(20) AS (d->>'$.s') STORED, KEY (a))",
		`INSERT INTO v (id, d) VALUES (1, '{"a": 1, "s": "x"}'), (2, '{"a": 2, "arr": [1, 2, 3]}'), (3, '[1, 2]'), (4, NULL), (5, '"text"')`)
	for query, want := range map[string]string{
		"SELECT a, s FROM v ORDER BY id":                                     "1,x 2,NULL NULL,NULL NULL,NULL NULL,NULL",
		"SELECT d->'$.arr[last]', d->'$.no.x[3]' FROM v ORDER BY id":         "NULL,NULL 3,NULL NULL,NULL NULL,NULL NULL,NULL",
		"SELECT id FROM v WHERE d->'$.a' = 2 OR d->>'$.s' = 'x' ORDER BY id": "1 2",
	} {
		if got := listed(t, db, query); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", query, got, want)
		}
	}
	for _, path := range []string{"a", "$.", "$a", "$[", "$**", "$[x]", "$[1 to]", "", "$.a b"} {
		if _, err := db.Exec("SELECT JSON_EXTRACT('{}', ?)", path); code(err) != 3143 {
			t.Errorf("%q: %v", path, err)
		}
	}
}

// The parts of a UNION are compared and sorted in the collation that they have in
// common, also with a literal.
func TestUnionCollations(t *testing.T) {
	db := shop(t)
	mustExec(t, db, "CREATE TABLE v (s VARCHAR(5) COLLATE utf8mb4_0900_ai_ci, b VARCHAR(5) COLLATE utf8mb4_bin, n INT)",
		"INSERT INTO v VALUES ('a', 'a', 1), ('A', 'A', 2), ('á', 'x', 3), ('b', 'B', 4)")
	for query, want := range map[string]string{
		"SELECT s FROM v UNION SELECT 'A' ORDER BY 1":                    "a b",
		"SELECT s FROM v UNION SELECT 'B' UNION SELECT 'c' ORDER BY s":   "a b c",
		"SELECT b FROM v UNION SELECT 'A' ORDER BY 1":                    "A B a x",
		"SELECT s FROM v UNION SELECT b FROM v ORDER BY 1":               "A B a b x á",
		"SELECT s, n FROM v UNION SELECT 'A', 1 ORDER BY s, n":           "a,1 A,2 á,3 b,4",
		"SELECT n FROM v WHERE n < 3 UNION SELECT 'q' ORDER BY 1":        "1 2 q",
		"SELECT * FROM (SELECT s FROM v UNION SELECT 'C') t ORDER BY s":  "a b C",
		"SELECT s FROM v WHERE n > 2 UNION ALL SELECT 'A' ORDER BY 1, 1": "á A b",
	} {
		if got := listed(t, db, query); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", query, got, want)
		}
	}
}
