package server

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/server/mysqlerr"
)

// shutDown ends the server and returns how many goroutines are left.
func shutDown(t *testing.T, srv *Server) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	return runtime.NumGoroutine()
}

// Two thousand clients at once: those above the limit are told so, the others
// are served, and nothing of them is left.
func TestStorm(t *testing.T) {
	const clients, limit = 2000, 300
	before := runtime.NumGoroutine()
	srv := start(t, func(o *Options) { o.MaxConnections = limit - 1 }) // and one more for root
	var wg sync.WaitGroup
	var mu sync.Mutex
	served, refused := 0, 0
	hold := make(chan struct{}) // nobody leaves before all have come
	for range clients {
		wg.Go(func() {
			nc, err := net.Dial("tcp", srv.Addr().String())
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = nc.Close() }()
			_, first := packet(t, nc)
			if errorCode(first) == mysqlerr.ConCount {
				mu.Lock()
				refused++
				if refused == clients-limit {
					close(hold)
				}
				mu.Unlock()
				return
			}
			write(t, nc, framed(1, loginPacket(loginCaps, rootTail)))
			packet(t, nc)
			if got := ask(t, nc, mysql.COM_QUERY, "SELECT 1"); len(got) != 1 || got[0] != 1 {
				t.Errorf("%q", got)
			}
			<-hold
			mu.Lock()
			served++
			mu.Unlock()
		})
	}
	wg.Wait()
	if served != limit || refused != clients-limit {
		t.Errorf("%d served, %d refused", served, refused)
	}
	// The server notices that they are gone when it reads; then there is room.
	for ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second); ; {
		nc := raw(t, srv)
		if _, first := packet(t, nc); errorCode(first) != mysqlerr.ConCount {
			cancel()
			break
		}
		if ctx.Err() != nil {
			t.Fatal("no room after the storm")
		}
	}
	if left := shutDown(t, srv); left > before+storeGoroutines {
		t.Errorf("%d goroutines, %d before", left, before)
	}
}

// storeGoroutines is more than a store that stays open has of its own.
const storeGoroutines = 20

// idleBytesMax is what an idle connection may cost, both stacks and heap
// (reliability: 25 KiB).
const idleBytesMax = 25 << 10

// TestIdle keeps many idle connections of another process: 500, or XADB_IDLE of
// them.
func TestIdle(t *testing.T) {
	n := 500
	if s := os.Getenv("XADB_IDLE"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	srv := start(t, func(o *Options) { o.MaxConnections = n + 10 })
	used := memory()
	crowd := exec.Command(os.Args[0], "-test.run=^TestIdleCrowd$")
	crowd.Env = append(os.Environ(), fmt.Sprintf("XADB_IDLE_CROWD=%s %d", srv.Addr(), n))
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
	each := (memory() - used) / int64(n)
	t.Logf("%d connections, %d bytes each", n, each)
	if each > idleBytesMax {
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

func memory() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

// TestIdleCrowd is the other process of TestIdle; without that it has nothing
// to do.
func TestIdleCrowd(t *testing.T) {
	var addr string
	var n int
	if _, err := fmt.Sscan(os.Getenv("XADB_IDLE_CROWD"), &addr, &n); err != nil {
		return
	}
	for range n {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = nc.Close() }()
		packet(t, nc)
		write(t, nc, framed(1, loginPacket(loginCaps, rootTail)))
		if got := func() []byte { _, b := packet(t, nc); return b }(); got[0] != mysql.OK_HEADER {
			t.Fatalf("%q", got)
		}
		if got := ask(t, nc, mysql.COM_PING, ""); got[0] != mysql.OK_HEADER {
			t.Fatalf("%q", got)
		}
	}
	fmt.Println("here")
	_, _ = io.Copy(io.Discard, os.Stdin) // until TestIdle has finished
}
