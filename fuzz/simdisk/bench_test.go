package simdisk

import (
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// BenchmarkWrite is the cost of a 4 KiB write in a file of 1 MiB that is synced
// every 16 writes. The goal is 2 microseconds.
func BenchmarkWrite(b *testing.B) {
	var f vfs.File
	buf := make([]byte, 4096)
	b.ReportAllocs()
	b.SetBytes(int64(len(buf)))
	for i := 0; i < b.N; i++ {
		if i%10_000 == 0 { // a new disk, as a run is never longer
			f = must(New(Options{}).FS().Create("f", vfs.WriteCategoryUnspecified))
		}
		must(f.WriteAt(buf, int64(i%256)*4096))
		if i%16 == 15 {
			mustDo(f.Sync())
		}
	}
}

// BenchmarkImage is the cost of an image of a data set of 1 MiB in 16 files
// with 20 volatile atoms. The goal is 20 microseconds.
func BenchmarkImage(b *testing.B) {
	d := dataSet(16, 64<<10)
	fs := d.FS()
	for i := range 10 {
		f := must(fs.OpenReadWrite(fmt.Sprintf("f%02d", i%2), vfs.WriteCategoryUnspecified))
		must(f.WriteAt(make([]byte, 600), int64(i)*3000))
		must(f.WriteAt(make([]byte, 600), int64(i+22)*3000))
	}
	choices := d.Choices(d.Ops(), AllImages())
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		d.CrashAt(d.Ops(), choices[i%len(choices)])
	}
}

// BenchmarkExplore is the cost per image when every crash point of a run gets
// eight of them, with enumeration and hash.
func BenchmarkExplore(b *testing.B) {
	d := dataSet(16, 64<<10)
	fs := d.FS()
	for i := range 500 {
		f := must(fs.OpenReadWrite(fmt.Sprintf("f%02d", i%3), vfs.WriteCategoryUnspecified))
		must(f.WriteAt(make([]byte, 600), int64(i)*200))
		if i%5 == 0 {
			mustDo(f.Sync())
		}
		mustDo(f.Close())
	}
	images := 0
	b.ReportAllocs()
	for k := 0; b.Loop(); k = (k + 1) % d.Ops() {
		for _, c := range d.Choices(k, Bounded(8)) {
			d.CrashAt(k, c).Hash()
			images++
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(images), "ns/image")
}

// dataSet returns a disk with durable files f00, f01 ... of the given size.
func dataSet(files, size int) *Disk {
	d := New(Options{Seed: 1})
	for i := range files {
		data := make([]byte, size)
		for j := range data {
			data[j] = byte(i + j)
		}
		mustDo(d.WriteFile(fmt.Sprintf("f%02d", i), data))
	}
	return d
}

func must[T any](v T, err error) T {
	mustDo(err)
	return v
}

func mustDo(err error) {
	if err != nil {
		panic(err)
	}
}
