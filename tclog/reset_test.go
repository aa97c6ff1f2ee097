package tclog

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/fuzz/simdisk"
	"github.com/xadb/xadb/internal/failpoint"
)

// A resetRun is what a run with resets has promised at each operation of the disk.
type resetRun struct {
	d      *simdisk.Disk
	rows   []int // operations by which row n was committed
	begun  []int // operations at which reset n was called,
	done   []int // and by which it had returned
	failed error // what a failpoint has stopped
}

const rowsPerReset = 3

// run commits rows and a branch over several files, and resets between them.
func (r *resetRun) run(t *testing.T, m mode, failpoints string) {
	o := options(r.d.FS(), m)
	o.Engine.ManualCheckpoint = true
	l, err := Open(bg, "store", o)
	must(t, err)
	defer l.Abandon()
	for n := range 3 * rowsPerReset {
		switch n {
		case 1:
			must(t, l.Rotate(bg))
		case 4:
			must(t, l.Checkpoint(bg))
		}
		if n > 0 && n%rowsPerReset == 0 {
			r.begun = append(r.begun, r.d.Ops())
			must(t, failpoint.Enable(failpoints))
			r.failed = l.ResetBinlog(bg)
			failpoint.Reset()
			if r.failed != nil {
				return
			}
			r.done = append(r.done, r.d.Ops())
		}
		put(t, l, fmt.Sprint("row", n))
		r.rows = append(r.rows, r.d.Ops())
	}
}

// check opens what the disk had at operation k, twice.
func (r *resetRun) check(t *testing.T, image *simdisk.Disk, k int, m mode) error {
	for range 2 {
		if err := r.checkOnce(t, image, k, m); err != nil {
			return err
		}
		image.Restart()
	}
	return nil
}

func (r *resetRun) checkOnce(t *testing.T, image *simdisk.Disk, k int, m mode) error {
	o := options(image.FS(), m)
	o.Engine.ManualCheckpoint = true
	l, err := Open(bg, "store", o)
	if err != nil {
		return err
	}
	defer l.Abandon()
	there, promised := 0, 0
	for n, at := range r.rows {
		if read(t, l, fmt.Sprint("row", n)) == "v" {
			there++
		}
		if at <= k {
			promised++
		}
	}
	first, err := l.Binlog().FirstIndex()
	if err != nil {
		return err
	}
	if there < promised {
		return fmt.Errorf("%d rows of %d", there, promised)
	}
	resets := int(first) / rowsPerReset
	for i := range r.begun {
		switch {
		case i < len(r.done) && r.done[i] <= k && resets <= i:
			return fmt.Errorf("the log begins behind %d, and reset %d has returned", first, i)
		case r.begun[i] > k && resets > i:
			return fmt.Errorf("the log begins behind %d, and reset %d was not called", first, i)
		}
	}
	var want []string
	for n := int(first); n < there; n++ {
		want = append(want, fmt.Sprint("row", n))
	}
	gtids, told := l.Binlog().ExecutedGTIDs().Count(), feed(t, l, first)
	if gtids != int64(len(want)) || l.Binlog().LastIndex() != int64(there) || told != strings.Join(want, " ") || first%rowsPerReset != 0 {
		return fmt.Errorf("%d rows, a log behind %d to %d with GTIDs to %d and %q", there, first, l.Binlog().LastIndex(), gtids, told)
	}
	return nil
}

// TestResetCrash cuts the power after each operation of a run with resets.
func TestResetCrash(t *testing.T) {
	inModes(t, binlogs, func(t *testing.T, m mode) {
		r := &resetRun{d: simdisk.New(simdisk.Options{Seed: 1, Scribble: true})}
		r.run(t, m, "")
		must(t, r.failed)
		images := 0
		for k := 0; k <= r.d.Ops(); k++ {
			for _, c := range append(r.d.Choices(k, simdisk.Bounded(2)), simdisk.Kill()) {
				images++
				if err := r.check(t, r.d.CrashAt(k, c), k, m); err != nil {
					t.Fatalf("crash at %d, %v: %v", k, c, err)
				}
			}
		}
		t.Logf("%d operations, %d images", r.d.Ops(), images)
	})
}

// TestResetFailpoints stops a reset at each point that it passes: the store is as
// before it or behind it.
func TestResetFailpoints(t *testing.T) {
	defer failpoint.Reset()
	for _, m := range binlogs {
		met := 0
		for _, name := range failpoint.List() {
			if !strings.HasPrefix(name, "bl.") {
				continue
			}
			r := &resetRun{d: simdisk.New(simdisk.Options{Seed: 1})}
			r.run(t, m, name+"=error")
			if r.failed == nil {
				continue // not passed, or behind the moment when it is done
			}
			met++
			if !errors.Is(r.failed, failpoint.ErrInjected) {
				t.Fatalf("%s: %v", name, r.failed)
			}
			for _, c := range append(r.d.Choices(r.d.Ops(), simdisk.Bounded(4)), simdisk.Kill()) {
				if err := r.check(t, r.d.CrashAt(r.d.Ops(), c), r.d.Ops(), m); err != nil {
					t.Fatalf("%s, %v: %v", name, c, err)
				}
			}
		}
		if met < 15 {
			t.Errorf("%s: %d points met", m, met)
		}
	}
}

// TestReset: the tables stay, branches that are not in the binlog do, and so does
// the mode of the next life.
func TestReset(t *testing.T) {
	fs := vfs.NewCrashableMem()
	l := open(t, fs, off)
	scenario(t, l, "prepare")
	must(t, l.Close(bg))
	for i, m := range []mode{shared, apart, shared, off, apart} {
		l = open(t, fs, m)
		if m != off {
			put(t, l, fmt.Sprint("old", i))
			must(t, l.ResetBinlog(bg))
			if set := l.Binlog().ExecutedGTIDs(); !set.IsEmpty() {
				t.Errorf("executed %v", set)
			}
			if i%2 == 0 {
				put(t, l, fmt.Sprint("new", i))
			}
		}
		fs = fs.CrashClone(vfs.CrashCloneCfg{})
		l.Abandon()
		if _, err := Check(bg, "store", options(fs, m)); err != nil {
			t.Error(err)
		}
	}
	l = open(t, fs, apart)
	if got := fate(t, l); got != "prepared" {
		t.Errorf("the branch is %s", got)
	}
	must(t, l.CommitXID(bg, newXID(t, "b")))
	for _, key := range []string{"k", "old0", "new0", "old1", "old2", "new2", "old4", "new4"} {
		if read(t, l, key) == "" {
			t.Errorf("%s is lost", key)
		}
	}
	if got, last := l.Binlog().ExecutedGTIDs().Count(), l.Binlog().LastIndex(); got != 1 || last != 7 {
		t.Errorf("executed up to %d, with index %d", got, last)
	}
	must(t, l.Close(bg))
}

// TestResetRefused: what cannot be reset says why, and stays.
func TestResetRefused(t *testing.T) {
	refused := (*ResetError)(nil)
	inModes(t, binlogs, func(t *testing.T, m mode) {
		fs := vfs.NewMem()
		l := open(t, fs, m)
		put(t, l, "one")
		scenario(t, l, "prepare")
		for range 2 {
			if err := l.ResetBinlog(bg); !errors.As(err, &refused) || !strings.Contains(err.Error(), "commit it or roll it back") {
				t.Errorf("with a branch: %v", err)
			}
			must(t, l.Close(bg))
			l = open(t, fs, m)
		}
		if got := feed(t, l, 0); got != "one" {
			t.Errorf("the feed has %q", got)
		}
		must(t, l.RollbackXID(bg, newXID(t, "b")))
		must(t, l.ResetBinlog(bg))
		must(t, l.Close(bg))
		if err := l.ResetBinlog(bg); !errors.Is(err, engine.ErrClosed) {
			t.Error(err)
		}
		read, err := OpenReadOnly(bg, "store", options(fs, m))
		must(t, err)
		if err := read.ResetBinlog(bg); !errors.Is(err, errBinlogOff) {
			t.Errorf("read-only: %v", err)
		}
		must(t, read.Close(bg))
		o := options(fs, m)
		o.ArchiveDir = "archive"
		if l, err = Open(bg, "store", o); err != nil {
			t.Fatal(err)
		}
		if err := l.ResetBinlog(bg); !errors.As(err, &refused) || !strings.Contains(err.Error(), "archive") {
			t.Errorf("with an archive: %v", err)
		}
		must(t, l.Close(bg))
	})
	if err := open(t, vfs.NewMem(), off).ResetBinlog(bg); !errors.Is(err, errBinlogOff) {
		t.Error(err)
	}
}

// TestResetFull: on a full disk nothing happens.
func TestResetFull(t *testing.T) {
	inModes(t, binlogs, func(t *testing.T, m mode) {
		d := simdisk.New(simdisk.Options{Seed: 1})
		o := options(d.FS(), m)
		l, err := Open(bg, "store", o)
		must(t, err)
		defer l.Abandon()
		put(t, l, "one")
		usage, err := d.FS().GetDiskUsage("store")
		must(t, err)
		d.SetQuota(int64(usage.UsedBytes))
		want := "one"
		for n := 0; err == nil; n++ {
			txn := l.Begin()
			write(t, txn, fmt.Sprint("more", n), strings.Repeat("v", 1000))
			if err = l.Commit(bg, txn); err == nil {
				want += fmt.Sprint(" more", n)
			} else {
				_ = l.Rollback(txn)
			}
		}
		if !errors.Is(err, engine.ErrDiskFull) {
			t.Fatal(err)
		}
		err = l.ResetBinlog(bg)
		if !errors.Is(err, engine.ErrDiskFull) || l.Failed() != nil {
			t.Errorf("on a full disk: %v, %v", err, l.Failed())
		}
		d.SetQuota(0)
		put(t, l, "last")
		if got := feed(t, l, 0); got != want+" last" {
			t.Errorf("the feed has %q", got)
		}
		must(t, l.ResetBinlog(bg))
	})
}

// TestResetDuringBackup: a backup has the log that it began with.
func TestResetDuringBackup(t *testing.T) {
	inModes(t, binlogs, func(t *testing.T, m mode) {
		fs := vfs.NewMem()
		l := open(t, fs, m)
		put(t, l, "one")
		must(t, l.Rotate(bg))
		put(t, l, "two")
		var backup bytes.Buffer
		resets := 0
		info, err := l.Backup(bg, &backup, BackupOptions{Progress: func(done, _ int64) {
			if done > 0 && resets == 0 {
				resets++
				must(t, l.ResetBinlog(bg))
				put(t, l, "three")
			}
		}})
		if err != nil || resets != 1 || info.Index != 2 {
			t.Fatal(info, resets, err)
		}
		if files, err := fs.List("store/binlog"); err != nil || len(files) != 2 {
			t.Errorf("files %v, %v", files, err)
		}
		var later bytes.Buffer
		if info, err = l.Backup(bg, &later, BackupOptions{}); err != nil || info.Index != 3 {
			t.Errorf("%+v, %v", info, err)
		}
		must(t, l.Close(bg))
		for i, b := range []*bytes.Buffer{&backup, &later} {
			dir := fmt.Sprint("restored", i)
			_, err := Restore(bg, b, dir, options(fs, m), Point{})
			must(t, err)
			l, err := Open(bg, dir, options(fs, m))
			must(t, err)
			want, first := "one two", int64(0)
			if i == 1 {
				want, first = "three", 2
			}
			if got := feed(t, l, first); got != want || l.Binlog().LastIndex() != int64(2+i) {
				t.Errorf("backup %d: the feed has %q, up to %d", i, got, l.Binlog().LastIndex())
			}
			must(t, l.Close(bg))
		}
	})
}

// TestResetBehindBackup: an archive that is begun behind a reset does not bring an
// older backup over it, but one from behind.
func TestResetBehindBackup(t *testing.T) {
	inModes(t, binlogs, func(t *testing.T, m mode) {
		fs := vfs.NewMem()
		o := options(fs, m)
		l := open(t, fs, m)
		put(t, l, "one")
		var older, newer bytes.Buffer
		_, err := l.Backup(bg, &older, BackupOptions{})
		must(t, err)
		must(t, l.ResetBinlog(bg))
		_, err = l.Backup(bg, &newer, BackupOptions{})
		must(t, err)
		must(t, l.Close(bg))
		o.ArchiveDir = "archive"
		l, err = Open(bg, "store", o)
		must(t, err)
		put(t, l, "two")
		put(t, l, "three")
		must(t, l.Close(bg))
		o.ArchiveDir = ""
		if _, err := Restore(bg, &older, "older", o, Point{Archive: "archive"}); !errors.Is(err, ErrNoPoint) {
			t.Errorf("over the reset: %v", err)
		}
		info, err := Restore(bg, &newer, "newer", o, Point{Archive: "archive", Index: 2})
		if err != nil || info.Index != 2 {
			t.Fatal(info, err)
		}
		l, err = Open(bg, "newer", o)
		must(t, err)
		if got := feed(t, l, 1); got != "two" || read(t, l, "one") != "v" || read(t, l, "three") != "" {
			t.Errorf("the feed has %q", got)
		}
		must(t, l.Close(bg))
	})
}

// TestResetBeside: resets beside writers and one who follows, who gets every row
// once, under growing indexes.
func TestResetBeside(t *testing.T) {
	inModes(t, binlogs, func(t *testing.T, m mode) {
		fs := vfs.NewMem()
		o := options(fs, m)
		o.Engine.LockTimeout = 0
		l, err := Open(bg, "store", o)
		must(t, err)
		const writers, each = 4, 50
		f, err := l.Binlog().Follow(binlog.FollowOptions{})
		must(t, err)
		followed := make(chan error, 1)
		go func() {
			for n := int64(1); n <= writers*each; n++ {
				tx, err := f.Next(bg)
				if err == nil && tx.Index() != n {
					err = fmt.Errorf("number %d has index %d", n, tx.Index())
				}
				if err != nil {
					followed <- err
					return
				}
			}
			followed <- nil
		}()
		var wg sync.WaitGroup
		wrote := make(chan error, writers)
		for w := range writers {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for n := range each {
					txn := l.Begin()
					key := fmt.Appendf(nil, "%d-%d", w, n)
					err := txn.Put(bg, accounts, key, key)
					if err == nil {
						err = txn.LogRows(logged, binlog.WriteRows, []binlog.RowChange{{After: []binlog.Value{key, key}}})
					}
					if err == nil {
						err = l.Commit(bg, txn)
					}
					if err != nil {
						wrote <- err
						return
					}
				}
			}()
		}
		resets := 0
		for done := false; !done; resets++ {
			must(t, l.ResetBinlog(bg))
			done = l.Binlog().LastIndex() == writers*each || len(wrote) > 0
		}
		wg.Wait()
		if len(wrote) > 0 {
			t.Fatal(<-wrote)
		}
		must(t, <-followed)
		must(t, f.Close())
		if files, err := fs.List("store/binlog"); err != nil || len(files) != 2 {
			t.Errorf("files %v, %v", files, err)
		}
		must(t, l.ResetBinlog(bg))
		must(t, l.Close(bg))
		l = open(t, fs, m)
		if last := l.Binlog().LastIndex(); last != writers*each {
			t.Errorf("the last index is %d", last)
		}
		must(t, l.Close(bg))
		t.Logf("%d resets", resets)
	})
}
