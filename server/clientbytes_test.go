package server

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/cockroachdb/pebble/v2/vfs"
	protocol "github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-sql-driver/mysql"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/server/wire"
)

// TestClientBytes: where a client's text becomes bytes, or meets bytes, it is those that the
// client has sent. The files are the character sets of the clients, who send what is written
// in them as it is.
func TestClientBytes(t *testing.T) {
	datadriven.Walk(t, filepath.Join("testdata", "clientbytes"), func(t *testing.T, path string) {
		srv := startSQL(t, openLog(t, vfs.NewMem()))
		mustExec(t, dial(t, srv, ""), "CREATE DATABASE d")
		db := dial(t, srv, "d?charset="+filepath.Base(path))
		db.SetMaxOpenConns(1)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var out strings.Builder
			for _, statement := range strings.Split(d.Input, "\n") {
				fmt.Fprintln(&out, answered(db, statement))
			}
			return out.String()
		})
	})
}

// answered is the rows that a statement gives, or its error's number.
func answered(db *sql.DB, statement string) string {
	rows, err := db.Query(statement)
	if err != nil {
		return fmt.Sprint("error ", code(err))
	}
	defer rows.Close()
	out, err := scanned(rows)
	if err != nil {
		return fmt.Sprint("error ", code(err))
	}
	return strings.Join(out, " | ")
}

// TestClientBytesAsParameters: no byte of a parameter is lost on its way into bytes, and it is
// found by them, whatever the client's character set makes of them.
func TestClientBytesAsParameters(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY AUTO_INCREMENT, b BLOB, v VARBINARY(600), f BINARY(4), n BIT(32), KEY (v))")
	random := rand.New(rand.NewSource(1))
	for _, set := range []string{"latin1", "cp1251", "greek", "swe7", "gbk", "sjis", "cp932", "big5", "euckr", "ujis", "gb18030", "utf8mb4"} {
		for _, interpolated := range []bool{false, true} {
			if interpolated && !strings.Contains("latin1 cp1251 greek utf8mb4", set) {
				continue // the driver takes a backslash for one that may be half a letter
			}
			db := dial(t, srv, fmt.Sprintf("d?charset=%s&interpolateParams=%v", set, interpolated))
			for range 8 {
				sent := make([]byte, 300)
				random.Read(sent)
				number := append([]byte{0x81}, sent[:3]...)
				r, err := db.Exec("INSERT INTO t (b, v, f, n) VALUES (?, ?, ?, ?)", sent, sent, number, number)
				if err != nil {
					t.Fatalf("%s, %x: %v", set, sent, err)
				}
				id, _ := r.LastInsertId()
				if _, err := db.Exec("INSERT INTO t (b, v) SELECT ?, CONCAT(?, v) FROM t WHERE v = ?", sent, sent[:1], sent); err != nil {
					t.Fatalf("%s, %x: %v", set, sent, err)
				}
				got := one[string](t, db, "SELECT CONCAT_WS(',', HEX(b), HEX(v), HEX(f), HEX(n)) FROM t WHERE v = ? AND id = ?", sent, id)
				if want := fmt.Sprintf("%X,%X,%X,%X", sent, sent, number, number); got != want {
					t.Fatalf("%s: %s became %s", set, want, got)
				}
				if back := one[[]byte](t, db, "SELECT b FROM t WHERE b = ? AND v = ?", sent, append(sent[:1:1], sent...)); !bytes.Equal(back, sent) {
					t.Fatalf("%s: %x came back as %x", set, sent, back)
				}
			}
		}
	}
}

// TestBinaryClientParameters: the parameters of a client who sends no text are bytes of each
// column's set, and come back as these, in the text and in the binary protocol.
func TestBinaryClientParameters(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d")
	for column, texts := range map[string][]string{
		"VARCHAR(10) CHARACTER SET latin1": {"\xe9\xff", "a"}, "CHAR(10) CHARACTER SET gbk": {"\xd6\xd0\x81\\", "a"},
		"VARCHAR(10) CHARACTER SET utf16": {"\x00\xe9", "N-", "\x00\\\x00'", "\xd8\x3d\xde\x00"}, "TEXT CHARACTER SET utf8mb4": {"é中😀", ""},
		"VARBINARY(10)": {"\xff\x00", "a"}, "ENUM('a', 'é') CHARACTER SET latin1": {"\xe9", "a"}, "SET('é', '中') CHARACTER SET utf8mb4": {"é,中", ""},
	} {
		mustExec(t, dial(t, srv, "d"), "DROP TABLE IF EXISTS t", "CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, c "+column+")")
		for _, interpolated := range []bool{false, true} {
			db := dial(t, srv, fmt.Sprintf("d?charset=binary&interpolateParams=%v", interpolated))
			for _, text := range texts {
				mustExec(t, db, "DELETE FROM t")
				for _, sql := range []string{"INSERT INTO t (c) VALUES (?)", "INSERT INTO t (c) SELECT c FROM t WHERE c = ?", "UPDATE t SET c = ? ORDER BY id LIMIT 1"} {
					if _, err := db.Exec(sql, text); err != nil {
						t.Errorf("%s, %q, %s: %v", column, text, sql, err)
					}
				}
				for _, sql := range []string{"SELECT c FROM t WHERE c = ? LIMIT 1", "SELECT CONCAT(c) FROM t WHERE c = ? AND id > 0 LIMIT 1"} {
					if back := one[[]byte](t, db, sql, text); string(back) != text {
						t.Errorf("%s: %q came back as %q", column, text, back)
					}
				}
				if n := one[int](t, db, "SELECT COUNT(*) FROM t WHERE c = ?", text); n != 2 {
					t.Errorf("%s: %d rows have %q", column, n, text)
				}
			}
		}
	}
}

// TestLoadBytes: what LOAD DATA stores in bytes is what the file has, whatever its character
// set is, and the client's.
func TestLoadBytes(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d", "CREATE TABLE d.t (b BLOB, l VARCHAR(10) CHARACTER SET latin1)", "SET GLOBAL local_infile = 1")
	mysql.RegisterReaderHandler("bytes", func() io.Reader { return strings.NewReader("a\xe9\xff\t\xe9\n") })
	defer mysql.DeregisterReaderHandler("bytes")
	for _, client := range []string{"latin1", "gbk", "utf8mb4", "binary"} {
		for file, letter := range map[string]string{"latin1": "E9", "binary": "E9", "cp1251": "3F", "gbk": "3F"} {
			db := dial(t, srv, "d?charset="+client)
			mustExec(t, db, "DELETE FROM t", "LOAD DATA LOCAL INFILE 'Reader::bytes' INTO TABLE t CHARACTER SET "+file)
			if got := listed(t, db, "SELECT HEX(b), HEX(l) FROM t"); got != "61E9FF,"+letter {
				t.Errorf("a file of %s, a client of %s: %s", file, client, got)
			}
			mustExec(t, db, "DELETE FROM t")
			one := dial(t, srv, "d?charset="+client)
			one.SetMaxOpenConns(1)
			mustExec(t, one, "LOAD DATA LOCAL INFILE 'Reader::bytes' INTO TABLE t CHARACTER SET "+file+" (@b) SET b = @b")
			if got := listed(t, one, "SELECT HEX(b), CHARSET(@b) FROM t"); got != "61E9FF,"+file {
				t.Errorf("a file of %s, a client of %s, by a variable: %s", file, client, got)
			}
		}
	}
}

// TestBlobParameters: what comes as a BLOB is no text of the client's character set.
func TestBlobParameters(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, b BLOB, l VARCHAR(10) CHARACTER SET latin1, u VARCHAR(10))")
	p := wire.NewParams(4)
	p.Text = types.CharsetLatin1.Receive
	blobs := []byte{0, 1, protocol.MYSQL_TYPE_BLOB, 0, protocol.MYSQL_TYPE_VAR_STRING, 0, protocol.MYSQL_TYPE_BLOB, 0, protocol.MYSQL_TYPE_BLOB, 0}
	for _, v := range []string{"\xc3\xa9", "\xc3\xa9", "\xe9", "a"} {
		blobs = append(append(blobs, byte(len(v))), v...)
	}
	args, err := p.Decode(blobs)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(p.Bytes(args)); got != "[true false true false]" {
		t.Errorf("bytes are %s", got)
	}
	s := rootSession(srv, 999)
	for _, sql := range []string{"USE d", "SET NAMES latin1"} {
		if _, err := s.run(t.Context(), statement{sql: sql}); err != nil {
			t.Fatal(err)
		}
	}
	sql := "INSERT INTO t (id, b, l, u) VALUES (1, ?, ?, ?), (2, ?, NULL, NULL)"
	args = []binlog.Value{args[0], args[1], args[0], args[2]}
	if _, err := s.run(t.Context(), statement{sql: sql, args: args, bytes: []bool{true, false, true, true}}); err != nil {
		t.Fatal(err)
	}
	if got := listed(t, dial(t, srv, "d"), "SELECT HEX(b), HEX(l), HEX(u) FROM t ORDER BY id"); got != "C3A9,C3A9,C3A9 E9,NULL,NULL" {
		t.Error(got)
	}
}

// TestErrorsInCharset: messages come in the character set of results, and what it has not as
// its number.
func TestErrorsInCharset(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d")
	for _, c := range []struct{ client, results, name, want string }{
		{"latin1", "latin1", "\xe9", "\xe9"},
		{"gbk", "gbk", "\xd6\xd0", "\xd6\xd0"},
		{"latin1", "cp1251", "\xe9", `\00E9`},
		{"utf8mb4", "latin1", "é中😀", "\xe9" + `\4E2D\+01F600`},
		{"latin1", "utf8mb4", "\xe9", "é"},
		{"latin1", "NULL", "\xe9", "é"},
	} {
		db := dial(t, srv, "d?charset="+c.client)
		db.SetMaxOpenConns(1)
		mustExec(t, db, "SET character_set_results = "+c.results)
		_, err := db.Exec("SELECT `" + c.name + "` FROM (SELECT 1) t")
		var known *mysql.MySQLError
		if !errors.As(err, &known) || known.Message != "Unknown column '"+c.want+"' in 'field list'" {
			t.Errorf("a client of %s, results in %s: %q", c.client, c.results, err)
		}
	}
}

// TestSetNamesBetweenStatements: what stands behind SET NAMES in the same text is written in
// the set that it names.
func TestSetNamesBetweenStatements(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	db := dial(t, srv, "?multiStatements=true&charset=utf8mb4")
	db.SetMaxOpenConns(1)
	for _, c := range []struct{ sql, want string }{
		{"SET NAMES latin1; SET @a = HEX('\xe9'); SET NAMES gbk; SET @b = HEX('\xbf\\'), @c = HEX('\xd6\xd0'); SET NAMES utf8mb4; SET @d = HEX('é')", "E9,BF5C,D6D0,C3A9"},
		{"SET NAMES gbk; SET @a = HEX('\xa1\\'); SET NAMES latin1; SET @b = HEX('\xbf\\''); SET NAMES sjis; SET @c = HEX('\x95\\'); SET NAMES utf8mb4; SET @d = HEX('中')", "A15C,BF27,955C,E4B8AD"},
	} {
		mustExec(t, db, c.sql)
		if got := one[string](t, db, "SELECT CONCAT_WS(',', @a, @b, @c, @d)"); got != c.want {
			t.Errorf("%q: %s, want %s", c.sql, got, c.want)
		}
	}
}
