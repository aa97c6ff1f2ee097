package engine

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/internal/clock"
)

// openAt opens a store on a clock that stands still, as change has it.
func openAt(t *testing.T, fs vfs.FS, change func(*Options)) (*Engine, *clock.Manual) {
	t.Helper()
	now := clock.NewManual(time.Unix(1_700_000_000, 0))
	o := testOptions(fs)
	o.Clock = now
	change(&o)
	e, err := Open(bg, "store", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Abandon() })
	return e, now
}

func commitKV(t *testing.T, e *Engine, key, val string) {
	t.Helper()
	txn := e.Begin()
	put(t, txn, accounts, key, val)
	commit(t, e, txn)
}

func scanSnapshot(t *testing.T, s *Snapshot) string {
	t.Helper()
	return scan(t, s.Scan(accounts, nil, nil))
}

// TestC14_Snapshot: a snapshot shows one commit number, its rows, and the
// branches that were prepared then, for as long as it is open.
func TestC14_Snapshot(t *testing.T) {
	e := open(t, vfs.NewMem())
	commitKV(t, e, "a", "1")
	x := testXID(t, 1, "g", "")
	branch := e.Begin()
	put(t, branch, accounts, "b", "prepared")
	prepare(t, e, branch, x)
	s, err := e.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if err := e.CommitByXID(x); err != nil {
		t.Fatal(err)
	}
	commitKV(t, e, "a", "2")
	checkpoint(t, e)
	if got := scanSnapshot(t, s); got != "a=1" || s.CommitNo() != 1 {
		t.Errorf("commit %d: %s", s.CommitNo(), got)
	}
	if p := s.Prepared(); len(p) != 1 || p[0].XID != x {
		t.Errorf("prepared then: %v", p)
	}
	if v, ok, err := s.Get(accounts, []byte("a")); err != nil || !ok || string(v) != "1" {
		t.Errorf("a = %q, %t, %v", v, ok, err)
	}
	s.Close()
	s.Close()
	if _, _, err := s.Get(accounts, []byte("a")); !errors.Is(err, ErrSnapshotClosed) {
		t.Errorf("a closed snapshot: %v", err)
	}
	if it := s.Scan(accounts, nil, nil); it.Next() || !errors.Is(it.Close(), ErrSnapshotClosed) {
		t.Error("a closed snapshot is scanned")
	}
	if s.CommitNo() != 0 || s.Prepared() != nil {
		t.Error("a closed snapshot has a number")
	}
}

// TestC14_SnapshotUnderCommits: a snapshot has as many rows as its number says,
// and exactly the branches that are not among them.
func TestC14_SnapshotUnderCommits(t *testing.T) {
	e := open(t, vfs.NewMem())
	const n = 60
	for i := range n {
		txn := e.Begin()
		put(t, txn, accounts, fmt.Sprint(i), "v")
		prepare(t, e, txn, testXID(t, 1, "g", fmt.Sprint(i)))
	}
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := range n {
			if err := e.CommitByXID(testXID(t, 1, "g", fmt.Sprint(i))); err != nil {
				t.Error(err)
			}
		}
	})
	for last := uint64(0); last < n; {
		s, err := e.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		rows := 0
		for it := s.Scan(accounts, nil, nil); ; rows++ {
			if !it.Next() {
				if err := it.Close(); err != nil {
					t.Fatal(err)
				}
				break
			}
		}
		if last = s.CommitNo(); rows != int(last) || len(s.Prepared()) != n-rows {
			t.Fatalf("C14: commit %d: %d rows, %d prepared", last, rows, len(s.Prepared()))
		}
		s.Close()
	}
	writer.Wait()
}

// TestC18_Views: a named view is opened by any number of sessions, by name or by
// identity, until it is released; who reads it then goes on.
func TestC18_Views(t *testing.T) {
	e, now := openAt(t, vfs.NewMem(), func(o *Options) { o.ViewsMax = 2 })
	commitKV(t, e, "a", "1")
	info, err := e.CreateView("v")
	if err != nil || info.CommitNo != 1 || info.Name != "v" {
		t.Fatal(info, err)
	}
	commitKV(t, e, "a", "2")
	if _, err := e.CreateView("v"); !errors.Is(err, ErrViewExists) {
		t.Errorf("a name in use: %v", err)
	}
	if _, err := e.CreateView("w"); err != nil {
		t.Fatal(err)
	}
	if _, err := e.CreateView("x"); !errors.Is(err, ErrTooManyViews) {
		t.Errorf("one too many: %v", err)
	}
	byName, err := e.OpenView("v")
	if err != nil {
		t.Fatal(err)
	}
	id, err := ParseViewID(info.ID.String())
	if err != nil || id != info.ID {
		t.Fatal(id, err)
	}
	byID, err := e.OpenViewID(id)
	if err != nil {
		t.Fatal(err)
	}
	now.Advance(time.Second)
	if list := e.Views(); len(list) != 2 || list[0].Name != "v" || list[0].Readers != 2 || list[0].Age != time.Second || list[1].Readers != 0 {
		t.Errorf("views: %+v", list)
	}
	txn := e.Begin()
	if err := txn.ReadFrom(byName); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(e.ReleaseView("v"), e.ReleaseView("w")); err != nil {
		t.Fatal(err)
	}
	byName.Close()
	if got := scanSnapshot(t, byID); got != "a=1" {
		t.Errorf("a released view shows %s", got)
	}
	byID.Close()
	put(t, txn, accounts, "b", "own")
	if got := scan(t, txn.Scan(accounts, nil, nil)); got != "a=1 b=own" {
		t.Errorf("a transaction on the view reads %s", got)
	}
	if err := txn.Put(bg, accounts, []byte("a"), []byte("3")); !errors.Is(err, ErrConflict) {
		t.Errorf("a row that has changed since the view was written: %v", err)
	}
	if err := e.Rollback(txn, true); err != nil {
		t.Fatal(err)
	}
	commitKV(t, e, "c", "1") // what nobody reads is closed with the next commit
	if n := e.readers.count(); n != 0 {
		t.Errorf("%d snapshots are open", n)
	}
	for _, open := range []func() (*Snapshot, error){
		func() (*Snapshot, error) { return e.OpenView("v") },
		func() (*Snapshot, error) { return e.OpenViewID(id) },
	} {
		if _, err := open(); !errors.Is(err, ErrUnknownView) {
			t.Errorf("a released view: %v", err)
		}
	}
	if err := e.ReleaseView("v"); !errors.Is(err, ErrUnknownView) {
		t.Errorf("released twice: %v", err)
	}
}

// TestC18_ViewsEnd: each way in which a view ends has an error of its own.
func TestC18_ViewsEnd(t *testing.T) {
	fs := vfs.NewMem()
	told := make(chan ViewInfo, 1)
	e, now := openAt(t, fs, func(o *Options) {
		o.ViewAgeMax, o.Events.ViewExpired = time.Minute, func(v ViewInfo) { told <- v }
	})
	old, err := e.CreateView("v")
	if err != nil {
		t.Fatal(err)
	}
	reader, err := e.OpenView("v")
	if err != nil {
		t.Fatal(err)
	}
	now.Advance(time.Minute)
	if v := <-told; v.ID != old.ID || v.Readers != 1 {
		t.Errorf("expired: %+v", v)
	}
	if _, err := e.OpenView("v"); !errors.Is(err, ErrViewExpired) {
		t.Errorf("an expired view by name: %v", err)
	}
	if _, err := e.OpenViewID(old.ID); !errors.Is(err, ErrViewExpired) {
		t.Errorf("an expired view: %v", err)
	}
	if got := scanSnapshot(t, reader); got != "" {
		t.Errorf("it reads %s", got)
	}
	reader.Close()
	again, err := e.CreateView("v")
	if err != nil {
		t.Fatal(err)
	}
	if err := e.ReleaseView("v"); err != nil {
		t.Fatal(err)
	}
	if _, err := e.OpenView("v"); !errors.Is(err, ErrUnknownView) {
		t.Errorf("the name now means the one that was released: %v", err)
	}
	if _, err := e.OpenView(""); !errors.Is(err, ErrUnknownView) {
		t.Errorf("a name that no view ever had: %v", err)
	}
	if err := e.Close(bg); err != nil {
		t.Fatal(err)
	}
	if _, err := e.OpenView("v"); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed store: %v", err)
	}
	e, _ = openAt(t, fs, func(*Options) {})
	if _, err := e.OpenViewID(again.ID); !errors.Is(err, ErrViewLost) {
		t.Errorf("a view of the life before: %v", err)
	}
	other := again.ID
	other.Store[0]++
	if _, err := e.OpenViewID(other); !errors.Is(err, ErrUnknownView) {
		t.Errorf("a view of another store: %v", err)
	}
	for _, text := range []string{"", "x", "00-1-1", fmt.Sprintf("%x-1-x", other.Store), fmt.Sprintf("%x-1", other.Store)} {
		if _, err := ParseViewID(text); !errors.Is(err, ErrUnknownView) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestReadFromRefuses: a view is the first thing a transaction reads, and its
// snapshot.
func TestReadFromRefuses(t *testing.T) {
	e := open(t, vfs.NewMem())
	s, err := e.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	late, current := e.Begin(), e.BeginWith(TxnOptions{Isolation: ReadCommitted})
	if _, _, err := late.Get(accounts, []byte("a")); err != nil {
		t.Fatal(err)
	}
	for _, txn := range []*Txn{late, current} {
		if err := txn.ReadFrom(s); StatusOf(err) != XAERProto {
			t.Errorf("%s: %v", txn.Isolation(), err)
		}
	}
	s.Close()
	if err := e.Begin().ReadFrom(s); !errors.Is(err, ErrSnapshotClosed) {
		t.Errorf("a closed snapshot: %v", err)
	}
}
