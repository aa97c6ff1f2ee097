package server

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// answersIn reads a file of lines "statement -> answer", as a MySQL 9 gave them.
func answersIn(t *testing.T, name string) [][2]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "functions", name))
	if err != nil {
		t.Fatal(err)
	}
	var out [][2]string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		at := strings.LastIndex(line, " -> ")
		if at < 0 {
			t.Fatalf("%s: no answer in %q", name, line)
		}
		out = append(out, [2]string{line[:at], line[at+len(" -> "):]})
	}
	return out
}

// Each expression has the value, the warnings or the error that a MySQL 9 gave.
func TestFunctionsAsMySQL(t *testing.T) {
	c, err := shop(t).Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	mustExec(t, c, "SET time_zone = '+00:00'")
	for _, name := range []string{"dates", "documents", "numbers", "texts"} {
		for _, one := range answersIn(t, name) {
			if got := answerTo(t, c, "SELECT "+one[0]); got != one[1] {
				t.Errorf("%s: %s:\ngot  %s\nwant %s", name, one[0], got, one[1])
			}
		}
	}
}

// Queries about a table with every type give the rows that a MySQL 9 gave.
func TestQueriesAsMySQL(t *testing.T) {
	c, err := everyTyped(t).Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	for _, one := range answersIn(t, "queries") {
		if got := answerTo(t, c, one[0]); got != one[1] {
			t.Errorf("%s:\ngot  %s\nwant %s", one[0], got, one[1])
		}
	}
}

// A SLEEP that is killed is 1, which is no error if the statement reads no table (MySQL
// manual, SLEEP()).
func TestKilledSleep(t *testing.T) {
	c, err := shop(t).Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	mustExec(t, c, "SET max_execution_time = 100")
	for query, want := range map[string]string{
		"SELECT SLEEP(60), 'x'":        "1,x",
		"SELECT SLEEP(60) FROM c":      "ERROR 3024",
		"SELECT BENCHMARK(1 << 40, 1)": "ERROR 3024",
		"SELECT SLEEP(0)":              "0",
	} {
		if got := answerTo(t, c, query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

// Numbers that a variable cannot have are cut, with a warning.
func TestCutVariables(t *testing.T) {
	c, err := shop(t).Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	for _, one := range [][3]string{
		{"lock_wait_timeout", "0", "1"}, {"innodb_lock_wait_timeout", "99999999999", "1073741824"}, {"group_concat_max_len", "1", "4"},
	} {
		mustExec(t, c, "SET SESSION "+one[0]+" = "+one[1])
		warnings, err := valuesOf(c, "SHOW WARNINGS")
		if want := "Truncated incorrect " + one[0] + " value: '" + one[1] + "'"; err != nil || len(warnings) != 1 || warnings[0][1] != "1292" || warnings[0][2] != want {
			t.Errorf("%s: %v, %v", one[0], warnings, err)
		}
		if got := answerTo(t, c, "SELECT @@"+one[0]); got != one[2] {
			t.Errorf("%s: %s, want %s", one[0], got, one[2])
		}
	}
}

// Listings have a TIMESTAMP's default in UTC, SHOW CREATE TABLE has it in the session's
// zone, as dumps expect.
func TestShownTimestampDefault(t *testing.T) {
	c, err := shop(t).Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	mustExec(t, c, "SET time_zone = '+00:00'", "CREATE TABLE z (ts TIMESTAMP(3) NULL DEFAULT '2024-01-02 03:04:05.5')", "SET time_zone = '+05:00'")
	const utc, here = "2024-01-02 03:04:05.500", "2024-01-02 08:04:05.500"
	for query, want := range map[string]string{
		"SHOW CREATE TABLE z":                "'" + here + "'",
		"DESCRIBE z":                         "," + utc + ",",
		"SHOW FULL COLUMNS FROM z LIKE 't%'": "," + utc + ",",
		"SELECT column_default FROM information_schema.columns WHERE table_name = 'z' AND table_schema = 'd'": utc,
	} {
		if got := answerTo(t, c, query); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

// answerTo is the rows of a query with the warnings behind them, or the number of its error.
func answerTo(t *testing.T, c *sql.Conn, query string) string {
	t.Helper()
	rows, err := valuesOf(c, query)
	var refused *mysql.MySQLError
	if errors.As(err, &refused) {
		return fmt.Sprint("ERROR ", refused.Number)
	}
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	out := ""
	for i, row := range rows {
		if i > 0 {
			out += " "
		}
		out += strings.Join(row, ",")
	}
	warnings, err := valuesOf(c, "SHOW WARNINGS")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range warnings {
		out += " ! " + w[1] + " " + w[2]
	}
	return out
}

func valuesOf(c *sql.Conn, query string) (out [][]string, err error) {
	rows, err := c.QueryContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		values, places := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range values {
			places[i] = &values[i]
		}
		if err := rows.Scan(places...); err != nil {
			return nil, err
		}
		row := make([]string, len(names))
		for i, v := range values {
			if row[i] = v.String; !v.Valid {
				row[i] = "NULL"
			}
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

const everyColumn = `CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, ti TINYINT NOT NULL, si SMALLINT, mi MEDIUMINT, i INT, bi BIGINT,
	ui INT UNSIGNED, ub BIGINT UNSIGNED, d52 DECIMAL(5,2), d20 DECIMAL(20,0), f FLOAT, dbl DOUBLE, c CHAR(10), vc VARCHAR(20) NOT NULL, tx TEXT,
	bl BLOB, vb VARBINARY(10), b BINARY(4), dt DATE, tm TIME, tm3 TIME(3), dtm DATETIME, dtm6 DATETIME(6), ts TIMESTAMP NULL, y YEAR, bit1 BIT(1),
	bit8 BIT(8), js JSON, e ENUM('a','b'), s SET('x','y'), bo BOOLEAN, lt LONGTEXT, tt TINYTEXT)`

// everyTyped is a server with that table, and two rows.
func everyTyped(t *testing.T) *sql.DB {
	t.Helper()
	db := shop(t)
	mustExec(t, db, everyColumn, `INSERT INTO t VALUES (1,1,2,3,4,5,6,7,1.25,20,1.5,2.5,'c','vc','tx','bl','vb','bb','2024-01-02','10:11:12','10:11:12.5',
		'2024-01-02 03:04:05','2024-01-02 03:04:05.678','2024-01-02 03:04:05',2024,b'1',b'101','{"a":1}','a','x,y',true,'lt','tt')`,
		"INSERT INTO t (ti, vc) VALUES (2, '')")
	return db
}

// The columns of results have the types, the digits and the NULLs that a MySQL 9 says to
// Go's driver: "!" is NOT NULL.
func TestResultColumnsAsMySQL(t *testing.T) {
	db := everyTyped(t)
	for _, one := range answersIn(t, "columns") {
		rows, err := db.Query(one[0])
		if err != nil {
			t.Errorf("%s: %v", one[0], err)
			continue
		}
		list, err := rows.ColumnTypes()
		if err := errors.Join(err, rows.Close()); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range list {
			got = append(got, told(c))
		}
		if s := strings.Join(got, " "); s != one[1] {
			t.Errorf("%s:\ngot  %s\nwant %s", one[0], s, one[1])
		}
	}
}

// told is what a driver tells of a column.
func told(c *sql.ColumnType) string {
	out := c.DatabaseTypeName()
	_, scale, ok := c.DecimalSize()
	switch {
	case ok && out == "DECIMAL":
		out += fmt.Sprintf("(,%d)", scale)
	case ok && scale > 0 && scale < 7 && out != "FLOAT" && out != "DOUBLE":
		out += fmt.Sprintf("(%d)", scale)
	}
	if nullable, ok := c.Nullable(); ok && !nullable {
		out += "!"
	}
	return out
}
