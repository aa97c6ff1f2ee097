package main

import (
	"crypto/tls"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	_ "github.com/go-sql-driver/mysql"
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
