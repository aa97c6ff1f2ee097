package xadb

import (
	"errors"
	"io"
	"log/slog"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"github.com/xadb/xadb/fuzz/simdisk"
	"github.com/xadb/xadb/tclog"
)

// TestReadOnly: of a store that crashed at any moment, in either mode of its
// logs, a reader sees what the next Open finds, and leaves every byte alone.
func TestReadOnly(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := Options{Binlog: rapid.IntRange(0, 3).Draw(rt, "binlog") > 0, LockTimeout: 1, Logger: slog.New(slog.DiscardHandler)}
		twoLog := rapid.Bool().Draw(rt, "two logs")
		start := func(d *simdisk.Disk) *DB {
			o.FS = d.FS()
			lo := o.withDefaults().log()
			lo.TwoLog = twoLog
			l, err := tclog.Open(bg, "store", lo)
			if err != nil {
				rt.Fatal(err)
			}
			return &DB{opts: o.withDefaults(), log: l, ended: make(chan struct{})}
		}
		d := simdisk.New(simdisk.Options{Seed: 1})
		p := &player{db: start(d)}
		made := d.Ops()
		for _, name := range []string{"a", "b"} {
			if _, err := p.db.Table(bg, name); err != nil {
				rt.Fatal(err)
			}
		}
		for range rapid.IntRange(0, 25).Draw(rt, "steps") {
			if err := p.step(rt); err != nil {
				rt.Fatal(err)
			}
		}
		back := rapid.IntRange(0, min(40, d.Ops()-made)).Draw(rt, "operations before the end")
		p.db.log.Abandon()
		d = d.CrashAt(d.Ops()-back, rapid.SampledFrom([]simdisk.Choice{simdisk.Synced(), simdisk.Everything(), simdisk.Kill()}).Draw(rt, "image"))
		files := d.CachedHash()
		o.FS = d.FS()
		ro, err := OpenReadOnly(bg, "store", o)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := held(ro, "a", "b")
		if err != nil && !errors.Is(err, ErrReadOnly) { // a table whose creation was lost
			rt.Fatal(err)
		}
		if err := ro.Close(bg); err != nil {
			rt.Fatal(err)
		}
		if d.CachedHash() != files {
			rt.Fatal("the disk has changed")
		}
		p.db = start(d)
		if got != nil {
			want, err := held(p.db, "a", "b")
			if err != nil {
				rt.Fatal(err)
			}
			if !got.equal(want) {
				rt.Fatalf("a reader sees %v, Open finds %v", got, want)
			}
		}
		p.db.log.Abandon()
	})
}

// TestReadOnlyRefuses: nothing that writes is done, and the folder is locked.
func TestReadOnlyRefuses(t *testing.T) {
	fs := vfs.NewMem()
	db := openMode(t, fs, true)
	if _, err := OpenReadOnly(bg, "store", Options{FS: fs, LockFileTimeout: -1}); !errors.Is(err, ErrLocked) {
		t.Errorf("beside a writer: %v", err)
	}
	tbl, err := db.Table(bg, "a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := begin(t, db, TxOptions{}).Prepare(bg, branch(t, "g")); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(bg); err != nil {
		t.Fatal(err)
	}
	db, err = OpenReadOnly(bg, "store", Options{FS: fs, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	tx := begin(t, db, TxOptions{})
	_, prepare := begin(t, db, TxOptions{}).Prepare(bg, branch(t, "h"))
	_, table := db.Table(bg, "b")
	_, backup := db.Backup(bg, io.Discard, BackupOptions{})
	for what, err := range map[string]error{
		"put": tx.Put(tbl, []byte("k"), nil), "delete": tx.Delete(tbl, []byte("k")), "table": table, "prepare": prepare,
		"update":        db.Update(bg, func(tx *Tx) error { return tx.Put(tbl, []byte("k"), nil) }),
		"commit by XID": db.CommitXID(bg, branch(t, "g")), "rollback by XID": db.RollbackXID(bg, branch(t, "g")), "backup": backup,
	} {
		if !errors.Is(err, ErrReadOnly) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := tx.Commit(bg); err != nil {
		t.Errorf("commit of nothing: %v", err)
	}
	for _, err := range db.Changes(bg) {
		if !errors.Is(err, ErrNoFeed) {
			t.Errorf("feed: %v", err)
		}
	}
	if list, err := db.prepared(); len(list) != 1 || err != nil {
		t.Errorf("%d branches, %v", len(list), err)
	}
	if err := db.Close(bg); err != nil {
		t.Error(err)
	}
}
