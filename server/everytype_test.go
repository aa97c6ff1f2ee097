package server

import (
	"context"
	"database/sql"

	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"github.com/xadb/xadb/server/mysqlerr"
)

// A columnKind is a column type with what its columns may hold.
type columnKind struct {
	decl   string
	draw   func(t *rapid.T) string
	float  bool // text is not all of a value
	prefix string
	noKey  bool
	lead   string // in front of a literal
}

func numbers(low, high int64) func(*rapid.T) string {
	return func(t *rapid.T) string { return strconv.FormatInt(rapid.Int64Range(low, high).Draw(t, "n"), 10) }
}

func anyOf(list ...string) func(*rapid.T) string {
	return func(t *rapid.T) string { return rapid.SampledFrom(list).Draw(t, "one") }
}

func letters(set string, most int) func(*rapid.T) string {
	return func(t *rapid.T) string {
		return rapid.StringOfN(rapid.SampledFrom([]rune(set)), 0, most, -1).Draw(t, "text")
	}
}

const wideLetters = "aAbB äÄé€ß\t~\\'\"😀"

var everyType = []columnKind{
	{decl: "TINYINT", draw: numbers(-128, 127)}, {decl: "BOOL", draw: numbers(0, 1)}, {decl: "SMALLINT UNSIGNED", draw: numbers(0, 65535)},
	{decl: "MEDIUMINT", draw: numbers(-8388608, 8388607)}, {decl: "INT UNSIGNED", draw: numbers(0, 4294967295)},
	{decl: "BIGINT", draw: numbers(-1<<63, 1<<63-1)}, {decl: "INT(6) ZEROFILL", draw: numbers(0, 99999999)},
	{decl: "DECIMAL(12,3)", draw: anyOf("0", "-0.001", "1.5", "999999999.999", "-12.340")},
	{decl: "DOUBLE", draw: anyOf("0", "1.5", "-1e300", "0.1"), float: true}, {decl: "FLOAT(8,2)", draw: anyOf("0", "1.5", "-12345.67"), float: true},
	{decl: "VARCHAR(12)", draw: letters(wideLetters, 4)}, {decl: "VARCHAR(12) COLLATE utf8mb4_0900_ai_ci", draw: letters(wideLetters, 4)},
	{decl: "VARCHAR(12) COLLATE utf8mb4_0900_as_cs", draw: letters(wideLetters, 4)}, {decl: "VARCHAR(12) COLLATE utf8mb4_bin", draw: letters(wideLetters, 4)},
	{decl: "VARCHAR(12) COLLATE utf8mb4_unicode_ci", draw: letters(wideLetters, 4)},
	{decl: "VARCHAR(12) CHARACTER SET latin1", draw: letters("aAbB äÄ€ß", 4)}, {decl: "CHAR(8) CHARACTER SET ascii", draw: letters("aAb ", 4)},
	{decl: "CHAR(8)", draw: letters(wideLetters, 4)}, {decl: "NCHAR(8)", draw: letters("aAbé ", 4)}, {decl: "NATIONAL VARCHAR(8)", draw: letters("aAbé ", 4)},
	{decl: "VARBINARY(8)", draw: letters("ab \x00\x01", 4)}, {decl: "BINARY(4)", draw: letters("ab \x00", 4)},
	{decl: "TINYTEXT", draw: letters(wideLetters, 4), prefix: "(9)"}, {decl: "TEXT", draw: letters(wideLetters, 4), prefix: "(9)"},
	{decl: "MEDIUMBLOB", draw: letters("ab \x00", 4), prefix: "(9)"}, {decl: "LONGTEXT", draw: letters(wideLetters, 4), prefix: "(9)"},
	{decl: "DATE", draw: anyOf("2024-02-29", "1000-01-01", "9999-12-31")}, {decl: "DATETIME(3)", draw: anyOf("2024-02-29 23:59:59.999", "1999-01-01")},
	{decl: "TIMESTAMP(6) NULL", draw: anyOf("2024-02-29 23:59:59.999999", "1970-01-02 00:00:00")},
	{decl: "TIME(2)", draw: anyOf("-838:59:59", "00:00:00.01", "12:34:56")}, {decl: "YEAR", draw: anyOf("1901", "2024", "2155")},
	{decl: "ENUM('zz','a','It''s','ü')", draw: anyOf("zz", "A", "it's", "ü", "2")},
	{decl: "SET('x','y','Z') COLLATE utf8mb4_bin", draw: anyOf("", "x", "Z,x", "y", "7")},
	{decl: "JSON", noKey: true, draw: anyOf("null", "1", "1.0", `"a\"b"`, `[1, 18446744073709551615, -1.5]`, `{"b": {}, "a": [true], "b": [null]}`)},
	{decl: "GEOMETRY", noKey: true, draw: anyOf(aPoint, aLine, aCollection)}, {decl: "POINT", noKey: true, draw: anyOf(aPoint)},
	{decl: "VECTOR(3)", noKey: true, lead: "_binary", draw: anyOf("abcd", "\x00\x00\x00@\x00\x00@@", "abcdefghijkl")},
	{decl: "LINESTRING", noKey: true, draw: anyOf(aLine)}, {decl: "GEOMETRYCOLLECTION", noKey: true, draw: anyOf(aCollection, anEmptyCollection)},
}

// Geometries whose bytes are text, too: 2 is 00 00 00 00 00 00 00 40, and 3 ends in 08 40.
const (
	two, three        = "\x00\x00\x00\x00\x00\x00\x00\x40", "\x00\x00\x00\x00\x00\x00\x08\x40"
	noSRID            = "\x00\x00\x00\x00"
	barePoint         = "\x01\x01\x00\x00\x00" + two + three
	aPoint            = noSRID + barePoint
	aLine             = noSRID + "\x01\x02\x00\x00\x00" + "\x02\x00\x00\x00" + two + three + three + three
	anEmptyCollection = noSRID + "\x01\x07\x00\x00\x00" + "\x00\x00\x00\x00"
	aCollection       = noSRID + "\x01\x07\x00\x00\x00" + "\x02\x00\x00\x00" + barePoint + barePoint
)

// A typedTable is a table of two columns of drawn types, and its rows.
type typedTable struct {
	db    *sql.DB
	kinds [2]columnKind
}

func (tt *typedTable) query(query string, args ...any) (string, error) {
	rows, err := tt.db.Query(query, args...)
	if err != nil {
		return "", err
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for rows.Next() {
		cells, into := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			return "", err
		}
		for _, c := range cells {
			if f, err := strconv.ParseFloat(c.String, 64); err == nil && len(c.String) < 16 { // zeros in front, digits of a FLOAT
				c.String = strconv.FormatFloat(float64(float32(f)), 'g', -1, 32)
			}
			fmt.Fprintf(&out, "%t %q ", c.Valid, c.String)
		}
		out.WriteString("\n")
	}
	return out.String(), rows.Err()
}

// same asks queries that must agree, and returns what they say.
func (tt *typedTable) same(t *rapid.T, queries ...string) string {
	first := ""
	for i, q := range queries {
		var args []any
		if strings.Contains(q, "?") {
			args = append(args, 0)
		}
		got, err := tt.query(q, args...)
		if err != nil {
			t.Fatalf("%s: %v", q, err)
		}
		if i > 0 && got != first {
			t.Fatalf("%s:\n%s\nbut %s:\n%s", queries[0], first, q, got)
		}
		first = got
	}
	return first
}

func (tt *typedTable) exec(t *rapid.T, statement string, args ...any) {
	if _, err := tt.db.Exec(statement, args...); err != nil {
		t.Fatalf("%s %q: %v", statement, args, err)
	}
}

var quoter = strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\x00", `\0`)

func (k columnKind) quoted(text string) string { return k.lead + "'" + quoter.Replace(text) + "'" }

func (tt *typedTable) fill(t *rapid.T) {
	for id := range rapid.IntRange(1, 8).Draw(t, "rows") {
		literals, args := []string{strconv.Itoa(id)}, []any{id}
		for _, k := range tt.kinds {
			if rapid.IntRange(0, 5).Draw(t, "null") == 0 {
				literals, args = append(literals, "NULL"), append(args, nil)
				continue
			}
			text := k.draw(t)
			literals, args = append(literals, k.quoted(text)), append(args, text)
		}
		verb := rapid.SampledFrom([]string{"INSERT", "REPLACE"}).Draw(t, "verb") // of either tier
		if rapid.Bool().Draw(t, "prepared") {
			tt.exec(t, verb+" INTO t VALUES (?, ?, ?)", args...)
		} else {
			tt.exec(t, verb+" INTO t VALUES ("+strings.Join(literals, ", ")+")")
		}
	}
}

// check compares what the tiers and protocols say of the rows.
func (tt *typedTable) check(t *rapid.T) string {
	all := tt.same(t, "SELECT id, c0, c1 FROM t ORDER BY id", "SELECT id, c0, c1 FROM t WHERE id >= ? ORDER BY id",
		"SELECT t.id, c0, c1 FROM t JOIN (SELECT 1 x) o ORDER BY id", "SELECT t.id, c0, c1 FROM t JOIN (SELECT 1 x) o WHERE id >= ? ORDER BY id")
	for i, k := range tt.kinds {
		c := fmt.Sprintf("c%d", i)
		if !k.noKey {
			tt.same(t, fmt.Sprintf("SELECT id FROM t ORDER BY %s, id", c), fmt.Sprintf("SELECT t.id FROM t JOIN (SELECT 1 x) o ORDER BY %s, id", c))
			tt.same(t, fmt.Sprintf("SELECT id FROM t ORDER BY %s DESC, id", c), fmt.Sprintf("SELECT t.id FROM t JOIN (SELECT 1 x) o ORDER BY %s DESC, id", c))
		}
		tt.same(t, fmt.Sprintf("SELECT COUNT(%s) FROM t", c), fmt.Sprintf("SELECT COUNT(%s) FROM t JOIN (SELECT 1 x) o", c))
	}
	return all
}

// TestEveryType: values of every type come back the same through both tiers and
// both protocols, sort and are found the same with an index and without, are
// unique if the index says so, and survive UPDATE and a restart.
func TestEveryType(t *testing.T) {
	fs := vfs.NewMem()
	l := openLog(t, fs)
	srv := startSQL(t, l)
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d")
	db := dial(t, srv, "d")
	rapid.Check(t, func(t *rapid.T) {
		tt := &typedTable{db: db}
		for i := range tt.kinds {
			tt.kinds[i] = rapid.SampledFrom(everyType).Draw(t, "type")
		}
		tt.exec(t, "DROP TABLE IF EXISTS t")
		tt.exec(t, fmt.Sprintf("CREATE TABLE t (id INT PRIMARY KEY, c0 %s, c1 %s)", tt.kinds[0].decl, tt.kinds[1].decl))
		tt.fill(t)
		tt.check(t)
		tt.found(t)
		tt.exec(t, "UPDATE t SET c0 = NULL, id = id + 100 WHERE id % 2 = 0")
		tt.exec(t, "UPDATE t, (SELECT 1 x) o SET c1 = c1, id = id - 100 WHERE id >= 100")
		tt.check(t)
		tt.exec(t, "ALTER TABLE t ADD COLUMN z INT")
		tt.exec(t, "ALTER TABLE t DROP COLUMN z")
		tt.check(t)
	})
	kept := listed(t, db, "SELECT * FROM t ORDER BY id")
	if err := srv.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	l.Abandon()
	srv = startSQL(t, openLog(t, fs))
	if again := listed(t, dial(t, srv, "d"), "SELECT * FROM t ORDER BY id"); again != kept {
		t.Errorf("before the restart: %s\nafter it: %s", kept, again)
	}
}

// found asks for each value, then adds an index, a unique one if it can be, and
// asks again.
func (tt *typedTable) found(t *rapid.T) {
	k := tt.kinds[0]
	if k.noKey || k.float {
		return
	}
	quick := "SELECT a.id FROM t a WHERE a.c0 = %s ORDER BY 1"
	full := "SELECT a.id FROM t a JOIN (SELECT 1 x) o WHERE a.c0 = %s ORDER BY 1"
	probes := make([]string, 3)
	for i := range probes {
		probes[i] = "'" + quoter.Replace(k.draw(t)) + "'"
	}
	ask := func() (out string) {
		for _, p := range probes {
			out += tt.same(t, fmt.Sprintf(quick, p), fmt.Sprintf(full, p))
		}
		return out + tt.same(t, "SELECT a.id, b.id FROM t a JOIN t b ON a.c0 = b.c0 ORDER BY 1, 2")
	}
	before := ask()
	distinct := tt.same(t, "SELECT COUNT(DISTINCT c0) FROM t", "SELECT COUNT(*) FROM (SELECT DISTINCT c0 FROM t WHERE c0 IS NOT NULL) x",
		"SELECT COUNT(*) FROM (SELECT c0 FROM t WHERE c0 IS NOT NULL GROUP BY c0) x")
	isUnique := distinct == tt.same(t, "SELECT COUNT(c0) FROM t")
	_, err := tt.db.Exec("CREATE UNIQUE INDEX u ON t (c0" + k.prefix + ")")
	if isUnique != (err == nil) || err != nil && code(err) != mysqlerr.DupEntry {
		t.Fatalf("unique index on %s with %s distinct values: %v", k.decl, distinct, err)
	}
	if err != nil {
		tt.exec(t, "CREATE INDEX u ON t (c0"+k.prefix+")")
	}
	if after := ask(); after != before {
		t.Fatalf("without an index: %s\nwith one: %s", before, after)
	}
	tt.check(t)
}
