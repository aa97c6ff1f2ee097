package server

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-sql-driver/mysql"
)

// What LOAD DATA makes of fields by SET, of those that are not there and of those that
// it has no column for. The answers are MySQL's.
func TestLoadSet(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	db := dial(t, srv, "?allowAllFiles=true")
	db.SetMaxOpenConns(1)
	mustExec(t, db, "SET GLOBAL local_infile = 1", "CREATE DATABASE d", "USE d",
		`CREATE TABLE t (a INT PRIMARY KEY, b VARCHAR(10), c INT DEFAULT 5, d INT AS (c + 1), e VARCHAR(3) NOT NULL, y YEAR DEFAULT 2000,
		f DATE NOT NULL, g DATETIME DEFAULT CURRENT_TIMESTAMP)`)
	few := func(rows ...int) (out string) {
		for _, n := range rows {
			out += fmt.Sprintf("1261 Row %d doesn't contain data for all columns|", n)
		}
		return out
	}
	const show, more = "a, IFNULL(b, '-'), IFNULL(c, '-'), IFNULL(d, '-')", "a, e, IFNULL(y, '-'), f, IFNULL(g, '-')"
	for _, tt := range []struct{ file, rest, show, rows, warnings string }{
		{"1\tab\n2\tcd\n", "INTO TABLE t (a, @x) SET b = UPPER(@x)", show, "1,AB,5,6|2,CD,5,6", ""},
		{"1\tab\n2\tcd\n", "INTO TABLE t (a, @x) SET b = CONCAT(@x, '0123456789')", show, "1,ab01234567,5,6|2,cd01234567,5,6",
			"1265 Data truncated for column 'b' at row 1|1265 Data truncated for column 'b' at row 2|"},
		{"x\ny\nz\n", "INTO TABLE t (b) SET a = (@n := IFNULL(@n, 0) + 1), c = @n * 2", show, "1,x,2,3|2,y,4,5|3,z,6,7",
			"1287 Setting user variables within expressions is deprecated and will be removed in a future release. Consider alternatives: 'SET variable=expression, ...', or 'SELECT expression(s) INTO variables(s)'.|"},
		{"1\t3\n2\t\n3\t\\N\n", "INTO TABLE t (a, @c) SET d.t.c := NULLIF(@c, ''), b = c", show, "1,3,3,4|2,-,-,-|3,-,-,-", ""},
		{"1\tx\n2\n3\tz\n", "INTO TABLE t (a, @x) SET b = IFNULL(@x, 'nil') /* and no more */", show, "1,x,5,6|2,nil,5,6|3,z,5,6", ""},
		{"1\t9\tx\n", "INTO TABLE t (a, d, t.b) SET d = 12, c = DEFAULT", show, "1,x,5,6", ""},
		{"1\t2\n", "INTO TABLE t (a, a)", show, "2,-,5,6", ""},
		{"1\tx\n1\ty\n2\tz\n", "INTO TABLE t (a, @x) SET b = @x", show, "1,x,5,6|2,z,5,6", "1062 Duplicate entry '1' for key 't.PRIMARY'|"},
		{"1\tx\n2\ty\n2\tz\n", "REPLACE INTO TABLE t (a, @x) SET b = @x, e = '', f = '2020-01-01'", show, "1,x,5,6|2,z,5,6", ""},
		{"1\tx\tq\n", "INTO TABLE t (a, b)", show, "1,x,5,6", "1262 Row 1 was truncated; it contained more data than there were input columns|"},
		{"1\n2\tx\n3", "INTO TABLE t (a, b)", show, "1,-,5,6|2,x,5,6|3,-,5,6", few(1, 3)},
		{"1\n2\tx\tabc\n", "INTO TABLE t (a, b, c)", show, "1,-,0,1|2,x,0,1", few(1, 1) + "1366 Incorrect integer value: 'abc' for column 'c' at row 2|"},
		{"1\n", "INTO TABLE t (a, e, y, f, g)", more, "1,,0000,0000-00-00,-", few(1, 1, 1, 1)},
		{"1\n", "INTO TABLE t", show, "1,-,0,1", few(1, 1, 1, 1, 1, 1, 1)},
	} {
		mysql.RegisterReaderHandler("set", func() io.Reader { return strings.NewReader(tt.file) })
		mustExec(t, db, "DELETE FROM t", "SET @n = NULL", "LOAD DATA LOCAL INFILE 'Reader::set' "+tt.rest)
		told, err := db.Query("SHOW WARNINGS")
		if err != nil {
			t.Fatal(err)
		}
		warnings := ""
		for told.Next() {
			var level, number, text string
			if err := told.Scan(&level, &number, &text); err != nil {
				t.Fatal(err)
			}
			warnings += number + " " + text + "|"
		}
		if warnings != tt.warnings {
			t.Errorf("%s: warnings %s", tt.rest, warnings)
		}
		if rows := one[string](t, db, "SELECT GROUP_CONCAT(CONCAT_WS(',', "+tt.show+") ORDER BY a SEPARATOR '|') FROM t"); rows != tt.rows {
			t.Errorf("%s: %s", tt.rest, rows)
		}
	}
	mysql.DeregisterReaderHandler("set")
	if x := one[string](t, db, "SELECT @x"); x != "z" {
		t.Errorf("a variable is %q behind it", x)
	}
}
