package server

import (
	"database/sql"
	"io"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-sql-driver/mysql"

	"github.com/xadb/xadb/server/mysqlerr"
)

// TestLatin1Client: text is converted in both directions, in statements, in
// parameters and in results, for a client that says latin1 with SET NAMES or
// when it logs in; bytes are left alone.
func TestLatin1Client(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	modern := dial(t, srv, "")
	modern.SetMaxOpenConns(1)
	mustExec(t, modern, "CREATE DATABASE d", "USE d", "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20), l VARCHAR(20) CHARACTER SET latin1, b VARBINARY(20))")
	for i, how := range []string{"?charset=latin1", "?collation=latin1_swedish_ci"} {
		old := dial(t, srv, "d"+how)
		old.SetMaxOpenConns(1)
		mustExec(t, old, "DELETE FROM t", "INSERT INTO t VALUES (1, 'caf\xe9 \x80', '\xe9', X'E9')")
		if _, err := old.Exec("INSERT INTO t VALUES (?, ?, ?, X'E9')", 2, "caf\xe9", "\xe4"); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			db    *sql.DB
			query string
			want  string
		}{
			{modern, "SELECT v, l, HEX(v), HEX(b) FROM t ORDER BY id", "café €,é,636166C3A920E282AC,E9 café,ä,636166C3A9,E9"},
			{old, "SELECT v, l, b FROM t ORDER BY id", "caf\xe9 \x80,\xe9,\xe9 caf\xe9,\xe4,\xe9"},
			{old, "SELECT 'caf\xe9', id FROM t WHERE v = 'caf\xe9'", "caf\xe9,2"},
			{old, "SELECT v `\xe9` FROM t WHERE id = 2", "caf\xe9"},
		} {
			if got := listed(t, c.db, c.query); got != c.want {
				t.Errorf("%d, %q: %q, want %q", i, c.query, got, c.want)
			}
		}
		mustExec(t, modern, "UPDATE t SET v = '你好 é' WHERE id = 1")
		if got := listed(t, old, "SELECT v FROM t WHERE id = ?", 1); got != "?? \xe9" {
			t.Errorf("%d: what latin1 has not comes as %q", i, got)
		}
	}
	if _, err := modern.Exec("INSERT INTO t (id, l) VALUES (9, '你')"); code(err) != mysqlerr.IncorrectFieldValue {
		t.Errorf("what latin1 has not is stored: %v", err)
	}
}

// TestSetErrors: what is no character set, collation or mode is refused.
func TestSetErrors(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	db := dial(t, srv, "")
	db.SetMaxOpenConns(1)
	for statement, want := range map[string]uint16{
		"SET NAMES klingon":                             mysqlerr.UnknownCharacterSet,
		"SET CHARACTER SET klingon":                     mysqlerr.UnknownCharacterSet,
		"SET character_set_client = klingon":            mysqlerr.UnknownCharacterSet,
		"SET NAMES utf8mb4 COLLATE utf8mb4_klingon_ci":  mysqlerr.UnknownCollation,
		"SET NAMES utf8mb4 COLLATE latin1_bin":          mysqlerr.CollationMismatch,
		"SET collation_connection = 'nope'":             mysqlerr.UnknownCollation,
		"SET sql_mode = 'STRICT_TRANS_TABLES,NO_SENSE'": mysqlerr.WrongValueForVar,
		"SET GLOBAL sql_mode = 'x'":                     mysqlerr.WrongValueForVar,
	} {
		if _, err := db.Exec(statement); code(err) != want {
			t.Errorf("%s: %v, want %d", statement, err, want)
		}
	}
	mustExec(t, db, "SET NAMES utf8mb4 COLLATE utf8mb4_0900_ai_ci", "SET NAMES utf8", "SET NAMES 'binary'", "SET NAMES DEFAULT",
		"SET sql_mode = 'traditional, no_auto_create_user'")
	if got := listed(t, db, "SHOW COLLATION LIKE 'utf8mb4\\_0900\\_a%'"); got != "utf8mb4_0900_ai_ci,utf8mb4,255,,Yes,0,NO PAD utf8mb4_0900_as_ci,utf8mb4,305,,Yes,0,NO PAD utf8mb4_0900_as_cs,utf8mb4,278,,Yes,0,NO PAD" {
		t.Error(got)
	}
	if got := listed(t, db, "SHOW CHARACTER SET LIKE 'latin1'"); got != "latin1,cp1252 West European,latin1_swedish_ci,1" {
		t.Error(got)
	}
}

// TestLoadSpecialTypes: names, numbers and documents of a file.
func TestLoadSpecialTypes(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	db := dial(t, srv, "?allowAllFiles=true")
	db.SetMaxOpenConns(1)
	mustExec(t, db, "SET GLOBAL local_infile = 1", "CREATE DATABASE d", "USE d",
		"CREATE TABLE t (id INT PRIMARY KEY, e ENUM('a','b'), f SET('x','y'), j JSON, z INT(3) ZEROFILL)")
	mysql.RegisterReaderHandler("special", func() io.Reader {
		return strings.NewReader("1\tB\ty,x\t{\"k\": [1, 1.0, 18446744073709551615]}\t7\n2\t\\N\t\\N\t\\N\t\\N\n")
	})
	defer mysql.DeregisterReaderHandler("special")
	mustExec(t, db, "LOAD DATA LOCAL INFILE 'Reader::special' INTO TABLE t")
	if got := listed(t, db, "SELECT id, e, f, j, z FROM t ORDER BY id"); got != `1,b,x,y,{"k": [1, 1.0, 18446744073709551615]},7 2,NULL,NULL,NULL,NULL` {
		t.Error(got)
	}
}
