package xadb

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"github.com/xadb/xadb/fuzz/simdisk"
	"github.com/xadb/xadb/tclog"
)

// startSmall opens a store whose files are small, so that there are many.
func startSmall(o Options, twoLog bool) (*DB, error) {
	lo := o.withDefaults().log()
	lo.TwoLog, lo.BinlogSizeMax = twoLog, 4096
	lo.Engine.SegmentSize = 4096
	l, err := tclog.Open(bg, "store", lo)
	if err != nil {
		return nil, err
	}
	return &DB{opts: o.withDefaults(), log: l, ended: make(chan struct{})}, nil
}

// moment is the index of the last transaction, or its commit number.
func moment(db *DB) int64 {
	if bl := db.log.Binlog(); bl != nil {
		return bl.ExecutedGTIDs().Count()
	}
	return int64(db.log.Engine().CommitNo())
}

// TestPointInTime: a backup and what was archived since, over checkpoints,
// rotations and crashes, make the store as it was behind any transaction.
func TestPointInTime(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := simdisk.New(simdisk.Options{Seed: 1})
		twoLog := rapid.Bool().Draw(rt, "two logs")
		o := Options{Binlog: rapid.IntRange(0, 3).Draw(rt, "binlog") > 0, LockTimeout: 1, ArchiveDir: "archive", Logger: slog.New(slog.DiscardHandler)}
		p := &player{}
		start := func() {
			o.FS = d.FS()
			var err error
			if p.db, err = startSmall(o, twoLog); err != nil {
				rt.Fatal(err)
			}
		}
		start()
		was := map[int64]*content{}
		steps := func(what string) {
			for range rapid.IntRange(0, 20).Draw(rt, what) {
				switch rapid.IntRange(0, 19).Draw(rt, "life") {
				case 0, 1:
					p.db.log.Abandon()
					d = d.CrashAt(d.Ops(), rapid.SampledFrom([]simdisk.Choice{simdisk.Synced(), simdisk.Everything(), simdisk.Kill()}).Draw(rt, "image"))
					start()
				case 2:
					if err := p.db.Close(bg); err != nil {
						rt.Fatal(err)
					}
					start()
				case 3:
					if err := p.db.Archive(bg); err != nil {
						rt.Fatal(err)
					}
				}
				if err := p.step(rt); err != nil {
					rt.Fatal(err)
				}
				c, err := held(p.db, "a", "b")
				if err != nil {
					rt.Fatal(err)
				}
				was[moment(p.db)] = c
			}
		}
		steps("steps before the backup")
		c, err := held(p.db, "a", "b")
		if err != nil {
			rt.Fatal(err)
		}
		was[moment(p.db)] = c
		var stream bytes.Buffer
		base, err := p.db.Backup(bg, &stream, BackupOptions{})
		if err != nil {
			rt.Fatal(err)
		}
		first := moment(p.db)
		steps("steps behind the backup")
		last := moment(p.db)
		if rapid.Bool().Draw(rt, "close") {
			if err := p.db.Close(bg); err != nil {
				rt.Fatal(err)
			}
		} else {
			if err := p.db.Archive(bg); err != nil {
				rt.Fatal(err)
			}
			p.db.log.Abandon()
		}
		moments := slices.Sorted(maps.Keys(was))
		moments = slices.DeleteFunc(moments, func(n int64) bool { return n < first })
		n := rapid.SampledFrom(moments).Draw(rt, "moment")
		point := Point{Archive: "archive", Index: n}
		if n == last && rapid.Bool().Draw(rt, "all") {
			point.Index = 0
		}
		if n == 0 {
			return
		}
		_, err = Restore(bg, bytes.NewReader(stream.Bytes()), "copy", o, point)
		if err != nil {

			rt.Fatalf("to %d, backup %+v, last %d: %v", n, base, last, err)
		}
		o.ArchiveDir = ""
		if _, err := tclog.Check(bg, "copy", o.withDefaults().log()); err != nil {
			rt.Fatal(err)
		}
		copied, err := Open(bg, "copy", o)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := held(copied, "a", "b")
		if err != nil {
			rt.Fatal(err)
		}
		if o.Binlog && !got.equal(was[n]) || !maps.Equal(got.rows, was[n].rows) {
			rt.Fatalf("restored to %d: %v, the store held %v", n, got, was[n])
		}
		if o.Binlog {
			checkFeed(rt, copied)
		}
		if err := copied.Close(bg); err != nil {
			rt.Fatal(err)
		}
		point.Index = last + 1
		if _, err = Restore(bg, bytes.NewReader(stream.Bytes()), "copy2", o, point); !errors.Is(err, ErrNoPoint) {
			rt.Fatalf("to %d behind %d: %v", point.Index, last, err)
		}
	})
}

// TestArchiveGap: behind a segment that is missing there is no moment to restore
// to, and what lies in front of it is reached by name only.
func TestArchiveGap(t *testing.T) {
	for missing, restored := range map[string]error{
		"00000000000000000004.wal": nil,
		"00000000000000000001.wal": ErrNoPoint, // the backup has the beginning of it
	} {
		t.Run(missing, func(t *testing.T) { testArchiveGap(t, missing, restored) })
	}
}

func testArchiveGap(t *testing.T, missing string, restored error) {
	fs := vfs.NewMem()
	o := Options{FS: fs, ArchiveDir: "archive", Logger: slog.New(slog.DiscardHandler)}
	db, err := startSmall(o, false)
	if err != nil {
		t.Fatal(err)
	}
	var stream bytes.Buffer
	if _, err := db.Backup(bg, &stream, BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	tbl, err := db.Table(bg, "a")
	if err != nil {
		t.Fatal(err)
	}
	for n := range 20 {
		if err := db.Update(bg, func(tx *Tx) error { return tx.Put(tbl, []byte{byte(n)}, make([]byte, 1000)) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(db.Archive(bg), db.Close(bg)); err != nil {
		t.Fatal(err)
	}
	stores, err := fs.List("archive")
	if err != nil || len(stores) != 1 {
		t.Fatalf("%v, %v", stores, err)
	}
	if err := fs.Remove(fs.PathJoin("archive", stores[0], "wal", missing)); err != nil {
		t.Fatal(err)
	}
	for index, want := range map[int64]error{0: ErrNoPoint, 3: restored, 20: ErrNoPoint} {
		_, err := Restore(bg, bytes.NewReader(stream.Bytes()), fmt.Sprintf("copy%d", index), o, Point{Archive: "archive", Index: index})
		if !errors.Is(err, want) {
			t.Errorf("to %d: %v", index, err)
		}
	}
}

// TestArchiveCrash: a machine that stops at any operation of copying to the
// archive leaves there what was there before, and perhaps more; the next process
// goes on with it.
func TestArchiveCrash(t *testing.T) {
	for _, m := range []struct{ binlog, twoLog bool }{{false, false}, {true, false}, {true, true}} {
		t.Run(fmt.Sprintf("%+v", m), func(t *testing.T) { archiveCrash(t, m.binlog, m.twoLog) })
	}
}

func archiveCrash(t *testing.T, on, twoLog bool) {
	d := simdisk.New(simdisk.Options{Seed: 1})
	o := Options{FS: d.FS(), Binlog: on, ArchiveDir: "archive", Logger: slog.New(slog.DiscardHandler)}
	db, err := startSmall(o, twoLog)
	if err != nil {
		t.Fatal(err)
	}
	defer db.log.Abandon()
	tbl, err := db.Table(bg, "a")
	if err != nil {
		t.Fatal(err)
	}
	var stream bytes.Buffer
	if _, err := db.Backup(bg, &stream, BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	var reached []int64 // behind each call of Archive
	from := 0
	for range 2 {
		for n := range 4 {
			if err := db.Update(bg, func(tx *Tx) error { return tx.Put(tbl, []byte{byte(n)}, make([]byte, 1500)) }); err != nil {
				t.Fatal(err)
			}
		}
		from = d.Ops()
		if err := db.Archive(bg); err != nil {
			t.Fatal(err)
		}
		reached = append(reached, moment(db))
	}
	for k := from; k <= d.Ops(); k++ {
		for _, c := range []simdisk.Choice{simdisk.Synced(), simdisk.Everything(), simdisk.Kill()} {
			o.FS = d.CrashAt(k, c).FS()
			if err := archiveGoesOn(o, twoLog, stream.Bytes(), reached); err != nil {
				t.Errorf("after %d operations, %v: %v", k, c, err)
			}
		}
	}
}

// archiveGoesOn restores from an archive before and behind the next Archive.
func archiveGoesOn(o Options, twoLog bool, stream []byte, reached []int64) error {
	restore := func(dir string, index int64) error {
		_, err := Restore(bg, bytes.NewReader(stream), dir, o, Point{Archive: "archive", Index: index})
		return err
	}
	if err := restore("first", reached[0]); err != nil {
		return err
	}
	if err := restore("early", reached[1]); err != nil && !errors.Is(err, ErrNoPoint) {
		return err
	}
	db, err := startSmall(o, twoLog)
	if err != nil {
		return err
	}
	defer db.log.Abandon()
	if err := db.Archive(bg); err != nil {
		return err
	}
	return restore("second", reached[1])
}
