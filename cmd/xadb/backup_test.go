package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A store that is backed up and restored is checked, and has its branches.
func TestBackupAndRestore(t *testing.T) {
	dir := makeStore(t)
	file := filepath.Join(t.TempDir(), "backup.tar")
	command("backup", "--data", dir, file).wants(t, 0, "index 5")
	command("backup", "--data", dir, file).wants(t, 1, "exists")
	copied := filepath.Join(t.TempDir(), "new", "store")
	command("restore", file, copied).wants(t, 0, "index 5", "prepared 2 branches", "ok\n")
	command("restore", file, copied).wants(t, 1, "not empty")
	command("xa", "list", "--data", copied).wants(t, 0, "one", "two")
	stream := command("backup", "--data", dir, "-")
	stream.wants(t, 0)
	var out, errs bytes.Buffer
	args := []string{"restore", "-", filepath.Join(t.TempDir(), "piped")}
	if code := run(context.Background(), args, streams{strings.NewReader(stream.out), &out, &errs}); code != 0 {
		t.Errorf("restore from a pipe: %s", errs.String())
	}
}

// A backup that is cut restores nothing.
func TestRestoreOfCutBackup(t *testing.T) {
	dir := makeStore(t)
	file := filepath.Join(t.TempDir(), "backup.tar")
	command("backup", "--data", dir, file).wants(t, 0)
	info, err := os.Stat(file)
	must(t, err)
	must(t, os.Truncate(file, info.Size()/2))
	copied := filepath.Join(t.TempDir(), "store")
	command("restore", file, copied).wants(t, 1, "not a whole backup")
	if names, err := os.ReadDir(copied); err == nil && len(names) > 0 {
		t.Errorf("%v is left", names)
	}
}
