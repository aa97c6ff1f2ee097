package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/fuzz/simdisk"
	"github.com/xadb/xadb/xid"
)

// wide is a row's value that no table makes smaller.
func wide(n int) string {
	r := rand.New(rand.NewPCG(uint64(n), 1))
	b := make([]byte, 4000)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

// fill commits rows until the store refuses one, and returns how many it took.
func fill(t *testing.T, e *Engine, from int) (rows int, err error) {
	t.Helper()
	for n := from; n < from+100_000; n++ {
		txn := e.Begin()
		put(t, txn, accounts, fmt.Sprint("row", n), wide(n))
		if err := e.Commit(txn, true); err != nil {
			_ = e.Rollback(txn, true)
			return n, err
		}
	}
	t.Fatal("the disk does not get full")
	return 0, nil
}

func prepareBranch(t *testing.T, e *Engine, name string) xid.XID {
	t.Helper()
	x := testXID(t, 1, name, "")
	txn := e.Begin()
	put(t, txn, accounts, name, "prepared")
	txn.SetXID(x, true, false)
	if err := e.Prepare(txn, true); err != nil {
		t.Fatal(err)
	}
	if err := e.FlushLogs(false); err != nil {
		t.Fatal(err)
	}
	if err := e.PublishPrepared(txn, TCPos{}); err != nil {
		t.Fatal(err)
	}
	return x
}

func commitRow(e *Engine, key string) error {
	txn := e.Begin()
	err := txn.Put(bg, accounts, []byte(key), []byte("v"))
	if err == nil {
		err = e.Commit(txn, true)
	}
	if err != nil {
		_ = e.Rollback(txn, true)
	}
	return err
}

// TestFullDisk: a full disk makes the store read-only. It says so before
// anything is logged, reads, decides branches from the reserve, loses nothing,
// and writes again by itself once there is room. Three times over.
func TestFullDisk(t *testing.T) {
	const quota = 3 << 20
	disk := simdisk.New(simdisk.Options{Seed: 1})
	e := open(t, disk.FS())
	rows := 0
	var kept []xid.XID
	for episode := range 3 {
		usage, err := disk.FS().GetDiskUsage("store")
		if err != nil {
			t.Fatal(err)
		}
		disk.SetQuota(int64(usage.UsedBytes) + quota)
		name := func(what string) string { return fmt.Sprint(what, episode) }
		yes, no := prepareBranch(t, e, name("yes")), prepareBranch(t, e, name("no"))
		kept = append(kept, prepareBranch(t, e, name("kept")))
		rows, err = fill(t, e, rows)
		if !errors.Is(err, ErrDiskFull) || errors.Is(err, ErrPoisoned) || !strings.Contains(err.Error(), "disk of store has") {
			t.Fatalf("after %d rows: %v", rows, err)
		}
		rows = refuse(t, e, rows)
		if got := get(t, e, accounts, "row0"); got == "<none>" {
			t.Error("nothing can be read")
		}
		if err := errors.Join(e.CommitByXID(yes), e.RollbackByXID(no)); err != nil {
			t.Errorf("outcomes: %v", err)
		}
		disk.SetQuota(0)
		if err := commitRow(e, name("again")); err != nil {
			t.Fatalf("there is room again: %v", err)
		}
		if err := e.Checkpoint(bg); err != nil {
			t.Fatalf("flushing behind it: %v", err)
		}
	}
	e.Abandon()
	e = open(t, disk.Restart().FS())
	checkFilled(t, e, rows, 3)
	if got := e.Prepared(); len(got) != len(kept) {
		t.Errorf("%d branches are prepared, want %d", len(got), len(kept))
	}
}

// refuse checks that a refused commit is not logged. It commits further rows
// where half-made tables have left room for some, and tries again where a
// checkpoint logs something meanwhile.
func refuse(t *testing.T, e *Engine, rows int) int {
	t.Helper()
	const tries = 100
	for range tries {
		before := e.log.End()
		more, err := fill(t, e, rows)
		if !errors.Is(err, ErrDiskFull) {
			t.Fatalf("a later commit: %v", err)
		}
		if more == rows && e.log.End() == before {
			return rows
		}
		rows = more
	}
	t.Fatal("a refused commit was logged")
	return rows
}

// checkFilled checks what the episodes of TestFullDisk were told.
func checkFilled(t *testing.T, e *Engine, rows, episodes int) {
	t.Helper()
	for n := range rows {
		if get(t, e, accounts, fmt.Sprint("row", n)) == "<none>" {
			t.Fatalf("acknowledged row %d of %d is lost", n, rows)
		}
	}
	for n := range episodes {
		for what, want := range map[string]string{"yes": "prepared", "no": "<none>", "kept": "<none>", "again": "v"} {
			if got := get(t, e, accounts, fmt.Sprint(what, n)); got != want {
				t.Errorf("%s%d = %s, want %s", what, n, got, want)
			}
		}
	}
	if got := get(t, e, accounts, fmt.Sprint("row", rows)); got != "<none>" {
		t.Errorf("the refused row is %s", got)
	}
}

// TestFullDiskAtStart: a store whose disk is full opens from the reserve, also
// after a crash that left it full.
func TestFullDiskAtStart(t *testing.T) {
	disk := simdisk.New(simdisk.Options{Seed: 1, QuotaBytes: 3 << 20})
	e := open(t, disk.FS())
	x := prepareBranch(t, e, "branch")
	rows, err := fill(t, e, 0)
	if !errors.Is(err, ErrDiskFull) {
		t.Fatal(err)
	}
	e.Abandon()
	disk = disk.Restart()
	e = open(t, disk.FS())
	more, err := fill(t, e, rows) // half-made tables are gone, and have left some room
	if !errors.Is(err, ErrDiskFull) {
		t.Errorf("the disk is about as full as before: %v", err)
	}
	if err := e.CommitByXID(x); err != nil {
		t.Errorf("an outcome: %v", err)
	}
	if err := e.Close(bg); err != nil {
		t.Errorf("Close: %v", err)
	}
	disk.SetQuota(0)
	e = open(t, disk.Restart().FS())
	if err := commitRow(e, "more"); err != nil {
		t.Error(err)
	}
	for key, want := range map[string]string{"branch": "prepared", fmt.Sprint("row", more-1): wide(more - 1), fmt.Sprint("row", more): "<none>"} {
		if got := get(t, e, accounts, key); got != want {
			t.Errorf("%s = %s", key, got)
		}
	}
}

// TestReserveIsForOutcomes: on a full disk a table leaves half of the reserve
// to the logs.
func TestReserveIsForOutcomes(t *testing.T) {
	disk := simdisk.New(simdisk.Options{Seed: 1, QuotaBytes: 3 << 20})
	e := open(t, disk.FS())
	var branches []xid.XID
	for n := range 200 {
		branches = append(branches, prepareBranch(t, e, fmt.Sprint("branch", n)))
	}
	if _, err := fill(t, e, 0); !errors.Is(err, ErrDiskFull) {
		t.Fatal(err)
	}
	table, err := orderedFS{FS: e.opts.FS, e: e}.Create("store/data/999999.sst", vfs.WriteCategoryUnspecified)
	for n := 0; err == nil && n < 3<<10; n++ {
		_, err = table.Write(make([]byte, 1<<10))
	}
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "for the logs") {
		t.Fatalf("writing a table: %v", err)
	}
	for n, x := range branches {
		if err := e.CommitByXID(x); err != nil {
			t.Fatalf("outcome %d: %v", n, err)
		}
	}
}

// TestFullDiskEndsByItself: nobody has to write for the store to find room.
func TestFullDiskEndsByItself(t *testing.T) {
	disk := simdisk.New(simdisk.Options{Seed: 1, QuotaBytes: 3 << 20})
	e := open(t, disk.FS())
	if _, err := fill(t, e, 0); !errors.Is(err, ErrDiskFull) {
		t.Fatal(err)
	}
	disk.SetQuota(0)
	within(t, "room that nobody asks for", func() {
		for e.files.Full() {
			time.Sleep(time.Millisecond) // the checkpointer's timer is real
		}
	})
}

// fullDisk fails the making of tables while full is set. It does not know its
// size.
type fullDisk struct {
	vfs.FS
	full  atomic.Bool
	tries atomic.Int64
}

func (fs *fullDisk) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if fs.full.Load() && strings.HasSuffix(name, ".sst") {
		fs.tries.Add(1)
		return nil, syscall.ENOSPC
	}
	return fs.FS.Create(name, c)
}

// TestC11_NoSpaceForTables: where the tables find no room, nobody hangs, pebble
// tries ten times a second and not 70,000 times, and it flushes once there is
// room.
func TestC11_NoSpaceForTables(t *testing.T) {
	fs := &fullDisk{FS: vfs.NewMem()}
	e := open(t, fs)
	if err := commitRow(e, "a"); err != nil {
		t.Fatal(err)
	}
	fs.full.Store(true)
	within(t, "a store on a full disk", func() {
		if err := e.Checkpoint(bg); !errors.Is(err, ErrDiskFull) {
			t.Errorf("Checkpoint: %v", err)
		}
		time.Sleep(20 * time.Millisecond) // long enough for hundreds of tries
		if tries := fs.tries.Load(); tries > 3 {
			t.Errorf("pebble tried %d times", tries)
		}
		fs.full.Store(false)
		for e.Checkpoint(bg) != nil {
			time.Sleep(time.Millisecond) // a try that began before may still fail
		}
	})
	if got := get(t, e, accounts, "a"); got != "v" || e.Failed() != nil {
		t.Errorf("the acknowledged row is %s, the store says %v", got, e.Failed())
	}
}

// TestC11_Door: while pebble cannot flush, a commit waits in front of the log
// as long as its context lets it, and an outcome longer.
func TestC11_Door(t *testing.T) {
	fs := &fullDisk{FS: vfs.NewMem()}
	e := open(t, fs)
	x := prepareBranch(t, e, "branch")
	fs.full.Store(true)
	e.door.queued.Store(memTablesMax * e.opts.MemTableSize)
	ctx, cancel := context.WithCancel(bg)
	cancel()
	if err := e.Admit(ctx, false); !errors.Is(err, context.Canceled) {
		t.Errorf("a commit: %v", err)
	}
	if err := e.Admit(ctx, true); err != nil {
		t.Errorf("an outcome: %v", err)
	}
	within(t, "a commit at the door", func() {
		admitted := make(chan error)
		go func() { admitted <- e.Admit(bg, false) }()
		fs.full.Store(false)
		if err := errors.Join(e.Checkpoint(bg), <-admitted); err != nil {
			t.Error(err)
		}
	})
	if err := e.CommitByXID(x); err != nil {
		t.Error(err)
	}
}

// TestFailedSyncs: a failed sync of any file stops the store, and so does a
// MANIFEST for which even the reserve has no room (C11); what the store has
// acknowledged is there after the next Open (C6, R1).
func TestFailedSyncs(t *testing.T) {
	for _, rule := range []string{
		"sync *.sst mode=drop", "sync *.sst err=ENOSPC", "sync MANIFEST* mode=drop", "sync *.wal mode=drop",
		"sync *.wal err=ENOSPC", "sync CTRL mode=drop", "dirsync data", "dirsync wal",
		"write MANIFEST* sticky err=ENOSPC", "write MANIFEST* nth=2 sticky err=ENOSPC",
	} {
		t.Run(rule, func(t *testing.T) {
			disk := simdisk.New(simdisk.Options{Seed: 1})
			e := open(t, disk.FS())
			inject(t, disk, rule)
			acked := 0
			within(t, "a store whose sync fails", func() {
				for ; acked < 1000 && commitRow(e, fmt.Sprint(acked)) == nil; acked++ {
					if acked%100 == 50 && e.Checkpoint(bg) != nil {
						acked++
						break
					}
					if strings.Contains(rule, "dirsync wal") && acked == 100 {
						_, _ = fillSome(e)
					}
				}
				for e.Failed() == nil && hits(disk) > 0 {
					time.Sleep(time.Millisecond) // pebble's goroutine tells it
				}
			})
			if !errors.Is(e.Failed(), ErrPoisoned) {
				t.Fatalf("after %d commits the store says %v; hits %v", acked, e.Failed(), disk.FaultHits())
			}
			if err := commitRow(e, "late"); !errors.Is(err, ErrPoisoned) {
				t.Errorf("a later commit: %v", err)
			}
			e.Abandon()
			disk = disk.Restart()
			disk.ClearFaults()
			e = open(t, disk.FS())
			for n := range acked {
				if get(t, e, accounts, fmt.Sprint(n)) != "v" {
					t.Fatalf("acknowledged row %d of %d is lost", n, acked)
				}
			}
		})
	}
}

// TestFailedDirSyncs: a folder of the tables that cannot be synced stops the
// store, or its opening, and not the program, as pebble would.
func TestFailedDirSyncs(t *testing.T) {
	disk := simdisk.New(simdisk.Options{Seed: 1})
	e := open(t, disk.FS())
	if err := commitRow(e, "a"); err != nil {
		t.Fatal(err)
	}
	e.Abandon()
	for what, do := range map[string]func() error{
		"dirsync data": func() (err error) {
			e, err = Open(bg, "store", testOptions(disk.FS()))
			return err
		},
		"dirsync backup": func() (err error) {
			if e, err = Open(bg, "store", testOptions(disk.FS())); err != nil {
				return err
			}
			b, err := e.BeginBackup(bg, func(alone func() error) error { return alone() })
			if err == nil {
				err = b.Close()
			}
			return err
		},
	} {
		for nth := 1; ; nth++ {
			disk = disk.Restart()
			disk.ClearFaults()
			inject(t, disk, fmt.Sprint(what, " nth=", nth))
			var err error
			within(t, what, func() { err = do() })
			if e != nil {
				e.Abandon()
			}
			if hits(disk) == 0 {
				if nth < 3 || err != nil {
					t.Errorf("%s happens %d times: %v", what, nth-1, err)
				}
				break
			}
			if err == nil || !strings.Contains(err.Error(), strings.Fields(what)[1]) {
				t.Errorf("%s %d failed: %v", what, nth, err)
			}
		}
	}
	disk.ClearFaults()
	e = open(t, disk.FS())
	if got := get(t, e, accounts, "a"); got != "v" {
		t.Errorf("the acknowledged row is %s", got)
	}
}

// TestPanicInPebble: a panic inside a call stops the store, and not the program.
func TestPanicInPebble(t *testing.T) {
	e := open(t, vfs.NewMem())
	if err := e.guard(func() error { panic("broken") }); !errors.Is(err, ErrPoisoned) || !strings.Contains(err.Error(), "broken") {
		t.Error(err)
	}
}

// fillSome commits enough for a new segment of the log.
func fillSome(e *Engine) (n int, err error) {
	for ; n < 200 && err == nil; n++ {
		err = commitRow(e, fmt.Sprint("more", n, strings.Repeat("k", 500)))
	}
	return n, err
}

// hits is how often a fault has hit.
func hits(disk *simdisk.Disk) (n int) {
	for _, hits := range disk.FaultHits() {
		n += hits
	}
	return n
}
