package simdisk

import (
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

func FuzzParseRule(f *testing.F) {
	for _, seed := range []string{
		"sync *.wal nth=3 err=EIO mode=drop", "write a/b prob=0.5 sticky off=3 len=4", "read * mode=flip bit=3", "", "stat [",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRule(text)
		if err != nil {
			return
		}
		again, err := ParseRule(r.String())
		if err != nil || again != r {
			t.Fatalf("%q parses to %q, which parses to %q, %v", text, r, again, err)
		}
	})
}

func FuzzParseChoice(f *testing.F) {
	for _, seed := range []string{
		"synced", "all", "kill", "keep=0-3,7 tear=9:0-512 fill=garbage", "tear=1:0-2 tear=1:4-5", "all tear=0:1-2", "keep=",
	} {
		f.Add(seed)
	}
	d := dataSet(2, 5000)
	file := must(d.FS().OpenReadWrite("f00", vfs.WriteCategoryUnspecified))
	must(file.WriteAt(make([]byte, 3000), 4000))
	must(file.WriteAt([]byte(strings.Repeat("y", 3000)), 9000))
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseChoice(text)
		if err != nil {
			return
		}
		again, err := ParseChoice(c.String())
		if err != nil || again.String() != c.String() {
			t.Fatalf("%q parses to %q, which parses to %q, %v", text, c, again, err)
		}
		if d.CrashAt(d.Ops(), c).Hash() != d.CrashAt(d.Ops(), again).Hash() {
			t.Fatalf("%q and %q are different images", c, again)
		}
	})
}

// FuzzImport damages images behind their checksum.
func FuzzImport(f *testing.F) {
	d := dataSet(2, 5000)
	mustDo(d.MkdirAll("d/e"))
	mustDo(d.FS().Link("f00", "d/e/link"))
	mustDo(must(d.FS().OpenDir("d/e")).Sync())
	for _, image := range [][]byte{d.Export(), New(Options{OrderedDirs: "/"}).Export(), nil} {
		f.Add(strings.TrimPrefix(string(image[:max(len(image)-exportSumLen, 0)]), exportMagic))
	}
	f.Fuzz(func(t *testing.T, body string) {
		image, err := Import(appendSum([]byte(exportMagic + body)))
		if err != nil {
			return
		}
		again, err := Import(image.Export())
		if err != nil || again.Hash() != image.Hash() {
			t.Fatalf("an imported image does not survive its export: %v", err)
		}
	})
}

// TestImportDamage: a flipped bit or a missing end is noticed.
func TestImportDamage(t *testing.T) {
	d := dataSet(1, 300)
	image := d.Export()
	if got, err := Import(image); err != nil || got.Hash() != d.Hash() {
		t.Fatalf("the image itself: %v", err)
	}
	for i := range image {
		damaged := append([]byte(nil), image...)
		damaged[i] ^= 4
		if _, err := Import(damaged); err == nil {
			t.Errorf("a flipped bit in byte %d was not noticed", i)
		}
		if _, err := Import(image[:i]); err == nil {
			t.Errorf("a cut at %d was not noticed", i)
		}
	}
}
