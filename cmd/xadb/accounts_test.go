package main

import (
	"database/sql"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// login tries to log in.
func login(t *testing.T, who, addr, params string) (*sql.DB, uint16) {
	t.Helper()
	db, err := sql.Open("mysql", who+"@tcp("+addr+")/"+params)
	must(t, err)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	denied := new(mysql.MySQLError)
	if err = db.Ping(); errors.As(err, &denied) {
		return db, denied.Number
	}
	must(t, err)
	return db, 0
}

func execute(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func passwordFile(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "password")
	must(t, os.WriteFile(path, []byte(text), 0o600))
	must(t, os.Chmod(path, mode))
	return path
}

// elsewhere is an address of this machine that is not loopback, from which a
// client is a stranger.
func elsewhere(t *testing.T) string {
	t.Helper()
	addrs, err := net.InterfaceAddrs()
	must(t, err)
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() {
			return n.IP.String()
		}
	}
	if os.Getenv("XADB_REQUIRE_PEERS") == "1" {
		t.Fatal("this machine has no address but loopback")
	}
	t.Skip("this machine has no address but loopback")
	return ""
}

// A server listens for other machines once every account has a password or is
// locked, and with TLS. Accounts outlive kill -9.
func TestServeForOthers(t *testing.T) {
	here := elsewhere(t)
	dir := filepath.Join(t.TempDir(), "store")
	everywhere := []string{"--listen", "0.0.0.0:0"}
	refused := func(args ...string) result {
		return command(append(append([]string{"serve", "--data", dir, "--status", ""}, everywhere...), args...)...)
	}
	refused().wants(t, 1, "`root`@`localhost` has no password", "--init-root-password-file")
	refused("--init-root-password-file", passwordFile(t, "s3cret\n", 0o644)).wants(t, 1, "mode 0644", "chmod 600")
	refused("--init-root-password-file", passwordFile(t, "\n", 0o600)).wants(t, 1, "empty")
	refused("--init-root-password-file", passwordFile(t, "a\nb\n", 0o600)).wants(t, 1, "more than one line")
	refused("--init-root-password-file", passwordFile(t, strings.Repeat("x", 300), 0o600)).wants(t, 1, "longer than")
	refused("--init-root-password-file", dir).wants(t, 1, "not a file")
	refused("--init-root-password-file", filepath.Join(dir, "missing")).wants(t, 1, "missing")
	refused("--init-root-password-file", passwordFile(t, "s3cret", 0o600), "--tls=false").wants(t, 1, "no TLS")

	file := passwordFile(t, "s3cret\n", 0o600)
	p := startServe(t, dir, append(everywhere, "--init-root-password-file", file)...)
	defer func() { p.Kill() }()
	_, port, err := net.SplitHostPort(p.Addr)
	must(t, err)
	local, far := net.JoinHostPort("127.0.0.1", port), net.JoinHostPort(here, port)
	if _, number := login(t, "root", local, ""); number != 1045 {
		t.Errorf("root without the password: %d", number)
	}
	root, number := login(t, "root:s3cret", local, "?tls=skip-verify")
	if number != 0 {
		t.Fatal(number)
	}
	execute(t, root, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)",
		"CREATE USER ann IDENTIFIED BY 'a', open_user, near@localhost IDENTIFIED BY 'n'", "GRANT SELECT ON d.* TO ann")
	for _, tt := range []struct {
		who, addr, params string
		want              uint16
	}{
		{"ann:a", far, "?tls=skip-verify", 0},
		{"ann:a", far, "", 0},
		{"ann:b", far, "?tls=skip-verify", 1045},
		{"open_user", local, "", 0},
		{"open_user", far, "?tls=skip-verify", 1045}, // A4
		{"near:n", far, "?tls=skip-verify", 1045},
		{"root:s3cret", far, "?tls=skip-verify", 1045},
	} {
		if _, number := login(t, tt.who, tt.addr, tt.params); number != tt.want {
			t.Errorf("%s at %s %s: %d, want %d", tt.who, tt.addr, tt.params, number, tt.want)
		}
	}
	command("xa", "list", "--addr", local).wants(t, 1, "refuses root", "--password-file")
	command("xa", "list", "--addr", local, "--password-file", file).wants(t, 0, "prepared branches")
	command("xa", "list", "--addr", local, "--user", "ann", "--password-file", passwordFile(t, "a", 0o600)).wants(t, 1, "1401")
	p.Kill()
	refused().wants(t, 1, "`open_user`@`%` has no password", "ACCOUNT LOCK")

	p = startServe(t, dir)
	root, number = login(t, "root:s3cret", p.Addr, "")
	if number != 0 {
		t.Fatal(number)
	}
	execute(t, root, "ALTER USER open_user ACCOUNT LOCK")
	p.Kill()

	other := passwordFile(t, "another\n", 0o600) // root has one: it stays
	p = startServe(t, dir, append(everywhere, "--init-root-password-file", other, "--require-secure-transport")...)
	_, port, err = net.SplitHostPort(p.Addr)
	must(t, err)
	local, far = net.JoinHostPort("127.0.0.1", port), net.JoinHostPort(here, port)
	for _, tt := range []struct {
		who, addr, params string
		want              uint16
	}{
		{"root:s3cret", local, "", 0},
		{"root:another", local, "", 1045},
		{"open_user", local, "", 3118},
		{"ann:a", far, "", 3159},
		{"ann:a", far, "?tls=skip-verify", 0},
	} {
		if _, number := login(t, tt.who, tt.addr, tt.params); number != tt.want {
			t.Errorf("%s at %s %s: %d, want %d", tt.who, tt.addr, tt.params, number, tt.want)
		}
	}
	must(t, p.Stop())
	command("check", "--data", dir).wants(t, 0, "ok\n")
}
