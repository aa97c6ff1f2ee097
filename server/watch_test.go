package server

import (
	"crypto/tls"
	"fmt"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/server/wire"
)

// watched is a server with a table, and a way to log in to it.
func watched(t *testing.T) (srv *Server, login func(secure bool) net.Conn) {
	t.Helper()
	conf, err := selfSigned()
	if err != nil {
		t.Fatal(err)
	}
	l := openLog(t, vfs.NewMem())
	srv = start(t, func(o *Options) {
		o.Store, o.Executor, o.TLS, o.Wire = NewStore(l), NewExecutor(l), conf, wire.Options{}
	})
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v INT)", "INSERT INTO d.t VALUES (1, 1), (2, 2)")
	return srv, func(secure bool) net.Conn {
		nc := raw(t, srv)
		if err := nc.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		packet(t, nc)
		caps, seq := uint32(loginCaps|mysql.CLIENT_MULTI_STATEMENTS), byte(1)
		if secure {
			caps |= mysql.CLIENT_SSL
			write(t, nc, framed(seq, loginPacket(caps, "")))
			nc, seq = tls.Client(nc, &tls.Config{InsecureSkipVerify: true}), seq+1
		}
		write(t, nc, framed(seq, loginPacket(caps, rootTail)))
		if _, got := packet(t, nc); got[0] != mysql.OK_HEADER {
			t.Fatalf("%q", got)
		}
		return nc
	}
}

// A statement whose client is gone ends, whatever it waits for, and what its
// transaction has locked is free.
func TestGoneClient(t *testing.T) {
	srv, login := watched(t)
	holder := dial(t, srv, "d")
	tx, err := holder.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }() // nothing depends on it any more
	if _, err := tx.Exec("UPDATE t SET v = 9 WHERE id = 1"); err != nil {
		t.Fatal(err)
	}
	leave := map[string]func(net.Conn){
		"closes":              func(nc net.Conn) { _ = nc.Close() },
		"goes without a word": func(nc net.Conn) { _ = below(nc).Close() }, // under TLS: no close_notify
		"resets": func(nc net.Conn) {
			_ = below(nc).SetLinger(0)
			_ = below(nc).Close()
		},
	}
	waits := []string{
		"UPDATE d.t SET v = 3 WHERE id = 1", "SELECT COUNT(*) FROM d.t a JOIN d.t b WHERE SLEEP(1000) = 0", "SELECT SLEEP(1000)",
		"SELECT 1; SELECT SLEEP(1000); SELECT SLEEP(1000)", "SELECT GET_LOCK('held', 1000)",
	}
	mustExec(t, dial(t, srv, "d"), "DO GET_LOCK('held', 0)")
	type client struct {
		name   string
		row    int
		nc     net.Conn
		leaves func(net.Conn)
	}
	var clients []client
	for how, leaves := range leave {
		for _, wait := range waits {
			for _, secure := range []bool{false, true} {
				c := client{fmt.Sprintf("%s, TLS %v, %s", how, secure, wait), 10 + len(clients), login(secure), leaves}
				for _, sql := range []string{"SET innodb_lock_wait_timeout = 1000", "BEGIN", fmt.Sprintf("INSERT INTO d.t VALUES (%d, 0)", c.row)} {
					if got := ask(t, c.nc, mysql.COM_QUERY, sql); got[0] != mysql.OK_HEADER {
						t.Fatalf("%s: %q", sql, got)
					}
				}
				write(t, c.nc, framed(0, append([]byte{mysql.COM_QUERY}, wait...)))
				clients = append(clients, c)
			}
		}
	}
	for end := time.Now().Add(20 * time.Second); len(srv.longRunning()) < len(clients); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%d of %d wait", len(srv.longRunning()), len(clients))
		}
	}
	for _, c := range clients {
		c.leaves(c.nc)
	}
	next, begin := login(false), time.Now()
	for _, c := range clients {
		if got := ask(t, next, mysql.COM_QUERY, fmt.Sprintf("INSERT INTO d.t VALUES (%d, 1)", c.row)); got[0] != mysql.OK_HEADER {
			t.Errorf("%s: %q", c.name, got)
		}
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("their locks were free after %v", took)
	}
}

// below is the socket of a client.
func below(nc net.Conn) *net.TCPConn {
	if c, ok := nc.(*tls.Conn); ok {
		nc = c.NetConn()
	}
	return nc.(*net.TCPConn)
}

// Clients that are there get their answers, also those that have sent more
// commands already, and closed their end behind them.
func TestPatientClient(t *testing.T) {
	_, login := watched(t)
	const sql = "SELECT SLEEP(2.5)"
	for _, secure := range []bool{false, true} {
		for _, after := range []string{"nothing", "a command", "a command and the end"} {
			t.Run(after, func(t *testing.T) {
				t.Parallel()
				nc := login(secure)
				send := framed(0, append([]byte{mysql.COM_QUERY}, sql...))
				if after != "nothing" {
					send = append(send, framed(0, []byte{mysql.COM_PING})...)
				}
				write(t, nc, send)
				if after == "a command and the end" {
					if err := nc.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
						t.Fatal(err)
					}
				}
				wholeAnswer(t, nc, "\x03"+sql)
				if after == "nothing" {
					write(t, nc, framed(0, []byte{mysql.COM_PING}))
				}
				if _, got := packet(t, nc); got[0] != mysql.OK_HEADER {
					t.Errorf("%q", got)
				}
			})
		}
	}
}
