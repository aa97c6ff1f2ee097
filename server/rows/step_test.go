package rows

import "testing"

// What MySQL gives out behind a number; offsets of more than the width included.
func TestStep(t *testing.T) {
	for _, c := range []struct{ width, offset, from, want uint64 }{
		{1, 1, 7, 7}, {1, 5, 7, 7}, {10, 1, 1, 1}, {10, 1, 2, 11}, {10, 5, 12, 15}, {5, 3, 7, 8}, {10, 10, 1, 10}, {10, 10, 11, 20},
		{10, 15, 1, 15}, {10, 15, 3, 15}, {10, 15, 26, 35}, {10, 25, 1, 9}, {10, 25, 3, 9}, {10, 25, 12, 25},
	} {
		if got := (Step{c.width, c.offset}).From(c.from); got != c.want {
			t.Errorf("%d of %d from %d: %d, not %d", c.width, c.offset, c.from, got, c.want)
		}
	}
}
