package binlog

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/fuzz/simdisk"
	"github.com/xadb/xadb/internal/disk"
	"github.com/xadb/xadb/internal/failpoint"
)

// A mending is what a crash has left to Open: a disk, what the other log holds,
// and what Open was asked for.
type mending struct {
	d      *simdisk.Disk
	o      Options
	from   Pos
	groups int // that Open must find
	uncut  bool
}

// An uncutFS is a file system whose files cannot be cut.
type uncutFS struct{ vfs.FS }

func (fs uncutFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	f, err := fs.FS.OpenReadWrite(name, c, opts...)
	return struct{ vfs.File }{f}, err
}

const mendingLast = "binlog.000001"

// mendings are the states that a last file may be left in, each durable on the
// disk as it is.
func mendings(t *testing.T, profile simdisk.Profile) map[string]mending {
	t.Helper()
	const groups = 20
	begun := func(behind bool) (*simdisk.Disk, Options, *Log) {
		d := simdisk.New(simdisk.Options{Seed: 1, Profile: profile})
		o := testOptions(d.FS())
		o.Behind = behind
		l := mustStart(t, o)
		return d, o, l
	}
	all := map[string]mending{}
	for name, torn := range map[string]int{"whole": 0, "a few bytes": 5, "half a group": 100, "much": 3 * pageOf} {
		d, o, l := begun(false)
		var half Pos
		for n := range uint64(groups) {
			end := commit(t, l, dml(t, n+1))
			if n == groups/2 {
				half = end
			}
		}
		whole := l.EndPos()
		_, _, err := l.Append(bigGroup(t, groups+1))
		must(t, err)
		must(t, l.Flush())
		l.Abandon()
		d = d.Crash(simdisk.Everything())
		must(t, d.Truncate(testDir+"/"+mendingLast, int64(whole.Offset)+int64(torn)))
		all[name] = mending{d: d, o: o, groups: groups}
		all[name+", from a place"] = mending{d: d, o: o, from: half, groups: groups - groups/2 - 1}
	}
	for name, missing := range map[string]int{"behind": 0, "behind, in part": 70, "behind, not at all": 1 << 20} {
		d, o, l := begun(true)
		tail := Chunk{}
		synced := Pos{}
		for n := range uint64(groups) {
			_, _, err := l.Append(dml(t, n+1))
			must(t, err)
			last := l.LastGroup()
			if n > groups/2 {
				if tail.File == 0 {
					tail = Chunk{File: last.File, Offset: last.Offset}
				}
				tail.Data = append(tail.Data, last.Data...)
			}
			l.Release(last.End())
			if n == groups/2 {
				synced, err = l.SyncBehind()
				must(t, err)
			}
		}
		must(t, l.WriteBehind())
		l.Abandon()
		d = d.Crash(simdisk.Everything())
		must(t, d.Truncate(testDir+"/"+mendingLast, max(int64(synced.Offset), int64(tail.End().Offset)-int64(missing))))
		o.Tail = tail
		all[name] = mending{d: d, o: o, groups: groups}
	}
	return all
}

const pageOf = 4096

// bigGroup has rows of several pages.
func bigGroup(t *testing.T, n uint64) *PendingGroup {
	g := dml(t, n)
	for id := range int64(600) {
		must(t, g.Cache.AddRows(accounts, WriteRows, []RowChange{{After: account(id, "grace", "1.00")}}))
	}
	return g
}

// open opens what is on d and wants the groups.
func (m mending) open(d *simdisk.Disk, start bool) error {
	o := m.o
	o.FS = d.FS()
	if m.uncut {
		o.FS = uncutFS{d.FS()}
	}
	n := 0
	l, err := Open(testDir, o, m.from, func(Group) error { n++; return nil })
	if err != nil {
		return err
	}
	defer l.Abandon()
	if n != m.groups {
		return fmt.Errorf("%d groups, want %d", n, m.groups)
	}
	if start {
		return l.Start()
	}
	return nil
}

// leave leaves so many bytes on the disk.
func leave(t *testing.T, d *simdisk.Disk, free int64) {
	t.Helper()
	usage, err := d.FS().GetDiskUsage(testDir)
	must(t, err)
	d.SetQuota(int64(usage.UsedBytes) + free)
}

// TestMendAnyCrash: whatever a last file is left as, a crash at any moment of its
// mending leaves what the next Open makes the same file of, to the byte, on a disk
// with no room for another; and the accepted bytes, which replicas may
// have, stay what they are.
func TestMendAnyCrash(t *testing.T) {
	for _, profile := range simdisk.Profiles() {
		images := 0
		for name, m := range mendings(t, profile) {
			before := m.d.CrashAt(m.d.Ops(), simdisk.Everything())
			first := before.CrashAt(0, simdisk.Everything())
			leave(t, first, int64(len(m.o.Tail.Data))+eventSizeMin)
			must(t, m.open(first, false))
			want, err := first.ReadFile(testDir + "/" + mendingLast)
			must(t, err)
			m.checkKept(t, name, before, want)
			if strings.HasPrefix(name, "half a group") && profile != simdisk.SyncedOnly {
				copied := m
				copied.uncut = true
				copied.checkCopied(t, name, before, want)
			}
			for k := range first.Ops() + 1 {
				for _, c := range first.Choices(k, simdisk.Bounded(40)) {
					images++
					d := first.CrashAt(k, c)
					if err := m.open(d, false); err != nil {
						t.Fatalf("%v, %s: crash at %d, %v: %v", profile, name, k, c, err)
					}
					d = d.Crash(simdisk.Synced())
					got, err := d.ReadFile(testDir + "/" + mendingLast)
					must(t, err)
					if !bytes.Equal(got, want) {
						t.Fatalf("%v, %s: crash at %d, %v: another file", profile, name, k, c)
					}
				}
			}
			if v := first.Violations(); len(v) > 0 {
				t.Errorf("%s: violations %q", name, v)
			}
		}
		t.Logf("%v: %d images", profile, images)
	}
}

// checkCopied checks that a file system whose files cannot be cut comes to the same
// file, by way of a copy, at any crash. Without room for one it leaves nothing of it.
func (m mending) checkCopied(t *testing.T, name string, before *simdisk.Disk, want []byte) {
	t.Helper()
	full := before.CrashAt(before.Ops(), simdisk.Everything())
	leave(t, full, 1000)
	list, err := full.FS().List(testDir)
	must(t, err)
	if err := m.open(full, false); !disk.IsFull(err) {
		t.Errorf("%s: copied without room: %v", name, err)
	}
	if now, err := full.FS().List(testDir); err != nil || len(now) != len(list) {
		t.Errorf("%s: %v were left, %v", name, now, err)
	}
	first := before.CrashAt(before.Ops(), simdisk.Everything())
	must(t, m.open(first, false))
	for k := range first.Ops() + 1 {
		for _, c := range first.Choices(k, simdisk.Bounded(20)) {
			d := first.CrashAt(k, c)
			if err := m.open(d, false); err != nil {
				t.Fatalf("%s, copied: crash at %d, %v: %v", name, k, c, err)
			}
			got, err := d.Crash(simdisk.Synced()).ReadFile(testDir + "/" + mendingLast)
			must(t, err)
			if !bytes.Equal(got, want) {
				t.Fatalf("%s, copied: crash at %d, %v: another file", name, k, c)
			}
		}
	}
}

// checkKept checks that what there was in front of the torn end, here or in the
// other log, is there now, but for the in-use flag.
func (m mending) checkKept(t *testing.T, name string, before *simdisk.Disk, now []byte) {
	t.Helper()
	was, err := before.ReadFile(testDir + "/" + mendingLast)
	must(t, err)
	was[firstOffset+flagsOffset] = 0
	copy(was[min(int64(len(was)), m.o.Tail.Offset):], m.o.Tail.Data)
	kept := min(len(was), len(now)-eventSizeMin)
	if !bytes.Equal(was[:kept], now[:kept]) {
		t.Errorf("%s: accepted bytes have changed", name)
	}
}

// TestMendAgain: a process that stops, or whose disk fails, at any moment of the
// mending leaves the next one the same to do. What reads back then need not be on
// the disk (C6).
func TestMendAgain(t *testing.T) {
	defer failpoint.Reset()
	stops := map[string]func(d *simdisk.Disk) error{}
	for _, name := range []string{"before", "cut", "written", "synced", "after"} {
		stops[name] = func(*simdisk.Disk) error { return failpoint.Enable("bl.truncate_tail_" + name + "=error") }
	}
	for _, rule := range []string{
		"write *.000001", "write *.000001 mode=prefix", "write *.000001 nth=2 mode=prefix", "sync *.000001 mode=drop",
		"sync *.000001 mode=landed", "sync *.000001 nth=2 mode=drop", "truncate *.000001",
	} {
		stops[rule] = func(d *simdisk.Disk) error {
			r, err := simdisk.ParseRule(rule)
			if err != nil {
				return err
			}
			return d.Inject(r)
		}
	}
	for name, m := range mendings(t, simdisk.WeakestPosix) {
		for stop, arm := range stops {
			d := m.d.CrashAt(m.d.Ops(), simdisk.Everything())
			must(t, arm(d))
			err := m.open(d, false)
			failpoint.Reset()
			if hits := d.FaultHits()[stop]; err == nil && (hits > 0 || !strings.Contains(stop, " ")) {
				t.Errorf("%s, %s: no error", name, stop)
			}
			d.ClearFaults()
			d.Restart()
			if err := m.open(d, true); err != nil {
				t.Fatalf("%s, %s: again: %v", name, stop, err)
			}
			d = d.Crash(simdisk.Synced())
			if err := m.open(d, true); err != nil {
				t.Fatalf("%s, %s: power off behind it: %v", name, stop, err)
			}
		}
	}
}

// TestOpenWithoutRoom: a log opens, and goes on, on a disk that has room for the
// ends of two files and not for a copy of one. With no room at all it says so,
// and has changed no group.
func TestOpenWithoutRoom(t *testing.T) {
	for name, m := range mendings(t, simdisk.WeakestPosix) {
		d := m.d.CrashAt(m.d.Ops(), simdisk.Everything())
		missing := int64(0)
		if name := testDir + "/" + mendingLast; len(m.o.Tail.Data) > 0 {
			was, err := d.ReadFile(name)
			must(t, err)
			missing = int64(m.o.Tail.End().Offset) - int64(len(was))
		}
		leave(t, d, missing)
		for range 2 {
			err := m.open(d, true)
			if full := !strings.HasPrefix(name, "much"); disk.IsFull(err) != full || err != nil && !full {
				t.Fatalf("%s: no room at all: %v", name, err)
			}
			d.Restart()
		}
		leave(t, d, missing+3*eventSizeMin+300)
		if err := m.open(d, true); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestC8_DamageInFrontOfTail: what the other log has dropped was durable in the
// file: bytes that are no event there are damage, and not a torn end.
func TestC8_DamageInFrontOfTail(t *testing.T) {
	m := mendings(t, simdisk.WeakestPosix)["behind"]
	must(t, m.d.FlipBit(testDir+"/"+mendingLast, m.o.Tail.Offset-10, 3))
	if err := m.open(m.d, false); !errors.Is(err, ErrCorrupt) {
		t.Errorf("opened: %v", err)
	}
}
