package peers

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// A program with GORM, a module of its own: migrations, associations,
// transactions, a violated index and soft deletion.
func TestGORM(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/gorm")); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "peer")
	build := exec.CommandContext(t.Context(), "go", "build", "-mod=readonly", "-o", program, ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p := serve(t)
	mustExec(t, dial(t, p.Addr, ""), "CREATE DATABASE d")
	if out, err := runFor(t, time.Minute, program, p.Addr); err != nil || out != "ok" {
		t.Errorf("%v\n%s", err, out)
	}
}
