package simdisk

import (
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"
)

// A walker makes random calls on a disk and notes both trees after each
// operation.
type walker struct {
	d       *Disk
	fs      vfs.FS
	open    []vfs.File
	durable map[int]uint64 // Hash by operation
	cached  map[int]uint64 // CachedHash by operation
}

func newWalker(profile Profile) *walker {
	d := New(Options{Seed: 7, Profile: profile})
	w := &walker{d: d, fs: d.FS(), durable: map[int]uint64{}, cached: map[int]uint64{}}
	w.note()
	return w
}

func (w *walker) note() {
	w.durable[w.d.Ops()], w.cached[w.d.Ops()] = w.d.Hash(), w.d.CachedHash()
}

var walkPaths = []string{"a", "b", "c", "d", "d/a", "d/b", "e/a", "e"}

// step makes one call of no more than one operation; its error does not matter.
func (w *walker) step(t *rapid.T) {
	name := rapid.SampledFrom(walkPaths).Draw(t, "name")
	switch call := rapid.IntRange(0, 13).Draw(t, "call"); {
	case call == 0:
		_ = w.fs.MkdirAll(name[:1], 0o755)
	case call == 1:
		_ = w.fs.Remove(name)
	case call == 2:
		_ = w.fs.Rename(name, rapid.SampledFrom(walkPaths).Draw(t, "to"))
	case call == 3:
		_ = w.fs.Link(name, rapid.SampledFrom(walkPaths).Draw(t, "to"))
	case call <= 6:
		if f, err := w.fs.OpenReadWrite(name, vfs.WriteCategoryUnspecified); err == nil {
			w.open = append(w.open, f)
		}
	case call == 7:
		if f, err := w.fs.OpenDir(rapid.SampledFrom([]string{"/", "d", "e"}).Draw(t, "dir")); err == nil {
			_ = f.Sync()
			_ = f.Close()
		}
	case len(w.open) == 0:
	case call <= 11:
		f := rapid.SampledFrom(w.open).Draw(t, "file")
		data := make([]byte, rapid.SampledFrom([]int{1, 300, 600, 5000}).Draw(t, "len"))
		for i := range data {
			data[i] = byte(w.d.Ops() + 1)
		}
		_, _ = f.WriteAt(data, rapid.SampledFrom([]int64{0, 100, 512, 4000, 9000}).Draw(t, "off"))
	default:
		_ = rapid.SampledFrom(w.open).Draw(t, "file").Sync()
	}
	w.note()
}

// TestHistory: for every crash point of a random run, an image that keeps
// nothing is the durable tree of that moment, one that keeps everything is the
// cached tree, and that of Kill has both; in every profile.
func TestHistory(t *testing.T) {
	for _, profile := range Profiles() {
		t.Run(profile.String(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				w := newWalker(profile)
				faults := rapid.Bool().Draw(t, "faults")
				if faults {
					mustDo(w.d.Inject(must(ParseRule("sync * prob=0.4 sticky mode=drop"))))
					mustDo(w.d.Inject(must(ParseRule("sync * prob=0.4 sticky mode=keep"))))
				}
				for range rapid.IntRange(1, 40).Draw(t, "steps") {
					w.step(t)
				}
				for k := range w.d.Ops() + 1 {
					w.check(t, k, faults)
				}
			})
		})
	}
}

func (w *walker) check(t *rapid.T, k int, faults bool) {
	synced, all, killed := w.d.CrashAt(k, Synced()), w.d.CrashAt(k, Everything()), w.d.CrashAt(k, Kill())
	profile := w.d.opts.Profile
	wantSynced, wantAll := w.durable[k], w.cached[k]
	if profile == All {
		wantSynced = all.Hash()
	}
	if profile == SyncedOnly {
		wantAll = synced.Hash()
	}
	if got := synced.Hash(); got != wantSynced {
		t.Fatalf("operation %d: image of synced is %x, want %x: %s", k, got, wantSynced, tree(synced))
	}
	if got := all.Hash(); got != wantAll && !faults {
		t.Fatalf("operation %d: image of all is %x, want %x: %s", k, got, wantAll, tree(all))
	}
	if killed.CachedHash() != w.cached[k] || killed.Hash() != w.durable[k] {
		t.Fatalf("operation %d: image of kill is %s", k, tree(killed))
	}
	if got := killed.CrashAt(0, Everything()).Hash(); got != all.Hash() {
		t.Fatalf("operation %d: kill, then all: %x, want %x", k, got, all.Hash())
	}
	if got := killed.CrashAt(0, Synced()).Hash(); got != synced.Hash() {
		t.Fatalf("operation %d: kill, then synced: %x, want %x", k, got, synced.Hash())
	}
	for _, c := range w.d.Choices(k, Bounded(6)) {
		w.checkChoice(t, k, c)
	}
}

// checkChoice: an image is what it is, whichever way one gets it.
func (w *walker) checkChoice(t *rapid.T, k int, c Choice) {
	parsed, err := ParseChoice(c.String())
	if err != nil || parsed.String() != c.String() {
		t.Fatalf("choice %q comes back as %q, %v", c, parsed, err)
	}
	image := w.d.CrashAt(k, c)
	if again := w.d.CrashAt(k, parsed); again.Hash() != image.Hash() {
		t.Fatalf("operation %d, %s: two images: %s and %s", k, c, tree(image), tree(again))
	}
	copied, err := Import(image.Export())
	if err != nil || copied.Hash() != image.Hash() || copied.CachedHash() != image.Hash() || copied.used != image.used {
		t.Fatalf("operation %d, %s: exported %s, imported %s, %v", k, c, tree(image), tree(copied), err)
	}
	if next := image.Crash(Everything()); next.Hash() != image.Hash() || next.used != image.used {
		t.Fatalf("operation %d, %s: a crash at rest changed %s to %s", k, c, tree(image), tree(next))
	}
}

// TestCrashAtLeavesDiskAlone: images may be written and corrupted without any
// effect on their origin or on each other.
func TestCrashAtLeavesDiskAlone(t *testing.T) {
	d := dataSet(3, 10_000)
	f := must(d.FS().OpenReadWrite("f00", vfs.WriteCategoryUnspecified))
	must(f.WriteAt([]byte("new"), 9_999))
	durable, cached := d.Hash(), d.CachedHash()
	first, second := d.CrashAt(d.Ops(), Everything()), d.CrashAt(d.Ops(), Everything())
	want := second.Hash()

	for i := range 3 {
		name := fmt.Sprintf("f%02d", i)
		g := must(first.FS().OpenReadWrite(name, vfs.WriteCategoryUnspecified))
		must(g.WriteAt([]byte("overwritten"), 4090))
		mustDo(g.Sync())
		mustDo(first.FlipBit(name, 1, 1))
		mustDo(first.Truncate(name, 5000))
	}
	mustDo(first.FS().Remove("f01"))
	if d.Hash() != durable || d.CachedHash() != cached || second.Hash() != want {
		t.Fatalf("writing an image changed another disk")
	}
	if first.Hash() == want {
		t.Fatalf("the image did not change itself")
	}
}

// TestSameSeedSameImages: nothing depends on addresses, map order or time.
func TestSameSeedSameImages(t *testing.T) {
	run := func() string {
		d := dataSet(4, 3000)
		fs := d.FS()
		for i := range 6 {
			f := must(fs.OpenReadWrite(fmt.Sprintf("f%02d", i), vfs.WriteCategoryUnspecified))
			must(f.WriteAt(make([]byte, 2000), int64(i)*700))
			mustDo(fs.Rename(fmt.Sprintf("f%02d", i), fmt.Sprintf("g%02d", i%3)))
		}
		out := ""
		for _, policy := range []ImagePolicy{AllImages(), Bounded(5), Random(5), SyncedImage()} {
			for _, c := range d.Choices(d.Ops(), policy) {
				out += fmt.Sprintf("%s %x\n", c, d.CrashAt(d.Ops(), c).Hash())
			}
		}
		return out
	}
	if a, b := run(), run(); a != b {
		t.Fatalf("two runs differ:\n%s\n%s", a, b)
	}
}
