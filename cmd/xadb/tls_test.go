package main

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// TLS is there without a flag, with a certificate that stays the same; the
// files are their owner's alone. Without a password of root, nobody listens
// for other machines.
func TestServeTLS(t *testing.T) {
	dir := t.TempDir()
	var certs [2]string
	for i := range certs {
		p := startServe(t, dir)
		db, err := sql.Open("mysql", "root@tcp("+p.Addr+")/?tls=skip-verify")
		must(t, err)
		must(t, db.Ping())
		must(t, db.Close())
		must(t, p.Stop())
		b, err := os.ReadFile(filepath.Join(dir, certFile))
		must(t, err)
		certs[i] = string(b)
		info, err := os.Stat(filepath.Join(dir, keyFile))
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("the key has mode %v", info.Mode())
		}
	}
	if certs[0] != certs[1] {
		t.Error("another certificate at the second start")
	}
	if _, err := tls.LoadX509KeyPair(filepath.Join(dir, certFile), filepath.Join(dir, keyFile)); err != nil {
		t.Error(err)
	}
	command("serve", "--data", dir, "--listen", "0.0.0.0:0").wants(t, 1, "has no password", "--init-root-password-file")
	command("serve", "--data", dir, "--listen", "0.0.0.0:0", "--tls=false").wants(t, 1, "no TLS")
	command("serve", "--data", dir, "--tls-cert", "x").wants(t, 2, "belong together")
}

// TestReloadTLS: a certificate is replaced under a running server. Files that are
// no good change nothing, and who is there stays there.
func TestReloadTLS(t *testing.T) {
	dir := t.TempDir()
	p := startServe(t, dir)
	shown := ""
	must(t, mysql.RegisterTLSConfig("reload", &tls.Config{
		InsecureSkipVerify: true,
		VerifyConnection: func(s tls.ConnectionState) error {
			shown = string(s.PeerCertificates[0].Raw)
			return nil
		},
	}))
	defer mysql.DeregisterTLSConfig("reload")
	connect := func() *sql.Conn {
		db, err := sql.Open("mysql", "root@tcp("+p.Addr+")/?tls=reload")
		must(t, err)
		t.Cleanup(func() { must(t, db.Close()) })
		c, err := db.Conn(context.Background())
		must(t, err)
		t.Cleanup(func() { must(t, c.Close()) })
		return c
	}
	reload := func(c *sql.Conn) error {
		_, err := c.ExecContext(context.Background(), "ALTER INSTANCE RELOAD TLS")
		return err
	}
	first := connect()
	was := shown
	cert, key := filepath.Join(dir, certFile), filepath.Join(dir, keyFile)
	must(t, os.WriteFile(cert, []byte("no certificate"), 0o600))
	var refused *mysql.MySQLError
	if err := reload(first); !errors.As(err, &refused) || refused.Number != 3888 {
		t.Errorf("with a broken file: %v", err)
	}
	if connect(); shown != was {
		t.Error("another certificate after a failed reload")
	}
	must(t, os.Remove(cert))
	must(t, makeCertificate(cert, key))
	must(t, reload(first))
	if connect(); shown == was {
		t.Error("the old certificate after a reload")
	}
	must(t, reload(first)) // on a connection of the first certificate
}
