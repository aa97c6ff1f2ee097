package simdisk

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

func TestSmoke(t *testing.T) {
	d := New(Options{Seed: 1})
	fs := d.FS()
	f, err := fs.Create("a", vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	f.Write([]byte("hello"))
	f.Sync()
	f.Write([]byte(" world"))
	for k := 0; k <= d.Ops(); k++ {
		for _, a := range d.Atoms(k) {
			t.Log(k, a)
		}
		for _, c := range d.Choices(k, AllImages()) {
			im := d.CrashAt(k, c)
			b, err := im.ReadFile("a")
			t.Logf("%d %s: %q %v %x", k, c, b, err, im.Hash())
			im2, err := Import(im.Export())
			if err != nil || im2.Hash() != im.Hash() {
				t.Fatal(err)
			}
			p, err := ParseChoice(c.String())
			if err != nil || p.String() != c.String() {
				t.Fatal(err, p, c)
			}
		}
	}
	for _, o := range d.OpLog() {
		t.Log(o)
	}
}
