package server

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-sql-driver/mysql"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

func readFile(f fileFormat, text string) (rows []string, err error) {
	r := &fileReader{fileFormat: f, r: bufio.NewReader(strings.NewReader(text)), limit: 100}
	for err = r.skip(); err == nil; {
		var fields []value
		if fields, err = r.row(); err != nil {
			break
		}
		var shown []string
		for _, v := range fields {
			if v == nil {
				shown = append(shown, "NULL")
				continue
			}
			shown = append(shown, fmt.Sprintf("%q", v))
		}
		rows = append(rows, strings.Join(shown, " "))
	}
	if err == errFileEnd {
		err = nil
	}
	return rows, err
}

func TestFileReader(t *testing.T) {
	csv := defaultFormat()
	csv.fieldEnd, csv.enclosed = []byte(","), '"'
	bare := csv
	bare.escaped = -1
	marked := defaultFormat()
	marked.lineStart, marked.lineEnd, marked.ignore = []byte("xxx"), []byte("\r\n"), 1
	tests := []struct {
		format fileFormat
		text   string
		want   string
	}{
		{defaultFormat(), "", ""},
		{defaultFormat(), "a\tb\n\\N\t\n", `"a" "b"|NULL ""`},
		{defaultFormat(), "a\tb", `"a" "b"`},
		{defaultFormat(), `\t\n\0\Z\\\x` + "\t\\\t\\N2", `"\t\n\x00\x1a\\x" "\tN2"`},
		{defaultFormat(), "NULL\n\n", `"NULL"|""`},
		{csv, "\"a,\"\"b\"\"\n\",c\nNULL,\"NULL\",\"x\"y\"\n", `"a,\"b\"\n" "c"|NULL "NULL" "x\"y"`},
		{csv, `1,"last"`, `"1" "last"`},
		{bare, `"\",\N`, `"\\" "\\N"`},
		{marked, "head\r\nskipxxxa\tb\r\nno\r\nxxxc\r\n", `"a" "b"|"c"`},
	}
	for _, tt := range tests {
		rows, err := readFile(tt.format, tt.text)
		if got := strings.Join(rows, "|"); got != tt.want || err != nil {
			t.Errorf("%q: %s (%v), want %s", tt.text, got, err, tt.want)
		}
	}
	if _, err := readFile(csv, strings.Repeat("x", 200)); !mysqlerr.Is(err, mysqlerr.NetPacketTooLarge) {
		t.Error(err)
	}
	r := &fileReader{fileFormat: csv, r: bufio.NewReader(io.MultiReader(strings.NewReader("a,b"), broken{})), limit: 100}
	if _, err := r.row(); !errors.Is(err, errBroken) {
		t.Errorf("a file that breaks off: %v", err)
	}
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errBroken }

func FuzzFileReader(f *testing.F) {
	f.Add("a,b\n\"c\",\\N\n", ",", "\n", byte('"'), byte('\\'))
	f.Add("a\tb", "\t", "\r\n", byte(0), byte(0))
	f.Fuzz(func(t *testing.T, text, fieldEnd, lineEnd string, enclosed, escaped byte) {
		if fieldEnd == "" || lineEnd == "" || len(fieldEnd)+len(lineEnd) > 10 {
			return
		}
		format := fileFormat{
			fieldEnd: []byte(fieldEnd), lineEnd: []byte(lineEnd), enclosed: int(enclosed) - 1, escaped: int(escaped) - 1,
		}
		rows, err := readFile(format, text)
		if err != nil && !mysqlerr.Is(err, mysqlerr.NetPacketTooLarge) {
			t.Fatal(err)
		}
		if len(rows) > len(text) {
			t.Fatalf("%d rows of %d bytes", len(rows), len(text))
		}
	})
}

func TestLoadData(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	db := dial(t, srv, "?allowAllFiles=true")
	db.SetMaxOpenConns(1)
	mustExec(t, db, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(20))", "USE d")
	var big strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&big, "%d\trow %d\n", i, i)
	}
	files := map[string]string{
		"big": big.String(), "csv": "id,v\n5001,\"a,b\"\n5002,NULL\n", "twice": "6001\ta\n3\tb\n", "short": "7001\n", "bad": "x\ty\n",
	}
	for name, text := range files {
		mysql.RegisterReaderHandler(name, func() io.Reader { return strings.NewReader(text) })
		defer mysql.DeregisterReaderHandler(name)
	}
	load := func(file, rest string) (int64, error) {
		res, err := db.Exec("LOAD DATA LOCAL INFILE 'Reader::" + file + "' " + rest)
		if err != nil {
			return 0, err
		}
		return res.RowsAffected()
	}
	count := func() int { return one[int](t, db, "SELECT COUNT(*) FROM t") }
	if _, err := load("big", "INTO TABLE t"); code(err) != mysqlerr.LocalInfileDisabled {
		t.Fatalf("it is off by default: %v", err)
	}
	mustExec(t, db, "SET GLOBAL local_infile = 1")
	if n, err := load("big", "INTO TABLE t"); n != 3000 || err != nil || count() != 3000 {
		t.Fatalf("%d rows, %v", n, err)
	}
	csv := "INTO TABLE d.t CHARACTER SET utf8mb4 FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' LINES TERMINATED BY '\\n' IGNORE 1 LINES (id, v)"
	if n, err := load("csv", csv); n != 2 || err != nil || one[string](t, db, "SELECT v FROM t WHERE id = 5001") != "a,b" {
		t.Fatalf("%d rows, %v", n, err)
	}
	mustExec(t, db, "CREATE TABLE u (id INT PRIMARY KEY)")
	if n, err := load("big", "INTO TABLE u FIELDS TERMINATED BY '\\t' (id, @skipped)"); n != 3000 || err != nil {
		t.Errorf("a part of the fields: %d rows, %v", n, err)
	}
	refused := []struct {
		file, rest string
		want       uint16
	}{
		{"short", "REPLACE INTO TABLE t", mysqlerr.TooFewRecords},
		{"big", "INTO TABLE t (id, v) SET v = CONCAT(v, 1)", mysqlerr.NotSupportedYet},
		{"big", "INTO TABLE t (id) SET v = 1, v = 2", mysqlerr.NotSupportedYet},
		{"big", "INTO TABLE t (id) SET v = ?", mysqlerr.ParseError},
		{"big", "INTO TABLE t (id) SET v = 1), (2, 2", mysqlerr.ParseError},
		{"big", "INTO TABLE t (id) SET", mysqlerr.ParseError},
		{"big", "INTO TABLE t (id) SET v = nothing", mysqlerr.BadField},
		{"big", "INTO TABLE t (id) SET nothing = v", mysqlerr.BadField},
		{"big", "INTO TABLE none", mysqlerr.NoSuchTable},
		{"big", "INTO TABLE t (nothing)", mysqlerr.BadField},
		{"big", "INTO TABLE t FIELDS TERMINATED BY ''", mysqlerr.NotSupportedYet},
		{"big", "INTO t", mysqlerr.ParseError},
	}
	for _, tt := range refused {
		if _, err := load(tt.file, tt.rest); code(err) != tt.want {
			t.Errorf("%s %s: %v", tt.file, tt.rest, err)
		}
	}
	// A failed load leaves the transaction as it was; the connection goes on.
	mustExec(t, db, "BEGIN", "DELETE FROM t WHERE id = 5001")
	if _, err := load("short", "REPLACE INTO TABLE t"); err == nil {
		t.Error("no error")
	}
	mustExec(t, db, "COMMIT")
	if n := count(); n != 3001 {
		t.Errorf("%d rows", n)
	}
	if n, err := load("twice", "INTO TABLE t"); (err != nil || n != 1) && (code(err) != mysqlerr.DupEntry || count() != 3001) {
		t.Errorf("a duplicate: %d rows, %v", n, err)
	}
}

// What rows of a file were not taken as they are is told as MySQL tells it.
func TestLoadWarnings(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	db := dial(t, srv, "?allowAllFiles=true")
	db.SetMaxOpenConns(1)
	mustExec(t, db, "SET GLOBAL local_infile = 1", "CREATE DATABASE d", "USE d", "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20))", "INSERT INTO t VALUES (2, 'a')")
	var rows strings.Builder
	for i := range 600 {
		fmt.Fprintf(&rows, "%d\tx\n", i+1000)
	}
	rows.WriteString("2\tb\n3\tc\tmore\nabc\td\n")
	mysql.RegisterReaderHandler("rows", func() io.Reader { return strings.NewReader(rows.String()) })
	defer mysql.DeregisterReaderHandler("rows")
	mustExec(t, db, "LOAD DATA LOCAL INFILE 'Reader::rows' INTO TABLE t")
	want := []string{
		"1262 Row 602 was truncated; it contained more data than there were input columns",
		"1062 Duplicate entry '2' for key 't.PRIMARY'",
		"1366 Incorrect integer value: 'abc' for column 'id' at row 603",
	}
	warnings, err := db.Query("SHOW WARNINGS")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = warnings.Close() }()
	var got []string
	for warnings.Next() {
		var level, number, text string
		if err := warnings.Scan(&level, &number, &text); err != nil {
			t.Fatal(err)
		}
		got = append(got, number+" "+text)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if _, err := db.Exec("LOAD DATA LOCAL INFILE 'Reader::rows' REPLACE INTO TABLE t"); code(err) != mysqlerr.TooManyRecords {
		t.Error(err)
	}
}

// A vector's bytes are loaded from a file of bytes only.
func TestLoadVectors(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	db := dial(t, srv, "?allowAllFiles=true")
	db.SetMaxOpenConns(1)
	mustExec(t, db, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v VECTOR(2))", "SET GLOBAL local_infile = 1")
	mysql.RegisterReaderHandler("vectors", func() io.Reader { return strings.NewReader("1\t\x00\x00\x80?\n2\tabcd\n3\t\\N\n") })
	defer mysql.DeregisterReaderHandler("vectors")
	if _, err := db.Exec("LOAD DATA LOCAL INFILE 'Reader::vectors' INTO TABLE d.t"); code(err) != mysqlerr.NoVector {
		t.Errorf("as text: %v", err)
	}
	mustExec(t, db, "LOAD DATA LOCAL INFILE 'Reader::vectors' INTO TABLE d.t CHARACTER SET binary")
	if got := listed(t, db, "SELECT HEX(v) FROM d.t ORDER BY id"); fmt.Sprint(got) != fmt.Sprint(listed(t, db, "SELECT '0000803F' UNION ALL SELECT '61626364' UNION ALL SELECT NULL")) {
		t.Errorf("as bytes: %v", got)
	}
}

func TestLoadDataMariaDB(t *testing.T) {
	cli := peer(t, "mariadb")
	if cli == "" {
		return
	}
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	mustExec(t, dial(t, srv, ""), "SET GLOBAL local_infile = 1", "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(20))")
	file := filepath.Join(t.TempDir(), "rows")
	if err := os.WriteFile(file, []byte("1\tone\n2\ttwo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	host, port, _ := strings.Cut(srv.Addr().String(), ":")
	for _, args := range [][]string{nil, {"--compress"}} {
		args = append([]string{"--no-defaults", "-h", host, "-P", port, "-u", "root", "--local-infile=1", "-vv", "-e",
			"DELETE FROM d.t; LOAD DATA LOCAL INFILE '" + file + "' INTO TABLE d.t; SELECT COUNT(*) FROM d.t"}, args...)
		out, err := exec.Command(cli, args...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "Records: 2  Deleted: 0  Skipped: 0  Warnings: 0") {
			t.Errorf("%v\n%s", err, out)
		}
	}
}

// A file may be in another character set, of which codes end amid what is read.
func TestLoadCharset(t *testing.T) {
	text := strings.Repeat("中\\é國,", 20_000)
	for _, cs := range []types.Charset{"gb18030", "big5", "latin1", "utf16le", "utf8mb4"} {
		r := decoded(iotest.OneByteReader(bytes.NewReader(cs.Encode([]byte(text)[:900]))), cs)
		want := cs.Decode(cs.Encode([]byte(text)[:900]))
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %q, %v", cs, got, err)
		}
		got, err := io.ReadAll(decoded(bytes.NewReader(cs.Encode([]byte(text))), cs))
		if err != nil || !bytes.Equal(got, cs.Decode(cs.Encode([]byte(text)))) {
			t.Errorf("%s: %d bytes, %v", cs, len(got), err)
		}
	}
	db := dial(t, startSQL(t, openLog(t, vfs.NewMem())), "?allowAllFiles=true")
	mustExec(t, db, "SET GLOBAL local_infile = 1", "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(20))")
	mysql.RegisterReaderHandler("gbk", func() io.Reader { return strings.NewReader("1\t\x81\x5c\n2\t\xd6\xd0\n") })
	defer mysql.DeregisterReaderHandler("gbk")
	mustExec(t, db, "LOAD DATA LOCAL INFILE 'Reader::gbk' INTO TABLE d.t CHARACTER SET gbk")
	if got := one[string](t, db, "SELECT GROUP_CONCAT(HEX(v) ORDER BY id) FROM d.t"); got != "E4B997,E4B8AD" {
		t.Error(got)
	}
}
