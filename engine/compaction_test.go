package engine

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/fuzz/simdisk"
)

// TestCompactionsRun: compactions are held back while the store opens, and run
// afterwards: many flushes leave few tables.
func TestCompactionsRun(t *testing.T) {
	s := &gatedScheduler{}
	if granted, _ := s.TrySchedule(); granted {
		t.Error("a compaction was granted before Open succeeded")
	}
	e := open(t, simdisk.New(simdisk.Options{Seed: 1}).FS())
	const flushes = 40
	for i := range flushes {
		txn := e.Begin()
		for j := range 20 {
			put(t, txn, accounts, fmt.Sprint(j), strings.Repeat("v", 100+i))
		}
		commit(t, e, txn)
		if err := e.Checkpoint(bg); err != nil {
			t.Fatal(err)
		}
	}
	if n := e.db.Metrics().Compact.Count; n == 0 {
		t.Error("no compaction ran")
	}
	if n := e.db.Metrics().Levels[0].TablesCount; n >= flushes {
		t.Errorf("%d tables are in level 0", n)
	}
}

// TestCompactionDueAtOpen: a store whose tables are so many that pebble stops
// writes until it has compacted them goes on working once it is open.
func TestCompactionDueAtOpen(t *testing.T) {
	fs := simdisk.New(simdisk.Options{Seed: 1}).FS()
	o := testOptions(fs)
	o.ManualCheckpoint = true // nobody compacts
	e, err := Open(bg, "store", o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 30 {
		txn := e.Begin()
		put(t, txn, accounts, "k", fmt.Sprint(i))
		commit(t, e, txn)
		if err := e.Checkpoint(bg); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(bg); err != nil {
		t.Fatal(err)
	}
	e = open(t, fs)
	done := make(chan error, 1)
	go func() {
		txn := e.Begin()
		err := txn.Put(bg, accounts, []byte("k"), []byte("last"))
		if err == nil {
			err = e.Commit(txn, true)
		}
		if err == nil {
			err = e.Checkpoint(bg)
		}
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the store still waits for a compaction that nobody runs")
	}
}

// heldTables holds up the making of tables.
type heldTables struct {
	vfs.FS
	begin chan struct{}
}

func (fs heldTables) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if strings.HasSuffix(name, ".sst") {
		<-fs.begin
	}
	return fs.FS.Create(name, c)
}

// TestPoisonedCompaction: a compaction that is amid its tables when the engine
// stops gives up as after any error. Ended where it stands, its goroutine runs
// into an assertion of pebble's.
func TestPoisonedCompaction(t *testing.T) {
	fs := vfs.NewMem()
	o := testOptions(fs)
	o.ManualCheckpoint = true // nobody compacts
	e, err := Open(bg, "store", o)
	if err != nil {
		t.Fatal(err)
	}
	const layers, rows = 8, 1400 // more than one table takes
	for layer := range layers {
		txn := e.Begin()
		for n := layer; n < rows; n += layers {
			put(t, txn, accounts, fmt.Sprint(n), wide(n))
		}
		commit(t, e, txn)
		if err := e.Checkpoint(bg); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(bg); err != nil {
		t.Fatal(err)
	}
	held := heldTables{fs, make(chan struct{})}
	e = open(t, held)
	_ = e.poison(errors.New("a failure elsewhere"))
	ended := e.door.next()
	close(held.begin)
	e.Abandon()
	within(t, "a compaction of a stopped engine", func() { <-ended })
}
