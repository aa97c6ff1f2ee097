package peers

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// A client is a program that dumps, up to the arguments that say what.
type client []string

// run returns what the program writes to its standard output.
func (c client) run(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), c[0], append(c[1:len(c):len(c)], args...)...)
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", c[0], strings.Join(args, " "), err, &problems)
	}
	return out
}

func mariadbDump(addr string) client {
	return append(client{"mariadb-dump"}, reach(addr)...)
}

// mysqlDump is that of scripts/mysql9.sh.
func mysqlDump(addr string) client {
	host, port, _ := net.SplitHostPort(addr)
	return client{mysql9, "client", "mysqldump", "-h", host, "-P", port, "-u", "root"}
}

// reach is how the programs of MariaDB are told of a server.
func reach(addr string) []string {
	host, port, _ := net.SplitHostPort(addr)
	return []string{"--no-defaults", "--protocol=tcp", "-h", host, "-P", port, "-u", "root", "--default-character-set=utf8mb4"}
}

// mariadb sends a file of statements, as they are.
func mariadb(t *testing.T, addr, file, db string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cmd := exec.CommandContext(t.Context(), "mariadb", append(reach(addr), db)...)
	cmd.Stdin = f
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("loading %s: %v\n%.2000s", file, err, out)
	}
}

// mydumperReach is how mydumper and myloader reach a server.
func mydumperReach(addr string) []string {
	host, port, _ := strings.Cut(addr, ":")
	return []string{"--host", host, "--port", port, "--user", "root"}
}
