package engine

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Pebble reads a damaged MANIFEST up to the damage and would come back with
// older tables. No bit of it turned over may make rows disappear (I14).
func TestI14_DamagedManifest(t *testing.T) {
	ctx := context.Background()
	fs := vfs.NewMem()
	e := open(t, fs)
	for _, key := range []string{"a", "b"} {
		txn := e.Begin()
		put(t, txn, Table{ID: 16}, key, "value")
		commit(t, e, txn)
		if err := e.Checkpoint(ctx); err != nil {
			t.Fatal(err)
		}
	}
	txn := e.Begin()
	put(t, txn, Table{ID: 16}, "c", "value")
	commit(t, e, txn)
	e.Abandon()

	sound, err := Inspect(ctx, "store", testOptions(fs), true)
	if err != nil {
		t.Fatal(err)
	}
	name, content := manifest(t, fs)
	refused := 0
	for i := range content {
		flipped := append([]byte(nil), content...)
		flipped[i] ^= 1
		overwrite(t, fs, name, flipped)
		ins, err := Inspect(ctx, "store", testOptions(fs), true)
		if err != nil {
			refused++
		} else if ins.Rows != sound.Rows || ins.CommitNo != sound.CommitNo {
			t.Errorf("byte %d of the MANIFEST: %d rows, commit %d, instead of %d and %d",
				i, ins.Rows, ins.CommitNo, sound.Rows, sound.CommitNo)
		}
	}
	if refused < len(content)/2 {
		t.Errorf("only %d of %d flips were refused", refused, len(content))
	}
}

func manifest(t *testing.T, fs vfs.FS) (name string, content []byte) {
	t.Helper()
	dir := fs.PathJoin("store", dataDir)
	names, err := fs.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if strings.HasPrefix(n, "MANIFEST-") {
			name = fs.PathJoin(dir, n)
		}
	}
	f, err := fs.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if content, err = io.ReadAll(f); err != nil {
		t.Fatal(err)
	}
	return name, content
}

func overwrite(t *testing.T, fs vfs.FS, name string, content []byte) {
	t.Helper()
	f, err := fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Write(content)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		t.Fatal(err)
	}
}
