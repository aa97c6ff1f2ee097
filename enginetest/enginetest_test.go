package enginetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/xadb/xadb"
)

var bg = context.Background()

func table(t *testing.T, db *xadb.DB) *xadb.TypedTable[string, string] {
	t.Helper()
	tbl, err := xadb.NewTable(bg, db, "t", xadb.StringKey, xadb.StringValue)
	if err != nil {
		t.Fatal(err)
	}
	return tbl
}

func put(db *xadb.DB, tbl *xadb.TypedTable[string, string], v string) error {
	return db.Update(bg, func(tx *xadb.Tx) error {
		return errors.Join(tbl.Put(tx, "a", v), tbl.Put(tx, "b", v))
	})
}

// value is what both rows hold, or a failure.
func value(t *testing.T, db *xadb.DB) (v string) {
	t.Helper()
	tbl := table(t, db)
	err := db.View(bg, func(s *xadb.Snap) error {
		a, _, err := tbl.Get(s, "a")
		b, _, berr := tbl.Get(s, "b")
		if a != b {
			t.Errorf("half a transaction: %q and %q", a, b)
		}
		v = a
		return errors.Join(err, berr)
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestEveryCrashPoint: at each operation and with each seed there is a store
// that opens, and it holds what was acknowledged.
func TestEveryCrashPoint(t *testing.T) {
	d := New(t)
	db := d.Open("store", xadb.Options{})
	tbl := table(t, db)
	acked := []int{d.Ops()} // by value: when it was acknowledged
	for n := 1; n <= 4; n++ {
		if err := put(db, tbl, strconv.Itoa(n)); err != nil {
			t.Fatal(err)
		}
		acked = append(acked, d.Ops())
	}
	for op := acked[0]; op <= d.Ops(); op++ {
		least := 0
		for n, at := range acked {
			if at <= op {
				least = n
			}
		}
		for seed := range uint64(4) {
			got, _ := strconv.Atoi(value(t, d.CrashAt(op, seed).Open("store", xadb.Options{})))
			if got < least || got > least+1 {
				t.Errorf("crash at %d with seed %d: %d, want %d or one more", op, seed, got, least)
			}
		}
	}
}

func TestCrashAndKill(t *testing.T) {
	d := New(t)
	db := d.Open("store", xadb.Options{})
	if err := put(db, table(t, db), "1"); err != nil {
		t.Fatal(err)
	}
	d2 := d.Crash(5)
	if err := put(db, table(t, d2.Open("store", xadb.Options{})), "2"); err == nil {
		t.Error("a store on a dead disk has committed")
	}
	d3 := d2.Kill()
	if v := value(t, d3.Open("store", xadb.Options{})); v != "1" {
		t.Error(v)
	}
}

// A sync that fails stops the store. Nothing that was acknowledged is lost.
func TestFailures(t *testing.T) {
	for name, fail := range map[string]func(*Disk){
		"write":     func(d *Disk) { d.FailWrite(1) },
		"sync":      func(d *Disk) { d.FailSync(1) },
		"late sync": func(d *Disk) { d.FailSyncLate(1) },
	} {
		d := New(t)
		db := d.Open("store", xadb.Options{})
		tbl := table(t, db)
		// What fails may be the log's next file, made in the background: a write
		// harms nobody, a sync stops the store before the next commit or beside it.
		err := put(db, tbl, "0")
		last := 0
		for ; err == nil && last < 20; last++ {
			fail(d)
			err = put(db, tbl, strconv.Itoa(last+1))
		}
		if !errors.Is(err, xadb.ErrUnknownOutcome) && !errors.Is(err, xadb.ErrPoisoned) {
			t.Errorf("%s: %v", name, err)
		}
		if err := put(db, tbl, "never"); !errors.Is(err, xadb.ErrPoisoned) {
			t.Errorf("%s, then: %v", name, err)
		}
		unknown := errors.Is(err, xadb.ErrUnknownOutcome)
		beside := unknown && strings.Contains(err.Error(), ".spare")
		want := last - 1
		if unknown && name == "late sync" {
			want = last
		}
		d.Heal()
		v, _ := strconv.Atoi(value(t, d.Crash(0).Open("store", xadb.Options{})))
		if v != want && !(beside && (v == last-1 || v == last)) {
			t.Errorf("%s: %d, want %d behind %v", name, v, want, err)
		}
	}
}

func TestFullDisk(t *testing.T) {
	d := New(t)
	d.SetSize(1)
	if _, err := d.TryOpen("store", xadb.Options{}); !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	d.SetSize(0)
	d.Open("store", xadb.Options{})
}

// With a Clock a lock times out when the test says so.
func TestClock(t *testing.T) {
	c := NewClock()
	db := New(t).Open("store", xadb.Options{Clock: c, LockTimeout: time.Hour})
	tbl := table(t, db)
	holder, err := db.Begin(bg, xadb.TxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Rollback()
	if err := tbl.Put(holder, "a", "1"); err != nil {
		t.Fatal(err)
	}
	failed := make(chan error)
	before := c.Timers()
	go func() { failed <- put(db, tbl, "2") }()
	for c.Timers() == before {
		continue // until it waits
	}
	c.Advance(time.Hour)
	if err := <-failed; !errors.Is(err, xadb.ErrLockTimeout) {
		t.Error(err)
	}
}

// A program commits, the power fails, and the program looks again.
func Example() {
	t := new(testing.T) // a test has its own
	disk := New(t)
	db := disk.Open("bank", xadb.Options{})
	accounts, err := db.Table(bg, "accounts")
	if err != nil {
		t.Fatal(err)
	}
	for _, balance := range []string{"100", "90"} {
		err := db.Update(bg, func(tx *xadb.Tx) error { return tx.Put(accounts, []byte("alice"), []byte(balance)) })
		if err != nil {
			t.Fatal(err)
		}
	}

	disk = disk.Crash(0)
	db = disk.Open("bank", xadb.Options{})
	err = db.View(bg, func(s *xadb.Snap) error {
		balance, _, err := s.Get(accounts, []byte("alice"))
		fmt.Printf("alice: %s\n", balance)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	// Output:
	// alice: 90
}
