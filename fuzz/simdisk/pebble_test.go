package simdisk

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
)

const (
	pebbleBatches   = 30
	keysPerBatch    = 20
	pebbleImages    = 4 // per crash point
	minPebbleImages = 100
	nestedEvery     = 40 // images between two whose recovery is crashed, too
)

// quiet is a pebble logger that keeps what a failed test needs.
type quiet struct{ t *testing.T }

func (quiet) Infof(string, ...any) {}

func (q quiet) Errorf(format string, args ...any) { q.t.Logf(format, args...) }

// Fatalf must not return, and must not exit the test binary.
func (q quiet) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func openPebble(t *testing.T, d *Disk) (*pebble.DB, error) {
	opts := &pebble.Options{
		FS:                          d.FS(),
		DisableWAL:                  true,
		Logger:                      quiet{t},
		MemTableSize:                256 << 10,
		DisableAutomaticCompactions: true,
	}
	return pebble.Open("db", opts)
}

// TestPebbleComesBackAsPrefix runs pebble without its log, crashes it at every
// operation, and opens each image: it must hold the batches up to some number,
// none behind it, and all that were flushed before the crash point.
func TestPebbleComesBackAsPrefix(t *testing.T) {
	for _, profile := range Profiles() {
		t.Run(profile.String(), func(t *testing.T) {
			d := New(Options{Seed: 3, Profile: profile, OrderedDirs: "db"})
			mustDo(d.MkdirAll("db"))
			flushed := runPebble(t, d)
			if v := d.Violations(); len(v) > 0 {
				t.Errorf("pebble broke a rule: %v", v)
			}
			x := pebbleExplorer{t: t, seen: map[uint64]bool{}, nested: true}
			for k := 1; k <= d.Ops(); k++ {
				x.crash(d, k, flushed[k], "")
			}
			t.Logf("%d operations, %d different images", d.Ops(), len(x.seen))
			if len(x.seen) < minPebbleImages && profile == WeakestPosix {
				t.Errorf("only %d images: the test says nothing", len(x.seen))
			}
		})
	}
}

// TestPebbleNeedsOrderedNames: where names in one directory are independent,
// pebble loses a flushed database, because the removal of the old manifest's
// marker can survive without the new marker. That is why OrderedDirs exists;
// and that this test finds it shows that the one above could.
func TestPebbleNeedsOrderedNames(t *testing.T) {
	d := New(Options{Seed: 3})
	mustDo(d.MkdirAll("db"))
	flushed := runPebble(t, d)
	first := d.Crash(Synced()) // opening this one again moves the marker
	before := must(first.FS().List("db"))
	mustDo(must(openPebble(t, first)).Close())
	for k := 1; k <= first.Ops(); k++ {
		for _, c := range first.Choices(k, AllImages()) {
			list := must(first.CrashAt(k, c).FS().List("db"))
			if !slices.ContainsFunc(list, func(name string) bool { return strings.HasPrefix(name, "marker.manifest.") }) {
				t.Logf("crash at %d, %s: no marker; %d batches were flushed, files before: %v",
					k, c, flushed[len(flushed)-1], before)
				return
			}
		}
	}
	t.Error("no image without the manifest's marker")
}

// A pebbleExplorer opens images, each once.
type pebbleExplorer struct {
	t      *testing.T
	seen   map[uint64]bool
	nested bool // crash some recoveries
}

func (x *pebbleExplorer) crash(d *Disk, k, flushed int, before string) {
	for _, c := range d.Choices(k, Bounded(pebbleImages)) {
		image := d.CrashAt(k, c)
		if x.seen[image.Hash()] {
			continue
		}
		x.seen[image.Hash()] = true
		what := fmt.Sprintf("%scrash at %d, %s", before, k, c)
		checkPebble(x.t, image, flushed, what)
		if x.nested && len(x.seen)%nestedEvery == 0 {
			inner := pebbleExplorer{t: x.t, seen: x.seen}
			for j := 1; j <= image.Ops(); j++ {
				inner.crash(image, j, flushed, what+"; ")
			}
		}
	}
}

// runPebble writes batches, flushes and compacts, and returns how many batches
// were flushed when each operation was the last one.
func runPebble(t *testing.T, d *Disk) []int {
	db := must(openPebble(t, d))
	flushedAt := map[int]int{}
	for n := range pebbleBatches {
		b := db.NewBatch()
		for key := range keysPerBatch {
			mustDo(b.Set(pebbleKey(n, key), make([]byte, 100), nil))
		}
		mustDo(b.Set([]byte("last"), binary.BigEndian.AppendUint64(nil, uint64(n)), nil))
		mustDo(b.Commit(pebble.NoSync))
		if n%2 == 1 {
			mustDo(db.Flush())
			flushedAt[d.Ops()] = n + 1
		}
		if n == pebbleBatches/2 {
			mustDo(db.Compact(t.Context(), []byte("a"), []byte("z"), false))
		}
	}
	mustDo(db.Close())
	flushed := make([]int, d.Ops()+1)
	for k := 1; k < len(flushed); k++ {
		flushed[k] = max(flushed[k-1], flushedAt[k])
	}
	return flushed
}

func pebbleKey(batch, key int) []byte { return fmt.Appendf(nil, "k%04d/%02d", batch, key) }

func checkPebble(t *testing.T, image *Disk, least int, what string) {
	t.Helper()
	db, err := openPebble(t, image)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	batches := 0
	if last, closer, err := db.Get([]byte("last")); err == nil {
		batches = int(binary.BigEndian.Uint64(last)) + 1
		mustDo(closer.Close())
	}
	it := must(db.NewIter(nil))
	found := 0
	for ok := it.First(); ok; ok = it.Next() {
		if string(it.Key()) == "last" {
			continue
		}
		if want := pebbleKey(found/keysPerBatch, found%keysPerBatch); string(it.Key()) != string(want) {
			t.Fatalf("%s: found key %s, want %s", what, it.Key(), want)
		}
		found++
	}
	mustDo(it.Error())
	mustDo(it.Close())
	if found != batches*keysPerBatch || batches < least {
		t.Errorf("%s: %d batches, %d keys; %d batches were flushed", what, batches, found, least)
	}
	mustDo(db.Close())
}
