package server

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/mysql"
)

// idleBytesMax is what an idle connection may cost, both stacks and heap.
const idleBytesMax = 20_000

// idleKinds are what connections have done before they became idle.
var idleKinds = []struct {
	name     string
	tls      bool
	commands []string
}{
	{"logged in", false, []string{"\x0e"}},
	{"used", false, used},
	{"joined", false, append([]string{"\x03SELECT a.id, COUNT(*) FROM d.t a JOIN d.t b ON a.id = b.id GROUP BY a.id"}, used...)},
	{"TLS", true, used},
}

// used is what a driver, and a program behind it, ask for.
var used = []string{
	"\x03SET NAMES utf8mb4", "\x03SET autocommit=1", "\x02d", "\x03SELECT @@session.wait_timeout", "\x03SELECT v FROM t WHERE id = 7",
	"\x03UPDATE t SET v = 'y' WHERE id = 7", "\x03BEGIN", "\x03COMMIT", "\x16SELECT v FROM t WHERE id = ?",
}

// TestIdle keeps many idle connections of another process: 500, or XADB_IDLE of
// them, of each kind.
func TestIdle(t *testing.T) {
	n := 500
	if s := os.Getenv("XADB_IDLE"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	for i, kind := range idleKinds {
		t.Run(kind.name, func(t *testing.T) { testIdle(t, n, i) })
	}
}

func testIdle(t *testing.T, n, kind int) {
	conf, err := selfSigned()
	if err != nil {
		t.Fatal(err)
	}
	l := openLog(t, vfs.NewMem())
	srv := start(t, func(o *Options) {
		o.Store, o.Executor, o.MaxConnections, o.TLS = NewStore(l), NewExecutor(l), n+10, conf
	})
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(20))", "INSERT INTO d.t VALUES (7, 'seven')")
	beIdle(t, srv.Addr().String(), kind) // what the first of all makes is for all
	before := memory()
	crowd := exec.Command(os.Args[0], "-test.run=^TestIdleCrowd$")
	crowd.Env = append(os.Environ(), fmt.Sprintf("XADB_IDLE_CROWD=%s %d %d", srv.Addr(), n, kind))
	in, err := crowd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := crowd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := crowd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "here\n" {
		t.Fatalf("%q, %v", line, err)
	}
	var each int64
	for rested := time.Now().Add(3 * time.Second); time.Now().Before(rested); { // the server lets a connection rest after one
		each = (memory() - before) / int64(n)
	}
	t.Logf("%d connections, %d bytes each", n, each)
	if each > raceMemory*idleBytesMax {
		t.Errorf("an idle connection takes %d bytes", each)
	}
	begin := time.Now()
	alive(t, srv)
	t.Logf("a new connection and its first answer: %v", time.Since(begin))
	shutDown(t, srv)
	_ = in.Close()
	if err := crowd.Wait(); err != nil {
		t.Error(err)
	}
}

// memory is what is in use once stacks that are deeper than they have to be are
// cut: each collection halves them, and a process that does nothing collects
// every two minutes. The free places between objects are left out: others fill
// them.
func memory() int64 {
	for range 5 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// beIdle connects and does what a kind of connection has done.
func beIdle(t *testing.T, addr string, kind int) net.Conn {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	packet(t, nc)
	seq, caps := byte(1), uint32(loginCaps)
	if idleKinds[kind].tls {
		caps |= mysql.CLIENT_SSL
		write(t, nc, framed(seq, loginPacket(caps, "")))
		nc = tls.Client(nc, &tls.Config{InsecureSkipVerify: true})
		seq++
	}
	write(t, nc, framed(seq, loginPacket(caps, rootTail)))
	if _, got := packet(t, nc); got[0] != mysql.OK_HEADER {
		t.Fatalf("%q", got)
	}
	for _, command := range idleKinds[kind].commands {
		write(t, nc, framed(0, []byte(command)))
		wholeAnswer(t, nc, command)
	}
	return nc
}

// wholeAnswer reads all packets of an answer that is no error.
func wholeAnswer(t *testing.T, nc net.Conn, command string) {
	t.Helper()
	_, first := packet(t, nc)
	ends := 0
	switch {
	case first[0] == mysql.ERR_HEADER:
		t.Fatalf("%q: %q", command, first)
	case command[0] == mysql.COM_STMT_PREPARE: // parameters, columns
		for _, n := range []uint16{binary.LittleEndian.Uint16(first[5:]), binary.LittleEndian.Uint16(first[7:])} {
			if n > 0 {
				ends++
			}
		}
	case first[0] != mysql.OK_HEADER: // columns, rows
		ends = 2
	}
	for ends > 0 {
		if _, p := packet(t, nc); p[0] == mysql.EOF_HEADER && len(p) < 9 {
			ends--
		}
	}
}

// TestIdleCrowd is the other process of TestIdle; without that it has nothing
// to do.
func TestIdleCrowd(t *testing.T) {
	var addr string
	var n, kind int
	if _, err := fmt.Sscan(os.Getenv("XADB_IDLE_CROWD"), &addr, &n, &kind); err != nil {
		return
	}
	for range n {
		beIdle(t, addr, kind)
	}
	fmt.Println("here")
	_, _ = io.Copy(io.Discard, os.Stdin) // until TestIdle has finished
}
