package binlog

import (
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/xid"
)

var (
	testUUID  = UUID{0x3e, 0x11, 0xfa, 0x47, 0x71, 0xca, 0x11, 0xe1, 0x9e, 0x33, 0xc8, 0x0a, 0xa9, 0x42, 0x95, 0x62}
	otherUUID = UUID{0x01, 0x02}
	testTime  = time.Date(2026, 11, 20, 13, 0, 5, 123456000, time.UTC)
)

const testDir = "log"

// testOptions are options whose results are the same in every run.
func testOptions(fs vfs.FS) Options {
	return Options{
		FS:         fs,
		Clock:      clock.NewManual(testTime),
		Logger:     slog.New(slog.NewTextHandler(io.Discard, nil)),
		ServerID:   7,
		ServerUUID: testUUID,
	}
}

func mustOpen(t testing.TB, o Options, from Pos) (*Log, []Group) {
	t.Helper()
	var groups []Group
	l, err := Open(testDir, o, from, func(g Group) error {
		groups = append(groups, g)
		return nil
	})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return l, groups
}

func mustStart(t testing.TB, o Options) *Log {
	t.Helper()
	l, _ := mustOpen(t, o, Pos{})
	must(t, l.Start())
	return l
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustAppend(t testing.TB, l *Log, g *PendingGroup) Pos {
	t.Helper()
	end, _, err := l.Append(g)
	must(t, err)
	return end
}

// commit appends g, makes it durable and reports it committed, as a client
// alone on the server does.
func commit(t testing.TB, l *Log, g *PendingGroup) Pos {
	t.Helper()
	g.LastCommitted = l.MaxCommitted()
	end, seq, err := l.Append(g)
	must(t, err)
	must(t, l.Flush())
	must(t, l.Sync())
	l.Committed(seq, end)
	return end
}

var accounts = &Table{
	ID: 16, DB: "bank", Name: "accounts", PrimaryKey: []int{0},
	Columns: []Column{
		{Name: "id", Type: TypeLongLong},
		{Name: "owner", Type: TypeVarchar, Length: 40, Nullable: true, Collation: CollationUTF8MB4},
		{Name: "balance", Type: TypeNewDecimal, Precision: 10, Scale: 2},
	},
}

func account(id int64, owner string, balance Decimal) []Value {
	return []Value{id, []byte(owner), balance}
}

func rowsCache(t testing.TB, id int64) *Cache {
	t.Helper()
	c := NewCache(0)
	must(t, c.AddRows(accounts, WriteRows, []RowChange{{After: account(id, "ada", "12.50")}}))
	return c
}

func dml(t testing.TB, n uint64) *PendingGroup {
	return &PendingGroup{Kind: DML, Cache: rowsCache(t, int64(n)), InternalXID: n, ThreadID: 3, Time: testTime}
}

func ddl(t testing.TB, n uint64, sql string) *PendingGroup {
	c := NewCache(0)
	must(t, c.AddQuery("bank", sql))
	return &PendingGroup{Kind: DDL, Cache: c, InternalXID: n, Time: testTime}
}

func branch(t testing.TB, gtrid string) xid.XID {
	x, err := xid.New(1, []byte(gtrid), []byte("b"))
	must(t, err)
	return x
}

func xaGroup(t testing.TB, k Kind, gtrid string) *PendingGroup {
	g := &PendingGroup{Kind: k, Branch: branch(t, gtrid), Time: testTime}
	if k == XAPrepare {
		g.Cache = rowsCache(t, 1)
	}
	return g
}

// allKinds appends one group of every kind.
func allKinds(t testing.TB, l *Log, first uint64) {
	t.Helper()
	commit(t, l, ddl(t, first, "CREATE TABLE accounts (id BIGINT PRIMARY KEY, owner VARCHAR(10), balance DECIMAL(10,2))"))
	commit(t, l, dml(t, first+1))
	commit(t, l, xaGroup(t, XAPrepare, "one"))
	commit(t, l, xaGroup(t, XAPrepare, "two"))
	commit(t, l, xaGroup(t, XACommit, "one"))
	commit(t, l, xaGroup(t, XARollback, "two"))
	commit(t, l, &PendingGroup{Kind: Empty, Time: testTime})
}

func readFile(t testing.TB, fs vfs.FS, name string) []byte {
	t.Helper()
	f, err := fs.Open(fs.PathJoin(testDir, name))
	must(t, err)
	b, err := io.ReadAll(f)
	must(t, err)
	must(t, f.Close())
	return b
}

func writeFile(t testing.TB, fs vfs.FS, name string, b []byte) {
	t.Helper()
	f, err := fs.Create(fs.PathJoin(testDir, name), writeCategory)
	must(t, err)
	// Write may change its argument.
	_, err = f.Write([]byte(string(b)))
	must(t, err)
	must(t, f.Sync())
	must(t, f.Close())
}

// cloneFiles copies the log into a new file system.
func cloneFiles(t testing.TB, files map[string][]byte) *vfs.MemFS {
	t.Helper()
	fs := vfs.NewMem()
	must(t, fs.MkdirAll(testDir, 0o755))
	for name, b := range files {
		writeFile(t, fs, name, b)
	}
	return fs
}

func snapshot(t testing.TB, fs vfs.FS) map[string][]byte {
	t.Helper()
	names, err := fs.List(testDir)
	must(t, err)
	files := map[string][]byte{}
	for _, name := range names {
		files[name] = readFile(t, fs, name)
	}
	return files
}

// dump lists a file's events as xadb binlog dump does.
func dump(t testing.TB, fs vfs.FS, name string) string {
	t.Helper()
	r, err := OpenReader(fs, fs.PathJoin(testDir, name))
	must(t, err)
	defer r.Close()
	var d Describer
	var out strings.Builder
	for {
		ev, err := r.Next()
		if err == io.EOF {
			return out.String()
		}
		must(t, err)
		out.WriteString(d.Describe(ev) + "\n")
	}
}
