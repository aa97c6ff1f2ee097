package server

import (
	"bytes"
	"encoding/binary"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/mysql"
)

// packetsOf a connection of TestBarrage, if the server bears with it so long.
const packetsOf = 50

// A barrage sends commands that were valid once, until the server has taken so
// many: it ends a connection at the first packet out of order, and what is on
// its way then does not count.
type barrage struct {
	srv     *Server
	packets int64
	tries   atomic.Int64 // connections
}

// over reports whether the server has taken enough, or takes next to nothing.
func (b *barrage) over() bool {
	return b.srv.traffic.all() >= b.packets || b.tries.Add(1) > b.packets
}

// barrageSeeds are commands of every kind, with texts that reach every tier.
func barrageSeeds() (seeds [][]byte) {
	for _, sql := range []string{
		"SELECT 1", "SELECT * FROM d.t WHERE id = 7", "SELECT a.id, COUNT(*) FROM d.t a JOIN d.t b ON a.id = b.id + 1 GROUP BY a.id",
		"INSERT INTO d.t VALUES (1, 'a') ON DUPLICATE KEY UPDATE v = 'b'", "UPDATE d.t SET v = 'x\\'y' WHERE id IN (1, 2, 3)",
		"DELETE FROM d.t WHERE id = 3 LIMIT 1", "BEGIN", "COMMIT", "SAVEPOINT s", "ROLLBACK TO s",
		"XA START 'g','b',1", "XA END 'g','b',1", "XA PREPARE 'g','b',1", "XA ROLLBACK 0x67,0x62,1", "XA RECOVER CONVERT XID",
		"SET @a = 1, NAMES utf8mb4", "SHOW ENGINE XADB STATUS", "SHOW FULL PROCESSLIST", "SHOW VARIABLES LIKE 'max%'",
		"PREPARE p FROM 'SELECT ?'", "EXECUTE p USING @a", "SELECT 1; SELECT 2", "/*!40101 SET sql_mode='' */",
		"LOAD DATA LOCAL INFILE 'f' INTO TABLE d.t FIELDS TERMINATED BY ','", "CREATE TABLE d.u (id INT PRIMARY KEY)", "DROP TABLE IF EXISTS d.u",
	} {
		seeds = append(seeds, append([]byte{mysql.COM_QUERY}, sql...))
	}
	for _, s := range []string{
		"\x02d", "\x04t\x00", "\x09", "\x0e", "\x1f", "\x1b\x00\x00", "\x1b\x01\x00", "\x0c\x00\x00\x00\x40",
		"\x16SELECT ? + ?", "\x16INSERT INTO d.t VALUES (?, ?)",
		"\x17\x01\x00\x00\x00\x00\x01\x00\x00\x00\x00\x01\x08\x00\xfd\x00\x01\x00\x00\x00\x00\x00\x00\x00\x03abc",
		"\x17\x01\x00\x00\x00\x01\x01\x00\x00\x00\x03\x00", "\x18\x01\x00\x00\x00\x00\x00long data",
		"\x1c\x01\x00\x00\x00\x05\x00\x00\x00", "\x1a\x01\x00\x00\x00", "\x19\x01\x00\x00\x00",
		"\x11root\x00\x00d\x00\x2d\x00caching_sha2_password\x00", "\x12\x04\x00\x00\x00\x00\x00\x01\x00\x00\x00binlog.000001",
		"\x15\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", "\x1e\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00",
	} {
		seeds = append(seeds, []byte(s))
	}
	return seeds
}

// spoil changes a command, or leaves it as it is.
func spoil(r *rand.Rand, b []byte) []byte {
	b = bytes.Clone(b)
	for range r.IntN(3) {
		if len(b) == 0 {
			return b
		}
		switch at := r.IntN(len(b)); r.IntN(5) {
		case 0:
			b[at] = byte(r.Uint32())
		case 1:
			b = b[:at]
		case 2:
			b = append(b, bytes.Repeat([]byte{byte(r.Uint32())}, r.IntN(300))...)
		case 3:
			b = append(b[:at:at], append([]byte{byte(r.Uint32())}, b[at:]...)...)
		case 4:
			for i := at; i < min(at+4, len(b)); i++ {
				b[i] = 0xff
			}
		}
	}
	return b
}

// connection sends what one connection is to send, and reads until the server
// has nothing more to say.
func (b *barrage) connection(r *rand.Rand, seeds [][]byte) error {
	nc, err := net.Dial("tcp", b.srv.Addr().String())
	if err != nil {
		return err
	}
	defer func() { _ = nc.Close() }()
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		_, _ = io.Copy(io.Discard, nc)
	}()
	login := loginPacket(loginCaps, rootTail)
	if r.IntN(10) == 0 {
		login = spoil(r, login)
	}
	_, err = nc.Write(framed(1, login))
	for n := 0; err == nil && n < packetsOf; n++ {
		p := framed(0, spoil(r, seeds[r.IntN(len(seeds))]))
		if r.IntN(200) == 0 {
			binary.LittleEndian.PutUint32(p, r.Uint32()) // length and number
		}
		_, err = nc.Write(p)
	}
	_ = nc.(*net.TCPConn).CloseWrite()
	<-heard
	return nil
}

// A wellBehaved client asks all the while, and must not notice.
func (b *barrage) wellBehaved(t *testing.T, end <-chan struct{}) (asked int) {
	nc := loggedIn(t, b.srv)
	for ; ; asked++ {
		select {
		case <-end:
			return asked
		default:
		}
		if err := nc.SetDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Error(err)
			return asked
		}
		if got := ask(t, nc, mysql.COM_PING, ""); got[0] != mysql.OK_HEADER {
			t.Errorf("ping %d: %q", asked, got)
			return asked
		}
	}
}

// TestBarrage sends 20,000 spoiled packets, or XADB_PACKETS of them, over many
// connections: nothing panics, others are served all the while, and nothing is
// left of the connections afterwards.
func TestBarrage(t *testing.T) {
	packets := int64(20_000)
	if s := os.Getenv("XADB_PACKETS"); s != "" {
		var err error
		if packets, err = strconv.ParseInt(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	before := runtime.NumGoroutine()
	var logged bytes.Buffer // a handler writes one record at a time
	l := openLog(t, vfs.NewMem())
	srv := start(t, func(o *Options) {
		o.Store, o.Executor = NewStore(l), NewExecutor(l)
		o.Wire.MaxPacket = 1 << 16
		o.Logger = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelWarn}))
	})
	// Branches that nobody ends may keep all clients from rows.
	mustExec(t, dial(t, srv, ""), "SET GLOBAL innodb_lock_wait_timeout = 1", "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(20))", "INSERT INTO d.t VALUES (7, 'seven')")
	b := &barrage{srv: srv, packets: packets}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	end, asked := make(chan struct{}), make(chan int)
	go func() { asked <- b.wellBehaved(t, end) }()
	var wg sync.WaitGroup
	for n := range uint64(8) {
		wg.Go(func() {
			r, seeds := rand.New(rand.NewPCG(seed, n)), barrageSeeds()
			for !b.over() {
				if err := b.connection(r, seeds); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	close(end)
	pings := <-asked
	commands := srv.Stats().Commands - int64(pings)
	t.Logf("%d commands on %d connections; another client asked %d times meanwhile", commands, b.tries.Load(), pings)
	if commands < packets/2 || pings == 0 {
		t.Error("little has happened")
	}
	if left := shutDown(t, srv); left > before+storeGoroutines {
		t.Errorf("%d goroutines, %d before", left, before)
	}
	if text := logged.String(); strings.Contains(text, "panic") { // all that wrote have ended
		t.Errorf("the server logged %s", text)
	}
}
