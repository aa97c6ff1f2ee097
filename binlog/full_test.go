package binlog

import (
	"strings"
	"testing"

	"github.com/xadb/xadb/fuzz/simdisk"
	"github.com/xadb/xadb/internal/disk"
)

// TestFullAnywhere has a run find its disk full at any byte, in groups, rotations,
// ends and begins of files and in what its own recovery writes: what was
// acknowledged is there, behind a kill as it is, with no more room, and behind a power
// failure.
func TestFullAnywhere(t *testing.T) {
	whole := simdisk.New(simdisk.Options{Seed: 1})
	must(t, runLog(t, whole, &journal{}))
	usage, err := whole.FS().GetDiskUsage(testDir)
	must(t, err)
	opened := 0
	for quota := int64(1); quota < int64(usage.UsedBytes); quota += 7 {
		d := simdisk.New(simdisk.Options{Seed: 1, QuotaBytes: quota})
		var j journal
		if err := runLog(t, d, &j); !disk.IsFull(err) {
			t.Fatalf("%d bytes: %v", quota, err)
		}
		promised := j.promisedAt(d.Ops())
		for _, c := range d.Choices(d.Ops(), simdisk.Bounded(3)) {
			image := d.CrashAt(d.Ops(), c)
			image.SetQuota(0)
			if _, err := recovered(image, &j, promised, true); err != nil {
				t.Fatalf("%d bytes, power failure %v: %v", quota, c, err)
			}
		}
		d.Restart()
		_, err := recovered(d, &j, promised, true)
		switch {
		case err == nil:
			opened++
		case !disk.IsFull(err):
			t.Fatalf("%d bytes, a start without room: %v", quota, err)
		}
		d.SetQuota(0)
		d.Restart()
		if _, err := recovered(d, &j, promised, true); err != nil {
			t.Fatalf("%d bytes, a start: %v", quota, err)
		}
	}
	if opened == 0 {
		t.Error("no full disk had room for a start")
	}
}

// TestPurgeOnFullDisk: a purge that finds no room for an index has done nothing,
// leaves nothing of it, and works when there is some.
func TestPurgeOnFullDisk(t *testing.T) {
	d := simdisk.New(simdisk.Options{Seed: 1})
	l := mustStart(t, testOptions(d.FS()))
	for n := range uint64(4) {
		commit(t, l, dml(t, n+1))
		must(t, l.Rotate())
	}
	leave(t, d, 20) // less than an index
	list, err := d.FS().List(testDir)
	must(t, err)
	for range 2 {
		request := PurgeRequest{To: FileName("binlog", 3), Floor: l.EndPos()}
		if p, err := l.Purge(request); !disk.IsFull(err) || len(p.Files) > 0 {
			t.Fatalf("purged %v: %v", p.Files, err)
		}
		now, err := d.FS().List(testDir)
		must(t, err)
		if strings.Join(now, " ") != strings.Join(list, " ") {
			t.Errorf("%v became %v", list, now)
		}
	}
	leave(t, d, 200)
	p, err := l.Purge(PurgeRequest{To: FileName("binlog", 3), Floor: l.EndPos()})
	if err != nil || len(p.Files) != 2 {
		t.Errorf("with room again: %v, %v", p.Files, err)
	}
	must(t, l.Close())
	o := testOptions(d.FS())
	l, groups := mustOpen(t, o, Pos{})
	l.Abandon()
	if len(groups) != 2 {
		t.Errorf("%d groups", len(groups))
	}
}
