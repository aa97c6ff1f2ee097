package binlog

import (
	"errors"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// A log has GTIDs from its first group on, or never, wherever that group is.
func TestGTIDMode(t *testing.T) {
	for name, rotate := range map[string]bool{"a group in the last file": false, "no group but in the first file": true} {
		for _, anonymous := range []bool{false, true} {
			fs := vfs.NewMem()
			open := func(anonymous bool) (*Log, error) {
				return Open("log", Options{FS: fs, ServerUUID: testUUID, AnonymousGTID: anonymous}, Pos{}, nil)
			}
			l, err := open(anonymous)
			must(t, err)
			must(t, l.Start())
			_, _, err = l.Append(&PendingGroup{Kind: Empty})
			must(t, err)
			must(t, l.Flush())
			must(t, l.Sync())
			if rotate {
				must(t, l.Rotate())
			}
			must(t, l.Close())
			if _, err := open(!anonymous); !errors.Is(err, ErrInvalid) {
				t.Errorf("%s, anonymous %t: opened otherwise: %v", name, anonymous, err)
			}
			l, err = open(anonymous)
			must(t, err)
			want := GTIDSet{}
			if !anonymous {
				want.AddRange(testUUID, 1, 1)
			}
			if got := l.ExecutedGTIDs(); !got.Equal(want) || l.Anonymous() != anonymous {
				t.Errorf("%s: %v are executed, want %v", name, got, want)
			}
			l.Abandon()
		}
	}
}
