package xadb

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"github.com/xadb/xadb/fuzz/simdisk"
	"github.com/xadb/xadb/tclog"
)

// restored is a store made of a backup on a disk of its own, and checked.
func restored(stream []byte, withBinlog bool) (*DB, *simdisk.Disk, error) {
	d := simdisk.New(simdisk.Options{Seed: 2})
	o := Options{FS: d.FS(), Binlog: withBinlog, LockTimeout: 1, Logger: slog.New(slog.DiscardHandler)}
	if _, err := Restore(bg, bytes.NewReader(stream), "copy", o, Point{}); err != nil {
		return nil, nil, err
	}
	d = d.CrashAt(d.Ops(), simdisk.Synced())
	o.FS = d.FS()
	if _, err := tclog.Check(bg, "copy", o.withDefaults().log()); err != nil {
		return nil, nil, err
	}
	db, err := Open(bg, "copy", o)
	return db, d, err
}

// TestBackup: what is restored is what the store held, its branches can be
// decided, its feed goes on behind the backup's, and its name is its own.
func TestBackup(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := simdisk.New(simdisk.Options{Seed: 1})
		on := rapid.IntRange(0, 3).Draw(rt, "binlog") > 0
		p := &player{db: openMode(t, d.FS(), on)}
		for range rapid.IntRange(0, 25).Draw(rt, "steps") {
			if rapid.IntRange(0, 9).Draw(rt, "crash") == 0 {
				p.db.log.Abandon()
				d = crash(rt, d)
				p.db = openMode(t, d.FS(), on)
			}
			if err := p.step(rt); err != nil {
				rt.Fatal(err)
			}
		}
		want, err := held(p.db, "a", "b")
		if err != nil {
			rt.Fatal(err)
		}
		var stream bytes.Buffer
		info, err := p.db.Backup(bg, &stream, BackupOptions{})
		if err != nil {
			rt.Fatal(err)
		}
		if info.Bytes != int64(stream.Len()) {
			rt.Fatalf("backup of %d bytes says %d", stream.Len(), info.Bytes)
		}
		copied, _, err := restored(stream.Bytes(), on)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := held(copied, "a", "b")
		if err != nil {
			rt.Fatal(err)
		}
		if !got.equal(want) {
			rt.Fatalf("restored %v, backed up %v", got, want)
		}
		if copied.log.Engine().StoreID() == p.db.log.Engine().StoreID() {
			rt.Fatal("the copy has the same name")
		}
		p.db.log.Abandon()
		p.db = copied
		for range rapid.IntRange(0, 5).Draw(rt, "steps in the copy") {
			if err := p.step(rt); err != nil {
				rt.Fatal(err)
			}
		}
		if on {
			checkFeed(rt, p.db)
		}
		if err := p.db.Close(bg); err != nil {
			rt.Fatal(err)
		}
	})
}

func openMode(t testing.TB, fs vfs.FS, withBinlog bool) *DB {
	t.Helper()
	db, err := Open(bg, "store", Options{FS: fs, Binlog: withBinlog, LockTimeout: 1, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// TestBackupAmidTraffic: backups taken while clients move amounts between rows
// hold the same sum, whatever is in flight.
func TestBackupAmidTraffic(t *testing.T) {
	for _, on := range []bool{true, false} {
		t.Run(fmt.Sprintf("binlog=%v", on), func(t *testing.T) { backupAmidTraffic(t, on) })
	}
}

const amounts, total = 8, 800

func backupAmidTraffic(t *testing.T, on bool) {
	db := openMode(t, vfs.NewMem(), on)
	defer db.Close(bg)
	tbl, err := db.Table(bg, "a")
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(bg, func(tx *Tx) error {
		for i := range amounts {
			if err := tx.Put(tbl, []byte{byte(i)}, []byte{total / amounts}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(bg)
	var clients sync.WaitGroup
	for c := range 4 {
		clients.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(c)))
			for ctx.Err() == nil {
				if err := move(db, tbl, r); err != nil {
					t.Error(err)
					return
				}
				if c == 0 {
					_ = db.log.Checkpoint(bg)
				}
			}
		})
	}
	for range 5 {
		var stream bytes.Buffer
		if _, err := db.Backup(bg, &stream, BackupOptions{}); err != nil {
			t.Error(err)
			break
		}
		checkSum(t, stream.Bytes(), on)
	}
	stop()
	clients.Wait()
}

// move moves one unit, if it can.
func move(db *DB, tbl *Table, r *rand.Rand) error {
	from, to := []byte{byte(r.IntN(amounts))}, []byte{byte(r.IntN(amounts))}
	err := db.Update(bg, func(tx *Tx) error {
		a, _, err := tx.GetForUpdate(tbl, from)
		if err != nil {
			return err
		}
		b, _, err := tx.GetForUpdate(tbl, to)
		if err != nil || bytes.Equal(from, to) || a[0] == 0 || b[0] == 255 {
			return err
		}
		return errors.Join(tx.Put(tbl, from, []byte{a[0] - 1}), tx.Put(tbl, to, []byte{b[0] + 1}))
	})
	if errors.Is(err, ErrLockTimeout) {
		return nil
	}
	return err
}

func checkSum(t *testing.T, stream []byte, on bool) {
	t.Helper()
	copied, _, err := restored(stream, on)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close(bg)
	c, err := held(copied, "a")
	if err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, v := range c.rows {
		sum += int(v[0])
	}
	if sum != total {
		t.Errorf("the copy's rows have the sum %d", sum)
	}
}

// TestBackupDamage: a stream that is cut or has a byte changed restores what was
// backed up, or nothing: tar leaves some bytes without a meaning.
func TestBackupDamage(t *testing.T) {
	fs := vfs.NewMem()
	db := openMode(t, fs, true)
	tbl, err := db.Table(bg, "a")
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(bg, func(tx *Tx) error { return tx.Put(tbl, []byte("k"), []byte("v")) }); err != nil {
		t.Fatal(err)
	}
	want, err := held(db, "a")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := db.Backup(bg, &b, BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(bg); err != nil {
		t.Fatal(err)
	}
	stream := b.Bytes()
	sums := bytes.LastIndex(stream, []byte("SHA256SUMS"))
	r := rand.New(rand.NewPCG(3, 4))
	for n := range 60 {
		bad := bytes.Clone(stream)
		if n%3 == 0 {
			bad = bad[:r.IntN(sums)]
		} else {
			bad[r.IntN(len(bad))] ^= byte(1 << r.IntN(8))
		}
		to := vfs.NewMem()
		o := Options{FS: to, Binlog: true, Logger: slog.New(slog.DiscardHandler)}
		_, err := Restore(bg, bytes.NewReader(bad), "copy", o, Point{})
		if err == nil {
			err = sameContent(to, want)
		} else if !errors.Is(err, ErrBackup) && !strings.Contains(err.Error(), "tar") {
			t.Errorf("%v", err)
		} else {
			err = nil
			for _, name := range []string{"wal", "data", "binlog"} {
				if _, serr := to.Stat(to.PathJoin("copy", name)); serr == nil {
					t.Errorf("%s is left", name)
				}
			}
		}
		if err != nil {
			t.Error(err)
		}
	}
}

func sameContent(fs vfs.FS, want *content) error {
	db, err := Open(bg, "copy", Options{FS: fs, Binlog: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	got, err := held(db, "a")
	if err == nil && !got.equal(want) {
		err = fmt.Errorf("restored %v", got)
	}
	return errors.Join(err, db.Close(bg))
}

// TestRestoreCrash: a restore that the machine did not survive leaves no store,
// and no place where a new one is made; what is there says what to do.
func TestRestoreCrash(t *testing.T) {
	for _, archived := range []bool{false, true} {
		t.Run(fmt.Sprintf("archive=%t", archived), func(t *testing.T) {
			d, stream, p := simdisk.New(simdisk.Options{Seed: 1}), bytes.Buffer{}, Point{}
			if archived {
				p.Archive = "archive"
			}
			index := backedUp(t, d.FS(), &stream, p)
			from := d.Ops()
			o := Options{FS: d.FS(), Binlog: true, Logger: slog.New(slog.DiscardHandler)}
			if _, err := Restore(bg, &stream, "copy", o, p); err != nil {
				t.Fatal(err)
			}
			whole := 0
			for k := from; k <= d.Ops(); k++ {
				for _, c := range []simdisk.Choice{simdisk.Synced(), simdisk.Everything(), simdisk.Kill()} {
					o.FS = d.CrashAt(k, c).FS()
					found, err := halfRestored(o)
					if err != nil {
						t.Errorf("after %d operations, %v: %v", k, c, err)
					}
					if found == index {
						whole++
					} else if found > 0 {
						t.Errorf("after %d operations, %v: a store with index %d of %d", k, c, found, index)
					}
				}
			}
			if whole == 0 {
				t.Error("never a whole store")
			}
		})
	}
}

// backedUp writes the backup of a store, and goes on to an archive if there is
// one. It returns the index of the last transaction that a restore will find.
func backedUp(t *testing.T, fs vfs.FS, stream io.Writer, p Point) (index int64) {
	t.Helper()
	o := Options{FS: fs, Binlog: true, ArchiveDir: p.Archive, Logger: slog.New(slog.DiscardHandler)}
	db, err := startSmall(o, false)
	if err != nil {
		t.Fatal(err)
	}
	tbl, err := db.Table(bg, "a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Backup(bg, stream, BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	for n := 0; n < 6 && p.Archive != ""; n++ { // in more than one file of each log
		if err := db.Update(bg, func(tx *Tx) error { return tx.Put(tbl, []byte{byte(n)}, make([]byte, 1500)) }); err != nil {
			t.Fatal(err)
		}
	}
	index = moment(db)
	if err := db.Close(bg); err != nil {
		t.Fatal(err)
	}
	return index
}

// halfRestored opens what a crash has left of a restore, and returns the last
// index of the store if there is one. Where nothing is yet, a new one is made.
func halfRestored(o Options) (index int64, err error) {
	began := anyFile(o.FS)
	db, err := Open(bg, "copy", o)
	switch {
	case err != nil && errors.Is(err, ErrCorrupt) && strings.Contains(err.Error(), "a restore was not finished"):
		return 0, nil
	case err != nil:
		return 0, err
	}
	if index = moment(db); index == 0 && began {
		err = errors.New("a new store is made of what was restored")
	}
	return index, errors.Join(err, db.Close(bg))
}

// anyFile says that there is a file in a folder of the store.
func anyFile(fs vfs.FS) bool {
	for _, folder := range []string{"wal", "data", "binlog"} {
		if names, err := fs.List(fs.PathJoin("copy", folder)); err == nil && len(names) > 0 {
			return true
		}
	}
	return false
}

// TestBackupOfOtherFormat: a backup that a newer version has written is refused
// as such, whatever else is in its manifest, and leaves nothing.
func TestBackupOfOtherFormat(t *testing.T) {
	for manifest, want := range map[string]error{
		`{"format": 2, "files": {"new": true}}`: ErrFormat,
		`{"format": 1, "files": {"new": true}}`: ErrBackup,
		`{"files": []}`:                         ErrBackup,
		`{"format": "2"}`:                       ErrBackup,
	} {
		var stream bytes.Buffer
		w := tar.NewWriter(&stream)
		err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "manifest.json", Size: int64(len(manifest))})
		if err == nil {
			_, err = io.WriteString(w, manifest)
		}
		if err = errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		fs := vfs.NewMem()
		if _, err := Restore(bg, &stream, "copy", Options{FS: fs}, Point{}); !errors.Is(err, want) {
			t.Errorf("%s: %v", manifest, err)
		}
		if _, err := fs.Stat("copy"); err == nil {
			t.Errorf("%s: a folder is left", manifest)
		}
	}
}

// TestBackupCrash: a backup that the machine did not survive has changed
// nothing, and what it used goes at the next start.
func TestBackupCrash(t *testing.T) {
	d := simdisk.New(simdisk.Options{Seed: 1})
	db := openMode(t, d.FS(), true)
	if _, err := db.Table(bg, "a"); err != nil {
		t.Fatal(err)
	}
	from := d.Ops()
	if _, err := db.Backup(bg, io.Discard, BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	db.log.Abandon()
	for k := from; k <= d.Ops(); k++ {
		for _, c := range []simdisk.Choice{simdisk.Synced(), simdisk.Everything(), simdisk.Kill()} {
			fs := d.CrashAt(k, c).FS()
			db := openMode(t, fs, true)
			if got := db.log.Binlog().ExecutedGTIDs().Count(); got != 2 {
				t.Errorf("after %d operations, %v: index %d", k, c, got)
			}
			if _, err := fs.Stat(fs.PathJoin("store", "backup")); err == nil {
				t.Errorf("after %d operations, %v: the links are left", k, c)
			}
			db.log.Abandon()
		}
	}
}
