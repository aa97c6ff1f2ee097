package server

import (
	"testing"

	"github.com/xadb/xadb/server/mysqlerr"
)

// An empty sql_mode, and one without NO_ZERO_DATE, take zero dates, as dumps of
// old tables need; MySQL 8's default does not.
func TestZeroDates(t *testing.T) {
	db := shop(t)
	mustExec(t, db, "SET sql_mode = ''", "CREATE TABLE z (id INT PRIMARY KEY, at TIMESTAMP NOT NULL DEFAULT '0000-00-00 00:00:00', d DATE DEFAULT '0000-00-00')",
		"INSERT INTO z (id) VALUES (1)", "INSERT INTO z VALUES (2, '0000-00-00 00:00:00', '2024-00-00')", "SET sql_mode = 'NO_ENGINE_SUBSTITUTION'",
		"INSERT INTO z SELECT id + 10, at, d FROM z WHERE id = 1")
	if got := listed(t, db, "SELECT * FROM z ORDER BY id"); got != "1,0000-00-00 00:00:00,0000-00-00 2,0000-00-00 00:00:00,2024-00-00 11,0000-00-00 00:00:00,0000-00-00" {
		t.Error(got)
	}
	mustExec(t, db, "SET sql_mode = DEFAULT")
	for statement, want := range map[string]uint16{
		"INSERT INTO z VALUES (3, '0000-00-00 00:00:00', NULL)": mysqlerr.TruncatedWrongValue,
		"CREATE TABLE y (d DATE DEFAULT '0000-00-00')":          mysqlerr.InvalidDefault,
	} {
		if _, err := db.Exec(statement); code(err) != want {
			t.Errorf("%s: %v, want %d", statement, err, want)
		}
	}
}

// A TIME among texts is one.
func TestTimesAsText(t *testing.T) {
	db := shop(t)
	mustExec(t, db, "CREATE TABLE v (id INT PRIMARY KEY, a TIME(2), b TIME)", "INSERT INTO v VALUES (1, '-838:59:59', '01:02:03'), (2, '12:00:00.5', NULL)",
		"CREATE TABLE w (id INT PRIMARY KEY, s VARCHAR(30))")
	for query, want := range map[string]string{
		"SELECT CAST(a AS CHAR), CONCAT(b, '') FROM v":                                           "-838:59:59.00,01:02:03 12:00:00.50,NULL",
		"SELECT LENGTH(a), LEFT(a, 3), UPPER(b) FROM v":                                          "13,-83,01:02:03 11,12:,NULL",
		"SELECT GROUP_CONCAT(a ORDER BY id DESC SEPARATOR '|'), GROUP_CONCAT(b) FROM v":          "12:00:00.50|-838:59:59.00,01:02:03",
		"SELECT COALESCE(a, 'x'), IF(id = 1, b, 'z'), CASE id WHEN 1 THEN a ELSE 'e' END FROM v": "-838:59:59.00,01:02:03,-838:59:59.00 12:00:00.50,z,e",
		"SELECT a FROM v WHERE id = 2 UNION SELECT 'x'":                                          "12:00:00.50 x",
		"SELECT CAST(TIME('-12:30:00') AS CHAR)":                                                 "-12:30:00",
		"SELECT HOUR(b), TIME_FORMAT(b, '%H.%i'), b = '01:02:03' FROM v WHERE id = 1":            "1,01.02,1",
	} {
		if got := listed(t, db, query); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", query, got, want)
		}
	}
	mustExec(t, db, "INSERT INTO w SELECT id, b FROM v WHERE id = 1", "INSERT INTO w SELECT id, a FROM v WHERE id = 2", "UPDATE w, v SET w.s = v.a WHERE w.id = 2 AND v.id = 2")
	if got := listed(t, db, "SELECT s FROM w ORDER BY id"); got != "01:02:03 12:00:00.50" {
		t.Errorf("stored as text: %s", got)
	}
}

// A time with a fraction is no date of the year that its hour says.
func TestTimesWithFractions(t *testing.T) {
	db := shop(t)
	mustExec(t, db, "CREATE TABLE v (id INT PRIMARY KEY, a TIME(3) DEFAULT '10:00:00.126')", "INSERT INTO v (id) VALUES (1)",
		"INSERT INTO v VALUES (2, '09:08:07.654321'), (3, '2024-01-02 03:04:05.5'), (4, '20240102030405.25'), (5, '1 10:00:00.5'), (6, '123456.123456789')")
	want := "10:00:00.126 09:08:07.654 03:04:05.500 03:04:05.250 34:00:00.500 12:34:56.123"
	if got := listed(t, db, "SELECT a FROM v ORDER BY id"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := listed(t, db, "SELECT id FROM v WHERE a = '09:08:07.654'"); got != "2" {
		t.Errorf("found: %s", got)
	}
}

// Dates and times are numbers where something is calculated, in both tiers.
func TestTimesAsNumbers(t *testing.T) {
	db := shop(t)
	mustExec(t, db, "CREATE TABLE v (id INT PRIMARY KEY, a TIME(2), b DATETIME(1), c DATE, e TIME, at TIMESTAMP)",
		"INSERT INTO v VALUES (1, '-838:59:59', NULL, NULL, '01:02:03', NULL), (2, '12:00:00.5', '2024-01-02 03:04:05.6', '2024-01-02', '-00:00:01', '2024-05-06 07:08:09')")
	for columns, want := range map[string]string{
		"a + 0, b + 0, c + 0, e + 0, at + 0":                             "-8385959.00,NULL,NULL,10203,NULL 120000.50,20240102030405.6,20240102,-1,20240506070809",
		"-a, a * 2, c - 1, e DIV 2":                                      "8.385959e+06,-16771918.00,NULL,5101 -120000.5,240001.00,20240101,0", // -a is DOUBLE(22,2)
		"CAST(c AS SIGNED), CAST(b AS DECIMAL(20,1)), CAST(e AS SIGNED)": "NULL,NULL,10203 20240102,20240102030405.6,-1",
	} {
		for _, from := range []string{"v ORDER BY id", "v JOIN (SELECT 1) o ORDER BY id"} {
			if got := listed(t, db, "SELECT "+columns+" FROM "+from); got != want {
				t.Errorf("%s FROM %s:\ngot  %s\nwant %s", columns, from, got, want)
			}
		}
	}
	for query, want := range map[string]string{
		"SELECT id FROM v JOIN (SELECT 1) o WHERE e = '01:02:03'": "1", "SELECT id FROM v JOIN (SELECT 1) o WHERE e < '1:2:3'": "2",
		"SELECT SUM(a), SUM(c), AVG(e) FROM v":                                           "-8265958.50,20240102,5101.0000",
		"SELECT e + INTERVAL 1 HOUR FROM v ORDER BY id":                                  "02:02:03 00:59:59",
		"SELECT TIMESTAMPDIFF(SECOND, CURDATE(), e - INTERVAL 1 DAY) FROM v ORDER BY id": "-82677 -86401",
		"SELECT e + INTERVAL 900 HOUR, INTERVAL 1 SECOND + e FROM v WHERE id = 1":        "NULL,01:02:04",
		"SELECT id FROM v WHERE a + 0 > 100000 OR e - INTERVAL 1 HOUR = '00:02:03'":      "1 2",
	} {
		if got := listed(t, db, query); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", query, got, want)
		}
	}
}
