package reword

import "testing"

// What the parser does not know is written in words that it does; the rest of a text
// stays as it is.
func TestPlainText(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT 1":                        "SELECT 1",
		"SELECT f((SELECT 1)) FROM t":     "SELECT f((SELECT 1)) FROM t",
		"SELECT 1 IN ((SELECT 1))":        "SELECT 1 IN  (SELECT 1) ",
		"SELECT '((SELECT 1))'":           "SELECT '((SELECT 1))'",
		"(SELECT 1":                       "(SELECT 1",
		"()":                              "()",
		"((SELECT 1)) UNION SELECT 2":     " (SELECT 1)  UNION SELECT 2",
		"(SELECT 1) LIMIT 1":              "SELECT 1  LIMIT 1",
		"(SELECT 1 LIMIT 2) LIMIT 1":      "SELECT * FROM (SELECT 1 LIMIT 2) AS `query`  LIMIT 1",
		"VALUES ROW(1), ROW((2))":         "SELECT * FROM (VALUES ROW(1), ROW((2))) AS `values`",
		"INSERT INTO t VALUES ROW(1)":     "INSERT INTO t VALUES ROW(1)",
		"SELECT * FROM (VALUES ROW(1)) d": "SELECT * FROM (VALUES ROW(1)) d",
		"SELECT a FROM t FORCE KEY FOR GROUP BY (PRIMARY) IGNORE INDEX (`b`, c)": "SELECT a FROM t FORCE INDEX (`PRIMARY`, `b`, `c`)",
		"SELECT a FROM t USE INDEX ()":                                           "SELECT a FROM t  ",
		"SELECT a FROM t USE INDEX (1)":                                          "SELECT a FROM t USE INDEX (1)",
		"INSERT DELAYED INTO t VALUES (1)":                                       "INSERT  INTO t VALUES (1)",
		"DELETE QUICK FROM d.t AS x WHERE x.a":                                   "DELETE  FROM x USING d.t AS x WHERE x.a",
		"DELETE FROM t WHERE a":                                                  "DELETE FROM t WHERE a",
	} {
		if got, _, err := plainText(sql); got != want || err != nil {
			t.Errorf("%s:\n%q, want\n%q, %v", sql, got, want, err)
		}
	}
}
