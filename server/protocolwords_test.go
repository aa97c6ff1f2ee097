package server

import (
	"encoding/binary"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/mysql"
)

// lenenc is a short string as rows have it.
func lenenc(s string) string { return string(rune(len(s))) + s }

// Long data comes in pieces, for one execution.
func TestLongData(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	nc := loggedIn(t, srv)
	prepared := ask(t, nc, mysql.COM_STMT_PREPARE, "SELECT concat(?, ?)")
	if prepared[0] != mysql.OK_HEADER {
		t.Fatalf("%q", prepared)
	}
	id := string(prepared[1:5])
	for _, n := range []byte{prepared[7], prepared[5]} { // parameters, then columns, each with their end
		for i := range int(n) + 1 {
			if i > 0 || n > 0 {
				packet(t, nc)
			}
		}
	}
	for _, piece := range []string{"one ", "two "} {
		write(t, nc, framed(0, append([]byte{mysql.COM_STMT_SEND_LONG_DATA}, id+"\x00\x00"+piece...)))
	}
	const text = "\xfd\x00\xfd\x00" // types of both parameters
	execute := func(params string) string {
		if n := ask(t, nc, mysql.COM_STMT_EXECUTE, id+"\x00\x01\x00\x00\x00"+params); len(n) != 1 || n[0] != 1 {
			t.Fatalf("%q", n)
		}
		packet(t, nc) // the column
		packet(t, nc) // its end
		_, row := packet(t, nc)
		packet(t, nc)
		return string(row[2:])
	}
	if got := execute("\x00\x01" + text + lenenc("three")); got != lenenc("one two three") {
		t.Errorf("%q", got)
	}
	if got := execute("\x00\x00" + lenenc("a") + lenenc("b")); got != lenenc("ab") { // types are remembered, long data is not
		t.Errorf("%q", got)
	}
}

// The commands that are no statements do what they are for.
func TestCommands(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, name VARCHAR(10), note TEXT)")
	nc := loggedIn(t, srv)

	if got := ask(t, nc, mysql.COM_QUERY, "SELECT 1; SELECT 2"); got[0] != mysql.ERR_HEADER {
		t.Errorf("two statements that were not asked for: %q", got)
	}
	if got := ask(t, nc, mysql.COM_SET_OPTION, "\x00\x00"); got[0] != mysql.EOF_HEADER {
		t.Fatalf("%q", got)
	}
	if got := firstRow(t, nc, "SELECT 1; SELECT 2"); got != lenenc("1") {
		t.Errorf("%q", got)
	}
	for range 1 + 1 + 1 + 1 + 1 { // the second result
		packet(t, nc)
	}
	if got := ask(t, nc, mysql.COM_SET_OPTION, "\x01\x00"); got[0] != mysql.EOF_HEADER {
		t.Fatalf("%q", got)
	}
	if got := ask(t, nc, mysql.COM_QUERY, "SELECT 1; SELECT 2"); got[0] != mysql.ERR_HEADER {
		t.Errorf("two statements after they were turned off: %q", got)
	}

	if got := ask(t, nc, mysql.COM_INIT_DB, "d"); got[0] != mysql.OK_HEADER {
		t.Fatalf("%q", got)
	}
	var fields []string
	for b := ask(t, nc, mysql.COM_FIELD_LIST, "t\x00n%"); b[0] != mysql.EOF_HEADER; _, b = packet(t, nc) {
		fields = append(fields, string(b))
	}
	if len(fields) != 2 || !strings.Contains(fields[0], lenenc("name")) || !strings.Contains(fields[1], lenenc("note")) {
		t.Errorf("%q", fields)
	}

	if got := string(ask(t, nc, mysql.COM_STATISTICS, "")); !strings.HasPrefix(got, "Uptime: ") || !strings.Contains(got, "  Threads: 2  Questions: ") {
		t.Errorf("%q", got)
	}

	query(t, nc, "SET @a = 1")
	query(t, nc, "SET innodb_lock_wait_timeout = 7")
	query(t, nc, "BEGIN")
	query(t, nc, "INSERT INTO t VALUES (1, 'x', NULL)")
	if got := ask(t, nc, mysql.COM_RESET_CONNECTION, ""); got[0] != mysql.OK_HEADER {
		t.Fatalf("%q", got)
	}
	if got := firstRow(t, nc, "SELECT @a, @@innodb_lock_wait_timeout"); got != "\xfb"+lenenc("50") {
		t.Errorf("after a reset: %q", got)
	}
	if got := firstRow(t, nc, "SELECT count(*) FROM d.t"); got != lenenc("0") {
		t.Errorf("after a reset: %q rows", got)
	}

	other := loggedIn(t, srv)
	id := firstRow(t, other, "SELECT CONNECTION_ID()")[1:]
	n := uint32(0)
	for _, digit := range id {
		n = 10*n + uint32(digit-'0')
	}
	if got := ask(t, nc, mysql.COM_PROCESS_KILL, string(binary.LittleEndian.AppendUint32(nil, n))); got[0] != mysql.OK_HEADER {
		t.Fatalf("%q", got)
	}
	if _, err := io.ReadAll(other); err != nil {
		t.Errorf("the other connection: %v", err)
	}
}

// heldBytes is what the heap holds. A server that runs makes garbage between a collection and
// the reading: what is held is there each time, and it waits once the socket is full.
func heldBytes() uint64 {
	least := uint64(math.MaxUint64)
	for range 5 {
		var now runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&now)
		least = min(least, now.HeapAlloc)
	}
	return least
}

// A result that is larger than a statement may hold goes through, from either
// tier, in the memory of a few packets.
func TestResultsAreStreamed(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	db := dial(t, srv, "")
	mustExec(t, db, "CREATE DATABASE d", "CREATE TABLE d.t (k INT PRIMARY KEY, s LONGTEXT)")
	for k := range 40 {
		if _, err := db.Exec("INSERT INTO d.t VALUES (?, repeat('x', 65536))", k); err != nil {
			t.Fatal(err)
		}
	}
	const bytesMax = 100 << 20 // the result is 105 MB, and is counted twice: here and there
	before := heldBytes()
	rows, err := db.Query("SELECT a.k, b.s FROM d.t a JOIN d.t b ON a.k <> b.k OR a.k = b.k")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var total, most uint64
	for n := 0; rows.Next(); n++ {
		var k int
		var s []byte
		if err := rows.Scan(&k, &s); err != nil {
			t.Fatal(err)
		}
		total += uint64(len(s))
		if n%200 == 0 {
			most = max(most, heldBytes())
		}
	}
	if err := rows.Err(); err != nil || total != 40*40<<16 {
		t.Fatalf("%d bytes, %v", total, err)
	}
	if grown := int64(most) - int64(before); grown > bytesMax/4 {
		t.Errorf("%d bytes of %d were held", grown, total)
	}
}
