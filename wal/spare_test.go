package wal

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/fuzz/simdisk"
)

// TestLastSegmentMissing: nothing but the control file names the last segment
// of a log that was never closed. Without it Open must refuse, not go on with
// what is left (W10).
func TestLastSegmentMissing(t *testing.T) {
	for _, how := range []string{"killed", "closed", "recovered"} {
		t.Run(how, func(t *testing.T) {
			w := newWorker()
			w.open()
			w.add(40000)
			w.sync()
			w.add(40000, 100) // the second segment
			w.sync()
			last := segmentName(2)
			switch how {
			case "closed":
				w.close()
			case "recovered":
				w.die()
				w.open() // its own segment, with no record yet
				last = segmentName(3)
				fallthrough
			default:
				w.die()
			}
			w.do(func() error { return w.d.FS().Remove("wal/" + last) })
			if w.err != nil {
				t.Fatal(w.err)
			}
			before := w.d.Ops()
			_, err := Open("wal", testOptions(w.d.FS()))
			var where *RecordError
			if !errors.Is(err, ErrCorrupt) || !errors.As(err, &where) || where.File != last {
				t.Fatalf("without %s open returned %v", last, err)
			}
			if w.d.Ops() != before {
				t.Fatalf("%d writes", w.d.Ops()-before)
			}
		})
	}
}

// TestLeastRoom: a record gets the blocks that it needs, if the disk has room for
// those and not for as much as is filled ahead.
func TestLeastRoom(t *testing.T) {
	w := newWorker()
	w.open()
	w.d.SetQuota(1 << 30)
	usage, err := w.d.FS().GetDiskUsage("/")
	if err != nil {
		t.Fatal(err)
	}
	w.d.SetQuota(int64(usage.UsedBytes) + 2*blockSize)
	w.add(100)
	w.sync()
	w.add(100)
	w.sync()
	if w.err != nil {
		t.Fatal(w.err)
	}
	w.d.SetQuota(0)
	w.add(1000)
	w.sync()
	w.die()
	w.open()
	if w.err != nil {
		t.Fatal(w.err)
	}
}

// TestScarce: while room is scarce, the log takes the blocks that its records
// need and nothing else, and makes no spare.
func TestScarce(t *testing.T) {
	d := simdisk.New(simdisk.Options{Seed: 1, QuotaBytes: 1 << 30})
	scarce := true
	o := testOptions(d.FS())
	o.Scarce = func() bool { return scarce }
	l := mustOpen(t, o)
	defer l.Abandon()
	used := func() uint64 {
		usage, err := d.FS().GetDiskUsage("/")
		if err != nil {
			t.Fatal(err)
		}
		return usage.UsedBytes
	}
	before := used()
	mustAppend(t, l, strings.Repeat("r", 100))
	if err := l.SyncAll(); err != nil || used()-before > blockSize {
		t.Fatalf("a record of 100 bytes took %d of the disk: %v", used()-before, err)
	}
	before = used()
	if err := l.PrepareSpare(); !errors.Is(err, syscall.ENOSPC) || used() != before || l.SpareErr() == nil {
		t.Fatalf("preparing a spare: %v, it took %d", err, used()-before)
	}
	for range 3 * o.SegmentSize / 1000 {
		mustAppend(t, l, strings.Repeat("r", 1000))
		if err := l.SyncAll(); err != nil {
			t.Fatal(err)
		}
	}
	scarce = false
	if err := l.PrepareSpare(); err != nil || l.SpareErr() != nil {
		t.Fatalf("preparing a spare: %v, remembered %v", err, l.SpareErr())
	}
}

// TestFullDisk fills the disk under a log that has a spare: records go on into
// the spare, Room says how many, and only then the log is poisoned. What was
// promised is there when there is space again.
func TestFullDisk(t *testing.T) {
	w := newWorker()
	w.open()
	w.add(100)
	w.sync()
	w.spare()
	if w.err != nil {
		t.Fatal(w.err)
	}
	if want := int64(2*(16<<10-segmentHeaderLen)) - int64(w.l.End()-FirstLSN); w.l.Room() != want {
		t.Fatalf("room for %d bytes, want %d", w.l.Room(), want)
	}
	w.d.SetQuota(1) // nothing fits that is not there yet
	for w.l.Room() > 2000 && w.err == nil {
		before := w.l.Room()
		w.add(1000)
		w.sync()
		if w.err == nil && w.l.Room() >= before {
			t.Fatalf("room for %d bytes, before the last record %d", w.l.Room(), before)
		}
	}
	if w.err != nil || len(w.l.Segments()) != 2 {
		t.Fatalf("%d segments, room for %d bytes: %v", len(w.l.Segments()), w.l.Room(), w.err)
	}
	if !w.l.NeedSpare() {
		t.Error("no spare is asked for")
	}
	if err := w.l.PrepareSpare(); !errors.Is(err, syscall.ENOSPC) || w.l.SpareErr() == nil || w.l.Failed() != nil || w.l.NeedSpare() {
		t.Fatalf("preparing a spare: %v; remembered %v; poison %v", err, w.l.SpareErr(), w.l.Failed())
	}
	w.add(100)
	w.sync()
	if w.err != nil {
		t.Fatalf("after a spare failed: %v", w.err)
	}
	w.d.SetQuota(0)
	w.spare()
	if w.err != nil || w.l.SpareErr() != nil {
		t.Fatalf("with space again: %v, remembered %v", w.err, w.l.SpareErr())
	}
	w.d.SetQuota(1)
	w.add(3000)
	w.sync() // into the new spare
	if w.err != nil {
		t.Fatal(w.err)
	}
	w.add(70000) // fits into no spare
	if err := w.l.SyncAll(); !errors.Is(err, ErrPoisoned) || !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("beyond the last spare: %v", err)
	}
	w.d.SetQuota(0)
	w.die()
	w.open()
	if w.err != nil {
		t.Fatal(w.err)
	}
}

// TestEarlyChangeOfSegments: a segment of the usual size grows in steps; when
// the disk is full in the middle of it, the log goes on in a spare, in order.
func TestEarlyChangeOfSegments(t *testing.T) {
	d := simdisk.New(simdisk.Options{Seed: 1})
	o := testOptions(d.FS())
	o.steps = stepsDefault
	fill := int(o.steps.fill)
	o.SegmentSize = 4 * o.steps.fill
	l := mustOpen(t, o)
	var want []string
	add := func(size int) {
		t.Helper()
		want = append(want, fmt.Sprintf("%d %s", len(want), strings.Repeat("z", size)))
		mustAppend(t, l, want[len(want)-1])
		if err := l.SyncAll(); err != nil {
			t.Fatal(err)
		}
	}
	add(10)
	if err := l.PrepareSpare(); err != nil {
		t.Fatal(err)
	}
	d.SetQuota(1)
	for len(l.Segments()) == 1 {
		add(fill / 3)
	}
	if at := l.Segments()[1].First; at >= FirstLSN+LSN(2*fill) || l.SpareErr() == nil {
		t.Fatalf("the second segment begins at %d, reason %v", at, l.SpareErr())
	}
	d.SetQuota(0)
	for len(l.Segments()) < 4 { // as planned again
		add(fill / 3)
	}
	l.Abandon()
	d.Restart()
	o.FS = d.FS()
	l = mustOpen(t, o)
	if got := bodies(t, l); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("%d records, want %d", len(got), len(want))
	}
	l.Abandon()
}

// TestSpareFails: whatever fails while a spare is made, the log is unharmed.
func TestSpareFails(t *testing.T) {
	for _, rule := range []string{
		"create *.spare", "write *.spare err=ENOSPC", "write *.spare mode=prefix", "sync *.spare",
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorker()
			w.open()
			w.fault(rule)
			w.do(func() error {
				if err := w.l.PrepareSpare(); err == nil || !errors.Is(w.l.SpareErr(), err) {
					return fmt.Errorf("preparing a spare: %v; remembered %v", err, w.l.SpareErr())
				}
				return nil
			})
			w.add(40000, 40000)
			w.sync()
			if w.err != nil || !w.l.NeedSpare() { // a new segment is a new chance
				t.Fatal(w.err)
			}
			w.spare()
			w.add(40000)
			w.sync()
			w.die()
			w.open()
			if w.err != nil {
				t.Fatal(w.err)
			}
		})
	}
}

// TestSyncsWriteNoMetadata: within what was filled, a record costs one write and
// one data sync, and the file keeps its size.
func TestSyncsWriteNoMetadata(t *testing.T) {
	fs := vfs.NewMem()
	o := testOptions(fs)
	o.steps = stepsDefault
	o.SegmentSize = 8 * o.steps.fill
	l := mustOpen(t, o)
	size := func() int64 {
		info, err := fs.Stat("wal/" + segmentName(1))
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	grown := 0
	before := size()
	const records = 3000
	for range records {
		mustAppend(t, l, strings.Repeat("r", 700))
		if err := l.SyncAll(); err != nil {
			t.Fatal(err)
		}
		if now := size(); now != before {
			grown, before = grown+1, now
		}
	}
	if s := l.Stats(); s.Syncs != records || s.Writes != records || grown != 3 {
		t.Fatalf("%+v; the file grew %d times", s, grown)
	}
	l.Abandon()
}

// A slowSpareFS has the sync of a spare wait until the disk was found full.
type slowSpareFS struct {
	vfs.FS
	filled chan struct{} // closed when the spare is about to be synced
	full   chan struct{} // closed when a segment was not made
	once   *sync.Once
}

type slowSpareFile struct {
	vfs.File
	fs slowSpareFS
}

func (fs slowSpareFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.Create(name, c)
	switch {
	case noSpace(err):
		fs.once.Do(func() { close(fs.full) })
	case err == nil && strings.HasSuffix(name, spareSuffix):
		return slowSpareFile{f, fs}, nil
	}
	return f, err
}

func (f slowSpareFile) Sync() error {
	close(f.fs.filled)
	<-f.fs.full
	return f.File.Sync()
}

// TestSpareHasTheRoom: a log that needs a segment while a spare takes the last
// room of the disk goes on in the spare.
func TestSpareHasTheRoom(t *testing.T) {
	d := simdisk.New(simdisk.Options{Seed: 1})
	fs := slowSpareFS{d.FS(), make(chan struct{}), make(chan struct{}), new(sync.Once)}
	o := testOptions(fs)
	o.steps = stepsDefault
	l := mustOpen(t, o)
	defer l.Abandon()
	body := strings.Repeat("b", 40000)
	mustAppend(t, l, body)
	if err := l.SyncAll(); err != nil {
		t.Fatal(err)
	}
	made := make(chan error, 1)
	go func() { made <- l.PrepareSpare() }()
	<-fs.filled
	d.SetQuota(1)
	mustAppend(t, l, body) // needs a segment
	if err := errors.Join(l.SyncAll(), <-made); err != nil {
		t.Error(err)
	}
	if got := bodies(t, l); len(got) != 2 {
		t.Errorf("%d records", len(got))
	}
}
