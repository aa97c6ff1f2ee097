package lock

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

// spread runs f b.N times on so many goroutines.
func spread(b *testing.B, goroutines int, f func(owner uint64)) {
	b.ReportAllocs()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for {
				n := next.Add(1)
				if n > int64(b.N) {
					return
				}
				f(uint64(n))
			}
		})
	}
	wg.Wait()
}

func acquire(b *testing.B, o *Owner, t Target, mode Mode) {
	if err := o.Acquire(context.Background(), t, mode, forever); err != nil {
		b.Error(err)
	}
}

// One table lock and four rows of its own per transaction; and the same beside
// a range, held for ever, of other rows of the table.
func BenchmarkUncontended(b *testing.B) {
	for _, ranges := range []bool{false, true} {
		for _, goroutines := range []int{1, 16, 128} {
			b.Run(fmt.Sprintf("range=%t/goroutines=%d", ranges, goroutines), func(b *testing.B) {
				m := NewManager(Options{})
				if ranges {
					acquire(b, m.NewOwner(0), rows("xz"), Shared)
				}
				spread(b, goroutines, func(id uint64) {
					o := m.NewOwner(id)
					acquire(b, o, OfTable(1), Shared)
					var key [16]byte
					for row := range 4 {
						k := fmt.Appendf(key[:0], "%d/%d", id, row)
						acquire(b, o, OfRow(1, k), Exclusive)
					}
					o.ReleaseAll()
				})
			})
		}
	}
}

// All want the same row.
func BenchmarkHotRow(b *testing.B) {
	for _, goroutines := range []int{1, 16, 128, 1024} {
		b.Run(fmt.Sprint(goroutines), func(b *testing.B) {
			m := NewManager(Options{})
			spread(b, goroutines, func(id uint64) {
				o := m.NewOwner(id)
				acquire(b, o, OfTable(1), Shared)
				acquire(b, o, row("row"), Exclusive)
				o.ReleaseAll()
			})
		})
	}
}

// Each reads a range of its own Shared and writes one row of it.
func BenchmarkRanges(b *testing.B) {
	for _, goroutines := range []int{1, 16, 128} {
		b.Run(fmt.Sprint(goroutines), func(b *testing.B) {
			m := NewManager(Options{})
			spread(b, goroutines, func(id uint64) {
				o := m.NewOwner(id)
				at := fmt.Sprintf("%d/", id)
				acquire(b, o, OfRange(1, []byte(at), []byte(at+"z")), Shared)
				acquire(b, o, row(at+"a"), Exclusive)
				o.ReleaseAll()
			})
		})
	}
}
