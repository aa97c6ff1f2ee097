package tclog

import (
	"errors"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/engine"
)

// contents is every file below dir with a checksum, but for the lock files,
// which a look at a stopped store takes.
func contents(t *testing.T, fs vfs.FS, dir string) map[string]uint32 {
	t.Helper()
	sums := map[string]uint32{}
	names, err := fs.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		path := fs.PathJoin(dir, name)
		info, err := fs.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.IsDir() {
			for p, sum := range contents(t, fs, path) {
				sums[p] = sum
			}
			continue
		}
		if name == "LOCK" {
			continue
		}
		sums[path] = crc32.ChecksumIEEE(content(t, fs, path))
	}
	return sums
}

func content(t *testing.T, fs vfs.FS, path string) []byte {
	t.Helper()
	f, err := fs.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestC21_InspectWritesNothing: a look at a crashed store tells what the next
// Open will find, and leaves every byte as it was.
func TestC21_InspectWritesNothing(t *testing.T) { inModes(t, binlogs, inspectWritesNothing) }

func inspectWritesNothing(t *testing.T, m mode) {
	for _, kind := range []string{"prepare", "prepare+commit", "commit"} {
		fs := vfs.NewCrashableMem()
		l := open(t, fs, m)
		scenario(t, l, kind)
		image := fs.CrashClone(vfs.CrashCloneCfg{})
		before := contents(t, image, "store")
		ins, err := Inspect(bg, "store", options(image, off))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Check(bg, "store", options(image, off)); err != nil {
			t.Fatal(err)
		}
		after := contents(t, image, "store")
		if len(before) != len(after) {
			t.Errorf("%s: %d files became %d", kind, len(before), len(after))
		}
		for path, sum := range before {
			if after[path] != sum {
				t.Errorf("%s: %s changed", kind, path)
			}
		}
		l.Abandon()
		l = open(t, image, m)
		if got, want := len(ins.Prepared), len(l.Prepared()); got != want {
			t.Errorf("%s: inspected %d prepared branches, opened %d", kind, got, want)
		}
		if m == apart && kind == "commit" && ins.ToCommit != 1 {
			t.Errorf("the commit is in the binlog alone, yet %d are to be committed", ins.ToCommit)
		}
	}
}

func TestInspectRefusals(t *testing.T) {
	fs := vfs.NewMem()
	if _, err := Inspect(bg, "nowhere", options(fs, shared)); err == nil || !strings.Contains(err.Error(), "no store in nowhere") {
		t.Errorf("no store: %v", err)
	}
	l := open(t, fs, shared)
	if _, err := Inspect(bg, "store", options(fs, shared)); !errors.Is(err, engine.ErrLocked) {
		t.Errorf("a store in use: %v", err)
	}
	scenario(t, l, "commit")
	if err := l.Close(bg); err != nil {
		t.Fatal(err)
	}
	if _, err := Check(bg, "store", options(fs, shared)); err != nil {
		t.Errorf("a healthy store: %v", err)
	}
	damage(t, fs, "store/binlog/binlog.000001")
	_, err := Check(bg, "store", options(fs, shared))
	if !errors.Is(err, engine.ErrCorrupt) || !strings.Contains(err.Error(), "binlog.000001 offset") {
		t.Errorf("a damaged binlog: %v", err)
	}
}

// TestI14_CheckKnowsWhatWasDurable: a binlog that ends before what the engine
// knows to have been durable is damaged for Check as it is for Open.
func TestI14_CheckKnowsWhatWasDurable(t *testing.T) { inModes(t, binlogs, checkKnows) }

func checkKnows(t *testing.T, m mode) {
	fs := vfs.NewCrashableMem()
	l := open(t, fs, m)
	scenario(t, l, "commit")
	scenario(t, l, "commit")
	cut := len(content(t, fs, "store/binlog/binlog.000001")) - 10
	scenario(t, l, "commit")
	scenario(t, l, "commit")
	if err := l.Checkpoint(bg); err != nil { // the engine's log need not hold the binlog any more
		t.Fatal(err)
	}
	for _, kind := range []string{"cut", "gone"} {
		image := fs.CrashClone(vfs.CrashCloneCfg{})
		switch kind {
		case "cut":
			write := content(t, image, "store/binlog/binlog.000001")[:cut]
			f, err := image.Create("store/binlog/binlog.000001", vfs.WriteCategoryUnspecified)
			if err == nil {
				_, err = f.Write(write)
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		case "gone":
			if err := image.RemoveAll("store/binlog"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Check(bg, "store", options(image, m)); !errors.Is(err, engine.ErrCorrupt) {
			t.Errorf("%s: Check: %v", kind, err)
		}
		if l, err := Open(bg, "store", options(image, m)); !errors.Is(err, engine.ErrCorrupt) {
			t.Errorf("%s: Open: %v", kind, err)
			l.Abandon()
		}
	}
}

// damage flips a bit in the middle of a file.
func damage(t *testing.T, fs vfs.FS, path string) {
	t.Helper()
	b := content(t, fs, path)
	f, err := fs.OpenReadWrite(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	at := len(b) / 2
	if _, err := f.WriteAt([]byte{b[at] ^ 1}, int64(at)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
