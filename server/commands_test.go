package server

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/server/mysqlerr"
)

// query runs a statement on a raw connection and returns the OK packet.
func query(t testing.TB, nc net.Conn, sql string) []byte {
	t.Helper()
	got := ask(t, nc, mysql.COM_QUERY, sql)
	if got[0] != mysql.OK_HEADER {
		t.Fatalf("%s: %q", sql, got)
	}
	return got
}

// COM_CHANGE_USER rolls back, forgets the session and logs in anew, by either
// plugin.
func TestChangeUser(t *testing.T) {
	srv := start(t, nil)
	nc := loggedIn(t, srv)
	query(t, nc, "SET @a = 1")
	query(t, nc, "XA START 'x'")
	query(t, nc, "PUT k v")
	ok := ask(t, nc, mysql.COM_CHANGE_USER, "root\x00\x00d\x00\x2d\x00mysql_native_password\x00")
	if ok[0] != mysql.OK_HEADER || ok[3]&byte(mysql.SERVER_STATUS_IN_TRANS) != 0 {
		t.Fatalf("%q", ok)
	}
	if got := firstRow(t, nc, "SELECT @a, DATABASE()"); got != "\xfb\x01d" {
		t.Errorf("%q", got)
	}
	query(t, nc, "XA START 'x'") // the name is free again
	query(t, nc, "PUT k w")
	if got := ask(t, nc, mysql.COM_CHANGE_USER, "root\x00\x00\x00\x2d\x00caching_sha2_password\x00"); got[0] != mysql.EOF_HEADER {
		t.Fatalf("no switch: %q", got)
	}
	write(t, nc, framed(2, nil))
	if _, got := packet(t, nc); got[0] != mysql.OK_HEADER {
		t.Errorf("%q", got)
	}
	if got := firstRow(t, nc, "GET k"); got != "\xfb" {
		t.Errorf("%q", got)
	}
}

// firstRow runs a statement that gives one row, to a client that wants EOFs.
func firstRow(t testing.TB, nc net.Conn, sql string) string {
	t.Helper()
	n := ask(t, nc, mysql.COM_QUERY, sql)
	if len(n) != 1 {
		t.Fatalf("%s: %q", sql, n)
	}
	for range int(n[0]) + 1 {
		packet(t, nc)
	}
	_, row := packet(t, nc)
	packet(t, nc)
	return string(row)
}

// A read-only cursor gives its rows in pieces, as they were when it was opened.
func TestCursor(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)",
		"INSERT INTO d.t VALUES (1), (2), (3)")
	nc := loggedIn(t, srv)
	head := ask(t, nc, mysql.COM_STMT_PREPARE, "SELECT id FROM d.t")
	id := string(head[1:5])
	packet(t, nc) // column
	packet(t, nc) // EOF
	execute := func() {
		t.Helper()
		if got := ask(t, nc, mysql.COM_STMT_EXECUTE, id+"\x01\x01\x00\x00\x00"); got[0] != 1 {
			t.Fatalf("%q", got)
		}
		packet(t, nc)
		if _, eof := packet(t, nc); eof[0] != mysql.EOF_HEADER || eof[3]&byte(mysql.SERVER_STATUS_CURSOR_EXISTS) == 0 {
			t.Fatalf("no cursor: %q", eof)
		}
	}
	fetch := func(n byte) (rows []byte, status byte) {
		t.Helper()
		p := ask(t, nc, mysql.COM_STMT_FETCH, id+string([]byte{n, 0, 0, 0}))
		for p[0] == mysql.OK_HEADER {
			rows = append(rows, p[2])
			_, p = packet(t, nc)
		}
		if p[0] != mysql.EOF_HEADER {
			t.Fatalf("%q", p)
		}
		return rows, p[3] & byte(mysql.SERVER_STATUS_CURSOR_EXISTS|mysql.SERVER_STATUS_LAST_ROW_SEND)
	}
	execute()
	if rows, status := fetch(2); string(rows) != "\x01\x02" || status != byte(mysql.SERVER_STATUS_CURSOR_EXISTS) {
		t.Errorf("%v, %x", rows, status)
	}
	query(t, nc, "DELETE FROM d.t")
	if rows, status := fetch(9); string(rows) != "\x03" || status != byte(mysql.SERVER_STATUS_LAST_ROW_SEND) {
		t.Errorf("%v, %x", rows, status)
	}
	closed := []func(){
		func() {},
		func() { execute(); ask(t, nc, mysql.COM_STMT_RESET, id) },
	}
	for i, f := range closed {
		f()
		if got := ask(t, nc, mysql.COM_STMT_FETCH, id+"\x01\x00\x00\x00"); errorCode(got) != mysqlerr.StmtHasNoOpenCursor {
			t.Errorf("closed %d: %q", i, got)
		}
	}
	for c := range srv.conns {
		if c.cursorBytes != 0 {
			t.Errorf("%d bytes of cursors", c.cursorBytes)
		}
	}
}

// states reads the session's changes off an OK packet.
func states(t *testing.T, ok []byte) string {
	t.Helper()
	if binary.LittleEndian.Uint16(ok[3:])&mysql.SERVER_SESSION_STATE_CHANGED == 0 {
		return ""
	}
	b := ok[7:]
	b = b[1+int(b[0]):] // info
	var out []string
	for b = b[1:]; len(b) > 0; b = b[2+int(b[1]):] {
		out = append(out, fmt.Sprintf("%d %q", b[0], b[2:2+int(b[1])]))
	}
	return strings.Join(out, "; ")
}

// What a statement changes in the session, and what it commits, is in its OK.
func TestSessionTrack(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	nc := raw(t, srv)
	packet(t, nc)
	write(t, nc, framed(1, loginPacket(loginCaps|mysql.CLIENT_SESSION_TRACK, rootTail)))
	packet(t, nc)
	db := dial(t, srv, "")
	mustExec(t, db, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)") // groups 1 and 2
	server, _, _ := strings.Cut(one[string](t, db, "SELECT @@GLOBAL.gtid_executed"), ":")
	gtid := func(n int) string {
		text := fmt.Sprintf("%s:%d", server, n)
		return fmt.Sprintf("3 %q", "\x00"+string(rune(len(text)))+text)
	}
	tests := []struct{ sql, want string }{
		{"INSERT INTO d.t VALUES (1)", gtid(3)},
		{"BEGIN", ""},
		{"INSERT INTO d.t VALUES (2)", ""},
		{"COMMIT", gtid(4)},
		{"XA START 'x'", ""},
		{"INSERT INTO d.t VALUES (3)", ""},
		{"XA END 'x'", ""},
		{"XA PREPARE 'x'", gtid(5)},
		{"XA COMMIT 'x'", gtid(6)},
		{"USE d", `1 "\x01d"`},
		{"SET autocommit = 0", `0 "\nautocommit\x03OFF"`},
		{"SET autocommit = 1, session_track_gtids = OFF", `0 "\nautocommit\x02ON"`},
		{"INSERT INTO d.t VALUES (4)", ""},
		{"SET session_track_state_change = 1", `2 "\x011"`},
	}
	for _, tt := range tests {
		got := states(t, query(t, nc, tt.sql))
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.sql, got, tt.want)
		}
	}
	if got := states(t, query(t, loggedIn(t, srv), "INSERT INTO d.t VALUES (5)")); got != "" {
		t.Errorf("a client that did not ask was told: %q", got)
	}
}

func TestInteractiveTimeout(t *testing.T) {
	srv := start(t, nil)
	mustExec(t, dial(t, srv, ""), "SET GLOBAL interactive_timeout = 77", "SET GLOBAL wait_timeout = 88")
	for caps, want := range map[uint32]string{0: "88", mysql.CLIENT_INTERACTIVE: "77"} {
		nc := raw(t, srv)
		packet(t, nc)
		write(t, nc, framed(1, loginPacket(loginCaps|caps, rootTail)))
		packet(t, nc)
		if got := firstRow(t, nc, "SELECT @@wait_timeout"); got != "\x02"+want {
			t.Errorf("%x: %q, want %s", caps, got, want)
		}
	}
}

// A client that was silent too long is told why it is disconnected.
func TestIdleTimeout(t *testing.T) {
	t.Parallel()
	nc := loggedIn(t, start(t, nil))
	query(t, nc, "SET wait_timeout = 1")
	if n, got := packet(t, nc); n != 0 || errorCode(got) != mysqlerr.ClientInteractionTimeout {
		t.Errorf("packet %d: %q", n, got)
	}
	if _, err := io.Copy(io.Discard, nc); err != nil {
		t.Error(err)
	}
}

// max_execution_time and its hint end a SELECT, here in the wait for a lock,
// and nothing else.
func TestMaxExecutionTime(t *testing.T) {
	t.Parallel()
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	db := dial(t, srv, "")
	mustExec(t, db, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)", "INSERT INTO d.t VALUES (1)")
	holder, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holder.Rollback() }()
	if _, err := holder.Exec("DELETE FROM d.t"); err != nil {
		t.Fatal(err)
	}
	c, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	var n int
	hinted := "SELECT /*+ NO_ICP(t) MAX_EXECUTION_TIME(20) */ id FROM d.t FOR UPDATE"
	if err := c.QueryRowContext(context.Background(), hinted).Scan(&n); code(err) != mysqlerr.QueryTimeout {
		t.Errorf("hint: %v", err)
	}
	mustExec(t, c, "SET max_execution_time = 20, innodb_lock_wait_timeout = 1")
	if err := c.QueryRowContext(context.Background(), "SELECT id FROM d.t FOR UPDATE").Scan(&n); code(err) != mysqlerr.QueryTimeout {
		t.Errorf("variable: %v", err)
	}
	if _, err := c.ExecContext(context.Background(), "DELETE FROM d.t"); code(err) != mysqlerr.LockWaitTimeout {
		t.Errorf("a change: %v", err)
	}
	if err := c.QueryRowContext(context.Background(), "SELECT id FROM d.t").Scan(&n); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
}

// KILL ends a connection whose client does not read its answer.
func TestKillOfDeafClient(t *testing.T) {
	srv := start(t, nil)
	deaf := loggedIn(t, srv)
	if err := deaf.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	id := firstRow(t, deaf, "SELECT CONNECTION_ID()")[1:]
	if got := ask(t, deaf, mysql.COM_SET_OPTION, "\x00\x00"); got[0] != mysql.EOF_HEADER {
		t.Fatalf("%q", got)
	}
	big := strings.Repeat("SELECT '0123456789abcdef0123456789abcdef';", 1000)
	go func() { // until the server closes
		for {
			if _, err := deaf.Write(framed(0, append([]byte{mysql.COM_QUERY}, big...))); err != nil {
				return
			}
		}
	}()
	admin := dial(t, srv, "")
	for !strings.Contains(fmt.Sprint(srv.processes()), "0123456789abcdef") {
		if err := admin.Ping(); err != nil {
			t.Fatal(err)
		}
	}
	mustExec(t, admin, "KILL "+id)
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Second) // Options.WriteTimeout is 60 s
	defer cancel()
	for strings.Contains(fmt.Sprint(srv.processes()), "{"+id+" ") {
		if ctx.Err() != nil {
			t.Fatal("the connection is still there")
		}
		_ = admin.Ping()
	}
}

// PREPARE, EXECUTE and DEALLOCATE in SQL text.
func TestTextPrepare(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	db := dial(t, srv, "")
	c, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	mustExec(t, c, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(20))",
		"PREPARE ins FROM 'INSERT INTO d.t VALUES (?, ?)'", "SET @id = 7, @v = 'seven', @sql = 'SELECT v FROM d.t WHERE id = ?'",
		"EXECUTE ins USING @id, @v", "SET @id = 8, @v = NULL", "EXECUTE INS USING @id, @v", "PREPARE sel FROM @sql",
		"PREPARE val FROM 'SELECT ?'", "PREPARE own FROM 'SHOW GRANTS'", "EXECUTE own")
	for sql, want := range map[string]any{"EXECUTE sel USING @id": nil, "EXECUTE val USING @id": int64(8)} {
		var got any
		if err := c.QueryRowContext(context.Background(), sql).Scan(&got); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, %v", sql, got, err)
		}
	}
	for _, tt := range []struct {
		sql  string
		want uint16
	}{
		{"EXECUTE sel", mysqlerr.WrongArguments},
		{"EXECUTE gone USING @id", mysqlerr.UnknownStmtHandler},
		{"DEALLOCATE PREPARE gone", mysqlerr.UnknownStmtHandler},
		{"PREPARE e FROM 'EXECUTE sel'", mysqlerr.UnsupportedPS},
		{"PREPARE e FROM 'XA RECOVER'", mysqlerr.UnsupportedPS},
		{"PREPARE e FROM 'SELECT 1; SELECT 2'", mysqlerr.ParseError},
		{"PREPARE sel FROM 'NONSENSE'", mysqlerr.ParseError},
		{"EXECUTE sel USING @id", mysqlerr.UnknownStmtHandler}, // gone although PREPARE failed
		{"DROP PREPARE ins", 0},
		{"EXECUTE ins USING @id, @v", mysqlerr.UnknownStmtHandler},
	} {
		if _, err := c.ExecContext(context.Background(), tt.sql); code(err) != tt.want || (err == nil) != (tt.want == 0) {
			t.Errorf("%s: %v", tt.sql, err)
		}
	}
}
