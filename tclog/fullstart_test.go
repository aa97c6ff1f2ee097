package tclog

import (
	"errors"
	"fmt"
	"testing"

	"github.com/cockroachdb/errors/oserror"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/fuzz/simdisk"
	diskpkg "github.com/xadb/xadb/internal/disk"
	"github.com/xadb/xadb/xid"
)

// TestStartOnFullDisk: a store that crashes of a full disk, of which others take
// what there was left to the last byte, opens again and again, keeps what it has
// told, and writes when there is room.
func TestStartOnFullDisk(t *testing.T) {
	crashes := map[string]func(d *simdisk.Disk) *simdisk.Disk{
		"killed":        (*simdisk.Disk).Restart,
		"without power": func(d *simdisk.Disk) *simdisk.Disk { return d.Crash(simdisk.Synced()) },
		"torn": func(d *simdisk.Disk) *simdisk.Disk {
			all := d.Choices(d.Ops(), simdisk.Random(5))
			return d.Crash(all[len(all)-1])
		},
	}
	inModes(t, modes, func(t *testing.T, m mode) {
		for name, crash := range crashes {
			t.Run(name, func(t *testing.T) {
				disk := simdisk.New(simdisk.Options{Seed: 1, QuotaBytes: 2 << 20, OrderedDirs: "data"})
				l := open(t, disk.FS(), m)
				prepareNamed(t, l, "yes")
				prepareNamed(t, l, "kept")
				led := &ledger{told: map[string]bool{}}
				fillAtOnce(t, l, led, "first")
				for range 3 {
					l.Abandon()
					before := free(t, disk)
					disk = crash(disk)
					lost := uint64(0)
					if m == shared { // what the power took of the binlog is in the log, and is written again
						lost = free(t, disk) - min(before, free(t, disk))
					}
					takeAll(t, disk, lost)
					l = open(t, disk.FS(), m)
					checkTold(t, l, led)
					commitLate(t, l)
				}
				yes := l.CommitXID(bg, newXID(t, "yes"))
				if yes != nil && !errors.Is(yes, engine.ErrDiskFull) { // with nothing left it has to wait
					t.Errorf("an outcome: %v", yes)
				}
				l.Abandon()
				disk = crash(disk)
				disk.SetQuota(0)
				l = open(t, disk.FS(), m)
				checkTold(t, l, led)
				if yes != nil {
					yes = l.CommitXID(bg, newXID(t, "yes"))
				}
				if yes != nil || read(t, l, "yes") != "v" || len(l.Prepared()) != 1 {
					t.Errorf("the outcome: %v; prepared: %v", yes, l.Prepared())
				}
				if err := errors.Join(l.Commit(bg, l.Begin()), l.Close(bg)); err != nil {
					t.Error(err)
				}
			})
		}
	})
}

// TestStartAtAnyRoom: however little room a start finds, and has none of its own, it
// opens the store or says that the disk is full, and the next one finds
// everything.
func TestStartAtAnyRoom(t *testing.T) {
	inModes(t, modes, func(t *testing.T, m mode) {
		disk := simdisk.New(simdisk.Options{Seed: 1, QuotaBytes: 1 << 20, OrderedDirs: "data"})
		l := open(t, disk.FS(), m)
		prepareNamed(t, l, "yes")
		led := &ledger{told: map[string]bool{}}
		fillAtOnce(t, l, led, "first")
		l.Abandon()
		disk = disk.Crash(simdisk.Everything())
		for _, name := range []string{"store/BALLAST", "store/BALLAST.START"} {
			if err := disk.FS().Remove(name); err != nil && !oserror.IsNotExist(err) {
				t.Fatal(err)
			}
		}
		disk.SetQuota(1 << 40)
		used := 1<<40 - free(t, disk)
		opened := 0
		for room := uint64(0); room < 24<<10; room += 1009 {
			image := disk.CrashAt(disk.Ops(), simdisk.Everything())
			image.SetQuota(int64(used + room))
			l, err := Open(bg, "store", options(image.FS(), m))
			switch {
			case err == nil:
				opened++
				checkTold(t, l, led)
				l.Abandon()
			case !diskpkg.IsFull(err) && !errors.Is(err, engine.ErrDiskFull):
				t.Fatalf("with %d bytes: %v", room, err)
			}
			image = image.Crash(simdisk.Synced())
			image.SetQuota(0)
			l = open(t, image.FS(), m)
			checkTold(t, l, led)
			if got := len(l.Prepared()); got != 1 {
				t.Fatalf("with %d bytes: %d branches", room, got)
			}
			l.Abandon()
		}
		t.Logf("%d opened", opened)
		if opened == 0 {
			t.Error("none opened")
		}
	})
}

// TestOutcomesWithoutRoom: on a disk without a free byte outcomes are decided as long
// as the logs have room, and then refused, and the rest is decided when there is room. The
// store goes on, unless the tables' MANIFEST is what finds no room: then it stops, and
// the next start finds what it has told.
func TestOutcomesWithoutRoom(t *testing.T) {
	inModes(t, modes, func(t *testing.T, m mode) {
		disk := simdisk.New(simdisk.Options{Seed: 1, QuotaBytes: 2 << 20, OrderedDirs: "data"})
		l := open(t, disk.FS(), m)
		const branches = 400
		for n := range branches {
			prepareNamed(t, l, fmt.Sprint("branch", n))
		}
		fillAtOnce(t, l, &ledger{told: map[string]bool{}}, "first")
		decide := func(n int) error {
			x := newXID(t, fmt.Sprint("branch", n))
			if n%2 == 0 {
				return l.CommitXID(bg, x)
			}
			return l.RollbackXID(bg, x)
		}
		told := map[xid.XID]bool{} // how many is chance: the tables are flushed meanwhile
		for n := range branches {
			takeAll(t, disk, 0)
			err := decide(n)
			if err == nil {
				told[newXID(t, fmt.Sprint("branch", n))] = true
			} else if errors.Is(err, engine.ErrPoisoned) {
				break
			} else if !errors.Is(err, engine.ErrDiskFull) {
				t.Fatalf("outcome %d, behind %d: %v", n, len(told), err)
			}
		}
		disk.SetQuota(0)
		stopped := l.Checkpoint(bg)
		if errors.Is(stopped, engine.ErrPoisoned) {
			t.Log(stopped)
			l.Abandon()
			disk = disk.Restart()
			l = open(t, disk.FS(), m)
		} else if stopped != nil {
			t.Fatal(stopped)
		}
		left := map[xid.XID]bool{}
		for _, p := range l.Prepared() {
			left[p.XID] = true
		}
		for n := range branches {
			x := newXID(t, fmt.Sprint("branch", n))
			if left[x] && told[x] {
				t.Fatalf("outcome %d was told, and is still asked for", n)
			}
			if !left[x] {
				continue
			}
			if err := decide(n); err != nil {
				t.Fatalf("outcome %d with room again: %v", n, err)
			}
		}
		t.Logf("%d of %d waited", len(left), branches)
		for n := range branches {
			if got, committed := read(t, l, fmt.Sprint("branch", n)) != "", n%2 == 0; got != committed {
				t.Errorf("branch %d is there: %t", n, got)
			}
		}
		if got := l.Prepared(); len(got) > 0 {
			t.Errorf("%d are left", len(got))
		}
	})
}

// checkTold checks that what was acknowledged is there, and what was refused not.
func checkTold(t *testing.T, l *Log, led *ledger) {
	t.Helper()
	for key, committed := range led.copy() {
		if got := read(t, l, key) != ""; got != committed {
			t.Fatalf("%s is there: %t, was told %t", key, got, committed)
		}
	}
}

// commitLate commits a row, or is told that the disk is full.
func commitLate(t *testing.T, l *Log) {
	t.Helper()
	txn := l.Begin()
	write(t, txn, "late", "v")
	if err := l.Commit(bg, txn); err != nil {
		if !errors.Is(err, engine.ErrDiskFull) {
			t.Fatal(err)
		}
		_ = l.Rollback(txn)
	}
}

func free(t *testing.T, disk *simdisk.Disk) uint64 {
	t.Helper()
	usage, err := disk.FS().GetDiskUsage("")
	if err != nil {
		t.Fatal(err)
	}
	return usage.AvailBytes
}

// takeAll takes what is free on the disk, but for so many bytes.
func takeAll(t *testing.T, disk *simdisk.Disk, left uint64) {
	t.Helper()
	for n := free(t, disk); n > left; n = free(t, disk) {
		if err := take(disk.FS(), int(n-left)); err != nil && !diskpkg.IsFull(err) { // the store has taken some of it meanwhile
			t.Fatal(err)
		}
	}
}

func take(fs vfs.FS, n int) error {
	f, err := fs.OpenReadWrite("other", vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		_, err = f.WriteAt(make([]byte, n), info.Size())
	}
	return errors.Join(err, f.Sync(), f.Close())
}
