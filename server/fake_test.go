package server

import (
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/engine/lock"
	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/wire"
	"github.com/xadb/xadb/tclog"
)

// rows is an executor for one table of texts, so that tests of sessions need
// no SQL: GET k, LOCK k, PUT k v, CREATE (DDL), ECHO ? … (one row of the
// parameters), PANIC, FAIL (a statement that fails after it has written).
type rows struct{}

var table = engine.Table{ID: engine.FirstUserTable, DB: "d", Name: "t"}

type rowStmt struct {
	words  []string
	params int
}

var rowKinds = map[string]Kind{
	"GET": Read, "ECHO": Read, "PANIC": Read, "SELECT": Read, "LOCK": Locking, "PUT": Write, "FAIL": Write, "CREATE": DDL,
}

func (rows) Parse(sql string) (Stmt, error) {
	words := strings.Fields(sql)
	if _, ok := rowKinds[words[0]]; !ok {
		return nil, lex.Error(sql, 0)
	}
	return &rowStmt{words, strings.Count(sql, "?")}, nil
}

func (s *rowStmt) Kind() Kind     { return rowKinds[s.words[0]] }
func (s *rowStmt) NumParams() int { return s.params }

func (*rowStmt) TakeNotes() []Diagnostic { return nil }

func (s *rowStmt) Needs() auth.Needs { return auth.NeedsOf() }

func (rows) Recall(string, string, *exec.Digest) (Stmt, []binlog.Value) { return nil, nil }

func (rows) ReadNow(context.Context, Env, Stmt, []binlog.Value) (*Result, error) {
	return nil, exec.ErrNoPlan
}

func (rows) Describe(context.Context, Env, Stmt) ([]wire.Column, error) { return nil, nil }

func (rows) Execute(ctx context.Context, env Env, s Stmt, args []binlog.Value) (*Result, error) {
	t, words := env.Txn.(logTxn), s.(*rowStmt).words
	one := func(v binlog.Value) *Result {
		return &Result{Columns: []wire.Column{columnFor("v", v)}, Rows: [][]binlog.Value{{v}}}
	}
	switch words[0] {
	case "GET":
		v, ok, err := t.Get(table, []byte(words[1]))
		if err != nil || !ok {
			return one(nil), err
		}
		return one(v), nil
	case "LOCK":
		v, ok, err := t.GetForUpdate(ctx, table, []byte(words[1]), lock.Exclusive)
		if err != nil {
			return nil, err
		}
		if !ok {
			return one(nil), nil
		}
		return one(v), nil
	case "PUT", "FAIL", "PANIC":
		mark := t.Mark()
		if err := t.Put(ctx, table, []byte(words[1]), []byte(words[2])); err != nil {
			return nil, err
		}
		if words[0] == "FAIL" {
			if err := t.RollbackTo(mark); err != nil {
				return nil, err
			}
			return nil, mysqlerr.New(mysqlerr.DupEntry, words[1], "PRIMARY")
		}
		if words[0] == "PANIC" {
			panic("PANIC was asked for")
		}
		return &Result{AffectedRows: 1, Info: "Rows matched: 1  Changed: 1  Warnings: 0"}, nil
	case "CREATE":
		return &Result{}, t.Put(ctx, table, []byte("table"), []byte("created"))
	case "ECHO":
		res := &Result{Rows: [][]binlog.Value{args}}
		for _, v := range args {
			res.Columns = append(res.Columns, columnFor("p", v))
		}
		return res, nil
	case "SELECT":
		return one(int64(42)), nil
	}
	panic("a statement that nobody knows")
}

func (rows) Replay([]binlog.TableChanges) Stmt { return nil }

func (rows) HasDatabase(_ context.Context, _ Txn, db string) (bool, error) { return db == "d", nil }

func (rows) CheckTable(context.Context, Txn, string, string) error { return nil }

func (rows) AnalyzeTable(context.Context, Txn, string, string, time.Time) error { return nil }

func (rows) ColumnsOf(context.Context, Env, string, string) ([]string, error) { return nil, nil }

func (rows) HasTable(_ context.Context, _ Txn, db, table string) (bool, error) {
	return db == "d" && table == "t", nil
}

func (rows) EndSession(any) {}

func (rows) LockTable(context.Context, Txn, string, string, bool) error { return nil }

func (rows) IsTemporary(any, string, string) bool { return false }

func (rows) RestSession(kept any) any { return kept }

func (rows) TableNames(Txn) (map[uint32]TableName, error) { return nil, nil }

func (rows) LoadColumns(Env, string, string) ([]LoadColumn, error) { return nil, nil }

func (rows) TableColumns(_ context.Context, _ Txn, _, table string) ([]wire.Column, error) {
	if table != "t" {
		return nil, mysqlerr.New(mysqlerr.NoSuchTable, "d", table)
	}
	return []wire.Column{textColumn("k"), textColumn("v")}, nil
}

// rootSession is a session that has logged in as root.
func rootSession(srv *Server, id uint32) *session {
	s := newSession(srv, id)
	s.user, s.host, s.account = "root", auth.Localhost, auth.Name{User: "root", Host: auth.Localhost}
	return s
}

type seeded struct{ *rand.Rand }

func (r seeded) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return len(b), nil
}

// openLog opens a store in memory.
func openLog(t testing.TB, fs vfs.FS) *tclog.Log {
	t.Helper()
	return openLogAt(t, fs, clock.Real)
}

func openLogAt(t testing.TB, fs vfs.FS, c clock.Clock) *tclog.Log {
	t.Helper()
	o := logOptions(fs)
	o.Engine.Clock = c
	l, err := tclog.Open(context.Background(), "store", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Abandon)
	return l
}

func logOptions(fs vfs.FS) tclog.Options {
	return tclog.Options{
		Binlog: true,
		Engine: engine.Options{
			FS: fs, Clock: clock.Real, Rand: seeded{rand.New(rand.NewPCG(1, 2))},
			Logger: slog.New(slog.DiscardHandler), SegmentSize: 64 << 10, MemTableSize: 1 << 20, CacheSize: 1 << 20,
		},
	}
}

// start starts a server over a store in memory and the executor for rows.
func start(t testing.TB, change func(*Options)) *Server {
	t.Helper()
	o := Options{Store: NewStore(openLog(t, vfs.NewMem())), Executor: rows{}, Listen: "127.0.0.1:0"}
	if change != nil {
		change(&o)
	}
	srv, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(context.Background()) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := srv.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return srv
}

// raw connects without logging in.
func raw(t testing.TB, srv *Server) net.Conn {
	t.Helper()
	nc, err := net.Dial("tcp", srv.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	if err := nc.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return nc
}

// packet reads one packet's number and payload.
func packet(t testing.TB, r io.Reader) (seq byte, payload []byte) {
	t.Helper()
	var h [4]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		t.Fatalf("read a packet: %v", err)
	}
	payload = make([]byte, int(h[0])|int(h[1])<<8|int(h[2])<<16)
	if _, err := io.ReadFull(r, payload); err != nil {
		t.Fatalf("read a packet: %v", err)
	}
	return h[3], payload
}

func framed(seq byte, payload []byte) []byte {
	n := len(payload)
	return append([]byte{byte(n), byte(n >> 8), byte(n >> 16), seq}, payload...)
}
