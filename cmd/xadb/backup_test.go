package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xadb/xadb/tclog"
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

// A backup is brought forward with the archive, to the transaction or the time
// that is asked for.
func TestRestoreFromArchive(t *testing.T) {
	dir, archive := makeStore(t), filepath.Join(t.TempDir(), "archive")
	file := filepath.Join(t.TempDir(), "backup.tar")
	command("backup", "--data", dir, file).wants(t, 0, "index 5")
	ctx := context.Background()
	o := storeOptions(quiet())
	o.Binlog, o.ArchiveDir = true, archive
	log, err := tclog.Open(ctx, dir, o)
	must(t, err)
	must(t, log.CommitXID(ctx, branchX(t, "one")))
	must(t, log.Close(ctx))
	command("xa", "rollback", "'two','b',7", "--yes", "--data", dir, "--archive", archive).wants(t, 0)
	command("backup", "--data", dir, "--archive", archive, filepath.Join(t.TempDir(), "later.tar")).wants(t, 0)
	to := func() string { return filepath.Join(t.TempDir(), "copy") }
	command("restore", "--archive", archive, file, to()).wants(t, 0, "index 7", "prepared 0 branches", "ok\n")
	command("restore", "--archive", archive, "--until-index", "6", file, to()).wants(t, 0, "index 6", "prepared 1 branches", "ok\n")
	command("restore", "--archive", archive, "--until-time", "2999-01-01T00:00:00Z", file, to()).wants(t, 0, "index 7")
	command("restore", "--archive", archive, "--until-index", "8", file, to()).wants(t, 1, "ends at index 7")
	command("restore", "--archive", archive, "--until-time", "2001-01-01T00:00:00Z", file, to()).wants(t, 1, "is later")
	command("restore", "--archive", archive, "--until-time", "noon", file, to()).wants(t, 2, "until-time")
	command("restore", "--until-index", "8", file, to()).wants(t, 2, "need --archive")
}
