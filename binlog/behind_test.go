package binlog

import (
	"errors"
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/fuzz/simdisk"
	"github.com/xadb/xadb/internal/disk"
	"github.com/xadb/xadb/internal/failpoint"
)

// An otherLog is the log that this one is written behind: it holds what nobody
// has told it to drop, and its syncs cost nothing here.
type otherLog struct {
	held []heldChunk

	synced []heldPos // what it may drop after so many disk operations
}

type heldChunk struct {
	ops    int
	chunk  Chunk
	groups int // all groups up to its end
}

type heldPos struct {
	ops int
	pos Pos
}

// tailAt is what a crash after ops disk operations leaves of it.
func (o *otherLog) tailAt(ops int) (tail Chunk, groups int) {
	var synced Pos
	for _, s := range o.synced {
		if s.ops <= ops {
			synced = s.pos
		}
	}
	for _, h := range o.held {
		if h.ops > ops {
			break
		}
		groups = h.groups
		switch {
		case !synced.Less(h.chunk.End()):
		case tail.File != h.chunk.File:
			tail = Chunk{h.chunk.File, h.chunk.Offset, append([]byte(nil), h.chunk.Data...)}
		default:
			tail.Data = append(tail.Data, h.chunk.Data...)
		}
	}
	return tail, groups
}

func behindOptions(d *simdisk.Disk) Options {
	o := testOptions(d.FS())
	o.Behind = true
	return o
}

// runBehind logs groups behind another log, over two files.
func runBehind(t testing.TB, d *simdisk.Disk, other *otherLog) (err error) {
	l, err := Open(testDir, behindOptions(d), Pos{}, nil)
	if err != nil {
		return err
	}
	defer l.Abandon()
	n := uint64(0)
	batch := func(size int) error {
		lc := l.MaxCommitted()
		var seq int64
		var kept Chunk
		for range size {
			n++
			g := dml(t, n)
			g.LastCommitted = lc
			end, s, err := l.Append(g)
			if err != nil {
				return err
			}
			last := l.LastGroup()
			if last.End() != end {
				t.Fatalf("group ends at %v, its bytes at %v", end, last.End())
			}
			if len(kept.Data) == 0 {
				kept = Chunk{File: last.File, Offset: last.Offset}
			}
			kept.Data = append(kept.Data, last.Data...)
			seq = s
		}
		other.held = append(other.held, heldChunk{d.Ops(), kept, int(n)})
		l.Release(kept.End())
		if err := l.WriteBehind(); err != nil {
			return err
		}
		if l.DurablePos() != kept.End() {
			t.Fatalf("readers may go to %v, not %v", l.DurablePos(), kept.End())
		}
		l.Committed(seq, l.EndPos())
		return nil
	}
	checkpoint := func() error {
		pos, err := l.SyncBehind()
		if err == nil {
			other.synced = append(other.synced, heldPos{d.Ops(), pos})
		}
		return err
	}
	for _, step := range []func() error{
		l.Start,
		func() error { return batch(1) },
		func() error { return batch(3) },
		checkpoint,
		func() error { return batch(2) },
		l.Rotate,
		func() error { return batch(1) },
		func() error { return batch(2) },
		checkpoint,
		func() error { return batch(1) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// reopen opens what a crash left and wants the groups 1 to want, once with the
// other log's help and then without: the first Open has made the file whole.
func reopen(d *simdisk.Disk, tail Chunk, want int) error {
	for _, tail := range []Chunk{tail, {}} {
		o := behindOptions(d)
		o.Tail = tail
		n := 0
		l, err := Open(testDir, o, Pos{}, func(g Group) error {
			n++
			if g.InternalXID != uint64(n) {
				return fmt.Errorf("group %d has XID %d", n, g.InternalXID)
			}
			return nil
		})
		if err != nil {
			return err
		}
		l.Abandon()
		if n != want {
			return fmt.Errorf("%d groups, want %d", n, want)
		}
		d = d.CrashAt(d.Ops(), d.Choices(d.Ops(), simdisk.Bounded(1))[0])
	}
	return nil
}

// TestC8_BehindAnyCrash: at any moment, whatever of the file the disk has, the
// file and the other log together give every group that was durable there, and
// none else.
func TestC8_BehindAnyCrash(t *testing.T) {
	d := simdisk.New(simdisk.Options{Seed: 1})
	var other otherLog
	must(t, runBehind(t, d, &other))
	images := 0
	for k := range d.Ops() + 1 {
		tail, groups := other.tailAt(k)
		for _, c := range d.Choices(k, simdisk.Bounded(16)) {
			images++
			if err := reopen(d.CrashAt(k, c), tail, groups); err != nil {
				t.Fatalf("power off after operation %d keeping %v: %v", k, c, err)
			}
		}
	}
	if images < 100 {
		t.Errorf("only %d images", images)
	}
}

// TestBehindFailpoints stops the run at each point of the file behind: what the
// other log has is recovered.
func TestBehindFailpoints(t *testing.T) {
	defer failpoint.Reset()
	for _, name := range []string{"bl.behind_before_write", "bl.behind_after_write"} {
		for nth := 1; nth <= 3; nth++ {
			d := simdisk.New(simdisk.Options{Seed: 1})
			var other otherLog
			must(t, failpoint.Enable(fmt.Sprintf("%s=error@%d", name, nth)))
			if err := runBehind(t, d, &other); !errors.Is(err, failpoint.ErrInjected) {
				t.Fatalf("%s hit %d: %v", name, nth, err)
			}
			failpoint.Reset()
			tail, groups := other.tailAt(d.Ops())
			for _, c := range d.Choices(d.Ops(), simdisk.Bounded(4)) {
				if err := reopen(d.CrashAt(d.Ops(), c), tail, groups); err != nil {
					t.Fatalf("%s hit %d, %v: %v", name, nth, c, err)
				}
			}
		}
	}
}

// TestC8_Disagreement: a file that is shorter than what the other log has
// dropped, or that is not there, is damage.
func TestC8_Disagreement(t *testing.T) {
	d := simdisk.New(simdisk.Options{Seed: 1})
	var other otherLog
	must(t, runBehind(t, d, &other))
	tail, _ := other.tailAt(d.Ops())
	short := snapshot(t, d.FS())
	name := FileName("binlog", tail.File)
	short[name] = short[name][:tail.Offset-1]
	o := testOptions(cloneFiles(t, short))
	o.Behind, o.Tail = true, tail
	if _, err := Scan(testDir, o, Pos{}, nil); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a file that is too short: %v", err)
	}
	o.FS, o.Tail = cloneFiles(t, snapshot(t, d.FS())), Chunk{File: tail.File + 1, Offset: 200, Data: []byte("x")}
	if _, err := Scan(testDir, o, Pos{}, nil); !errors.Is(err, ErrMissingFile) {
		t.Errorf("a file that is gone: %v", err)
	}
}

// TestC11_BehindFullDisk: on a full disk groups wait, readers see none of them
// early, nothing is lost and nothing fails; with room again all are written.
func TestC11_BehindFullDisk(t *testing.T) {
	d := simdisk.New(simdisk.Options{Seed: 1})
	l, err := Open(testDir, behindOptions(d), Pos{}, nil)
	must(t, err)
	must(t, l.Start())
	usage, err := d.FS().GetDiskUsage(testDir)
	must(t, err)
	before := l.DurablePos()
	d.SetQuota(int64(usage.UsedBytes) + 100) // less than a group
	for n := range uint64(3) {
		g := dml(t, n+1)
		end, _, err := l.Append(g)
		must(t, err)
		l.Release(end)
		must(t, l.WriteBehind())
		if _, err := l.SyncBehind(); !disk.IsFull(err) || errors.Is(err, ErrPoisoned) {
			t.Fatalf("SyncBehind on a full disk: %v", err)
		}
	}
	if l.DurablePos() != before {
		t.Error("readers were let beyond the file")
	}
	if err := l.Rotate(); !disk.IsFull(err) || errors.Is(err, ErrPoisoned) {
		t.Errorf("Rotate on a full disk: %v", err)
	}
	d.SetQuota(0)
	_, err = l.SyncBehind()
	must(t, err)
	must(t, l.Close())
	n := 0
	_, err = Scan(testDir, behindOptions(d), Pos{}, func(g Group) error {
		n++
		if g.InternalXID != uint64(n) {
			t.Errorf("group %d has XID %d", n, g.InternalXID)
		}
		return nil
	})
	must(t, err)
	if n != 3 {
		t.Errorf("%d groups of 3", n)
	}
}

// TestBehindNothingStays: whoever finds another one writing leaves its groups to
// that one, which must not miss them, whatever it writes for.
func TestBehindNothingStays(t *testing.T) {
	defer failpoint.Reset()
	o := testOptions(vfs.NewMem())
	o.Behind = true
	l := mustStart(t, o)
	n := uint64(0)
	release := func() (end Pos) {
		n++
		end, _, err := l.Append(dml(t, n))
		must(t, err)
		l.Release(end)
		return end
	}
	for name, write := range map[string]func() error{
		"a commit":     l.WriteBehind,
		"a checkpoint": func() error { _, err := l.SyncBehind(); return err },
		"a reader":     func() error { l.DurablePos(); return nil },
	} {
		release()
		var end Pos
		must(t, failpoint.SetHook("bl.behind_after_write", func() error {
			must(t, failpoint.SetHook("bl.behind_after_write", nil))
			end = release()
			return l.WriteBehind()
		}))
		must(t, write())
		l.mu.Lock()
		flushed := l.flushed
		l.mu.Unlock()
		if end == (Pos{}) || flushed != end {
			t.Errorf("behind %s the file has everything up to %v, not %v", name, flushed, end)
		}
	}
	must(t, l.Close())
}
