package peers

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql"

	"github.com/xadb/xadb/fuzz/kill"
)

// binary is the command, built once for all tests.
var binary string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "xadb-peers")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "xadb")
		if out, err := exec.Command("go", "build", "-o", binary, "github.com/xadb/xadb/cmd/xadb").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "building xadb: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// serve starts a server over a new store; it is killed when the test ends, and
// must not have raised an alarm.
func serve(t *testing.T, args ...string) *kill.Process {
	t.Helper()
	return serveDir(t, filepath.Join(t.TempDir(), "data"), args...)
}

func serveDir(t *testing.T, dir string, args ...string) *kill.Process {
	t.Helper()
	p, err := kill.Start(t.Context(), kill.Command{Binary: binary, Dir: dir, Args: append([]string{"--status", "127.0.0.1:0"}, args...)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Kill()
		if alarm := p.Alarm(); alarm != "" {
			t.Errorf("the server wrote:\n%s", alarm)
		}
	})
	return p
}

// dial opens a pool of connections of root's.
func dial(t *testing.T, addr, params string) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", "root@tcp("+addr+")/"+params)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func mustExec(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// need reports whether the programs or files are there; where peers are
// required, one that is missing fails the test.
func need(t *testing.T, names ...string) bool {
	t.Helper()
	for _, name := range names {
		_, err := exec.LookPath(name)
		if filepath.IsAbs(name) {
			_, err = os.Stat(name)
		}
		if err == nil {
			continue
		}
		if os.Getenv("XADB_REQUIRE_PEERS") == "1" {
			t.Fatalf("%s is not installed; make peers installs it", name)
		}
		t.Logf("%s is not installed: nothing was tested; make peers installs it", name)
		return false
	}
	return true
}

// runFor runs a program for at most a limit and returns what it wrote.
func runFor(t *testing.T, limit time.Duration, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}
