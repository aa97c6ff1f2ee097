package rows

import (
	"context"
	"math"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A Step is which AUTO_INCREMENT values are given out: those that are Offset more than a
// multiple of Width (auto_increment_offset, auto_increment_increment), both above zero.
type Step struct{ Width, Offset uint64 }

// From is the first of them that is not less than n. An Offset of more than Width, which
// MySQL's manual says is ignored, means what it means there: the sums are its own, in
// whole numbers that wrap around.
func (s Step) From(n uint64) uint64 {
	if s.Width == 1 {
		return n
	}
	return s.round(s.round(n))
}

func (s Step) round(n uint64) uint64 { return (n-1+s.Width-s.Offset)/s.Width*s.Width + s.Offset }

// behind is where the counter goes on after n: the next one of them, where MySQL leaves out
// an Offset that is more than Width.
func (s Step) behind(n uint64) uint64 {
	offset := s.Offset
	if offset > s.Width {
		offset = 0
	}
	if s.Width == 1 || n < offset {
		return n + 1
	}
	return (n-offset)/s.Width*s.Width + s.Width + offset
}

// A Drawing is how one statement draws AUTO_INCREMENT values.
type Drawing struct {
	Step Step
	// Given is the value that the statement's first one is to be (insert_id), if there
	// is one; it is asked once.
	Given func() (n uint64, ok bool)

	table        uint32 // that is counted from what was given
	next         uint64
	asked, given bool
}

// Draw is the next value for a row of a table: what follows on a given one, else the first
// of some, all of the Step, that nobody else draws.
func (d *Drawing) Draw(ctx context.Context, c *Counters, txn Txn, t *catalog.Table, want int) (n uint64, some int, err error) {
	if !d.asked {
		d.asked = true
		if d.next, d.given = d.Given(); d.given {
			d.table = t.ID
		}
	}
	if !d.given || d.table != t.ID {
		if d.Step.Offset > d.Step.Width {
			want = 1
		}
		n, err = c.takeStep(ctx, txn, t, d.Step, want)
		return n, want, err
	}
	n = d.next
	if n < math.MaxUint64 {
		d.next = d.Step.round(n + 1)
	}
	return n, 1, nil
}

// takeStep gives out some numbers of a Step, and returns the first.
func (c *Counters) takeStep(ctx context.Context, txn Txn, t *catalog.Table, s Step, some int) (n uint64, err error) {
	if s.Width == 1 {
		return c.Take(ctx, txn, t, catalog.AutoInc, some)
	}
	l := c.lease(t, catalog.AutoInc)
	l.mu.Lock()
	defer l.mu.Unlock()
	last := uint64(some-1) * s.Width
	if want := 2*s.Width + s.Offset + last; l.end-l.next < want {
		if err := c.renew(ctx, txn, t, catalog.AutoInc, l, 0, want); err != nil {
			return 0, err
		}
	}
	n = s.From(l.next)
	if behind := s.behind(n + last); n >= l.next && behind > n && behind <= l.end {
		l.next = behind
		return n, nil
	}
	return 0, mysqlerr.New(mysqlerr.AutoIncReadFailed)
}
