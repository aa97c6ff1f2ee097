package binlog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/fuzz/simdisk"
	"github.com/xadb/xadb/internal/failpoint"
	"github.com/xadb/xadb/xid"
)

// TestFailpoints stops a run with an error at each of the package's points:
// the log is poisoned from there on, and what was promised is recovered.
func TestFailpoints(t *testing.T) {
	defer failpoint.Reset()
	for _, name := range failpoint.List() {
		if !strings.HasPrefix(name, "bl.") || strings.HasPrefix(name, "bl.behind_") || strings.HasPrefix(name, "bl.purge_") || name == "bl.reset_before" {
			continue // those are for TestBehindFailpoints, TestPurgeFailpoints and that of package tclog
		}
		for nth := 1; ; nth++ {
			d := simdisk.New(simdisk.Options{Seed: 1})
			var j journal
			must(t, failpoint.Enable(fmt.Sprintf("%s=error@%d", name, nth)))
			err := runLog(t, d, &j)
			must(t, failpoint.Enable(name+"=off"))
			if err == nil {
				if nth == 1 {
					t.Errorf("%s is never passed", name)
				}
				break
			}
			if !errors.Is(err, failpoint.ErrInjected) {
				t.Fatalf("%s hit %d: %v", name, nth, err)
			}
			for _, c := range d.Choices(d.Ops(), simdisk.Bounded(4)) {
				if _, err := recovered(d.CrashAt(d.Ops(), c), &j, j.promisedAt(d.Ops()), true); err != nil {
					t.Fatalf("%s hit %d, %v: %v", name, nth, c, err)
				}
			}
		}
	}
}

// TestPoison fails one write or sync and then asks for everything: nothing is
// accepted and the file is not synced again.
func TestPoison(t *testing.T) {
	for _, op := range []simdisk.OpKind{simdisk.OpWrite, simdisk.OpSyncData, simdisk.OpCreate} {
		t.Run(op.String(), func(t *testing.T) {
			d := simdisk.New(simdisk.Options{Seed: 1})
			l := mustStart(t, testOptions(d.FS()))
			commit(t, l, dml(t, 1))
			durable := l.DurablePos()
			must(t, d.Inject(simdisk.Rule{Op: op, Path: "*", Nth: 1}))
			mustAppend(t, l, dml(t, 2))
			err := l.Flush()
			if err == nil {
				err = l.Sync()
			}
			if err == nil {
				err = l.Rotate()
			}
			if !errors.Is(err, ErrPoisoned) {
				t.Fatalf("first failure: %v", err)
			}
			for name, f := range map[string]func() error{
				"append": func() error { _, _, err := l.Append(dml(t, 3)); return err },
				"flush":  l.Flush, "sync": l.Sync, "rotate": l.Rotate, "start": l.Start,
			} {
				if err := f(); !errors.Is(err, ErrPoisoned) {
					t.Errorf("%s: %v", name, err)
				}
			}
			if op != simdisk.OpCreate && l.DurablePos() != durable {
				t.Errorf("durable moved to %v", l.DurablePos())
			}
			if err := l.Close(); !errors.Is(err, ErrPoisoned) {
				t.Errorf("close: %v", err)
			}
			must(t, l.Close())
			if v := d.Violations(); len(v) > 0 {
				t.Errorf("violations: %q", v)
			}
		})
	}
}

// TestSyncBesideAppend runs the two stages at the same time, with rotations.
func TestSyncBesideAppend(t *testing.T) {
	fs := vfs.NewMem()
	l := mustStart(t, testOptions(fs))
	const groups = 300
	flushed := make(chan Pos, 1)
	var wg sync.WaitGroup
	wg.Go(func() {
		for end := range flushed {
			if err := l.Sync(); err != nil {
				t.Errorf("sync: %v", err)
			}
			if l.DurablePos().Less(end) {
				t.Errorf("durable %v after a sync at %v", l.DurablePos(), end)
			}
			l.EndPos()
			l.Files()
			l.ExecutedGTIDs()
			l.Stats()
		}
	})
	for n := range uint64(groups) {
		end, seq, err := l.Append(dml(t, n+1))
		must(t, err)
		must(t, l.Flush())
		flushed <- end
		l.Committed(seq, end)
		if n%100 == 99 {
			must(t, l.Rotate())
		}
	}
	close(flushed)
	wg.Wait()
	must(t, l.Close())
	_, found := mustOpen(t, testOptions(fs), Pos{})
	if len(found) != groups || len(l.Files()) != 4 {
		t.Errorf("%d groups in %d files", len(found), len(l.Files()))
	}
	if s := l.Stats(); s.Groups != groups || s.Syncs == 0 || s.Bytes == 0 {
		t.Errorf("%+v", s)
	}
}

// TestLargeGroup is larger than the buffer: it goes to the file in pieces, and
// a sync in between does not call half of it durable.
func TestLargeGroup(t *testing.T) {
	fs := vfs.NewMem()
	o := testOptions(fs)
	o.BufferSizeMax = 1000
	l := mustStart(t, o)
	first := commit(t, l, dml(t, 1))
	c := NewCache(0)
	rows := make([]RowChange, 2000)
	for i := range rows {
		rows[i].After = account(int64(i), "somebody", "1")
	}
	must(t, c.AddRows(accounts, WriteRows, rows))
	end := mustAppend(t, l, &PendingGroup{Kind: DML, Cache: c, InternalXID: 2})
	if size := l.Files()[0].Size; size <= int64(first.Offset) || uint64(size) > end.Offset {
		t.Errorf("%d bytes in the file, group %v to %v", size, first, end)
	}
	must(t, l.Flush())
	must(t, l.Close())
	_, groups := mustOpen(t, o, Pos{})
	if len(groups) != 2 || groups[1].End != end {
		t.Errorf("groups %+v", groups)
	}
}

// TestAppendRefusals leave the log as it was.
func TestAppendRefusals(t *testing.T) {
	fs := vfs.NewMem()
	l := mustStart(t, testOptions(fs))
	end := commit(t, l, dml(t, 1))
	statement := NewCache(0)
	must(t, statement.AddQuery("d", "DROP TABLE t"))
	wide, err := xid.New(1<<40, []byte("g"), nil)
	must(t, err)
	for name, g := range map[string]*PendingGroup{
		"no kind":             {},
		"unknown kind":        {Kind: 99},
		"no xid":              {Kind: DML, Cache: rowsCache(t, 1)},
		"ddl without text":    {Kind: DDL, InternalXID: 2},
		"ddl with rows":       {Kind: DDL, InternalXID: 2, Cache: rowsCache(t, 1)},
		"dml with text":       {Kind: DML, InternalXID: 2, Cache: statement},
		"no branch":           {Kind: XACommit},
		"branch and xid":      {Kind: XACommit, Branch: branch(t, "g"), InternalXID: 2},
		"commit with rows":    {Kind: XACommit, Branch: branch(t, "g"), Cache: rowsCache(t, 1)},
		"format id too wide":  {Kind: XAPrepare, Branch: wide},
		"dependency negative": {Kind: DML, InternalXID: 2, LastCommitted: -1},
		"dependency on self":  {Kind: DML, InternalXID: 2, LastCommitted: 2},
	} {
		if _, _, err := l.Append(g); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if l.EndPos() != end {
		t.Errorf("end %v, want %v", l.EndPos(), end)
	}
	l.pos = math.MaxUint32 - 1200 // as after 4 GiB
	if _, _, err := l.Append(dml(t, 2)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("beyond 4 GiB: %v", err)
	}
	l.pos = int64(end.Offset)
	l.next = math.MaxInt64
	if _, _, err := l.Append(dml(t, 2)); !errors.Is(err, ErrInvalid) {
		t.Errorf("beyond the last GTID: %v", err)
	}
	l.next = 2
	commit(t, l, dml(t, 2))
	must(t, l.Close())
	if _, groups := mustOpen(t, testOptions(fs), Pos{}); len(groups) != 2 {
		t.Errorf("groups %+v", groups)
	}
}

// TestLifecycle calls things twice and in the wrong order.
func TestLifecycle(t *testing.T) {
	fs := vfs.NewMem()
	l, _ := mustOpen(t, testOptions(fs), Pos{})
	if err := l.Flush(); !errors.Is(err, ErrClosed) {
		t.Errorf("flush before start: %v", err)
	}
	must(t, l.Start())
	if err := l.Start(); !errors.Is(err, ErrInvalid) {
		t.Errorf("second start: %v", err)
	}
	must(t, l.Close())
	must(t, l.Close())
	l.Abandon()
	for name, f := range map[string]func() error{"flush": l.Flush, "sync": l.Sync, "rotate": l.Rotate, "start": l.Start} {
		if err := f(); !errors.Is(err, ErrClosed) {
			t.Errorf("%s after close: %v", name, err)
		}
	}
	unstarted, _ := mustOpen(t, testOptions(fs), Pos{})
	before := snapshot(t, fs)
	must(t, unstarted.Close())
	if !maps.EqualFunc(before, snapshot(t, fs), bytes.Equal) {
		t.Error("closing a log that was not started changed it")
	}
}

// TestNeedRotate says yes after the group that crosses the size.
func TestNeedRotate(t *testing.T) {
	o := testOptions(vfs.NewMem())
	o.SizeMax = 4096
	l := mustStart(t, o)
	for n := uint64(1); !l.NeedRotate(); n++ {
		if end := commit(t, l, dml(t, n)); (end.Offset >= 4096) != l.NeedRotate() {
			t.Fatalf("at %v: %t", end, l.NeedRotate())
		}
	}
	must(t, l.Rotate())
	if l.NeedRotate() || l.EndPos().File != 2 {
		t.Errorf("after rotation: %t at %v", l.NeedRotate(), l.EndPos())
	}
	must(t, l.Close())
}

// TestOptions refuses what readers could not cope with.
func TestOptions(t *testing.T) {
	for name, change := range map[string]func(o *Options){
		"no uuid":        func(o *Options) { o.ServerUUID = UUID{} },
		"size":           func(o *Options) { o.SizeMax = 4095 },
		"large size":     func(o *Options) { o.SizeMax = 3 << 30 },
		"buffer":         func(o *Options) { o.BufferSizeMax = -1 },
		"base with path": func(o *Options) { o.BaseName = "../x" },
		"long base":      func(o *Options) { o.BaseName = strings.Repeat("x", 250) },
		"old version":    func(o *Options) { o.ServerVersion = "5.5.60" },
		"no version":     func(o *Options) { o.ServerVersion = "eight" },
		"long version":   func(o *Options) { o.ServerVersion = "8.0.36-" + strings.Repeat("x", 43) },
	} {
		o := testOptions(vfs.NewMem())
		change(&o)
		if _, err := Open(testDir, o, Pos{}, nil); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	o := testOptions(vfs.NewMem())
	o.AnonymousGTID, o.ServerUUID, o.BaseName, o.ServerVersion = true, UUID{}, "mysql-bin", "8.4.0"
	l := mustStart(t, o)
	must(t, l.Close())
	if f := l.Files(); f[0].Name != "mysql-bin.000001" {
		t.Errorf("files %+v", f)
	}
}

// TestReaderFollows reads a file that grows, up to what is durable.
func TestReaderFollows(t *testing.T) {
	fs := vfs.NewMem()
	l := mustStart(t, testOptions(fs))
	r, err := OpenReader(fs, fs.PathJoin(testDir, closedFile))
	must(t, err)
	if !r.InUse() || r.Format().ServerVersion != "8.0.36-xadb" {
		t.Errorf("in use %t, %+v", r.InUse(), r.Format())
	}
	count := func() (n int) {
		for {
			_, err := r.Next()
			if err == io.EOF {
				return n
			}
			must(t, err)
			n++
		}
	}
	if n := count(); n != 2 {
		t.Errorf("%d events in the head", n)
	}
	first := commit(t, l, dml(t, 1))
	second := mustAppend(t, l, dml(t, 2))
	must(t, l.Flush())
	r.SetLimit(int64(l.DurablePos().Offset))
	if n := count(); n != 5 || r.Offset() != int64(first.Offset) {
		t.Errorf("%d events to %d", n, r.Offset())
	}
	r.SetLimit(int64(second.Offset))
	must(t, r.SeekTo(int64(first.Offset)))
	if n := count(); n != 5 || r.Limit() != int64(second.Offset) {
		t.Errorf("%d more events", n)
	}
	if err := r.SeekTo(3); !errors.Is(err, ErrInvalid) {
		t.Errorf("seek into the magic: %v", err)
	}
	must(t, r.Close())
	must(t, l.Close())
	if _, err := OpenReader(fs, testDir); err == nil {
		t.Error("a folder was opened")
	}
}

// TestScanReadsOnly compares the folder before and after, and the summary
// with what Open finds.
func TestScanReadsOnly(t *testing.T) {
	files, ends := goldenLog(t)
	files["binlog.000003"] = nil
	files[openFile] = append(bytes.Clone(files[openFile]), 1, 2, 3)
	fs := cloneFiles(t, files)
	s, err := Scan(testDir, testOptions(fs), Pos{}, nil)
	must(t, err)
	if !maps.EqualFunc(snapshot(t, fs), files, bytes.Equal) {
		t.Error("Scan changed the files")
	}
	if s.End != ends[len(ends)-1] || s.Torn != 3 || len(s.Files) != 2 || s.GTIDs.Last(testUUID) != int64(len(ends)) {
		t.Errorf("%+v", s)
	}
	if s, err = Scan("nowhere", testOptions(fs), Pos{}, nil); err != nil || s.End != (Pos{}) {
		t.Errorf("no folder: %+v, %v", s, err)
	}
}
