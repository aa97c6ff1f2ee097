package reword

import (
	"testing"

	"github.com/xadb/xadb/server/mysqlerr"
)

// What MariaDB writes in definitions of tables, in the parser's words.
func TestPlainDefinition(t *testing.T) {
	for sql, want := range map[string]string{
		"CREATE TABLE t (y YEAR(4), `year` year ( 4 ) DEFAULT 2001)":           "CREATE TABLE t (y YEAR, `year` year DEFAULT 2001)",
		"alter table t add /*!50000 y year(4) */ null":                         "alter table t add /*!50000 y year */ null",
		"CREATE TABLE t (d INT, CHECK (YEAR(4) IS NULL), s INT AS (YEAR(d)))":  "CREATE TABLE t (d INT, CHECK (YEAR(4) IS NULL), s INT AS ((YEAR(d))))",
		"ALTER TABLE t ADD a INT AS (b > 1) STORED, ENGINE='x'":                "ALTER TABLE t ADD a INT AS ((b > 1)) STORED, ENGINE=`x`",
		"CREATE TABLE t (a INT) AS (WITH c AS (SELECT 1 x) SELECT x FROM c)":   "CREATE TABLE t (a INT) AS (WITH c AS (SELECT 1 x) SELECT x FROM c)",
		"CREATE OR REPLACE TABLE t (u CHAR(36) DEFAULT uuid(), b INT)":         "CREATE OR REPLACE TABLE t (u CHAR(36) DEFAULT (uuid()), b INT)",
		"CREATE TABLE t (u TEXT DEFAULT concat('a)', lower('B')) COMMENT 'x')": "CREATE TABLE t (u TEXT DEFAULT (concat('a)', lower('B'))) COMMENT 'x')",
		"CREATE TEMPORARY TABLE t (a TIMESTAMP DEFAULT current_timestamp())":   "CREATE TEMPORARY TABLE t (a TIMESTAMP DEFAULT current_timestamp())",
		"CREATE TABLE t (a INT DEFAULT 1) PAGE_CHECKSUM=1 TRANSACTIONAL = 0":   "CREATE TABLE t (a INT DEFAULT 1)  ",
		"CREATE TABLE t (a INT DEFAULT 'YEAR(4)' COMMENT 'DEFAULT uuid()')":    "CREATE TABLE t (a INT DEFAULT 'YEAR(4)' COMMENT 'DEFAULT uuid()')",
		"CREATE TABLE t (a INT DEFAULT f(":                                     "CREATE TABLE t (a INT DEFAULT f(",
		"CREATE TABLE t (gc geomcollection, a INT)":                            "CREATE TABLE t (gc GEOMETRYCOLLECTION, a INT)",
		"SELECT y YEAR(4)":                  "SELECT y YEAR(4)",
		"CREATE VIEW v AS SELECT x YEAR(4)": "CREATE VIEW v AS SELECT x YEAR(4)",
	} {
		if got, err := plainDefinition(sql); err != nil || got != want {
			t.Errorf("%s:\n%s, %v, want\n%s", sql, got, err, want)
		}
	}
	if _, err := plainDefinition("CREATE TABLE t (y YEAR(2))"); !mysqlerr.Is(err, mysqlerr.InvalidYearLength) {
		t.Error(err)
	}
}
