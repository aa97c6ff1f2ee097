package wal

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// BenchmarkAppend is the price of a record in memory, written out now and then.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{64, 1024, 16384} {
		b.Run(fmt.Sprintf("body=%d", size), func(b *testing.B) {
			o := Options{FS: vfs.NewMem(), Logger: quiet, SegmentSize: 16 << 20}
			l := mustOpen(b, o)
			defer l.Abandon()
			r := Record{Type: TypeCommit, Body: make([]byte, size)}
			b.SetBytes(frameLen(size))
			b.ReportAllocs()
			for b.Loop() {
				lsn, err := l.Append(&r)
				if err != nil {
					b.Fatal(err)
				}
				if l.Size() > 64<<20 { // keep the memory disk small
					if err := l.Sync(lsn); err != nil {
						b.Fatal(err)
					}
					if err := l.SetCheckpoint(lsn, lsn); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkSync is a group commit on the machine's own disk: each goroutine
// appends one record, of about a transaction with two small rows, and waits for
// it. It reports the data syncs and how many bytes were written per byte of body.
func BenchmarkSync(b *testing.B) {
	for _, goroutines := range []int{1, 16, 128} {
		for _, size := range []int{400, 850} {
			b.Run(fmt.Sprintf("goroutines=%d/body=%d", goroutines, size), func(b *testing.B) {
				benchSync(b, goroutines, size)
			})
		}
	}
}

func benchSync(b *testing.B, goroutines, size int) {
	l, err := Open(b.TempDir(), Options{Logger: quiet})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Abandon()
	var (
		next atomic.Int64
		wg   sync.WaitGroup
	)
	b.ReportAllocs()
	b.ResetTimer()
	for range goroutines {
		wg.Go(func() {
			r := Record{Type: TypeCommit, Body: make([]byte, size)}
			for next.Add(1) <= int64(b.N) {
				lsn, err := l.Append(&r)
				if err == nil {
					err = l.Sync(lsn)
				}
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	s := l.Stats()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(s.Syncs)/float64(b.N), "syncs/op")
	b.ReportMetric(float64(s.Bytes)/float64(s.Appends*int64(size)), "bytes/payload")
}
