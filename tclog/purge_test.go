package tclog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/fuzz/simdisk"
	"github.com/xadb/xadb/internal/clock"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// put commits one row.
func put(t *testing.T, l *Log, key string) {
	t.Helper()
	txn := l.Begin()
	write(t, txn, key, "v")
	must(t, l.Commit(bg, txn))
}

// first is the name of the oldest binlog file.
func first(l *Log) string { return l.Binlog().Files()[0].Name }

// current is the name of the newest one.
func current(l *Log) string {
	files := l.Binlog().Files()
	return files[len(files)-1].Name
}

// feed is what follows an index, one word for each row that was committed.
func feed(t *testing.T, l *Log, after int64) string {
	t.Helper()
	f, err := l.Binlog().Follow(binlog.FollowOptions{After: after, ToEnd: true})
	must(t, err)
	defer func() { must(t, f.Close()) }()
	var words []string
	for {
		tx, err := f.Next(bg)
		if err == io.EOF {
			return strings.Join(words, " ")
		}
		must(t, err)
		if tx.Kind == binlog.XAPrepare {
			continue
		}
		for _, c := range tx.Changes {
			words = append(words, string(c.Rows[0].After[0].([]byte)))
		}
	}
}

// TestPurge: an undecided branch keeps the file with its rows, whatever becomes
// of the engine's log; all else goes, and the store opens without it, in either
// mode, closed or crashed.
func TestPurge(t *testing.T) { inModes(t, binlogs, purgeAround) }

func purgeAround(t *testing.T, m mode) {
	fs := vfs.NewCrashableMem()
	l := open(t, fs, m)
	put(t, l, "one")
	must(t, l.Rotate(bg))
	scenario(t, l, "prepare")
	must(t, l.Rotate(bg))
	put(t, l, "two")
	must(t, l.Rotate(bg))
	for range 3 { // the branch moves to the tables
		must(t, l.Checkpoint(bg))
	}
	p, err := l.PurgeBinlog(bg, binlog.PurgeRequest{To: current(l)})
	if err != nil || len(p.Files) != 1 || p.Kept != "binlog.000002" || p.Why != binlog.KeptBranch || p.Wanted != 3 {
		t.Errorf("%+v, %v", p, err)
	}
	must(t, l.Close(bg))
	l = open(t, fs, m)
	if p, err = l.PurgeBinlog(bg, binlog.PurgeRequest{To: current(l)}); err != nil || len(p.Files) != 0 || p.Kept != "binlog.000002" {
		t.Errorf("opened again: %+v, %v", p, err)
	}
	must(t, l.CommitXID(bg, newXID(t, "b")))
	if got := feed(t, l, 1); got != "two k" {
		t.Errorf("the feed has %q", got)
	}
	must(t, l.Rotate(bg))
	if p, err = l.PurgeBinlog(bg, binlog.PurgeRequest{To: current(l)}); err != nil || p.Kept != "" || first(l) != current(l) {
		t.Errorf("decided: %+v, %v", p, err)
	}
	fs = fs.CrashClone(vfs.CrashCloneCfg{})
	l.Abandon()
	l = open(t, fs, m)
	if fate(t, l) != "committed" || read(t, l, "one") != "v" || read(t, l, "two") != "v" {
		t.Error("rows are lost")
	}
	if got := l.Binlog().ExecutedGTIDs().Count(); got != 4 {
		t.Errorf("executed up to %d", got)
	}
	put(t, l, "three")
	if got := feed(t, l, 4); got != "three" {
		t.Errorf("the feed has %q", got)
	}
	var gone *binlog.IndexError
	if _, err := l.Binlog().Follow(binlog.FollowOptions{}); !errors.As(err, &gone) || gone.First != 4 || gone.Last != 5 {
		t.Errorf("from the beginning: %v", err)
	}
	must(t, l.Close(bg))
	if _, err := Check(bg, "store", options(fs, m)); err != nil {
		t.Error(err)
	}
}

// TestPurgeRefused: what cannot be purged says so and stays.
func TestPurgeRefused(t *testing.T) {
	l := open(t, vfs.NewMem(), off)
	if _, err := l.PurgeBinlog(bg, binlog.PurgeRequest{To: "binlog.000001"}); !errors.Is(err, errBinlogOff) {
		t.Error(err)
	}
	l = open(t, vfs.NewMem(), shared)
	if _, err := l.PurgeBinlog(bg, binlog.PurgeRequest{To: "binlog.000009"}); !errors.Is(err, binlog.ErrUnknownFile) {
		t.Error(err)
	}
	if err := l.SetRetention(-1, 0); err == nil {
		t.Error("a negative age")
	}
	must(t, l.Close(bg))
	if _, err := l.PurgeBinlog(bg, binlog.PurgeRequest{To: "binlog.000001"}); !errors.Is(err, engine.ErrClosed) {
		t.Error(err)
	}
}

// A purgeRun is what a run has promised at each operation of the disk.
type purgeRun struct {
	d    *simdisk.Disk
	rows []int // operations by which row n was committed
	// prepared and decided are operations by which the branch was.
	prepared, decided int
}

// run commits rows over many files, with a branch from the second to the ninth,
// and purges all that it can behind each third.
func (r *purgeRun) run(t *testing.T, m mode) {
	o := options(r.d.FS(), m)
	o.Engine.ManualCheckpoint = true
	l, err := Open(bg, "store", o)
	must(t, err)
	for n := range 12 {
		put(t, l, fmt.Sprint("row", n))
		r.rows = append(r.rows, r.d.Ops())
		switch n {
		case 2:
			scenario(t, l, "prepare")
			r.prepared = r.d.Ops()
		case 8:
			must(t, l.CommitXID(bg, newXID(t, "b")))
			r.decided = r.d.Ops()
		}
		if n%2 == 1 {
			must(t, l.Rotate(bg))
		}
		if n%3 == 2 {
			_, err := l.PurgeBinlog(bg, binlog.PurgeRequest{To: current(l)})
			must(t, err)
		}
	}
	l.Abandon()
}

// check opens what the disk had at operation k.
func (r *purgeRun) check(t *testing.T, image *simdisk.Disk, k int, m mode) error {
	o := options(image.FS(), m)
	o.Engine.ManualCheckpoint = true
	l, err := Open(bg, "store", o)
	if err != nil {
		return err
	}
	defer l.Abandon()
	for n, at := range r.rows {
		if at <= k && read(t, l, fmt.Sprint("row", n)) != "v" {
			return fmt.Errorf("row %d is lost", n)
		}
	}
	want := fate(t, l)
	switch {
	case r.decided > 0 && r.decided <= k && want != "committed", r.prepared <= k && want == "absent":
		return fmt.Errorf("the branch is %s", want)
	}
	purged, err := l.Binlog().PurgedGTIDs()
	if err != nil {
		return err
	}
	told := feed(t, l, purged.Count())
	for n := range r.rows {
		row := fmt.Sprint("row", n)
		in := read(t, l, row) == "v"
		// The groups are numbered as rows, and from the third on one more for the
		// PREPARE, from the ninth for the commit.
		index := int64(n + 1)
		if n > 2 {
			index++
		}
		if n > 8 {
			index++
		}
		if index > purged.Count() && in != strings.Contains(" "+told+" ", " "+row+" ") {
			return fmt.Errorf("the store has %s: %t; the feed behind %d has %q", row, in, purged.Count(), told)
		}
	}
	if want == "prepared" { // the feed will need its rows
		if err := l.CommitXID(bg, newXID(t, "b")); err != nil {
			return err
		}
		if told := feed(t, l, purged.Count()); !strings.HasSuffix(told, "k") {
			return fmt.Errorf("the feed has no rows of the branch: %q", told)
		}
	}
	return nil
}

// TestPurgeCrash cuts the power after each operation of a run with purges.
func TestPurgeCrash(t *testing.T) {
	inModes(t, binlogs, func(t *testing.T, m mode) {
		r := &purgeRun{d: simdisk.New(simdisk.Options{Seed: 1, Scribble: true})}
		r.run(t, m)
		images := 0
		for k := 0; k <= r.d.Ops(); k++ {
			for _, c := range r.d.Choices(k, simdisk.Bounded(2)) {
				images++
				if err := r.check(t, r.d.CrashAt(k, c), k, m); err != nil {
					t.Fatalf("crash at %d, %v: %v", k, c, err)
				}
			}
		}
		t.Logf("%d operations, %d images", r.d.Ops(), images)
	})
}

// until waits for what happens beside.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 1000 {
		if done() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

// TestRetention: files go by size when one is full, by age when the clock says
// so, and stay without limits.
func TestRetention(t *testing.T) {
	now := clock.NewManual(time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC))
	o := options(vfs.NewMem(), shared)
	o.Engine.Clock = now
	var out lockedBuffer
	o.Engine.Logger = slog.New(slog.NewTextHandler(&out, nil))
	l, err := Open(bg, "store", o)
	must(t, err)
	defer l.Abandon()
	for range 4 {
		put(t, l, "k")
		must(t, l.Rotate(bg))
	}
	now.Advance(100 * time.Hour)
	if first(l) != "binlog.000001" {
		t.Fatal("files go without a limit")
	}
	must(t, l.Checkpoint(bg))
	must(t, l.SetRetention(0, 1000))
	until(t, "too many", func() bool { return len(l.Binlog().Files()) == 2 })
	must(t, l.SetRetention(2*time.Hour, 0))
	until(t, "too old, as the limit says", func() bool { return len(l.Binlog().Files()) == 1 })
	put(t, l, "k")
	must(t, l.Rotate(bg))
	must(t, l.Checkpoint(bg))
	now.Advance(time.Hour)
	put(t, l, "k")
	must(t, l.Rotate(bg))
	must(t, l.Checkpoint(bg))
	now.Advance(time.Hour + time.Minute)
	until(t, "too old, as the clock says", func() bool { return len(l.Binlog().Files()) == 2 })
	release := l.Binlog().Hold()
	now.Advance(time.Hour)
	until(t, "a word on what keeps files", func() bool { return strings.Contains(out.String(), "it is being read") })
	if len(l.Binlog().Files()) != 2 {
		t.Error("a held file went")
	}
	release()
	now.Advance(time.Minute)
	until(t, "released", func() bool { return len(l.Binlog().Files()) == 1 })
	if age, size := l.Retention(); age != 2*time.Hour || size != 0 {
		t.Error(age, size)
	}
	must(t, l.Close(bg))
}

// TestRetentionOption: the options say it, too.
func TestRetentionOption(t *testing.T) {
	o := options(vfs.NewMem(), apart)
	o.BinlogSizeMax, o.BinlogSizeTotalMax = 4096, 20<<10
	l, err := Open(bg, "store", o)
	must(t, err)
	for i := range 200 {
		put(t, l, fmt.Sprint(i))
		if i%20 == 0 {
			must(t, l.Checkpoint(bg))
		}
	}
	must(t, l.Checkpoint(bg))
	must(t, l.Rotate(bg))
	until(t, "small enough", func() bool {
		total := int64(0)
		for _, f := range l.Binlog().Files() {
			total += f.Size
		}
		return total <= 20<<10 && first(l) != "binlog.000001"
	})
	must(t, l.Close(bg))
	o.BinlogSizeTotalMax = -1
	if l, err := Open(bg, "store", o); err == nil {
		l.Abandon()
		t.Error("a negative size")
	}
}

// TestPurgeArchive: files go to the archive before they go, and a backup is
// brought forward through them.
func TestPurgeArchive(t *testing.T) {
	inModes(t, binlogs, func(t *testing.T, m mode) {
		fs := vfs.NewMem()
		o := options(fs, m)
		o.ArchiveDir = "archive"
		l, err := Open(bg, "store", o)
		must(t, err)
		put(t, l, "before")
		var backup bytes.Buffer
		_, err = l.Backup(bg, &backup, BackupOptions{})
		must(t, err)
		for i := range 3 {
			put(t, l, fmt.Sprint("row", i))
			must(t, l.Rotate(bg))
		}
		p, err := l.PurgeBinlog(bg, binlog.PurgeRequest{To: current(l)})
		if err != nil || len(p.Files) != 3 {
			t.Fatalf("%+v, %v", p, err)
		}
		id := l.Engine().StoreID()
		must(t, l.Close(bg))
		o.ArchiveDir = ""
		_, err = Restore(bg, &backup, "restored", o, Point{Archive: "archive"})
		must(t, err)
		l, err = Open(bg, "restored", o)
		must(t, err)
		defer l.Abandon()
		if read(t, l, "before") != "v" || read(t, l, "row2") != "v" || l.Engine().StoreID() == id {
			t.Error("the archive lacks what was purged")
		}
	})
}

// TestPurgeDuringBackup: a backup keeps the files it copies.
func TestPurgeDuringBackup(t *testing.T) {
	fs := vfs.NewMem()
	l := open(t, fs, shared)
	put(t, l, "one")
	must(t, l.Rotate(bg))
	put(t, l, "two")
	must(t, l.Rotate(bg))
	var backup bytes.Buffer
	var p binlog.Purged
	_, err := l.Backup(bg, &backup, BackupOptions{Progress: func(done, _ int64) {
		if done > 0 && p.Wanted == 0 {
			var err error
			p, err = l.PurgeBinlog(context.Background(), binlog.PurgeRequest{To: current(l)})
			must(t, err)
		}
	}})
	must(t, err)
	if len(p.Files) != 0 || p.Why != binlog.KeptReader {
		t.Errorf("%+v", p)
	}
	must(t, l.Close(bg))
	if _, err := Restore(bg, &backup, "restored", options(fs, shared), Point{}); err != nil {
		t.Error(err)
	}
}

// A lockedBuffer is a log that is read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
