package server

import (
	"context"
	"encoding/binary"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/tclog"
)

// A scripted is a client without a network: it logs in, sends its commands over
// and over, one at each read, and leaves. Answers are counted and gone.
type scripted struct {
	net.Conn
	once     [][]byte // the login, and what is done once
	commands [][]byte
	left     int // commands that are still to be sent
	at       int
	rest     []byte
	got      int // bytes of answers
	keep     []byte
}

func (s *scripted) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		switch {
		case len(s.once) > 0:
			s.rest, s.once = s.once[0], s.once[1:]
		case s.left == 0:
			return 0, io.EOF
		default:
			s.rest = s.commands[s.at%len(s.commands)]
			s.at++
			s.left--
		}
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

func (s *scripted) Write(p []byte) (int, error) {
	s.got += len(p)
	if len(s.keep) < cap(s.keep) {
		s.keep = append(s.keep, p[:min(len(p), cap(s.keep)-len(s.keep))]...)
	}
	return len(p), nil
}
func (*scripted) Close() error                     { return nil }
func (*scripted) SetDeadline(time.Time) error      { return nil }
func (*scripted) SetReadDeadline(time.Time) error  { return nil }
func (*scripted) SetWriteDeadline(time.Time) error { return nil }
func (*scripted) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// script is a client that uses database d.
func scriptOf(n int, commands ...[]byte) *scripted {
	login := loginPacket(loginCaps|mysql.CLIENT_CONNECT_WITH_DB, "root\x00\x00d\x00caching_sha2_password\x00")
	return &scripted{once: [][]byte{framed(1, login)}, commands: commands, left: n}
}

func textCommand(sql string) []byte { return framed(0, append([]byte{mysql.COM_QUERY}, sql...)) }

func executeCommand(id uint32, arg int64) []byte {
	b := binary.LittleEndian.AppendUint32([]byte{mysql.COM_STMT_EXECUTE}, id)
	b = append(b, 0, 1, 0, 0, 0, 0, 1, mysql.MYSQL_TYPE_LONGLONG, 0)
	return framed(0, binary.LittleEndian.AppendUint64(b, uint64(arg)))
}

func cpuTime() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// openLargeLog opens a store in memory whose sizes are those of a server's.
func openLargeLog(b *testing.B) *tclog.Log {
	l, err := tclog.Open(context.Background(), "store", tclog.Options{
		Binlog: true,
		Engine: engine.Options{
			FS: vfs.NewMem(), Clock: clock.Real, Rand: seeded{rand.New(rand.NewPCG(1, 2))}, Logger: slog.New(slog.DiscardHandler),
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(l.Abandon)
	return l
}

// BenchmarkServed is what the server does for a statement, without network and
// disk: from the packet to the answer. cpu-ns/op is of the whole process.
func BenchmarkServed(b *testing.B) {
	srv := startSQL(b, openLargeLog(b))
	db := dial(b, srv, "")
	mustExec(b, db, "CREATE DATABASE d", "CREATE TABLE d.t (id INT NOT NULL PRIMARY KEY, n INT NOT NULL, pad VARCHAR(100) NOT NULL)",
		"INSERT INTO d.t VALUES (1, 1, 'some text that is as long as that of a usual row, more or less'), (2, 2, 'x'), (3, 3, 'y')")
	for _, bench := range []struct {
		name     string
		prepare  string
		commands [][]byte
	}{
		{"one", "", [][]byte{textCommand("SELECT 1")}},
		{"ping", "", [][]byte{framed(0, []byte{mysql.COM_PING})}},
		{"select", "", [][]byte{textCommand("SELECT pad FROM t WHERE id = 1")}},
		{"select-prepared", "SELECT pad FROM t WHERE id = ?", [][]byte{executeCommand(1, 1)}},
		{"range", "", [][]byte{textCommand("SELECT pad FROM t WHERE id BETWEEN 1 AND 3")}},
		{"update", "", [][]byte{textCommand("UPDATE t SET n = n + 1 WHERE id = 1")}},
		{"update-prepared", "UPDATE t SET n = n + 1 WHERE id = ?", [][]byte{executeCommand(1, 1)}},
		{"begin", "", [][]byte{textCommand("BEGIN"), textCommand("COMMIT")}},
		{"xa", "", [][]byte{
			textCommand("XA START 'branch-12345'"), textCommand("UPDATE t SET n = n + 1 WHERE id = 1"), textCommand("XA END 'branch-12345'"),
			textCommand("XA PREPARE 'branch-12345'"), textCommand("XA COMMIT 'branch-12345'"),
		}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			nc := scriptOf(b.N*len(bench.commands), bench.commands...)
			if bench.prepare != "" {
				nc.once = append(nc.once, framed(0, append([]byte{mysql.COM_STMT_PREPARE}, bench.prepare...)))
			}
			b.ReportAllocs()
			before := cpuTime()
			srv.wg.Add(1)
			srv.serve(&conn{srv: srv, nc: nc, since: srv.clock.Now()})
			b.ReportMetric(float64((cpuTime()-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
			if nc.left != 0 {
				b.Fatalf("%d commands left", nc.left)
			}
		})
	}
}
