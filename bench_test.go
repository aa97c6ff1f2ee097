package xadb

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/groupcommit"
	"github.com/xadb/xadb/xid"
)

// A countingFS counts the syncs that reach the disk.
type countingFS struct {
	vfs.FS
	syncs *atomic.Int64
}

func (fs countingFS) wrap(f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	return countingFile{f, fs.syncs}, nil
}

func (fs countingFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return fs.wrap(fs.FS.Create(name, c))
}

func (fs countingFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	return fs.wrap(fs.FS.OpenReadWrite(name, c, o...))
}

func (fs countingFS) ReuseForWrite(old, name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return fs.wrap(fs.FS.ReuseForWrite(old, name, c))
}

func (fs countingFS) OpenDir(name string) (vfs.File, error) { return fs.wrap(fs.FS.OpenDir(name)) }

type countingFile struct {
	vfs.File
	syncs *atomic.Int64
}

func (f countingFile) Sync() error {
	f.syncs.Add(1)
	return f.File.Sync()
}

func (f countingFile) SyncData() error {
	f.syncs.Add(1)
	return f.File.SyncData()
}

func (f countingFile) SyncTo(n int64) (bool, error) {
	f.syncs.Add(1)
	return f.File.SyncTo(n)
}

var clients = []int{1, 16, 128}

// BenchmarkCommit compares durable transactions of two 100-byte rows on this
// machine's disk: pebble with a synced batch each, and ours without and with
// the binlog, plain and as whole XA branches. Syncs are counted below all.
func BenchmarkCommit(b *testing.B) {
	for _, n := range clients {
		b.Run(fmt.Sprintf("pebble/clients=%d", n), func(b *testing.B) { benchPebble(b, n) })
		for _, on := range []bool{false, true} {
			b.Run(fmt.Sprintf("plain/binlog=%v/clients=%d", on, n), func(b *testing.B) { benchXadb(b, n, on, false) })
			b.Run(fmt.Sprintf("xa/binlog=%v/clients=%d", on, n), func(b *testing.B) { benchXadb(b, n, on, true) })
		}
	}
}

// spread runs b.N operations on n goroutines and reports the syncs.
func spread(b *testing.B, n int, fs countingFS, op func(i int64) error) {
	fs.syncs.Store(0)
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range n {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				if err := op(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(fs.syncs.Load())/float64(b.N), "syncs/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "txn/s")
}

func rows(i int64) (k1, k2, val []byte) {
	val = make([]byte, 100)
	return fmt.Appendf(nil, "a%015d", i), fmt.Appendf(nil, "b%015d", i), val
}

func benchPebble(b *testing.B, n int) {
	fs := countingFS{vfs.Default, new(atomic.Int64)}
	db, err := pebble.Open(b.TempDir(), &pebble.Options{
		FS: fs, MemTableSize: 64 << 20, Cache: pebble.NewCache(64 << 20), Logger: quiet{},
	})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	spread(b, n, fs, func(i int64) error {
		k1, k2, val := rows(i)
		batch := db.NewBatch()
		defer batch.Close()
		if err := batch.Set(k1, val, nil); err != nil {
			return err
		}
		if err := batch.Set(k2, val, nil); err != nil {
			return err
		}
		return batch.Commit(pebble.Sync)
	})
}

type quiet struct{}

func (quiet) Infof(string, ...any)              {}
func (quiet) Errorf(string, ...any)             {}
func (quiet) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func benchXadb(b *testing.B, n int, withBinlog, xa bool) {
	ctx := context.Background()
	fs := countingFS{vfs.Default, new(atomic.Int64)}
	db, err := Open(ctx, b.TempDir(), &Options{
		FS: fs, Binlog: withBinlog, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close(ctx)
	t, err := db.Table(ctx, "t")
	if err != nil {
		b.Fatal(err)
	}
	before := db.log.Stats()
	defer func() { reportGroups(b, fs, before, db.log.Stats()) }()
	spread(b, n, fs, func(i int64) error {
		k1, k2, val := rows(i)
		tx := db.Begin(ctx)
		if err := tx.Put(t, k1, val); err != nil {
			return err
		}
		if err := tx.Put(t, k2, val); err != nil {
			return err
		}
		if !xa {
			return tx.Commit()
		}
		x, err := xid.New(1, k1, nil)
		if err != nil {
			return err
		}
		if err := tx.Prepare(x); err != nil {
			return err
		}
		return db.CommitXID(ctx, x)
	})
}

// reportGroups fails the benchmark if a group cost more than two syncs (I18);
// syncs of checkpoints and rotations are few and counted in.
func reportGroups(b *testing.B, fs countingFS, before, after groupcommit.Stats) {
	groups := after.Stages[groupcommit.Flush].Groups - before.Stages[groupcommit.Flush].Groups
	perGroup := float64(fs.syncs.Load()) / float64(groups)
	b.ReportMetric(perGroup, "syncs/group")
	if perGroup > 2 && groups > 100 {
		b.Errorf("%.2f syncs per group, at most 2 are needed", perGroup)
	}
}
