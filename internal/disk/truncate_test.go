package disk

import (
	"errors"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/fuzz/simdisk"
)

// TestTruncate: the machine's own files can be made shorter, those of the
// simulated disk too, and whose cannot say so and stay as they are.
func TestTruncate(t *testing.T) {
	for name, want := range map[string]struct {
		fs   vfs.FS
		dir  string
		size int64
	}{
		"the machine's": {vfs.Default, t.TempDir(), 3},
		"simulated":     {simdisk.New(simdisk.Options{Seed: 1}).FS(), "", 3},
		"in memory":     {vfs.NewMem(), "", 5},
	} {
		fs := New(want.fs, Options{})
		path := fs.PathJoin(want.dir, "f")
		f, err := fs.Create(path, vfs.WriteCategoryUnspecified)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Write([]byte("12345"))
		if err == nil {
			err = Truncate(f, 3)
		}
		if unsupported := want.size == 5; errors.Is(err, errors.ErrUnsupported) != unsupported || err != nil && !unsupported {
			t.Errorf("%s: %v", name, err)
		}
		info, err := f.Stat()
		if err != nil || info.Size() != want.size {
			t.Errorf("%s: %v, %v", name, info, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}
