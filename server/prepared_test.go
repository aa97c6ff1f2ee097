package server

import (
	"context"
	"database/sql"
	"encoding/binary"
	"net"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/server/mysqlerr"
)

// A definition is what a column definition packet says of one column.
type definition struct {
	db, table, name string
	kind            byte
	charset, flags  uint16
}

// prepareRaw sends COM_STMT_PREPARE and reads all of its answer.
func prepareRaw(t *testing.T, nc net.Conn, query string) (params, columns []definition) {
	t.Helper()
	head := ask(t, nc, mysql.COM_STMT_PREPARE, query)
	if len(head) < 12 || head[0] != mysql.OK_HEADER {
		t.Fatalf("%s: %q", query, head)
	}
	columns = make([]definition, binary.LittleEndian.Uint16(head[5:]))
	params = make([]definition, binary.LittleEndian.Uint16(head[7:]))
	for _, list := range [][]definition{params, columns} {
		for i := range list {
			_, payload := packet(t, nc)
			list[i] = parseDefinition(t, payload)
		}
		if len(list) == 0 {
			continue
		}
		if _, payload := packet(t, nc); payload[0] != mysql.EOF_HEADER {
			t.Fatalf("%s: no EOF: %q", query, payload)
		}
	}
	return params, columns
}

func parseDefinition(t *testing.T, p []byte) definition {
	t.Helper()
	var texts [6]string // catalog, schema, table, its origin, name, its origin
	for i := range texts {
		n := int(p[0])
		texts[i], p = string(p[1:1+n]), p[1+n:]
	}
	if len(p) != 13 || p[0] != 12 {
		t.Fatalf("the end of a definition: %q", p)
	}
	return definition{
		db: texts[1], table: texts[2], name: texts[4], kind: p[7],
		charset: binary.LittleEndian.Uint16(p[1:]), flags: binary.LittleEndian.Uint16(p[8:]),
	}
}

// The answer to COM_STMT_PREPARE tells the result's columns.
func TestPreparedColumns(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(20))")
	nc := loggedIn(t, srv)
	const key = mysql.NOT_NULL_FLAG | mysql.PRI_KEY_FLAG | mysql.PART_KEY_FLAG | noDefaultFlag
	tests := []struct {
		query   string
		params  int
		columns []definition
	}{
		{"SELECT id, v FROM d.t WHERE id=?", 1, []definition{
			{"d", "t", "id", mysql.MYSQL_TYPE_LONG, charsetBinary, key},
			{"d", "t", "v", mysql.MYSQL_TYPE_VAR_STRING, charsetUTF8MB4, 0},
		}},
		{"SELECT ? AS p", 1, []definition{{name: "p", kind: mysql.MYSQL_TYPE_VAR_STRING, charset: charsetUTF8MB4}}},
		{"SELECT ? AS p FROM d.t", 1, []definition{{name: "p", kind: mysql.MYSQL_TYPE_VAR_STRING, charset: charsetUTF8MB4}}},
		{"UPDATE d.t SET v=? WHERE id=?", 2, nil},
		{"INSERT INTO d.t VALUES (?, ?)", 2, nil},
		{"COMMIT", 0, nil},
	}
	for _, tt := range tests {
		params, columns := prepareRaw(t, nc, tt.query)
		if len(params) != tt.params || !slices.Equal(columns, tt.columns) {
			t.Errorf("%s: %d parameters, columns %+v", tt.query, len(params), columns)
		}
	}
}

// noDefaultFlag is NO_DEFAULT_VALUE_FLAG of the protocol.
const noDefaultFlag = 4096

// What does not exist is an error of the prepare.
func TestPrepareErrors(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(20))")
	nc := loggedIn(t, srv)
	for query, want := range map[string]uint16{
		"SELECT * FROM d.nowhere WHERE id=?": mysqlerr.NoSuchTable,
		"SELECT * FROM t WHERE id=?":         mysqlerr.NoDB,
		"SELECT x FROM d.t":                  mysqlerr.BadField,
		"UPDATE d.t SET v=? WHERE x=?":       mysqlerr.BadField,
		"DELETE FROM d.nowhere":              mysqlerr.NoSuchTable,
		"INSERT INTO d.t (x) VALUES (?)":     mysqlerr.BadField,
		"SELECT LOAD_FILE(v) FROM d.t":       mysqlerr.NotSupportedYet,
		"SELECT a.x FROM d.t a, d.t b":       mysqlerr.BadField,

		"BEGIN":                           mysqlerr.UnsupportedPS,
		"START TRANSACTION READ ONLY":     mysqlerr.UnsupportedPS,
		"SAVEPOINT s":                     mysqlerr.UnsupportedPS,
		"ROLLBACK TO s":                   mysqlerr.UnsupportedPS,
		"RELEASE SAVEPOINT s":             mysqlerr.UnsupportedPS,
		"LOCK TABLES d.t READ":            mysqlerr.UnsupportedPS,
		"UNLOCK TABLES":                   mysqlerr.UnsupportedPS,
		"USE d":                           mysqlerr.UnsupportedPS,
		"XA START 'x'":                    mysqlerr.UnsupportedPS,
		"XA RECOVER":                      mysqlerr.UnsupportedPS,
		"ALTER DATABASE d CHARSET latin1": mysqlerr.UnsupportedPS,
		"ALTER VIEW d.v AS SELECT 1":      mysqlerr.UnsupportedPS,
		"CREATE ROLE r":                   mysqlerr.UnsupportedPS,
	} {
		if got := errorCode(ask(t, nc, mysql.COM_STMT_PREPARE, query)); got != want {
			t.Errorf("%s: error %d, want %d", query, got, want)
		}
	}
	if got := ask(t, nc, mysql.COM_PING, ""); got[0] != mysql.OK_HEADER {
		t.Errorf("ping: %q", got)
	}
}

// A prepared statement outlives its table: each execution tells the columns
// that it has found.
func TestPreparedDefinitionChanges(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	db := dial(t, srv, "")
	mustExec(t, db, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v INT)", "INSERT INTO d.t VALUES (1, 7)")
	st, err := db.Prepare("SELECT * FROM d.t WHERE id=?")
	if err != nil {
		t.Fatal(err)
	}
	var id int
	var n int64
	if err := st.QueryRow(1).Scan(&id, &n); err != nil || n != 7 {
		t.Error(n, err)
	}
	mustExec(t, db, "DROP TABLE d.t")
	if err := st.QueryRow(1).Scan(&id, &n); code(err) != mysqlerr.NoSuchTable {
		t.Error(err)
	}
	mustExec(t, db, "CREATE TABLE d.t (id INT PRIMARY KEY, a VARCHAR(9), b DOUBLE)", "INSERT INTO d.t VALUES (1, 'text', 0.5)")
	var a string
	var b float64
	if err := st.QueryRow(1).Scan(&id, &a, &b); err != nil || a != "text" || b != 0.5 {
		t.Error(a, b, err)
	}
}

// To prepare a statement fixes no snapshot, takes no lock and waits for none.
func TestPrepareTouchesNothing(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	ctx := context.Background()
	db := dial(t, srv, "")
	mustExec(t, db, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, n INT)", "INSERT INTO d.t VALUES (1, 1)")
	tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	read, err := tx.Prepare("SELECT n FROM d.t WHERE id=?")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Prepare("UPDATE d.t SET n=? WHERE id=1"); err != nil {
		t.Fatal(err)
	}
	other, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, other, "SET innodb_lock_wait_timeout = 1", "DROP TABLE d.t", "CREATE TABLE d.t (id INT PRIMARY KEY, n INT)",
		"INSERT INTO d.t VALUES (1, 2)", "XA START 'x'", "UPDATE d.t SET n=3 WHERE id=1")
	if _, err := tx.Prepare("SELECT n FROM d.t WHERE id=? FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := read.QueryRow(1).Scan(&n); err != nil || n != 2 {
		t.Errorf("%d, %v", n, err)
	}
	mustExec(t, other, "XA END 'x'", "XA ROLLBACK 'x'")
}
