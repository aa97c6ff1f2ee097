package simdisk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestZombie: every call through a dead life fails and changes nothing, after
// Restart as after Crash.
func TestZombie(t *testing.T) {
	for name, end := range map[string]func(d *Disk) *Disk{
		"restart": func(d *Disk) *Disk { return d.Restart() },
		"crash":   func(d *Disk) *Disk { return d.Crash(Everything()) },
	} {
		t.Run(name, func(t *testing.T) {
			d := New(Options{})
			mustDo(d.WriteFile("a", []byte("durable")))
			fs := d.FS()
			f := must(fs.OpenReadWrite("a", vfs.WriteCategoryUnspecified))
			must(f.Write([]byte("volatile")))
			lock := must(fs.Lock("LOCK"))
			next := end(d)
			before, ops, cached := next.CachedHash(), next.Ops(), d.CachedHash()

			for call, err := range zombieCalls(fs, f, lock) {
				if !errors.Is(err, ErrCrashed) {
					t.Errorf("%s returned %v, want ErrCrashed", call, err)
				}
			}
			if next.CachedHash() != before || next.Ops() != ops || d.CachedHash() != cached {
				t.Errorf("a zombie changed the disk")
			}
			if got := string(must(next.ReadFile("a"))); got != "volatile" {
				t.Errorf("the next life reads %q", got)
			}
			if _, err := next.FS().Lock("LOCK"); err != nil {
				t.Errorf("the zombie still holds its lock: %v", err)
			}
		})
	}
}

func zombieCalls(fs vfs.FS, f vfs.File, lock io.Closer) map[string]error {
	calls := map[string]error{}
	buf := make([]byte, 1)
	_, calls["Create"] = fs.Create("b", vfs.WriteCategoryUnspecified)
	calls["Link"] = fs.Link("a", "b")
	_, calls["Open"] = fs.Open("a")
	_, calls["OpenReadWrite"] = fs.OpenReadWrite("a", vfs.WriteCategoryUnspecified)
	_, calls["OpenDir"] = fs.OpenDir("/")
	calls["Remove"] = fs.Remove("a")
	calls["RemoveAll"] = fs.RemoveAll("a")
	calls["Rename"] = fs.Rename("a", "b")
	_, calls["ReuseForWrite"] = fs.ReuseForWrite("a", "b", vfs.WriteCategoryUnspecified)
	calls["MkdirAll"] = fs.MkdirAll("d", 0o755)
	_, calls["Lock"] = fs.Lock("L")
	_, calls["List"] = fs.List("/")
	_, calls["Stat"] = fs.Stat("a")
	_, calls["GetDiskUsage"] = fs.GetDiskUsage("/")
	_, calls["Read"] = f.Read(buf)
	_, calls["ReadAt"] = f.ReadAt(buf, 0)
	_, calls["Write"] = f.Write(buf)
	_, calls["WriteAt"] = f.WriteAt(buf, 0)
	calls["Preallocate"] = f.Preallocate(0, 1)
	_, calls["file Stat"] = f.Stat()
	calls["Sync"] = f.Sync()
	_, calls["SyncTo"] = f.SyncTo(1)
	calls["SyncData"] = f.SyncData()
	calls["Close"] = f.Close()
	calls["unlock"] = lock.Close()
	return calls
}

// TestClosedHandles: a closed handle or lock is of no more use.
func TestClosedHandles(t *testing.T) {
	fs := New(Options{}).FS()
	f := must(fs.Create("a", vfs.WriteCategoryUnspecified))
	lock := must(fs.Lock("LOCK"))
	mustDo(f.Close())
	mustDo(lock.Close())
	if err := f.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("second Close returned %v", err)
	}
	if err := lock.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("second unlock returned %v", err)
	}
	mustDo(must(fs.Lock("LOCK")).Close())
}

// TestNotForDisks covers what a disk answers without doing anything.
func TestNotForDisks(t *testing.T) {
	fs := New(Options{}).FS()
	f := must(fs.Create("a/../b", vfs.WriteCategoryUnspecified))
	must(fs.Open("b", vfs.RandomReadsOption, vfs.SequentialReadsOption))
	must(fs.OpenReadWrite("b", vfs.WriteCategoryUnspecified, vfs.RandomReadsOption))
	if f.Fd() != vfs.InvalidFd || fs.Unwrap() != nil || f.Prefetch(0, 1) != nil {
		t.Errorf("fd %d, unwrap %v", f.Fd(), fs.Unwrap())
	}
	if got := fs.PathJoin("x", "y", fs.PathBase("p/q"), fs.PathDir("r/s")); got != "x/y/q/r" {
		t.Errorf("paths: %s", got)
	}
	for _, off := range []int64{-1, maxFileSize} {
		if _, err := f.WriteAt([]byte("x"), off); err == nil {
			t.Errorf("a write at %d succeeded", off)
		}
		if err := f.Preallocate(off, 1); err == nil {
			t.Errorf("preallocation at %d succeeded", off)
		}
	}
	if _, err := f.ReadAt([]byte("x"), -1); err == nil {
		t.Errorf("a read at -1 succeeded")
	}
	fi := must(f.Stat())
	if fi.Sys() != nil || fi.DeviceID() != (vfs.DeviceID{}) || !fi.ModTime().After(epoch) {
		t.Errorf("stat: %v", fi)
	}
}

// TestScribble: the caller's buffer is spoilt, the file is not.
func TestScribble(t *testing.T) {
	d := New(Options{Scribble: true})
	f := must(d.FS().Create("a", vfs.WriteCategoryUnspecified))
	buf := []byte("text")
	must(f.Write(buf))
	if got := string(must(d.ReadFile("a"))); got != "text" || string(buf) == "text" {
		t.Errorf("file %q, buffer %q", got, buf)
	}
}

// TestConcurrentUse runs writers, an explorer and the end of the life at the
// same time; the race detector does the checking, and no image may be torn
// between a write and its own later sync.
func TestConcurrentUse(t *testing.T) {
	d := New(Options{Seed: 5})
	fs := d.FS()
	var writers, explorers sync.WaitGroup
	done := make(chan struct{})
	for w := range 4 {
		writers.Go(func() {
			f, err := fs.Create(fmt.Sprintf("f%d", w), vfs.WriteCategoryUnspecified)
			for n := 0; err == nil && n < 200; n++ {
				if _, err = f.Write([]byte(strings.Repeat("x", 700))); err == nil && n%3 == 0 {
					err = f.Sync()
				}
			}
			if err != nil {
				t.Errorf("writer: %v", err)
			}
		})
	}
	for range 2 {
		explorers.Go(func() {
			for {
				k := d.Ops()
				for _, c := range d.Choices(k, Bounded(4)) {
					if a, b := d.CrashAt(k, c).Hash(), d.CrashAt(k, c).Hash(); a != b {
						t.Errorf("operation %d, %s: images %x and %x", k, c, a, b)
					}
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	writers.Wait()
	close(done)
	d.Crash(Synced())
	explorers.Wait()
	if got := len(d.OpLog()); got != d.Ops() || got != 4*(1+200+67) {
		t.Errorf("%d operations in the log, %d counted", got, d.Ops())
	}
}

// TestRuleText: what Inject accepts prints as text that parses to the same.
func TestRuleText(t *testing.T) {
	for _, text := range []string{
		"sync *.wal nth=3 err=EIO mode=drop",
		"dirsync / sticky err=ENOSPC",
		"write dir/a[0-9] prob=0.25 off=4096 len=7 err=EDQUOT mode=prefix",
		"readat * bit=7 mode=flip",
		"preallocate * err=122",
		"close ? err=EIO",
	} {
		r, err := ParseRule(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		want := strings.Replace(text, "=122", "=EDQUOT", 1)
		if r.String() != want {
			t.Errorf("%q prints as %q", text, r)
		}
	}
	d := New(Options{})
	for _, r := range []Rule{{}, {Op: OpCorrupt, Path: "a"}, {Op: 200, Path: "a"}, {Op: OpSync, Path: "a b"}} {
		if err := d.Inject(r); err == nil {
			t.Errorf("rule %v was accepted", r)
		}
	}
	mustDo(d.Inject(Rule{Op: OpOpen, Path: "*"}))
	d.ClearFaults()
	must(d.FS().Open("/"))
}

// TestProbability: about as many calls fail as the rule says, the same ones in
// every run.
func TestProbability(t *testing.T) {
	run := func(seed uint64) (failed string) {
		d := New(Options{Seed: seed})
		mustDo(d.Inject(Rule{Op: OpStat, Path: "*", Prob: 0.25, Sticky: true, Err: syscall.EIO}))
		for range 1000 {
			if _, err := d.FS().Stat("/"); err != nil {
				failed += "x"
			} else {
				failed += "."
			}
		}
		return failed
	}
	a := run(1)
	if n := strings.Count(a, "x"); n < 200 || n > 300 {
		t.Errorf("%d of 1000 calls failed", n)
	}
	if a != run(1) || a == run(2) {
		t.Errorf("the failures do not follow from the seed alone")
	}
}

// TestNames: profiles and policies parse what they print.
func TestNames(t *testing.T) {
	for _, p := range Profiles() {
		if got, err := ParseProfile(p.String()); got != p || err != nil {
			t.Errorf("profile %s: %v, %v", p, got, err)
		}
	}
	for _, p := range []ImagePolicy{AllImages(), SyncedImage(), Bounded(3), Random(4)} {
		if got, err := ParseImagePolicy(p.String()); got != p || err != nil {
			t.Errorf("policy %s: %v, %v", p, got, err)
		}
	}
	for _, bad := range []string{"", "bounded", "bounded(0)", "random(1", "many(3)"} {
		if _, err := ParseImagePolicy(bad); err == nil {
			t.Errorf("policy %q was accepted", bad)
		}
	}
	if _, err := ParseProfile("zfs"); err == nil {
		t.Error("profile zfs was accepted")
	}
}

// TestExhaustive: up to 10 atoms every subset is there, once.
func TestExhaustive(t *testing.T) {
	d := New(Options{})
	mustDo(d.WriteFile("a", make([]byte, 10)))
	f := must(d.FS().OpenReadWrite("a", vfs.WriteCategoryUnspecified))
	for i := range exhaustive {
		must(f.WriteAt([]byte{1}, int64(i)))
	}
	images := map[uint64]bool{}
	for _, c := range d.Choices(d.Ops(), AllImages()) {
		images[d.CrashAt(d.Ops(), c).Hash()] = true
	}
	if len(images) != 1<<exhaustive {
		t.Errorf("%d images of %d atoms", len(images), exhaustive)
	}
	must(f.WriteAt([]byte{1}, 0)) // one more: no longer exhaustive
	if n := len(d.Choices(d.Ops(), AllImages())); n < 3*exhaustive || n > 3*exhaustive+100 {
		t.Errorf("%d choices of %d atoms", n, exhaustive+1)
	}
	if n := len(d.Choices(d.Ops(), Bounded(5))); n != 5 {
		t.Errorf("%d choices where 5 were asked for", n)
	}
}
