package lock

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

// spread runs f b.N times on so many goroutines.
func spread(b *testing.B, goroutines int, f func(owner Owner)) {
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
				f(Owner(n))
			}
		})
	}
	wg.Wait()
}

func acquire(b *testing.B, m *Manager, o Owner, key string, mode Mode) {
	if err := m.Acquire(context.Background(), o, key, mode, forever); err != nil {
		b.Error(err)
	}
}

// One table lock and four rows of its own per transaction.
func BenchmarkUncontended(b *testing.B) {
	for _, goroutines := range []int{1, 16, 128} {
		b.Run(fmt.Sprint(goroutines), func(b *testing.B) {
			m := NewManager(Options{})
			spread(b, goroutines, func(o Owner) {
				acquire(b, m, o, "table", Shared)
				var key [16]byte
				for row := range 4 {
					k := fmt.Appendf(key[:0], "%d/%d", o, row)
					acquire(b, m, o, string(k), Exclusive)
				}
				m.ReleaseAll(o)
			})
		})
	}
}

// All want the same row.
func BenchmarkHotRow(b *testing.B) {
	for _, goroutines := range []int{1, 16, 128, 1024} {
		b.Run(fmt.Sprint(goroutines), func(b *testing.B) {
			m := NewManager(Options{})
			spread(b, goroutines, func(o Owner) {
				acquire(b, m, o, "table", Shared)
				acquire(b, m, o, "row", Exclusive)
				m.ReleaseAll(o)
			})
		})
	}
}
