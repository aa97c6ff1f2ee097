package xadb

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestPurgeChanges: what the consumers have goes, in whole files, and the feed
// says where it goes on; a consumer that runs keeps what it has not seen.
func TestPurgeChanges(t *testing.T) {
	fs := vfs.NewMem()
	o := Options{FS: fs, Binlog: true, BinlogSizeMax: 4096}
	db, err := Open(bg, "store", o)
	if err != nil {
		t.Fatal(err)
	}
	tbl := tableOf(t, db, "t")
	put(t, db, tbl, "k=first")
	for range 100 {
		put(t, db, tbl, "k="+strings.Repeat("x", 200))
	}
	var seen int64
	for ev, err := range db.Changes(bg) {
		if err != nil {
			t.Fatal(err)
		}
		if seen = ev.Index; seen == 2 {
			info, err := db.PurgeChanges(bg, 90)
			if err != nil || info.Files != 0 || !strings.HasSuffix(info.Kept, ": it is being read") || info.First != 0 {
				t.Errorf("while it is read: %+v, %v", info, err)
			}
		}
		if seen >= 90 {
			break
		}
	}
	info, err := db.PurgeChanges(bg, seen)
	if err != nil || info.Files < 4 || info.Bytes < 16<<10 || info.First < 60 || info.First > seen || info.Kept != "" {
		t.Errorf("%+v, %v", info, err)
	}
	check := func() {
		t.Helper()
		next := seen
		for ev, err := range db.Changes(bg, From(seen), UntilNow()) {
			if next++; err != nil || ev.Index != next {
				t.Fatal(ev.Index, err)
			}
		}
		for _, err := range db.Changes(bg, From(3)) {
			var gone *FeedIndexError
			if !errors.As(err, &gone) || gone.First != info.First || gone.Last < 100 || errors.Is(err, ErrCorrupt) {
				t.Errorf("what is gone: %v", err)
			}
		}
	}
	check()
	if err := db.Close(bg); err != nil {
		t.Fatal(err)
	}
	if _, err := db.PurgeChanges(bg, 1); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if db, err = Open(bg, "store", o); err != nil {
		t.Fatal(err)
	}
	check()
	if err := db.Close(bg); err != nil {
		t.Fatal(err)
	}
	none, err := OpenMem(bg, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer none.Close(bg)
	if _, err := none.PurgeChanges(bg, 1); !errors.Is(err, ErrNoFeed) {
		t.Error(err)
	}
}

// TestFeedReset: behind a reset of the binlog indexes go on; who has seen everything
// resumes, and who has not hears where the feed goes on.
func TestFeedReset(t *testing.T) {
	fs := vfs.NewMem()
	o := Options{FS: fs, Binlog: true}
	db, err := Open(bg, "store", o)
	if err != nil {
		t.Fatal(err)
	}
	tbl := tableOf(t, db, "t")
	put(t, db, tbl, "a=1")
	put(t, db, tbl, "b=1")
	last := db.log.Binlog().LastIndex()
	if err := db.log.ResetBinlog(bg); err != nil {
		t.Fatal(err)
	}
	put(t, db, tbl, "c=1")
	for range 2 {
		var seen []string
		for ev, err := range db.Changes(bg, From(last), UntilNow()) {
			if err != nil {
				t.Fatal(err)
			}
			seen = append(seen, fmt.Sprintf("%d %s", ev.Index-last, ev.Changes[0].Key))
		}
		if fmt.Sprint(seen) != "[1 c]" {
			t.Errorf("the feed has %q", seen)
		}
		for _, from := range []int64{0, 1, last - 1, last + 2} {
			for _, err := range db.Changes(bg, From(from), UntilNow()) {
				var gone *FeedIndexError
				if !errors.As(err, &gone) || gone.First != last || gone.Last != last+1 {
					t.Errorf("from %d: %v", from, err)
				}
			}
		}
		if info, err := db.PurgeChanges(bg, last); err != nil || info.First != last {
			t.Errorf("%+v, %v", info, err)
		}
		if err := db.Close(bg); err != nil {
			t.Fatal(err)
		}
		if db, err = Open(bg, "store", o); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(bg); err != nil {
		t.Fatal(err)
	}
}

// TestBinlogLimits: the options keep the feed small.
func TestBinlogLimits(t *testing.T) {
	db, err := OpenMem(bg, Options{Binlog: true, BinlogSizeMax: 4096, BinlogSizeTotalMax: 16 << 10})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(bg)
	tbl := tableOf(t, db, "t")
	for i := range 1000 {
		put(t, db, tbl, fmt.Sprint("k=", i))
		if files := db.log.Binlog().Files(); files[0].Number > 3 {
			return
		}
	}
	t.Error("all files are there")
}
