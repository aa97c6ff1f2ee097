package server

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/client"
	"github.com/go-mysql-org/go-mysql/mysql"
)

// The driver's ways to use a connection all give the same rows.
func TestDriverModes(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	for _, params := range []string{
		"?", "?compress=true", "?interpolateParams=true", "?columnsWithAlias=true", "?clientFoundRows=true",
		"?compress=true&multiStatements=true&interpolateParams=true",
	} {
		db := dial(t, srv, params)
		sizes := []int{1, 49, 50, 251, 70_000}
		if params == "?" {
			sizes = append(sizes, 1<<24-2, 1<<24+9)
		}
		for _, size := range sizes {
			v := strings.Repeat("v", size)
			if got := one[string](t, db, "SELECT ?", v); got != v {
				t.Errorf("%s: %d bytes came back as %d", params, size, len(got))
			}
		}
		_ = db.Close()
	}
}

// goMySQL connects the other Go client, which can choose its capabilities.
func goMySQL(t testing.TB, srv *Server, caps ...uint32) *client.Conn {
	t.Helper()
	c, err := client.Connect(srv.Addr().String(), "root", "", "", func(c *client.Conn) error {
		for _, bit := range caps {
			c.SetCapability(bit)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestGoMySQLClient(t *testing.T) {
	srv := start(t, nil)
	for _, caps := range [][]uint32{nil, {mysql.CLIENT_COMPRESS}, {mysql.CLIENT_DEPRECATE_EOF}, {mysql.CLIENT_ZSTD_COMPRESSION_ALGORITHM}} {
		c := goMySQL(t, srv, caps...)
		for i := range 3 {
			r, err := c.Execute("ECHO ? ?", i, "text")
			if err != nil {
				t.Fatalf("%v: %v", caps, err)
			}
			if n, err := r.GetInt(0, 0); err != nil || n != int64(i) {
				t.Errorf("%v: %v, %v", caps, n, err)
			}
		}
		if r, err := c.Execute("SELECT 1, 'two'"); err != nil || r.RowNumber() != 1 {
			t.Errorf("%v: %v, %v", caps, r, err)
		}
		long := strings.Repeat("long ", 100_000)
		if r, err := c.Execute("SELECT ?", long); err != nil {
			t.Errorf("%v: %v", caps, err)
		} else if got, err := r.GetString(0, 0); err != nil || got != long {
			t.Errorf("%v: %d bytes came back as %d, %v", caps, len(long), len(got), err)
		}
		if _, err := c.Execute("FAIL k v"); err == nil {
			t.Errorf("%v: no error", caps)
		}
	}
}

// The command line client of MariaDB: compressed, several statements with a
// delimiter of its own, 17 MiB in one statement.
func TestMariaDBClientModes(t *testing.T) {
	cli := peer(t, "mariadb")
	if cli == "" {
		return
	}
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	host, port, _ := strings.Cut(srv.Addr().String(), ":")
	run := func(stdin string, args ...string) string {
		cmd := exec.Command(cli, append([]string{"--no-defaults", "-h", host, "-P", port, "-u", "root", "--batch", "-N"}, args...)...)
		cmd.Stdin = strings.NewReader(stdin)
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Sprintf("%v: %s", err, out)
		}
		return string(out)
	}
	for _, args := range [][]string{nil, {"--compress"}} {
		if got := run("DELIMITER $$\nSELECT 1; SELECT 'two;'$$\nSELECT 3$$\n", args...); got != "1\ntwo;\n3\n" {
			t.Errorf("%v: %s", args, got)
		}
		long := strings.Repeat("x", 17<<20) // more than a packet
		if args != nil {
			long = long[:1<<20]
		}
		args = append(args, "--max-allowed-packet=64M", "--quick")
		if got := run("SELECT '"+long+"';\n", args...); got != long+"\n" {
			t.Errorf("%v: %d bytes, %.80s", args, len(got), got)
		}
	}
}
