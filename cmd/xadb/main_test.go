package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/tclog"
	"github.com/xadb/xadb/xid"
)

// asCommand makes the test binary behave as the command: the demo and the
// signal tests start it as a child.
const asCommand = "TEST_AS_XADB"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) == "1" {
		main()
		return
	}
	os.Exit(m.Run())
}

// A result is what a command line did.
type result struct {
	code     int
	out, err string
}

func command(args ...string) result {
	var out, errs bytes.Buffer
	code := run(context.Background(), args, streams{strings.NewReader(""), &out, &errs})
	return result{code, out.String(), errs.String()}
}

// wants fails unless the command ended with code and each text is somewhere in
// its output.
func (r result) wants(t *testing.T, code int, texts ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit status %d, want %d\n%s%s", r.code, code, r.out, r.err)
	}
	for _, text := range texts {
		if !strings.Contains(r.out+r.err, text) {
			t.Errorf("output lacks %q:\n%s%s", text, r.out, r.err)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func branchX(t *testing.T, gtrid string) xid.XID {
	t.Helper()
	x, err := xid.New(7, []byte(gtrid), []byte("b"))
	must(t, err)
	return x
}

var rows = &binlog.Table{ID: 16, DB: "d", Name: "t", Columns: []binlog.Column{{Name: "v", Type: binlog.TypeLongLong}}}

// makeStore makes a stopped store: three committed transactions, the prepared
// branches one and two, and tables that were flushed in between.
func makeStore(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "store")
	ctx := context.Background()
	o := storeOptions(quiet())
	o.Binlog = true
	log, err := tclog.Open(ctx, dir, o)
	must(t, err)
	write := func(key string) *tclog.Txn {
		txn := log.Begin()
		must(t, txn.Put(ctx, engine.Table{ID: 16, DB: "d", Name: "t"}, []byte(key), []byte("value")))
		must(t, txn.LogRows(rows, binlog.WriteRows, []binlog.RowChange{{After: []binlog.Value{int64(len(key))}}}))
		return txn
	}
	must(t, log.Commit(ctx, write("a")))
	must(t, log.Commit(ctx, write("bb")))
	must(t, log.Checkpoint(ctx))
	must(t, log.Prepare(ctx, write("ccc"), branchX(t, "one")))
	must(t, log.Prepare(ctx, write("dddd"), branchX(t, "two")))
	must(t, log.Commit(ctx, write("eeeee")))
	must(t, log.Close(ctx))
	return dir
}

// contents is every byte in a folder, by name.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all[path] = string(b)
		return err
	}))
	return all
}

// unchanged fails if what look does changes the folder. The lock's file is not
// content.
func unchanged(t *testing.T, dir string, look func()) {
	t.Helper()
	before := contents(t, dir)
	look()
	after := contents(t, dir)
	for name, b := range after {
		if before[name] != b {
			t.Errorf("%s was changed", name)
		}
	}
	if len(before) != len(after) {
		t.Errorf("%d files became %d", len(before), len(after))
	}
}

// flip turns a bit of a file over.
func flip(t *testing.T, name string, offset int) {
	t.Helper()
	b, err := os.ReadFile(name)
	must(t, err)
	b[offset] ^= 1
	must(t, os.WriteFile(name, b, 0o600))
}

func TestUsage(t *testing.T) {
	command().wants(t, 0, "Available Commands")
	command("version").wants(t, 0, "xadb ", "MySQL 8.")
	for _, args := range [][]string{
		{"nonsense"}, {"serve", "--nonsense"}, {"serve", "extra"}, {"xa"}, {"xa", "commit"}, {"xa", "nonsense"}, {"check"},
		{"wal", "dump"}, {"binlog", "dump"}, {"serve", "--server-id", "0"}, {"serve", "--data", ""}, {"serve", "--two-log", "--binlog=false"}, {"serve", "--log-level", "loud"}, {"crash", "replay"},
		{"xa", "list", "--data", "d", "--addr", "a"}, {"crash", "kill", "--rounds", "-1"},
	} {
		if args[0] == "xa" && len(args) == 1 {
			command(args...).wants(t, 0, "List and finish")
			continue
		}
		command(args...).wants(t, exitUsage, "xadb: ", "help")
	}
}
