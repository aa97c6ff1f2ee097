package tclog

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/xid"
)

func TestRefusals(t *testing.T) {
	l := open(t, vfs.NewMem(), shared)
	own := xid.Internal(1, 5)
	if err := l.ReserveXID(own); !errors.Is(err, xid.ErrInvalid) {
		t.Errorf("the server's own form: %v", err)
	}
	wide, _ := xid.New(1<<40, []byte("g"), nil)
	if err := l.Prepare(bg, l.Begin(), wide); !errors.Is(err, xid.ErrInvalid) {
		t.Errorf("a formatID that event 38 cannot carry: %v", err)
	}
	off := open(t, vfs.NewMem(), off)
	if err := off.Prepare(bg, off.Begin(), wide); err != nil {
		t.Errorf("without a binlog any formatID will do: %v", err)
	}
	if err := off.Rotate(bg); err == nil {
		t.Error("rotated what is off")
	}
}

// TestC13_BinlogOff: the binlog cannot be switched off under a branch whose
// outcome belongs there; otherwise it can, and on again.
func TestC13_BinlogOff(t *testing.T) { inModes(t, binlogs, binlogOff) }

func binlogOff(t *testing.T, m mode) {
	fs := vfs.NewCrashableMem()
	l := open(t, fs, m)
	scenario(t, l, "prepare")
	if err := l.Close(bg); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(bg, "store", options(fs, off)); !errors.Is(err, errBinlogOpen) {
		t.Fatalf("opened without the binlog: %v", err)
	}
	l = open(t, fs, m)
	if err := l.CommitXID(bg, newXID(t, "b")); err != nil {
		t.Fatal(err)
	}
	fs = fs.CrashClone(vfs.CrashCloneCfg{})
	l.Abandon()
	l = open(t, fs, off) // the crash is recovered from the binlog all the same
	if got := fate(t, l); got != "committed" {
		t.Fatal(got)
	}
	txn := l.Begin()
	write(t, txn, "k2", "v")
	if err := l.Commit(bg, txn); err != nil {
		t.Fatal(err)
	}
	fs = fs.CrashClone(vfs.CrashCloneCfg{})
	l.Abandon()
	l = open(t, fs, m)
	if read(t, l, "k2") != "v" || fate(t, l) != "committed" {
		t.Error("lost with the change of mode")
	}
}

// TestConcurrentGroups: many clients, few syncs (I18), everything there after
// a crash, in the binlog exactly what is in the engine (I7).
func TestConcurrentGroups(t *testing.T) { inModes(t, binlogs, concurrentGroups) }

func concurrentGroups(t *testing.T, m mode) {
	fs := vfs.NewCrashableMem()
	o := options(fs, m)
	o.BinlogSizeMax = 4096
	l, err := Open(bg, "store", o)
	if err != nil {
		t.Fatal(err)
	}
	const clients, each = 16, 20
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for i := range each {
				if err := oneClient(l, c, i); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if files := l.Binlog().Files(); len(files) < 3 {
		t.Errorf("rotated %d times only", len(files))
	}
	fs = fs.CrashClone(vfs.CrashCloneCfg{})
	l.Abandon()
	l = open(t, fs, m)
	for c := range clients {
		for i := range each {
			if got := read(t, l, fmt.Sprintf("%d-%d", c, i)); got != "v" {
				t.Fatalf("client %d lost commit %d: %q", c, i, got)
			}
		}
	}
	said := told(t, fs)
	if n := strings.Count(said, "dml") + strings.Count(said, "xa commit"); n != clients*each {
		t.Errorf("the binlog says %d commits, the engine has %d", n, clients*each)
	}
}

func oneClient(l *Log, c, i int) error {
	key := fmt.Sprintf("%d-%d", c, i)
	txn := l.Begin()
	if err := txn.Put(bg, accounts, []byte(key), []byte("v")); err != nil {
		return err
	}
	row := []binlog.RowChange{{After: []binlog.Value{[]byte(key), []byte("v")}}}
	if err := txn.LogRows(logged, binlog.WriteRows, row); err != nil {
		return err
	}
	if i%2 == 0 {
		return l.Commit(bg, txn)
	}
	x, err := xid.New(1, []byte(key), nil)
	if err == nil {
		err = l.Prepare(bg, txn, x)
	}
	if err == nil {
		err = l.CommitXID(bg, x)
	}
	return err
}
