package tclog

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/fuzz/simdisk"
)

// TestFullDisk: writers meet a full disk at once. Each hears that, nothing of
// theirs is logged, branches are decided, binlog and rows agree, and all of it
// goes on when there is room; also through a crash at the end.
func TestFullDisk(t *testing.T) {
	inModes(t, modes, func(t *testing.T, m mode) {
		disk := simdisk.New(simdisk.Options{Seed: 1, QuotaBytes: 2 << 20})
		l := open(t, disk.FS(), m)
		prepareNamed(t, l, "yes")
		prepareNamed(t, l, "no")
		prepareNamed(t, l, "kept")
		led := &ledger{told: map[string]bool{}}
		fillAtOnce(t, l, led, "first")

		txn := l.Begin()
		write(t, txn, "late", "v")
		if err := l.Prepare(bg, txn, newXID(t, "late")); !errors.Is(err, engine.ErrDiskFull) {
			t.Errorf("PREPARE: %v", err)
		}
		if err := l.Rollback(txn); err != nil {
			t.Error(err)
		}
		if err := l.Rotate(bg); m != off && !errors.Is(err, engine.ErrDiskFull) {
			t.Errorf("a new binlog file: %v", err)
		}
		if err := errors.Join(l.CommitXID(bg, newXID(t, "yes")), l.RollbackXID(bg, newXID(t, "no"))); err != nil {
			t.Errorf("outcomes: %v", err)
		}
		disk.SetQuota(3 << 20)
		fillAtOnce(t, l, led, "second")
		disk.SetQuota(0)
		if err := l.Commit(bg, l.Begin()); err != nil {
			t.Error(err)
		}
		l.Abandon()
		l = open(t, disk.Restart().FS(), m)
		for key, committed := range led.copy() {
			if got := read(t, l, key) != ""; got != committed {
				t.Fatalf("%s is there: %t, was told %t", key, got, committed)
			}
		}
		for key, want := range map[string]string{"yes": "v", "no": "", "kept": "", "late": ""} {
			if got := read(t, l, key); got != want {
				t.Errorf("%s = %q", key, got)
			}
		}
		if got := l.Prepared(); len(got) != 1 || got[0].XID != newXID(t, "kept") {
			t.Errorf("prepared: %v", got)
		}
	})
}

func prepareNamed(t *testing.T, l *Log, name string) {
	t.Helper()
	txn := l.Begin()
	write(t, txn, name, "v")
	if err := l.Prepare(bg, txn, newXID(t, name)); err != nil {
		t.Fatal(err)
	}
}

// fillAtOnce has several writers commit until each is refused.
func fillAtOnce(t *testing.T, l *Log, led *ledger, name string) {
	t.Helper()
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for n := range 100_000 {
				txn := l.Begin()
				key := fmt.Sprint(name, w, ".", n, strings.Repeat("k", 200))
				write(t, txn, key, strings.Repeat("v", 400))
				err := l.Commit(bg, txn)
				led.note(key, err == nil)
				if err == nil {
					continue
				}
				if !errors.Is(err, engine.ErrDiskFull) {
					t.Errorf("not a full disk: %v", err)
				}
				_ = l.Rollback(txn)
				return
			}
			t.Error("the disk does not get full")
		}()
	}
	wg.Wait()
}
