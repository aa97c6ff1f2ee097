package engine

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestRefusedStartChangesNothing: a log that is damaged is refused as often as
// one tries, and each of its files stays as it was found, the control file with
// its epoch too: a person may still have to read them.
func TestRefusedStartChangesNothing(t *testing.T) {
	segment := func(n int) string { return fmt.Sprintf("%020d.wal", n) }
	flip := func(name string, at int) func(files map[string]string) {
		return func(files map[string]string) {
			b := []byte(files[name])
			b[at] ^= 1
			files[name] = string(b)
		}
	}
	lose := func(name string) func(files map[string]string) {
		return func(files map[string]string) { delete(files, name) }
	}
	for name, damage := range map[string]func(files map[string]string){
		"record in the first segment":      flip(segment(1), 100),
		"header of the first segment":      flip(segment(1), 20),
		"header of the last segment":       flip(segment(3), 20),
		"promised record in the last":      flip(segment(3), 100),
		"first segment missing":            lose(segment(1)),
		"segment in the middle missing":    lose(segment(2)),
		"last segment missing":             lose(segment(3)),
		"control file missing":             lose("CTRL"),
		"both slots of the control file":   func(files map[string]string) { files["CTRL"] = strings.Repeat("x", len(files["CTRL"])) },
		"first segment cut short":          func(files map[string]string) { files[segment(1)] = files[segment(1)][:200] },
		"last segment cut into its header": func(files map[string]string) { files[segment(3)] = files[segment(3)][:20] },
	} {
		t.Run(name, func(t *testing.T) {
			fs := storeOfThreeSegments(t)
			files := folder(t, fs, walDir)
			damage(files)
			replaceFolder(t, fs, walDir, files)
			for range 2 {
				e, err := Open(bg, "store", testOptions(fs))
				if err == nil {
					e.Abandon()
					t.Fatal("the store opened")
				}
				if !errors.Is(err, ErrCorrupt) {
					t.Fatal(err)
				}
				if after := folder(t, fs, walDir); !maps.Equal(after, files) {
					t.Fatalf("%v: the folder held %v, now %v, or a file changed",
						err, slices.Sorted(maps.Keys(files)), slices.Sorted(maps.Keys(after)))
				}
			}
		})
	}
}

// storeOfThreeSegments is a store whose process was killed; its log has three
// segments, all needed.
func storeOfThreeSegments(t *testing.T) *vfs.MemFS {
	t.Helper()
	fs := vfs.NewMem()
	o := testOptions(fs)
	o.ManualCheckpoint = true // no spare comes and goes
	e, err := Open(bg, "store", o)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; len(e.log.Segments()) < 3; i++ {
		txn := e.Begin()
		put(t, txn, accounts, fmt.Sprint("row ", i), strings.Repeat("v", 10000))
		commit(t, e, txn)
	}
	txn := e.Begin() // says that the last segment's first record was durable
	put(t, txn, accounts, "last", "row")
	commit(t, e, txn)
	e.Abandon()
	return fs
}

// folder reads every file of one of the store's folders.
func folder(t *testing.T, fs vfs.FS, dir string) map[string]string {
	t.Helper()
	dir = fs.PathJoin("store", dir)
	names, err := fs.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, name := range names {
		files[name] = string(readFile(t, fs, fs.PathJoin(dir, name)))
	}
	return files
}

// replaceFolder makes files all that the folder holds.
func replaceFolder(t *testing.T, fs vfs.FS, dir string, files map[string]string) {
	t.Helper()
	dir = fs.PathJoin("store", dir)
	if err := errors.Join(fs.RemoveAll(dir), fs.MkdirAll(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		overwrite(t, fs, fs.PathJoin(dir, name), []byte(content))
	}
}
