package wal

import (
	"fmt"
	"io"
	"log/slog"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// quiet is where tests send the log's notes.
var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func testOptions(fs vfs.FS) Options {
	return Options{
		FS: fs, Logger: quiet, SegmentSize: 64 << 10, StoreID: [16]byte{1, 2, 3},
		steps: steps{fill: 16 << 10, spare: 16 << 10, lengthen: 8 << 10},
	}
}

func mustOpen(t testing.TB, o Options) *Log {
	t.Helper()
	l, err := Open("wal", o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func mustAppend(t testing.TB, l *Log, body string) LSN {
	t.Helper()
	lsn, err := l.Append(&Record{Type: TypeCommit, TxnID: 7, Body: []byte(body)})
	if err != nil {
		t.Fatal(err)
	}
	return lsn
}

// bodies is everything that Replay returns.
func bodies(t testing.TB, l *Log) []string {
	t.Helper()
	var got []string
	if err := l.Replay(0, func(r *Record) error {
		got = append(got, string(r.Body))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestAppendSyncReopen(t *testing.T) {
	o := testOptions(vfs.NewMem())
	var want []string
	for boot := 1; boot <= 3; boot++ {
		l := mustOpen(t, o)
		if l.Epoch() != uint32(boot) {
			t.Fatalf("boot %d has epoch %d", boot, l.Epoch())
		}
		for i := range 2000 {
			body := fmt.Sprintf("boot %d record %d %0*d", boot, i, i%97, 0)
			lsn := mustAppend(t, l, body)
			want = append(want, body)
			if i%100 == 0 {
				if err := l.Sync(lsn); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := l.SyncAll(); err != nil {
			t.Fatal(err)
		}
		if got := bodies(t, l); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("boot %d: %d records, want %d", boot, len(got), len(want))
		}
		if boot%2 == 0 {
			l.Abandon()
		} else if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	ro, err := OpenReadOnly("wal", o)
	if err != nil {
		t.Fatal(err)
	}
	if got := bodies(t, ro); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("read-only: %d records, want %d", len(got), len(want))
	}
}
