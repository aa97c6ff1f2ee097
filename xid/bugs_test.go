//go:build bugs

package xid

import (
	"testing"

	"github.com/xadb/xadb/internal/bug"
)

// TestSeededBugs shows that each mistake, once switched on, is one that the
// other tests of this package would see.
func TestSeededBugs(t *testing.T) {
	defer bug.Set("")
	east, west := must(t, 1, "order", "east"), must(t, 1, "order", "west")
	bug.Set(bug.XIDByGtridOnly)
	if !east.Equal(west) || east.Key() != west.Key() {
		t.Error("xid-by-gtrid-only has no effect")
	}
	bug.Set(bug.FormatIDSignLost)
	x := must(t, -2, "g", "")
	if y, err := Decode(x.Encode(nil)); err != nil || y == x {
		t.Errorf("format-id-sign-lost has no effect: %v, %v", y, err)
	}
}
