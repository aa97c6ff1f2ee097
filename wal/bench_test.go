package wal

import (
	"fmt"
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
// appends one record and waits for it. It reports how many records shared a
// sync and how many bytes were written per byte of body.
func BenchmarkSync(b *testing.B) {
	for _, clients := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			o := Options{Logger: quiet, SegmentSize: 16 << 20}
			l, err := Open(b.TempDir(), o)
			if err != nil {
				b.Fatal(err)
			}
			defer l.Abandon()
			const size = 256
			b.SetParallelism(clients)
			b.RunParallel(func(pb *testing.PB) {
				r := Record{Type: TypeCommit, Body: make([]byte, size)}
				for pb.Next() {
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
			s := l.Stats()
			b.ReportMetric(float64(s.Appends)/float64(max(1, s.Syncs)), "records/sync")
			b.ReportMetric(float64(s.Bytes)/float64(s.Appends*size), "bytes/payload")
		})
	}
}
