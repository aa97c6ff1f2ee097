package server

import (
	"context"
	"net"
	"runtime"
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
