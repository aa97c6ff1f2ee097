package groupcommit

import (
	"context"
	"fmt"
	"sync"
	"testing"
)

// BenchmarkRun has hooks that do nothing: what is measured is the pipeline.
func BenchmarkRun(b *testing.B) {
	for _, goroutines := range []int{1, 16, 128} {
		b.Run(fmt.Sprint(goroutines), func(b *testing.B) {
			p := New(Hooks[int]{}, Options{})
			ctx := context.Background()
			b.ReportAllocs()
			var wg sync.WaitGroup
			for g := range goroutines {
				wg.Go(func() {
					for i := g; i < b.N; i += goroutines {
						if err := p.Run(ctx, i); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			s := p.Stats().Stages[Sync]
			b.ReportMetric(float64(s.Members)/float64(max(s.Groups, 1)), "members/sync")
		})
	}
}
