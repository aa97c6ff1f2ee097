package server

import (
	"bytes"
	"database/sql"
	"fmt"
	"math/rand"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/cockroachdb/pebble/v2/vfs"
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
	columns, _ := rows.Columns()
	var out []string
	for rows.Next() {
		row, to := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range row {
			to[i] = &row[i]
		}
		if err := rows.Scan(to...); err != nil {
			return err.Error()
		}
		var list []string
		for _, v := range row {
			if !v.Valid {
				v.String = "NULL"
			}
			list = append(list, v.String)
		}
		out = append(out, strings.Join(list, ","))
	}
	if err := rows.Err(); err != nil {
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
