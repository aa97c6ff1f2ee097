package peers

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const driverFailures = "testdata/driver_failures"

// go-sql-driver's own tests, each in a process of its own since some end it.
// Those that testdata/driver_failures lists fail, all others pass.
func TestGoSQLDriver(t *testing.T) {
	const module = "github.com/go-sql-driver/mysql"
	dir, err := runFor(t, time.Minute, "go", "list", "-m", "-f", "{{.Dir}}", module)
	if err != nil {
		t.Fatalf("%v\n%s", err, dir)
	}
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(copied, "driver.test")
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-o", program, ".")
	build.Dir = copied
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p := serve(t)
	mustExec(t, dial(t, p.Addr, ""), "CREATE DATABASE gotest", "SET GLOBAL local_infile = 1")
	known, ran := readFailures(t), 0
	list, err := runFor(t, time.Minute, program, "-test.list", "^Test")
	if err != nil {
		t.Fatalf("%v\n%s", err, list)
	}
	for _, name := range strings.Fields(list) {
		if name == "TestConnectorReturnsTimeout" { // dials a host on the Internet, not the server
			continue
		}
		ran++
		cmd := exec.CommandContext(t.Context(), program, "-test.run", "^"+name+"$", "-test.timeout", "60s")
		cmd.Dir = copied
		cmd.Env = append(os.Environ(), "MYSQL_TEST_USER=root", "MYSQL_TEST_PASS=", "MYSQL_TEST_PROT=tcp",
			"MYSQL_TEST_ADDR="+p.Addr, "MYSQL_TEST_DBNAME=gotest")
		out, err := cmd.CombinedOutput()
		switch failed := err != nil; {
		case failed && !known[name]:
			t.Errorf("%s fails:\n%s", name, out)
		case !failed && known[name]:
			t.Errorf("%s passes now; strike it from %s", name, driverFailures)
		}
		delete(known, name)
	}
	if ran < 100 || len(known) > 0 {
		t.Errorf("%d tests ran; %s lists %v, which are not among them", ran, driverFailures, known)
	}
}

// readFailures reads lines of a test's name and the reason why it fails.
func readFailures(t *testing.T) map[string]bool {
	t.Helper()
	f, err := os.Open(driverFailures)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	list := map[string]bool{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if line := lines.Text(); line != "" && !strings.HasPrefix(line, "#") {
			name, reason, ok := strings.Cut(line, ": ")
			if !ok || reason == "" {
				t.Fatalf("%s: no reason for %s", driverFailures, line)
			}
			list[name] = true
		}
	}
	return list
}
