package server

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/mysql"
)

const (
	// floodRate is how many connections a second there are to be.
	floodRate = 5000
	// floodLeast is below what a machine that is busy with other things takes.
	floodLeast = 300
	// floodClients is how many come at once.
	floodClients = 64
)

// TestFlood lets another process make connections and leave them, at the door,
// amid the login and behind a statement, for 3 seconds, or XADB_FLOOD. Who is served
// goes on being served, others are let in, and nothing is left of the flood.
func TestFlood(t *testing.T) {
	length := 3 * time.Second
	if s := os.Getenv("XADB_FLOOD"); s != "" {
		var err error
		if length, err = time.ParseDuration(s); err != nil {
			t.Fatal(err)
		}
	}
	goroutines := runtime.NumGoroutine()
	l := openLog(t, vfs.NewMem())
	srv := start(t, func(o *Options) { o.Store, o.Executor = NewStore(l), NewExecutor(l) })
	probe := loggedIn(t, srv)
	visit(t, srv) // what the first of all makes is for all
	files, before := descriptors(), memory()
	flood := exec.Command(os.Args[0], "-test.run=^TestFloodCrowd$")
	flood.Env = append(os.Environ(), fmt.Sprintf("XADB_FLOOD_CROWD=%s %s", srv.Addr(), length))
	var said []byte
	var failed error
	over := make(chan struct{})
	go func() {
		defer close(over)
		said, failed = flood.CombinedOutput()
	}()
	answers, worst := probing(t, srv, probe, over)
	if failed != nil {
		t.Fatalf("the flood: %v\n%s", failed, said)
	}
	made := srv.Stats().Accepted
	t.Logf("%d connections in %v, %.0f a second; the probe had %d answers, the slowest in %v", made, length, float64(made)/length.Seconds(), answers, worst)
	if least := int64(floodLeast * length.Seconds()); made < least || answers < 10 {
		t.Errorf("%d connections and %d answers are no flood", made, answers)
	}
	visit(t, srv)
	for end := time.Now().Add(10 * time.Second); descriptors() > files && time.Now().Before(end); {
		time.Sleep(50 * time.Millisecond)
	}
	if n := descriptors(); n > files {
		t.Errorf("%d file descriptors, %d before", n, files)
	}
	if grown := memory() - before; grown > 8<<20 {
		t.Errorf("%d bytes more than before", grown)
	}
	if left := shutDown(t, srv); left > goroutines+storeGoroutines {
		t.Errorf("%d goroutines, %d before", left, goroutines)
	}
}

// probing asks, on a connection that is there and now and then on a new one, until
// it is over.
func probing(t *testing.T, srv *Server, nc net.Conn, over <-chan struct{}) (answers int, worst time.Duration) {
	for {
		select {
		case <-over:
			return answers, worst
		case <-time.After(5 * time.Millisecond):
		}
		if err := nc.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		if got := ask(t, nc, mysql.COM_PING, ""); got[0] != mysql.OK_HEADER {
			t.Fatalf("%q", got)
		}
		worst = max(worst, time.Since(begin))
		if answers++; answers%50 == 0 {
			visit(t, srv)
		}
	}
}

// visit is a client that comes, asks and leaves.
func visit(t *testing.T, srv *Server) {
	nc := loggedIn(t, srv)
	if got := ask(t, nc, mysql.COM_PING, ""); got[0] != mysql.OK_HEADER {
		t.Fatalf("ping: %q", got)
	}
	_ = nc.Close()
}

// descriptors is how many files the process has open; 0 where nobody says.
func descriptors() int {
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(names)
}

// TestFloodCrowd is the other process of TestFlood; without that it has nothing to
// do.
func TestFloodCrowd(t *testing.T) {
	var addr, length string
	if _, err := fmt.Sscan(os.Getenv("XADB_FLOOD_CROWD"), &addr, &length); err != nil {
		return
	}
	d, err := time.ParseDuration(length)
	if err != nil {
		t.Fatal(err)
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for range floodClients {
		wg.Go(func() {
			for time.Since(began) < d {
				i := next.Add(1)
				time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / floodRate)))
				if err := comeAndGo(addr, int(i)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// comeAndGo makes one connection, from one of many addresses, as the ports of one
// do not last, and leaves it in one of several ways. That the server has ended it
// first is fine.
func comeAndGo(addr string, i int) error {
	from := net.TCPAddr{IP: net.IPv4(127, 1, byte(i>>6), 1)}
	nc, err := (&net.Dialer{LocalAddr: &from, Timeout: 10 * time.Second}).Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer func() { _ = nc.Close() }()
	tcp := nc.(*net.TCPConn)
	if err := tcp.SetLinger(0); err != nil { // an end without a wait
		return err
	}
	_ = nc.SetDeadline(time.Now().Add(10 * time.Second))
	read := func() {
		var b [512]byte
		_, _ = nc.Read(b[:])
	}
	send := func(b []byte) { _, _ = nc.Write(b) }
	login := framed(1, loginPacket(loginCaps, rootTail))
	switch i % 5 {
	case 0: // at the door
	case 1:
		read()
	case 2:
		read()
		send(login[:len(login)/2])
	case 3:
		read()
		send(login)
	case 4:
		read()
		send(login)
		read()
		send(framed(0, []byte("\x03SELECT 1")))
		read()
		send(framed(0, []byte{mysql.COM_QUIT}))
	}
	return nil
}
