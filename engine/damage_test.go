package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/fuzz/simdisk"
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
	return name, readFile(t, fs, name)
}

func readFile(t *testing.T, fs vfs.FS, name string) []byte {
	t.Helper()
	f, err := fs.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	content, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func overwrite(t *testing.T, fs vfs.FS, name string, content []byte) {
	t.Helper()
	f, err := fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Write(bytes.Clone(content)) // which it may change
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A damaged file is named, with the place in it, wherever the damage shows.
func TestDamageHasAPlace(t *testing.T) {
	tests := []struct {
		dir, suffix string
		at          int64 // of the flipped byte
		offset      int64 // that is reported
	}{
		{dataDir, ".sst", 10, 0},
		{walDir, ".wal", 64 + 3, 64}, // of the first record, behind the segment's header
		{walDir, "CTRL", 0, -2},
	}
	for _, tt := range tests {
		t.Run(tt.suffix, func(t *testing.T) {
			disk := simdisk.New(simdisk.Options{Seed: 1})
			e := open(t, disk.FS())
			if err := commitRow(e, "a"); err != nil {
				t.Fatal(err)
			}
			if tt.dir == dataDir {
				if err := e.Checkpoint(bg); err != nil {
					t.Fatal(err)
				}
			}
			if err := commitRow(e, "b"); err != nil {
				t.Fatal(err)
			}
			e.Abandon()
			disk = disk.Restart()
			file := lastFile(t, disk, "store/"+tt.dir, tt.suffix)
			if err := disk.FlipBit(file, tt.at, 3); err != nil {
				t.Fatal(err)
			}
			if tt.suffix == "CTRL" { // the other slot, too
				if err := disk.FlipBit(file, tt.at+4096, 3); err != nil {
					t.Fatal(err)
				}
			}
			e, err := Open(bg, "store", testOptions(disk.FS()))
			if err == nil {
				_, _, err = e.Begin().Get(accounts, []byte("a"))
				e.Abandon()
			}
			var at *CorruptError
			if !errors.As(err, &at) || !errors.Is(err, ErrCorrupt) {
				t.Fatalf("no place: %v", err)
			}
			if at.File != file || tt.offset >= 0 && at.Offset != tt.offset || !strings.Contains(err.Error(), at.Place()) {
				t.Errorf("%s in %q, flipped byte %d of %s", at.Place(), err, tt.at, file)
			}
		})
	}
}

// A file of the tables that is gone, or shorter than it was, is damage too, for
// Open and for a look at the stopped store.
func TestMissingTableFiles(t *testing.T) {
	fs := vfs.NewMem()
	e := open(t, fs)
	if err := commitRow(e, "a"); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(bg); err != nil {
		t.Fatal(err)
	}
	dir := fs.PathJoin("store", dataDir)
	names, err := fs.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]func(name string, content []byte){}
	for _, name := range names {
		path := fs.PathJoin(dir, name)
		if strings.HasPrefix(name, "MANIFEST-") || strings.HasPrefix(name, "marker.format-") || strings.HasSuffix(name, ".sst") {
			tests[path+" is gone"] = func(name string, _ []byte) {
				if err := fs.Remove(name); err != nil {
					t.Fatal(err)
				}
			}
		}
		if strings.HasSuffix(name, ".sst") {
			tests[path+" is cut"] = func(name string, content []byte) { overwrite(t, fs, name, content[:len(content)/2]) }
		}
	}
	if len(tests) != 4 {
		t.Fatalf("%d tests: %v", len(tests), names)
	}
	for what, spoil := range tests {
		name, _, _ := strings.Cut(what, " ")
		content := readFile(t, fs, name)
		spoil(name, content)
		_, err := Inspect(bg, "store", testOptions(fs), true)
		_, oerr := Open(bg, "store", testOptions(fs))
		for _, err := range []error{err, oerr} {
			var at *CorruptError
			if !errors.As(err, &at) || !errors.Is(err, ErrCorrupt) {
				t.Errorf("%s: %v", what, err)
			}
		}
		overwrite(t, fs, name, content)
	}
	e = open(t, fs)
	if _, ok, err := e.Begin().Get(accounts, []byte("a")); !ok || err != nil {
		t.Errorf("with every file back: %v, %v", ok, err)
	}
}

// Tables that a crash has left unmade are no damage.
func TestNoTablesYet(t *testing.T) {
	disk := simdisk.New(simdisk.Options{Seed: 1})
	open(t, disk.FS()).Abandon()
	unmade := 0
	for op := range disk.Ops() {
		_, err := Inspect(bg, "store", testOptions(disk.CrashAt(op, simdisk.Everything()).FS()), true)
		if errors.Is(err, ErrNeedsRecovery) {
			unmade++
		}
		if errors.Is(err, ErrCorrupt) {
			t.Errorf("op %d: %v", op, err)
		}
	}
	if unmade == 0 {
		t.Error("no crash before the tables were made")
	}
}

func lastFile(t *testing.T, disk *simdisk.Disk, dir, suffix string) string {
	t.Helper()
	names, err := disk.FS().List(dir)
	if err != nil {
		t.Fatal(err)
	}
	file := ""
	for _, name := range names {
		if strings.HasSuffix(name, suffix) {
			file = dir + "/" + name
		}
	}
	return file
}

// A table that cannot be read is neither damage nor the end of the store, and
// what is read again may be well. A log that cannot be read stops the Open.
func TestReadErrorsAreTyped(t *testing.T) {
	disk := simdisk.New(simdisk.Options{Seed: 1})
	e := open(t, disk.FS())
	for n := range 100 { // in many blocks: Open reads that with the applied row
		txn := e.Begin()
		put(t, txn, accounts, fmt.Sprint("row", n), strings.Repeat("v", 4000))
		commit(t, e, txn)
	}
	if err := e.Checkpoint(bg); err != nil {
		t.Fatal(err)
	}
	e.Abandon()
	disk = disk.Restart()
	e = open(t, disk.FS())
	inject(t, disk, "read *.sst sticky")
	_, _, err := e.Begin().Get(accounts, []byte("row50"))
	checkReadError(t, err, ".sst")
	it := e.Begin().ScanLatest(accounts, nil, nil)
	for it.Next() {
	}
	checkReadError(t, it.Close(), ".sst")
	if e.Failed() != nil {
		t.Errorf("the store has stopped: %v", e.Failed())
	}
	disk.ClearFaults()
	if got := get(t, e, accounts, "row50"); len(got) != 4000 {
		t.Errorf("read again: %s", got)
	}
	e.Abandon()

	disk = disk.Restart()
	inject(t, disk, "read *.wal")
	_, err = Open(bg, "store", testOptions(disk.FS()))
	checkReadError(t, err, ".wal")
}

func checkReadError(t *testing.T, err error, suffix string) {
	t.Helper()
	var failed *ReadError
	if !errors.As(err, &failed) || !errors.Is(err, syscall.EIO) || errors.Is(err, ErrCorrupt) {
		t.Fatalf("not a read error: %v", err)
	}
	if !strings.HasSuffix(failed.File, suffix) || failed.Offset < 0 {
		t.Errorf("it is in %s at %d", failed.File, failed.Offset)
	}
}

func inject(t *testing.T, disk *simdisk.Disk, rule string) {
	t.Helper()
	r, err := simdisk.ParseRule(rule)
	if err == nil {
		err = disk.Inject(r)
	}
	if err != nil {
		t.Fatal(err)
	}
}
