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

// A server listens for other machines once every account has a password or is
// locked, and with TLS. Accounts outlive kill -9. (How it meets clients from
// elsewhere: TestStrangers of package server.)
func TestServeForOthers(t *testing.T) {
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
	local := net.JoinHostPort("127.0.0.1", port)
	if _, number := login(t, "root", local, ""); number != 1045 {
		t.Errorf("root without the password: %d", number)
	}
	root, number := login(t, "root:s3cret", local, "?tls=skip-verify")
	if number != 0 {
		t.Fatal(number)
	}
	execute(t, root, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)",
		"CREATE USER ann IDENTIFIED BY 'a', open_user, near@localhost IDENTIFIED BY 'n'", "GRANT SELECT ON d.* TO ann")
	for who, want := range map[string]uint16{"ann:a": 0, "ann:b": 1045, "open_user": 0, "near:n": 0} {
		if _, number := login(t, who, local, ""); number != want {
			t.Errorf("%s: %d, want %d", who, number, want)
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
	local = net.JoinHostPort("127.0.0.1", port)
	for who, want := range map[string]uint16{"root:s3cret": 0, "root:another": 1045, "open_user": 3118} {
		if _, number := login(t, who, local, ""); number != want {
			t.Errorf("%s: %d, want %d", who, number, want)
		}
	}
	must(t, p.Stop())
	command("check", "--data", dir).wants(t, 0, "ok\n")
}
